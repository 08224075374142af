"""Mathematics that is asked for and that the curriculum does not have: ``programs/data/absent.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...curriculum import Curriculum
from .names import load_data, longest_first
from .senses import stands_beside
from .words import key_of, words_of


@dataclass(frozen=True)
class Absent:
    """A stretch of the text that names such mathematics, and the nearest concepts, best first. ``sense``: by a word
    that means a concept of the curriculum elsewhere."""

    nearest: tuple[str, ...]
    start: int
    end: int
    sense: bool = False


def absent_named(text: str, course: str, source: Curriculum) -> list[Absent]:
    """What a text names of it, in its order; of nested names, the longest. ``course``: the learner's, if known."""
    words, table = words_of(text), _table()
    longest = max(map(len, table))
    found = []
    for first in range(len(words)):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            start, end = stretch[0].start, stretch[-1].end
            for nearest, beside in table.get(tuple(word.text for word in stretch), ()):
                if not beside or stands_beside(text, course, beside, start, end):
                    concepts = tuple(c for c in nearest if c in source)
                    found.append(Absent(concepts, start, end, bool(beside)))
                    break
    return longest_first(found)


@cache
def _table() -> dict[tuple[str, ...], list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """By name: the nearest concepts, and what has to stand beside it for this sense."""
    found: dict[tuple[str, ...], list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for about in load_data("absent.yaml"):
        for name in dict.fromkeys(map(key_of, about["names"])):
            found.setdefault(name, []).append((tuple(about["nearest"]), tuple(about.get("beside", ()))))
    return found
