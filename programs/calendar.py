"""The days of a plan: which of them are open for study, week by week from its start, and where sessions fall."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from .errors import InputError

START_TODAY = 3
"""Days before the deadline from which on a plan starts today instead of tomorrow."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 12, 31)
"""Days from which on can be planned: every day that a plan counts to is one that a date can name."""


def check_today(today: date) -> date:
    """``today``. Raises InputError for a day from which nothing can be planned."""
    if not FIRST_DAY <= today <= LAST_DAY:
        raise InputError(f"today: a day from {FIRST_DAY} to {LAST_DAY} (got {today})")
    return today


def dated(day: date) -> str:
    """A day as people write it: 3 March 2026."""
    return f"{day.day} {day:%B %Y}"


def start_of(today: date, days: int | None = None) -> date:
    """The day that a plan starts when none is named: tomorrow, or today when the deadline is near."""
    return today if days is not None and days <= START_TODAY else today + timedelta(days=1)


def study_days(days: int | None, start: int | None = None) -> int | None:
    """Days for study when the deadline is ``days`` away: the day of the deadline is for the test itself.

    ``start`` is how far off the first day is, if one was named; a test today is prepared for today.
    """
    if days is None:
        return None
    start = int(days > START_TODAY) if start is None else start
    return max(days - start, int(start == 0))


def open_weeks(
    start: date, end: date, weekdays: Collection[int], away: Sequence[tuple[date, date]] = (), every_weeks: int = 1
) -> Iterator[list[int]]:
    """For each week that has any, the days open for study as days after ``start``; ``end`` is the first day after.

    ``weekdays``: 0 is Monday. ``away``: first and last days of absences. ``every_weeks``: 2 leaves out every other one.
    """
    from dateutil.rrule import DAILY, WEEKLY, rrule, rruleset

    if not weekdays:
        return
    first, last = _midnight(start), _midnight(end - timedelta(days=1))
    days = rruleset()
    # Weeks of a plan begin on the weekday of its start.
    days.rrule(
        rrule(
            WEEKLY,
            dtstart=first,
            until=last,
            interval=every_weeks,
            byweekday=sorted(weekdays),
            wkst=start.weekday(),
        )
    )
    for gone, back in away:
        days.exrule(rrule(DAILY, dtstart=max(first, _midnight(gone)), until=min(last, _midnight(back))))
    for _, week in groupby(((day - first).days for day in days), key=lambda day: day // 7):
        yield list(week)


def session_days(sessions: int, free: Sequence[int]) -> list[int]:
    """The days of ``free`` on which sessions fall, evenly spread, one a day: as many as there are days at most."""
    sessions = min(sessions, len(free))
    return [free[i * len(free) // sessions] for i in range(sessions)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
