"""What a request in another language says of the topics that it names: known, not wanted, hard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from ...frame import language_data
from .names import Placed
from .stance import Stance

_SENTENCE = re.compile(r"[.;!?\u3002\uff1b\uff01\uff1f\n]")
_STANCES = {
    "hard": Stance.HARD,
    "unwanted": Stance.UNWANTED,
    "known": Stance.KNOWN,
    "without": Stance.UNWANTED,
    "wanted": Stance.WANTED,
}
_OPPOSITE = {Stance.KNOWN: Stance.HARD, Stance.HARD: Stance.KNOWN}
_DENIAL = (
    r"\b(?:no|não|nao|nunca|ne|nicht|pas|plus|kein\w*|aucune?|sin|sem|sans|ohne)\s+"
    r"(?:(?:me|lo|la|los|las|les?|o|a|os|as|de|es|son|é|são|muy|tan|muito|tão|mehr|so|sehr|besonders|zu|trop|si|très"
    r"|mucha|más|tengo|tiene|tenho|tem)\s+)*"
)
_DENIED = re.compile(rf"(?:{_DENIAL}|[不没])$")
_DENIES = re.compile(
    r"\s*(?:(?:noch|gar|überhaupt|leider|toujours|vraiment|encore|trop|très bien|bien)\s+)*(?:nicht|pas)\b"
)
_JOINT = re.compile(r"\s*(?:,|、|，|/|\+|和|跟|与|(?:,\s*)?\b(?:y|e|et|und|sowie|ni)\b)\s*")
_CLAUSE_ENDS = re.compile(
    r"\s*(?:[,\uff0c\u3001.;!?\u3002\uff1b\uff01\uff1f)\n]|$"
    r"|\b(?:pero|mas|mais|aber|y|e|et|und|así que|então|donc|also)\b|但|所以)"
)


def foreign_stances(text: str, language: str, named: Sequence[Placed]) -> list[Stance]:
    """The stance of each stretch: by the cue that ends its clause, else by the last one of its sentence before it."""
    lower = text.casefold() if len(text.casefold()) == len(text) else text
    places = sorted(range(len(named)), key=lambda i: named[i].start)
    behind = _behind(lower, language, [named[i] for i in places])
    found = [Stance.WANTED] * len(named)
    last = Stance.WANTED
    for place, i in enumerate(places):
        if place in behind:
            stance = behind[place][1]
        else:
            used = [start for start, _ in behind.values()]
            stance = _before(lower, language, [named[j] for j in places[: place + 1]], used)
        # "I understand fractions, but not percentages" says what is missing.
        if stance is Stance.UNWANTED and last is Stance.KNOWN:
            stance = Stance.HARD
        found[i] = last = stance
    return found


def _behind(lower: str, language: str, named: Sequence[Placed]) -> dict[int, tuple[int, Stance]]:
    """By the place in ``named``: where the cue after it starts, and what it says; of lists, for all their items."""
    found: dict[int, tuple[int, Stance]] = {}
    cues = _cues(language)
    for i, stretch in enumerate(named):
        cue = _cue_behind(language).match(lower, stretch.end)
        if cue is None or cue.lastgroup == "without" or (i + 1 < len(named) and cue.end() > named[i + 1].start):
            continue
        at = cue.start(str(cue.lastgroup))
        stance = _said(lower, cue)
        found[i] = at, stance
        start = max((m.end() for m in _SENTENCE.finditer(lower, 0, stretch.start)), default=0)
        for j in range(i - 1, -1, -1):
            between = lower[named[j].end : named[j + 1].start]
            comma = "," in between or "，" in between
            if j in found or not _joined(between, language) or (comma and cues.search(lower, start, stretch.start)):
                break
            found[j] = at, stance
    return found


def _joined(between: str, language: str) -> bool:
    """Whether only a comma or an "and", and small words, stand between two items."""
    small = "|".join(map(re.escape, language_data(language)["small"]))
    return bool(_JOINT.fullmatch(re.sub(rf"(?<=\s)(?!(?:y|e|et|und)\b)(?:{small})\s+", "", between)))


def _before(lower: str, language: str, named: Sequence[Placed], used: Sequence[int]) -> Stance:
    """What the cues before the last of ``named`` say of it."""
    stretch = named[-1]
    start = max((m.end() for m in _SENTENCE.finditer(lower, 0, stretch.start)), default=0)
    cues: list[re.Match[str]] = []
    while cue := _cues(language).search(lower, start, stretch.start):
        cues.append(cue)
        # "Mas não consigo" says that it is hard, and not that it is left out.
        start = cue.start() + 1 if cue.lastgroup == "without" else cue.end()
    for cue in reversed(cues):
        if cue.start() in used:
            continue
        if cue.lastgroup == "without" and not _right_before(lower, language, cue.end(), named):
            continue
        stance = _said(lower, cue)
        # "Ich kann Brüche noch nicht": the denial stands behind what is named.
        return Stance.HARD if stance is Stance.KNOWN and _DENIES.match(lower, stretch.end) else stance
    return Stance.WANTED


def _right_before(lower: str, language: str, end: int, named: Sequence[Placed]) -> bool:
    """Whether nothing but small words and other topics stand between a cue and the last of ``named``."""
    rest, place = "", end
    for stretch in named:
        if stretch.start >= end:
            rest, place = rest + lower[place : stretch.start] + " ", max(place, stretch.end)
    small = language_data(language)["small"]
    return all(word in small or _JOINT.fullmatch(word) for word in re.findall(r"[\w'’]+|[^\w\s]", rest))


def _said(lower: str, cue: re.Match[str]) -> Stance:
    stance = _STANCES[str(cue.lastgroup)]
    denied = _DENIED.search(lower[: cue.start(str(cue.lastgroup))]) or _DENIES.match(lower, cue.end())
    return _OPPOSITE.get(stance, stance) if denied else stance


@cache
def _cues(language: str) -> re.Pattern[str]:
    groups = language_data(language)["cues"]
    bound = "" if language == "zh" else r"\b"
    parts = {name: "|".join(sorted(map(re.escape, said), key=len, reverse=True)) for name, said in groups.items()}
    # Of cues that begin at the same place, one that denies goes first: "no entiendo" is not "entiendo".
    return re.compile("|".join(f"(?P<{name}>{bound}(?:{parts[name]}){bound})" for name in _STANCES))


@cache
def _cue_behind(language: str) -> re.Pattern[str]:
    """A cue with what may stand between it and the name before it: "ya la sé", "das kann ich schon"."""
    between = "|".join(map(re.escape, sorted(language_data(language)["between"], key=len, reverse=True)))
    hard = "|".join(map(re.escape, language_data(language)["cues"]["hard"]))
    bound = "" if language == "zh" else r"\b"
    return re.compile(
        rf"[\s,\uff0c:\uff1a]*(?:(?:{between}){bound}[\s,]*)*(?:{_DENIAL}(?={hard}))?(?:{_cues(language).pattern})"
        # "Fracciones, quiero pendiente": a cue with something behind it is about that.
        rf"(?=(?:{_DENIES.pattern})?{_CLAUSE_ENDS.pattern})"
    )
