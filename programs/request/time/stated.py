"""What a text says about time, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ..spans import Assumption, Span


@dataclass
class StatedTime:
    """What a text says about time; None or empty where it says nothing.

    ``days`` is how far off the end is: the day of the test ("in 3 days"), or the day after a span ("for 3 days").
    ``sessions_on`` has the minutes of the only sessions by day, 0 where none are named. ``impossible`` is a sentence
    that says why what is asked for cannot be.
    ``total_minutes`` is all the time that there is. ``on`` are the only weekdays for study (0 is Monday), ``not_on``
    those without. ``minutes_on`` has the minutes of a session by weekday, where they differ. ``away`` are first and
    last days of absences. ``hours`` are the times of day as they were written. ``start`` is the first day for study.
    ``every_weeks`` is 2 for every other week; sessions and minutes are then those of a week that has any. ``used`` are
    the places of the text that all this was read from.
    """

    deadline: date | None = None
    days: int | None = None
    weeks: int | None = None
    minutes_per_week: int | None = None
    minutes_per_session: int | None = None
    sessions_per_week: int | None = None
    total_minutes: int | None = None
    on: frozenset[int] | None = None
    not_on: frozenset[int] = frozenset()
    sessions_on: dict[date, int] = field(default_factory=dict)
    impossible: str = ""
    minutes_on: dict[int, int] = field(default_factory=dict)
    away: list[tuple[date, date]] = field(default_factory=list)
    hours: str = ""
    start: date | None = None
    every_weeks: int | None = None
    used: list[Span] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
