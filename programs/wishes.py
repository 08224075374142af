"""How a learner likes to work: wishes of a closed list, read from free words.

What is written for concepts says which of these wishes it fulfils (``teaching.Instruction``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

Wish = Literal[
    "hands-on", "pictures", "speaking", "together", "teaching", "quiz", "memory", "speed", "calm", "examples",
    "discovery", "real life", "writing", "tables", "comparing", "inventing", "checking",
]  # fmt: skip

_WORDS: Mapping[Wish, str] = {
    "hands-on": "hands objects touch build building move moving craft cut cutting fold folding physical",
    "pictures": "picture pictures sketch sketches draw drawing diagram diagrams visual visually colour color graph",
    "speaking": "aloud explain explaining explanations talk talking say saying speak speaking voice hear listen",
    "together": "friend friends partner together group buddy classmate sister brother parent someone pair pairs",
    "teaching": "teach teaching tutor others",
    "quiz": "quiz quizzes quizzed test tests question questions drill",
    "memory": "flash card cards flashcards index memory memorize memorise heart",
    "speed": "timed timing timer timers time clock quickly fast speed race",
    "calm": "short step steps slow slowly calm pace small bit bits easy gentle patient",
    "examples": "example examples solution model shown demonstration follow",
    "discovery": "try trying before discover explore challenge told puzzle puzzles",
    "real life": "real life everyday world practical application applications job useful good",
    "writing": "write writing notes note summary summarize journal read reading",
    "tables": "table tables chart charts list lists columns sort sorting organize organise",
    "comparing": "compare comparing similar difference differences methods",
    "inventing": "invent inventing create creating creative make making design",
    "checking": "check checking sure verify proof careful mistake mistakes error errors wrong correct correcting",
}
_DENIED = re.compile(
    r"\b(?:no|not|without|never|nothing|hates?|dislikes?|avoid|don't (?:like|want)|doesn't (?:like|want)"
    r"|can't stand|anything but|rather than|instead of"
    r"|(?<=\w )over)\b(?! just)[^,.;]*",
    re.IGNORECASE,
)
_COMMON = frozenset(
    "and the with for that this from are but not you your like prefer learn best being things work works working "
    "worked problem problems".split()
)


def wishes_of(preferences: Iterable[str]) -> frozenset[Wish]:
    """The wishes that a learner's own words name; what they deny ("no group work") is none."""
    return _named(_DENIED.sub(" ", preference) for preference in preferences)


def denied_by(preferences: Iterable[str]) -> frozenset[Wish]:
    """What a learner says not to want: "no timers", "proofs over drill"."""
    said = list(preferences)
    return _named(match.group() for words in said for match in _DENIED.finditer(words)) - wishes_of(said)


def is_kept(preference: str, fulfilled: Sequence[Iterable[Wish]], sentences: Iterable[str]) -> bool:
    """Whether a plan does what a learner likes, or has nothing of what they do not want.

    fulfilled: the wishes that each session fulfils; sentences: what the sessions tell the learner to do.
    """
    if wanted := wishes_of([preference]):
        return any(not wanted.isdisjoint(wishes) for wishes in fulfilled)
    denied = " ".join(match.group() for match in _DENIED.finditer(preference))
    there = any(not denied_by([preference]).isdisjoint(wishes) for wishes in fulfilled)
    return bool(stems(denied)) and not there and stems(denied).isdisjoint(stems(" ".join(sentences)))


def _named(words: Iterable[str]) -> frozenset[Wish]:
    said = stems(" ".join(words))
    return frozenset(wish for wish, known in _WORDS.items() if not said.isdisjoint(stems(known)))


def overlap(text: str, preferences: Iterable[str]) -> float:
    """Share of the stems of a learner's preferences that a text has."""
    wanted = stems(" ".join(_DENIED.sub(" ", preference) for preference in preferences))
    return len(stems(text) & wanted) / len(wanted) if wanted else 0.0


@cache
def stems(text: str) -> frozenset[str]:
    """Words cut to what a plural, a verb's ending and the like leave alone; short ones are left out."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return frozenset(re.sub(r"(?<=[a-z]{3})(?:ing|es|ed|s|e)$", "", w) for w in words if w not in _COMMON)
