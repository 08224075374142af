"""Which words of a rhythm belong to which duration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .days import Days
from .durations import Duration
from .items import Item, Per

_BREAKS = tuple(
    (strength, re.compile(pattern))
    for strength, pattern in (
        (4, r"[.!?](?:\s|$)|\n"),
        (3, r";|\((?!$)| - "),
        (2, r"\b(?:plus|then|and|but|except)\b|[&+]"),
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
    def has_days(self) -> bool:
        return bool(self.days) or any(isinstance(i, Per) and i.every in ("weekday", "weekend") for i in self.items)

    @property
    def start(self) -> int:
        return min(i.start for i in self.items)

    @property
    def end(self) -> int:
        return max(i.end for i in self.items)


def blocks_of(items: Sequence[Item], text: str) -> list[Block]:
    """One block for each duration; what stands between two belongs to the one from which no stronger break parts it."""
    placed = [(place, item) for place, item in enumerate(items) if isinstance(item, Duration)]
    if len(placed) < 2:
        return [Block(placed[0][1] if placed else None, list(items))] if items else []
    blocks = [Block(duration, [duration]) for _, duration in placed]
    places = [place for place, _ in placed]
    blocks[0].items[:0] = items[: places[0]]
    blocks[-1].items += items[places[-1] + 1 :]
    for n, (left, right) in enumerate(pairwise(places)):
        row = items[left : right + 1]
        breaks = [_strength(text[one.end : two.start]) for one, two in pairwise(row)]
        cut = max(range(len(breaks)), key=lambda g: (breaks[g], g))
        blocks[n].items += row[1 : cut + 1]
        blocks[n + 1].items[:0] = row[cut + 1 : -1]
    return blocks


def _strength(gap: str) -> int:
    return next((strength for strength, pattern in _BREAKS if pattern.search(gap)), 0)
