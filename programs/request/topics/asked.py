"""What a request describes without a name, and what else stands in a list beside a name."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from ...curriculum import Curriculum
from .misspelt import misspelt
from .names import Mention
from .notation import formulas
from .retrieval import Hit, nearest
from .words import Word, words_of

CLEAR, CLEAR_WORDS = 0.2, 0.5
"""The score from which a concept is what is described: with the sense of the text, and by its words alone."""
NEAR, NEAR_WORDS = -0.1, 0.45
"""The score from which a concept is worth a question, with the sense and by words alone. Of 148 phrases for concepts
145 and 137 reach it, of 40 requests for other things ("how to bake bread") 7 and 16."""
CHANCE_BESIDE, ALIKE_BESIDE = 0.85, 0.75
"""How probable by sense, or how alike, a concept has to be where something else in the text says what is asked for."""
ALIKE_ITEM = 0.5
"""How alike an item of a list has to be to a wording, besides."""
LONGEST_ITEM = 6
"""Words of an item of a list that mean something."""
LEAST_WORDS = 3
"""Words of a description that mean something, for a concept that no wording is nearly alike."""
MANY_WORDS = 8
"""Words that mean something, above which a request is a description rather than a name with typing errors."""
CERTAIN = 0.45
"""Score from which a description goes before names with typing errors."""
_NOISE = re.compile(
    r"\b(?:\d+(?:[.:,/]\d+)?|an?|one|two|three|four|five|six|half an?|few|couple of|every|each|per|next|last"
    r"|this|the next)"
    r"[ -]?(?:\d+ ?)?(?:hours?|hrs?|h|minutes?|mins?|min|days?|weeks?|wks?|wk|months?|nights?|evenings?"
    r"|mornings?|sessions?"
    r"|lessons?|times?|goes|periods?|years?|terms?|semesters?|fortnights?)(?: (?:a|per|each|every|in|of|on|for"
    r"|from|till))*\b"
    r"|\b\d ?x(?: ?\d+ ?min\w*| ?(?:a|per) week| ?/ ?wk| weekly)|\b\d ?x\b(?! ?[-+*/=^\d])"
    r"|\b(?:once|twice|daily|weekly|weekends?|weekdays?"
    r"|school days?"
    r"|tomorrow|tmrw|tonight|today|morning|evening|afternoon|lunch|dinner|tea)\b"
    r"|\b(?:mon|tues?|wed|thurs?|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?s?\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*(?: \d{4})?"
    r"|\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober"
    r"|ember)?(?: \d{1,2}\w{0,2})?\b"
    r"|\b\d{1,2}[:.]\d{2}\b(?! ?[+*/x=-])|\b\d{1,2} ?(?:am|pm)\b|\b\d{4}-\d\d-\d\d\b"
    r"|\b(?:please|pls|plz|help(?: me)?|hi|hello|hey|thanks|thank you|can you|could you"
    r"|make (?:me )?a (?:study )?plan(?: for)?"
    r"|study plan|plan for|i need|i want|i would like|i'd like|my (?:son|daughter|kid|child|boy|girl|students?|class)"
    r"|exam|test|quiz|midterm|final|mock|paper \d)\b"
)
_EMPTY = frozenset(
    "a an the i my me we he she it is am are was be been to of in on at for and or but so that this with as do"
    " does did have has had not no can could would will need want help get got just really very too like about"
    " from up out if when then there they his her our you your im dont cant plan please math maths mathematics"
    " stuff thing things make study learn all any some more most bad good always never what how why who which"
    " teacher homework page school class what's lesson work better know understand day week hour minute time".split()
)
_ITEM = re.compile(r"\s*(?:,|;|\band\b|\bplus\b|&|\+|\band also\b|\bthen\b)\s*")


def described(
    text: str, source: Curriculum, mentioned: Set[str], strict: bool = False, least: bool = False
) -> list[Hit]:
    """The concepts that a text describes, best first; none where it is not clear.

    ``mentioned``: concepts whose name may stand in the text, which need less. ``strict``: something else in the text
    says what is asked for, so more is needed. ``least``: the nearest three, where one is worth a question.
    """
    words, plain = content(text), _plain(text)
    if not words and all(formula.weak for formula in formulas(plain, source)):
        return []
    hits = nearest(plain, source, 6)
    if least:
        hits = [hit for hit in hits if hit.alike > 0][:3]
        return hits if hits and hits[0].score >= (NEAR_WORDS if hits[0].sense is None else NEAR) else []
    if not hits or not (_clear(hits[0], strict) or hits[0].concept in mentioned):
        return []
    return hits if len(words) >= LEAST_WORDS or hits[0].alike >= ALIKE_BESIDE else []


def content(text: str) -> list[Word]:
    """The words of a text that mean something and say nothing about time."""
    return [word for word in words_of(_plain(text)) if word.text not in _EMPTY and not word.text.isdigit()]


def _plain(text: str) -> str:
    """The text in lower case without what it says about time, each word at its place."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    return _NOISE.sub(lambda match: " " * len(match.group()), lower)


def _clear(hit: Hit, strict: bool) -> bool:
    if strict and hit.alike < ALIKE_BESIDE and (hit.sense or 0) < CHANCE_BESIDE:
        return False
    return hit.score >= (CLEAR_WORDS if hit.sense is None else CLEAR)


def leftovers(text: str, named: Sequence[Mention], source: Curriculum) -> list[Mention]:
    """What stands in a list beside names, and is one written otherwise: "quadratic formula and circle equations"."""
    found: list[Mention] = []
    for before, after in _gaps(text, named):
        for start, end in before, after:
            item = text[start:end]
            if any(m.start < end and start < m.end for m in named):
                continue
            if not 1 <= (count := len(content(item))) <= LONGEST_ITEM:
                continue
            if spelt := misspelt(item, source, 88.0, listed=True):
                mention = spelt[0]
                place = start + mention.start, start + mention.end
                found.append(Mention(mention.concepts[:1], *place, family=mention.family))
            elif (
                count > 1
                and (hits := nearest(item, source, 1))
                and _clear(hits[0], True)
                and hits[0].alike >= ALIKE_ITEM
            ):
                found.append(Mention((hits[0].concept,), start, end))
    known = {c for m in named for c in m.concepts}
    return [m for m in dict.fromkeys(found) if not set(m.concepts) & known]


def _gaps(text: str, named: Sequence[Mention]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """For each name the items right before and after it, as far as they are joined to it."""
    gaps = []
    for mention in named:
        low = _start(text, mention)
        high = _end(text, mention)
        before = text[low : mention.start]
        after = text[mention.end : high]
        first = second = (mention.start, mention.start)
        if joined := re.search(r"(?:,|\band\b|\bplus\b|&|\+)\s*(?:the |then )?$", before):
            pieces = list(_ITEM.finditer(before[: joined.start()]))
            first = (low + (pieces[-1].end() if pieces else 0), low + joined.start())
        if joined := re.match(r"\s*(?:,|and\b|plus\b|&|\+)\s*", after):
            rest = after[joined.end() :]
            stop = _ITEM.search(rest)
            begin = mention.end + joined.end()
            second = (begin, begin + (stop.start() if stop else len(rest)))
        gaps.append((first, second))
    return gaps


def _start(text: str, mention: Mention) -> int:
    return max((m.end() for m in re.finditer(r"[.;:!?\n(]|\s-\s", text[: mention.start])), default=0)


def _end(text: str, mention: Mention) -> int:
    stop = re.search(r"[.;:!?\n)]|\s-\s", text[mention.end :])
    return mention.end + stop.start() if stop else len(text)
