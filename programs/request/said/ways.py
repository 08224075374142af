"""How somebody likes to work: ways that are asked for, and those that are not wanted, in the learner's words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ...yaml_file import read_yaml
from ..time.written import Written
from .phrases import END, Phrase

MOST = 6
_FILE = Path(__file__).parents[2] / "data" / "ways.yaml"
_PREFERS = re.compile(
    r"\b(?:(?:i|we|he|she|they)(?:'d| would)? )?(?:(?:really |much )?prefers?|learns? best (?:with|from|by|when)"
    r"|works? best (?:with|in|by)|do best with)\b:? (?P<x>[^\W\d_][\w' &+/-]{2,80}?)" + END.replace("|before", "")
    # "Trying before being told" goes on after "before".
)
_WISHES = re.compile(
    r"\b(?:(?:i|we|he|she|they)(?:'d| would)? (?:also |really |just |all |both )*(?:like|love|need|want"
    r"|enjoy)s?(?: to (?:have|get|use))?"
    r"|needs?|wants?|loves?|likes?|give me|using|use|with|by|through|ideally(?: with)?|(?:please|pls"
    r"|plz)(?: use)?|(?:we|i)(?:'ve| have)(?: got)? (?:plenty|lots) of)"
    rf" (?:it (?:when|if) )?(?P<x>(?!help\b|to learn\b)\w[\w' &+/-]{{2,80}}?(?:, not (?:just )?[\w' ]+?)?){END}"
)
_NEGATED = r"(?:no|not|never|without|nothing|don't want|do not want|doesn't like|hates?|can't stand|instead of)"
_WELCOME = re.compile(
    r"(?:^|(?<=[.,;!?\n] )|(?<=[.,;!?\n]))(?P<x>[^.,;!?\n]{3,70}?)"
    r" (?:would be|is|are) (?:cool|nice|great|good|lovely|perfect|welcome|fine|best)\b"
    r"|(?:^|(?<=[.,;!?\n] ))(?P<y>music|pictures?|breaks?|colou?rs?|games?|diagrams?|[\w-]+ ?cards) helps?\b"
)
_HATED = re.compile(
    r"(?:^|(?<=[.,;!?\n] )|(?<=and )|(?<=but ))(?P<x>[^.,;!?\n]{3,60}?)"
    r" (?:is|are|'re) (?:so |just |really |the |my |an? )*(?:horrible|awful|terrible|boring|worst|hell"
    r"|useless|nightmare|pointless|not for me|no good for me)\b"
)
_KIND = re.compile(
    r"\b(?:an? |very )*(?P<x>(?:visual|auditory|hands-on|hands on|kinesthetic|kinaesthetic) (?:learner|thinker))s?\b"
)
_PIECE = re.compile(r"[^.,;:!?\n()]+")
_ALONE = re.compile(
    r"(?: (?:please|pls|plz|only|first|if (?:you can|possible)|all the way|each time|too|as well|thanks|would help))*$"
)
_NO_TIME = re.compile(
    r"\d|\b(?:week|hour|minute|min|day|month|exam|test|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b"
)
_NO_WAY = re.compile(
    r"\b(?:board|video|computer|card|ball|football|olympic|role-playing) games?\b"
    r"|\b(?:body|tree|venn|phase|scatter|mapping) diagrams?\b"
)
_SUBJECTS = re.compile(
    r"\b(?:i|i'm|i've|my|we|he|she|they|it|is|are|was|keep|don't|can't|cannot|plan|teach|need|want"
    r"|(?:can|could|would) (?:you|u)|teaching me)\b"
)
_NOTHING = re.compile(r"\bnothing (?:childish|fancy|too (?:hard|fast|long|easy)|boring|silly|fast|long)\b")


def read_ways(text: Written) -> list[Phrase]:
    """The phrases that say how to work, in the order of the text."""
    found = [Phrase(*m.span("x"), m.start()) for m in _PREFERS.finditer(text.text)]
    found += [Phrase(*m.span(), m.start()) for m in _NOTHING.finditer(text.text)]
    found += [Phrase(*m.span(), m.start()) for m in _denied().finditer(text.text)]
    found += [Phrase(*m.span("x"), m.start()) for m in _KIND.finditer(text.text)]
    found += [Phrase(m.start("x"), m.end(), m.start()) for m in _HATED.finditer(text.text) if _can_be_spared(m["x"])]
    for match in _WELCOME.finditer(text.text):
        group = "x" if match["x"] else "y"
        if group == "y" or is_way(match[group]):
            found.append(Phrase(*match.span(group), match.start()))
    for match in _WISHES.finditer(text.text):
        if is_way(match["x"]) and not re.search(rf"\b{_NEGATED}$", text.text[: match.start()].rstrip()):
            start, end = match.span("x")
            found += [Phrase(*piece, match.start()) for piece in _ways_in(text, start, end)]
    for piece in _PIECE.finditer(text.text):
        start, end = piece.start() + len(piece[0]) - len(piece[0].lstrip()), piece.end()
        end -= len(piece[0]) - len(piece[0].rstrip())
        words = _ALONE.sub("", text.text[start:end])
        if is_way(words) and len(words.split()) <= 8 and not _SUBJECTS.search(words) and not _NO_TIME.search(words):
            found += [Phrase(*part, start) for part in _ways_in(text, start, start + len(words))]
    return _apart(found)[:MOST]


def is_way(words: str) -> bool:
    """Whether a phrase names a way of working."""
    return bool(_named().search(_NO_WAY.sub(" ", words)))


def _can_be_spared(words: str) -> bool:
    return is_way(words) or bool(_spared().search(words))


def _ways_in(text: Written, start: int, end: int) -> list[tuple[int, int]]:
    """A list of ways is several where each part names one: "short sentences and big print"."""
    parts: list[tuple[int, int]] = []
    place = start
    for joint in re.finditer(r" and ", text.text[start:end]):
        first, last = text.text[place : start + joint.start()], text.text[start + joint.end() : end]
        if is_way(first) or is_way(last):
            parts.append((place, start + joint.start()))
            place = start + joint.end()
    parts.append((place, end))
    named = [part for part in parts if is_way(text.text[slice(*part)])]
    return named if named else [(start, end)]


@cache
def _data() -> dict[str, list[str]]:
    data: dict[str, list[str]] = read_yaml(_FILE)
    return data


@cache
def _named() -> re.Pattern[str]:
    nouns = "|".join(sorted(map(re.escape, _data()["nouns"]), key=len, reverse=True))
    verbs = "|".join(sorted(map(re.escape, _data()["verbs"]), key=len, reverse=True))
    return re.compile(rf"\b(?:(?:{nouns})(?:s|es)?|(?:{verbs}))\b")


@cache
def _spared() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _data()['denied']), key=len, reverse=True))})s?\b")


@cache
def _denied() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:no(?: more)?|without(?: any)?|not too (?:many|much)|not (?:a )?(?:big )?fans? of"
        rf"|(?:i'd |i would )?rather not(?: use| do| have)?"
        rf"|(?:(?:i|he|she|we|they) )?(?:really )?(?:hates?|don't like|do not like|doesn't like"
        rf"|dislikes?|can't stand)) (?:\w+ )?{_spared().pattern}"
    )


def _apart(found: list[Phrase]) -> list[Phrase]:
    """Of phrases that overlap, the longest that came first."""
    kept: list[Phrase] = []
    for phrase in found:
        if all(phrase.end <= other.start or other.end <= phrase.start for other in kept):
            kept.append(phrase)
    return sorted(kept, key=lambda p: p.start)
