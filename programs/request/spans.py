"""Which characters of a request were used, and for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Slot = Literal[
    "topic", "not_topic", "known", "struggle", "work", "deadline", "duration", "rhythm", "days", "away", "hours",
    "total", "course", "audience", "interest", "preference", "goal", "need", "language",
]  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A stretch of the text as `check_text` returns it, and the slot that it was used for."""

    start: int
    end: int
    slot: Slot
