"""Feasible: does the plan fit into the learner's time?

Measures the minutes of each week against the budget, the length of sessions for the learner's age, the calendar
(weeks available, deadline, days inside their week, one session a day or, with breaks, several within the time of
one), the number of sessions a week, and the pace (new concepts for the minutes given). Reads numbers only, never
words. Range: 0 (cannot be done) to 1.

A profile that leaves its time open is judged by what is usual (``USUAL_MINUTES``).
"""

from __future__ import annotations

from collections import Counter

from ...programs.plan import Week
from .base import Assessment, Parts, nothing
from .text import ramp
from .view import PlanView

USUAL_MINUTES = (30, 420)
"""Weekly minutes that are believable when the profile does not say."""
PACE_MINUTES = 25.0
"""Minutes that a new concept needs at least: an explanation, an example, a task."""
TIGHT_MINUTES = 8.0
SHORTEST_SESSION = 10


class Feasible:
    def assess(self, view: PlanView) -> Assessment:
        if not view.sessions:
            return nothing("the plan has no sessions")
        parts = Parts()
        parts.each(0.35, "the week's minutes fit the time there is", _weekly_minutes(view))
        parts.each(0.20, "the session has a bearable length", _session_lengths(view))
        parts.add(0.15, "ends in time", _ends_in_time(view))
        parts.each(0.10, "sessions lie in their week, on days of their own", _days(view))
        parts.each(0.10, "no more sessions a week than the learner wants", _session_counts(view))
        parts.each(0.10, "new concepts come at a pace that leaves time for them", _pace(view))
        return parts.assessment()


def _weekly_minutes(view: PlanView) -> list[tuple[str, float]]:
    budget = view.profile.minutes_per_week
    low, high = (budget, budget) if budget else USUAL_MINUTES
    values = []
    last = len(view.weeks) - 1
    for place, week in enumerate(view.weeks):
        minutes = week.minutes
        if minutes > high:
            value = 1.0 - ramp(minutes / high, 1.02, 1.8)
        else:
            # The last week may be short: it holds what is left.
            value = ramp(minutes / low, 0.0, 0.8) if place < last or not last else ramp(minutes / low, 0.0, 0.2)
        values.append((f"week {week.number}", value))
    return values


def _session_lengths(view: PlanView) -> list[tuple[str, float]]:
    """Young learners sit for shorter: about 30 minutes in the first years, an hour and a half at most later."""
    level = view.level if view.level is not None else 8.0
    # A learner who asks for long sittings gets them.
    longest = max(30.0 + 6.0 * level, _asked(view))
    usual = _usual(view)
    values = []
    for v in view.sessions:
        minutes = v.session.minutes
        short = ramp(minutes, 0, min(SHORTEST_SESSION, usual or SHORTEST_SESSION))
        values.append((v.where, short * (1.0 - ramp(minutes / longest, 1.0, 2.0))))
    return values


def _usual(view: PlanView) -> float:
    """Minutes of a session that the learner asks for; 0 where they do not say."""
    wanted, sessions = view.profile.minutes_per_week, view.profile.sessions_per_week
    return wanted / sessions if wanted and sessions else 0.0


def _asked(view: PlanView) -> float:
    """Minutes of the longest session that the learner asks for; 0 where they do not say."""
    return max([_usual(view), *view.profile.minutes_on.values(), *view.profile.sessions_on.values()])


def _sittings(view: PlanView, week: Week) -> int:
    """Sessions of a week, where those of one day are one as long as they are no longer than the learner asks for."""
    minutes, counts = Counter[int](), Counter(session.day for session in week.sessions)
    for session in week.sessions:
        minutes[session.day] += session.minutes
    return sum(1 if minutes[day] <= _asked(view) else count for day, count in counts.items())


def _ends_in_time(view: PlanView) -> float:
    profile, plan = view.profile, view.plan
    last_day = max(v.session.day for v in view.sessions)
    needed = max(last_day // 7 + 1, len(view.weeks))
    value = 1.0
    if profile.weeks:
        value = 1.0 - ramp(needed / profile.weeks, 1.0, 1.5)
    if profile.deadline and plan.start:
        days = (profile.deadline - plan.start).days
        value = min(value, 1.0 if last_day <= days else 1.0 - ramp(last_day - days, 0, max(7, days / 2)))
    return value


def _days(view: PlanView) -> list[tuple[str, float]]:
    values = []
    left_out = view.profile.away or (view.profile.every_weeks or 1) > 1
    for week in view.weeks:
        days = [s.day for s in week.sessions]
        if days:
            # Weeks without a day for study are left out, and not counted.
            first = 7 * (min(days) // 7 if left_out else week.number - 1)
            inside = sum(first <= day < first + 7 for day in days) / len(days)
            apart = len(set(days)) / _sittings(view, week)
            values.append((f"week {week.number}", 0.5 * inside + 0.5 * apart))
    return values


def _session_counts(view: PlanView) -> list[tuple[str, float]]:
    wanted = view.profile.sessions_per_week
    most = wanted or 6
    return [(f"week {w.number}", 1.0 - ramp(_sittings(view, w) / most, 1.0, 2.0)) for w in view.weeks if w.sessions]


def _pace(view: PlanView) -> list[tuple[str, float]]:
    seen: set[str] = set()
    values = []
    for week in view.weeks:
        concepts = {s.concept or s.title for s in week.sessions} - seen
        seen |= concepts
        if concepts:
            values.append((f"week {week.number}", ramp(week.minutes / len(concepts), TIGHT_MINUTES, PACE_MINUTES)))
    return values
