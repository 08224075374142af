"""Where in a request something was read, and what was read into it: the account that every reader keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Slot = Literal[
    "topic", "not_topic", "known", "struggle", "work", "deadline", "duration", "rhythm", "days", "away", "hours",
    "total", "course", "audience", "interest", "preference", "goal", "need", "language",
]  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Characters ``start`` to ``end`` of the text as ``facts.check_text`` returns it, and what they were read as."""

    start: int
    end: int
    slot: Slot


@dataclass(frozen=True)
class Assumption:
    """What was read into an open wording; it holds only where no field of the profile says otherwise."""

    slot: Slot
    sentence: str
