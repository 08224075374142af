"""Requests for another subject, and the mathematics that is in it: ``programs/data/outside.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...curriculum import Curriculum
from .names import load_data
from .words import key_of, words_of


@dataclass(frozen=True)
class Outside:
    """Another subject that a text is about: its name, the concepts that are in it, and where it stands in the text."""

    subject: str
    concepts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def outside_named(text: str, source: Curriculum) -> Outside | None:
    """The subject that most words of the text belong to; None where none does."""
    words, table = words_of(text), _table()
    longest = max(map(len, table))
    spans: dict[str, list[tuple[int, int]]] = {}
    first = 0
    while first < len(words):
        for count in range(min(longest, len(words) - first), 0, -1):
            stretch = words[first : first + count]
            if subject := table.get(tuple(word.text for word in stretch)):
                spans.setdefault(subject, []).append((stretch[0].start, stretch[-1].end))
                first += count - 1
                break
        first += 1
    if not spans:
        return None
    subject = max(spans, key=lambda name: sum(end - start for start, end in spans[name]))
    concepts = tuple(c for c in load_data("outside.yaml")[subject]["mathematics"] if c in source)
    return Outside(subject, concepts, tuple(spans[subject]))


@cache
def _table() -> dict[tuple[str, ...], str]:
    return {key_of(word): subject for subject, about in load_data("outside.yaml").items() for word in about["words"]}
