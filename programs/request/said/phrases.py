"""What the readers of this family share: a phrase that was read, where it ends, and what stands in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...yaml_file import read_yaml
from ..time.written import Written

_FILE = Path(__file__).parents[2] / "data" / "formulaic.yaml"

END = (
    r"(?= (?:and|so|because|since|as|but) (?:i|i'm|i'd|i've|my|we|he|she|they|please|help|can|need|want|that"
    r"|mixes|keeps|struggles|hates|forgets|fails|finds|confuses|can't|cannot)\b"
    r"| (?:but|so|because|since|though|although|if|when|while|until|till|before|which|who|please|pls|plz|in (?:my"
    r"|her|his"
    r"|their)|each|every|at the)\b| [-–—] |[,.;:!?\n()]|$)"
)
"""Where a phrase ends: at a comma, at the end of the sentence, before a new clause."""
_LISTED = re.compile(r" and | & | \+ |, ")
_ONE_THING = (
    "arts and crafts",
    "rock and roll",
    "dungeons and dragons",
    "rock and pop",
    "hide and seek",
    "cut and paste",
)


@dataclass(frozen=True)
class Phrase:
    """Characters ``start`` to ``end`` of the plain text hold the words; ``cue`` is where what announces them begins."""

    start: int
    end: int
    cue: int


def items_of(text: Written, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The things that a stretch lists: "football and dogs" are two."""
    words = text.text[start:end]
    if any(thing in words for thing in _ONE_THING):
        yield start, end
        return
    place = 0
    for joint in _LISTED.finditer(words):
        yield from _trimmed(words, start, place, joint.start())
        place = joint.end()
    yield from _trimmed(words, start, place, len(words))


def _trimmed(words: str, at: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = words[start:end]
    first, last = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
    if first < last:
        yield at + first, at + last


@cache
def formulaic() -> frozenset[str]:
    """Words that say nothing by themselves."""
    return frozenset(_data()["words"].split())


@cache
def formulas() -> re.Pattern[str]:
    """Greetings, thanks and openings, which say nothing whatever their words are."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(_data()['phrases'])})(?!\w)", re.IGNORECASE)


@cache
def joining() -> frozenset[str]:
    """Words that say nothing beside what was read: "loves" where "horses" was."""
    return frozenset(_data()["joining"].split())


@cache
def facts() -> re.Pattern[str]:
    """Phrases that say something although each of their words says nothing by itself."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(_data()['facts'])})(?!\w)", re.IGNORECASE)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(_FILE)
    return data
