"""Stretches of a text: which overlap, and the text without some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from .names import Mention, Placed
from .subjects import Named

Stretch = TypeVar("Stretch", bound=Placed)


def outside_of(found: Sequence[Stretch], spans: Sequence[tuple[int, int]]) -> list[Stretch]:
    """What begins in none of the spans."""
    return [stretch for stretch in found if not any(start <= stretch.start < end for start, end in spans)]


def covered(stretch: Mention | Named, others: Iterable[Mention | tuple[int, int]]) -> bool:
    """Whether a stretch overlaps one of the others."""
    places = (other if isinstance(other, tuple) else (other.start, other.end) for other in others)
    return any(start < stretch.end and stretch.start < end for start, end in places)


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with stretches of it left empty, so that all else keeps its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def trimmed(text: str) -> tuple[int, int]:
    """Where the text begins and ends, without the spaces around it."""
    return len(text) - len(text.lstrip()), len(text.rstrip())
