"""How a learner likes to work: wishes of a closed list, read from free words.

What is written for concepts says which of these wishes it fulfils (``teaching.Instruction``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
    "speed": "timed timing time clock quickly fast speed race",
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
_COMMON = frozenset(
    "and the with for that this from are but not you your like prefer learn best being things work works working "
    "worked problem problems".split()
)


_NOT = re.compile(
    r"\b(?:no|not|never|without|avoid|skip|hate|hates|dislikes?|nothing|over|than|instead of|anything but|n't|don't"
    r"|doesn't|can't|won't|cannot)\b",
)
"""What follows it in a clause is not wanted."""


def wishes_of(preferences: Iterable[str]) -> frozenset[Wish]:
    """The wishes that a learner's own words name; what they do not want is none."""
    return _named(wanted for wanted, _ in map(_sides, preferences)) - unwished(preferences)


def unwished(preferences: Iterable[str]) -> frozenset[Wish]:
    """What a learner's own words rule out: "no group work", "proofs over drill", "I hate tests"."""
    return _named(unwanted for _, unwanted in map(_sides, preferences))


def _sides(preference: str) -> tuple[str, str]:
    """What is wanted and what is not, clause by clause."""
    wanted, unwanted = [], []
    for clause in re.split(r"[,.;!?]|(?<!anything )\bbut\b", preference.lower().replace("’", "'")):
        parts = _NOT.split(clause, maxsplit=1)
        wanted.append(parts[0])
        unwanted += parts[1:]
    return " ".join(wanted), " ".join(unwanted)


def _named(texts: Iterable[str]) -> frozenset[Wish]:
    said = stems(" ".join(texts))
    return frozenset(wish for wish, words in _WORDS.items() if not said.isdisjoint(stems(words)))


def overlap(text: str, preferences: Iterable[str]) -> float:
    """Share of the stems of a learner's preferences that a text has."""
    wanted = stems(" ".join(wanted for wanted, _ in map(_sides, preferences)))
    return len(stems(text) & wanted) / len(wanted) if wanted else 0.0


@cache
def stems(text: str) -> frozenset[str]:
    """Words cut to what a plural, a verb's ending and the like leave alone; short ones are left out."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return frozenset(re.sub(r"(?<=[a-z]{3})(?:ing|es|ed|s|e)$", "", w) for w in words if w not in _COMMON)
