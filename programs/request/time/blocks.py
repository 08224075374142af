"""Which words of a rhythm belong to which duration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .days import Days
from .durations import Duration
from .items import Item

_BREAKS = tuple(
    (strength, re.compile(pattern))
    for strength, pattern in (
        (4, r"[.!?](?:\s|$)|\n"),
        (3, r"[;(]| - "),
        (2, r"\b(?:plus|then|and|but)\b|[&+]"),
        (1, r","),
    )
)


@dataclass
class Block:
    """A duration, if one was named, and the words of rhythm that belong to it."""

    duration: Duration | None
    items: list[Item] = field(default_factory=list)

    @property
    def days(self) -> frozenset[int]:
        return frozenset[int]().union(*(i.days for i in self.items if isinstance(i, Days) and i.study))

    @property
    def start(self) -> int:
        return min(i.start for i in self.items)

    @property
    def end(self) -> int:
        return max(i.end for i in self.items)


def blocks_of(items: Sequence[Item], text: str) -> list[Block]:
    """One block for each duration; what stands between two belongs to the one from which no stronger break parts it."""
    durations = [i for i in items if isinstance(i, Duration)]
    if len(durations) < 2:
        return [Block(durations[0] if durations else None, list(items))] if items else []
    blocks = [Block(d, [d]) for d in durations]
    places = [items.index(d) for d in durations]
    blocks[0].items[:0] = items[: places[0]]
    blocks[-1].items += items[places[-1] + 1 :]
    for n, (left, right) in enumerate(zip(places, places[1:], strict=False)):
        row = items[left : right + 1]
        breaks = [_strength(text[one.end : two.start]) for one, two in zip(row, row[1:], strict=False)]
        cut = max(range(len(breaks)), key=lambda g: (breaks[g], g))
        blocks[n].items += row[1 : cut + 1]
        blocks[n + 1].items[:0] = row[cut + 1 : -1]
    return blocks


def _strength(gap: str) -> int:
    return next((strength for strength, pattern in _BREAKS if pattern.search(gap)), 0)
