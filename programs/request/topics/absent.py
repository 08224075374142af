"""Mathematics that is asked for and that the curriculum does not have: ``programs/data/absent.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...curriculum import Curriculum
from .names import load_data, longest_first
from .words import key_of, words_of


@dataclass(frozen=True)
class Absent:
    """A stretch of the text that names such mathematics, and the nearest concepts, best first."""

    nearest: tuple[str, ...]
    start: int
    end: int


def absent_named(text: str, source: Curriculum) -> list[Absent]:
    """What a text names of it, in its order; of nested names, the longest."""
    words, table = words_of(text), _table()
    longest = max(map(len, table))
    found = []
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            if nearest := table.get(tuple(word.text for word in stretch)):
                concepts = tuple(c for c in nearest if c in source)
                found.append(Absent(concepts, stretch[0].start, stretch[-1].end))
                break
    return longest_first(found)


@cache
def _table() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {key_of(name): tuple(about["nearest"]) for about in load_data("absent.yaml") for name in about["names"]}
