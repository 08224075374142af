"""What of a request no reader used: numbers, dates, days, names of topics, and clauses that say something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..curriculum import Curriculum
from .said.phrases import facts, formulaic, formulas, joining
from .spans import Span
from .time.event import EVENT
from .topics.courses import courses_named
from .topics.names import mentions
from .topics.stance import words_of_stance
from .topics.subjects import subject_concepts, subjects_named
from .topics.words import words_of

MOST_LETTERS = 160
"""Of a quote; a longer one breaks off."""
_BREAK = re.compile(
    r"(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)[.](?=\s|$)|[,;:!?](?=\s|$)|,(?=[\u4e00-\u9fff])|[()\n\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f]+"
    r"|(?<=\s)[-–—]+(?=\s)|\s(?:and|but|because|so|though|although|while|which|y|et|und|e)(?=\s)"
)
_WORD = re.compile(r"[^\W_](?:[\w'’.:/,%^+*=-]*[\w%])?|[\u4e00-\u9fff]+")
_DAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
    r"|january|february|march(?= \d)|april|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?=\.? ?\d)|christmas|xmas|easter|weekends?"
)
_ITEM = re.compile(
    rf"\d(?:[\d.,:/]*\d)?|[½¼¾⅓⅔]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
    rf"|hundred|dozen|half)\b|\b(?:{_DAY})\b",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?i:regards|wishes|sincerely|faithfully|truly|thanks|thank you|cheers)\b[,!.]*\s+"
    r"(?P<name>[A-Z]\w+(?: [A-Z]\w+)?)\W*$"
)
_MATHS = re.compile(r"\b(?:maths?|mathematics|mathe|matem[aá]ticas?|mathématiques)\b|数学", re.IGNORECASE)
_TAUGHT = ("topic", "not_topic", "known", "struggle")
"""Slots of what one may know or find hard."""
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzéàó")
"""Of a formula of which the rest was read."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FILLER = frozenset(
    "的了着过和与跟及或请在是有想要需会能都也就还很把被对从到吧吗呢啊我你您他她它们这那做帮用给概喜欢希望打"
)
"""Characters that say nothing when they alone are left of Chinese words."""


def subjects_read(text: str, used: Sequence[Span], topics: Sequence[str], source: Curriculum) -> list[Span]:
    """Where mathematics is named, or a subject that a planned topic is part of, and nothing more is said of it."""
    free = [match.span() for match in _MATHS.finditer(text)]
    free += [
        (s.start, s.end)
        for s in subjects_named(text)
        if not set(subject_concepts(s.subject, source)).isdisjoint(topics)
    ]
    return [Span(a, b, "topic") for a, b in free if all(s.end <= a or b <= s.start for s in used)]


def unread(text: str, used: Iterable[Span], source: Curriculum, described: Sequence[str] = ()) -> list[str]:
    """Short quotes of what the text says and no span covers, in its order.

    ``described``: the concepts that the text as a whole was read as a description of. Such a reading uses no day and
    no month, and no clause that shares no word with what is written of the concept.
    """
    used = list(used)
    read = _covered(text, used, source, described)
    items = [match.span() for match in _ITEM.finditer(text)]
    items += [(m.start, m.end) for m in mentions(text, source)]
    items += [(s.start, s.end) for s in subjects_named(text)] + [(c.start, c.end) for c in courses_named(text)]
    items += [match.span() for pattern in (EVENT, facts()) for match in pattern.finditer(text)]
    open_items = [(start, end) for start, end in items if _open(text, start, end, read)]
    stance = words_of_stance(text)
    taught = [s.start for s in used if s.slot in _TAUGHT]
    found: list[tuple[int, int]] = []
    for start, end in clauses_of(text):
        # "Slope is easy": what is said of a topic that was read is what it was read as.
        taken = stance if any(start <= place < end for place in taught) else []
        partly = any(read[i] for i in range(start, end) if not text[i].isspace())
        empty = formulaic() | joining() if partly else formulaic()
        for first, last in _stretches(text, start, end, read):
            left = [
                w for w in _WORD.finditer(text, first, last) if not any(a < w.end() and w.start() < b for a, b in taken)
            ]
            words = [w.group().lower().replace("’", "'") for w in left]
            said = [word for word in words if word not in empty and not word.isdigit() and word not in _LETTERS]
            named = any(first < e and s < last for s, e in open_items)
            if named or said:
                found.append((first, last))
    # Of "30min" only the unit may have been read.
    found += [item for item in open_items if not any(s <= item[0] and item[1] <= e for s, e in found)]
    return list(dict.fromkeys(_quoted(text[start:end]) for start, end in sorted(set(found))))


def clauses_of(text: str) -> Iterator[tuple[int, int]]:
    """The clauses of a text, without the marks between them."""
    places = [0, *(place for match in _BREAK.finditer(text) for place in match.span()), len(text)]
    for start, end in list(pairwise(places))[::2]:
        if text[start:end].strip():
            yield start, end


def _covered(text: str, used: list[Span], source: Curriculum, described: Sequence[str]) -> list[bool]:
    read = [False] * len(text)
    whole = {(s.start, s.end) for s in used if s.slot == "topic" and described and _is_whole(s, text)}
    for span in used:
        if (span.start, span.end) not in whole:
            read[span.start : span.end] = [True] * (span.end - span.start)
    for formula in formulas().finditer(text):
        read[formula.start() : formula.end()] = [True] * len(formula.group())
    if signed := _SIGNED.search(text):
        read[signed.start() :] = [True] * (len(text) - signed.start())
    about = [source[concept] for concept in described] if whole else []
    written = " ".join(" ".join((c.name, *c.aliases, c.objective, c.misconception, *c.steps)) for c in about)
    known = {word.text for word in words_of(written)} - formulaic()
    days = re.compile(rf"\b(?:{_DAY})\b", re.IGNORECASE)
    for start, end in clauses_of(text) if whole else ():
        words = [word for word in words_of(text[start:end]) if word.text not in formulaic()]
        if any(word.text in known for word in words):
            read[start:end] = [True] * (end - start)
            for day in days.finditer(text, start, end):
                if not any(s.start < day.end() and day.start() < s.end for s in used if (s.start, s.end) not in whole):
                    read[day.start() : day.end()] = [False] * (day.end() - day.start())
    return read


def _is_whole(span: Span, text: str) -> bool:
    return 2 * (span.end - span.start) > len(text.strip()) and len(text[span.start : span.end].split()) > 4


def _open(text: str, start: int, end: int, read: Sequence[bool]) -> bool:
    """Whether words were not read, or of a date with several numbers one was not."""
    numbers = [match.span() for match in re.finditer(r"\d+", text[start:end])] or [(0, end - start)]
    return any(not any(read[start + first : start + last]) for first, last in numbers)


def _stretches(text: str, start: int, end: int, read: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The runs of words of a clause of which nothing was read, without formulaic words at their ends."""
    run: list[tuple[int, int]] = []
    for word in [*_WORD.finditer(text, start, end), None]:
        if word is not None and _CHINESE.match(word[0]) and any(read[word.start() : word.end()]):
            yield from _left_of(text, word, read)
        if word is not None and not any(read[word.start() : word.end()]):
            run.append(word.span())
            continue
        if run:
            yield run[0][0], run[-1][1]
        run = []


def _left_of(text: str, word: re.Match[str], read: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """What says something of Chinese words that were read in part: they have no spaces between them."""
    for part in re.finditer(r"[^和与跟及或]+", word[0]):
        at, last = word.start() + part.start(), word.start() + part.end()
        while at < last:
            end = next((i for i in range(at, last) if read[i] != read[at]), last)
            if not read[at] and sum(letter not in _FILLER for letter in text[at:end]) > 1:
                yield at, end
            at = end


def _quoted(words: str) -> str:
    # The marks of a chat are no words, and a plan is text that models may read.
    flat = " ".join(re.sub(r"<\||\|>", " ", words).split())
    return flat if len(flat) <= MOST_LETTERS else flat[:MOST_LETTERS].rsplit(" ", 1)[0] + " …"
