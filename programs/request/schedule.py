"""The time that there is for a plan: its start and end, its days, how many sessions on them, and how long they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from ..calendar import dated, open_weeks, session_days, start_of, study_days
from ..learner import LONGEST, SHORTEST, LearnerProfile
from ..needs import longest_session
from .breaks import noun_of, sessions_in, with_breaks
from .time.counted import be, bounded, count, even, there_is, uneven
from .time.days import SCHOOL, WEEK
from .time.stated import StatedTime
from .time.when import WEEKDAYS

WEEKS, SESSIONS, MINUTES = 4, 3, 40
"""Assumed where nothing is said: weeks, sessions per week, minutes per session."""
YOUNG = ((1, 15), (3, 20), (5, 25))
"""Minutes of a session up to a school year: children sit for shorter."""
LONG = {False: 60, True: 30}
"""Minutes of a session that are good where no rhythm was named, at most; less where a learner sits for shorter."""
MOST_WEEKS = 52
MOST_MINUTES = 60_000
"""Of all the time that there is."""
MOST_ABSENCES = 20


@dataclass
class Schedule:
    """The profile with its time filled in, and the days of the sessions.

    ``calendar`` has the days of the sessions of each week that has any, as days after ``start``, a day with a break as
    often as it has sessions; it is empty where no day is left. ``minutes`` are those of each session, by its day.
    ``days`` is how far off the deadline is, and ``length`` how many days there are for study, if there is an end.
    ``minutes_per_week`` is what is planned, at most the profile's; ``open_end`` where nobody said how long.
    """

    profile: LearnerProfile
    start: date
    days: int | None = None
    length: int | None = None
    sessions_per_week: int = 1
    minutes_per_week: int = 0
    open_end: bool = False
    calendar: list[list[int]] = field(default_factory=list)
    minutes: dict[int, int] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    omissions: list[str] = field(default_factory=list)


def schedule(given: LearnerProfile, stated: StatedTime, today: date, level: int | None) -> Schedule:
    """When to study, from the profile and what the text states; a field of the profile always wins over the text.

    level: the learner's school year, which the length of a session suits where none is named; None: any length does.
    """
    made = Schedule(given.model_copy(deep=True), start_of(today))
    _assumed(made, stated)
    _fill(made.profile, stated)
    weeks = _span(made, stated, today)
    usual, why = _usual(made.profile, level)
    rhythm = made.profile.minutes_per_week or made.profile.sessions_per_week or given.minutes_on
    if stated.impossible and not (rhythm or given.total_minutes):
        made.omissions.append(stated.impossible)
        return made
    if made.profile.sessions_on or (stated.sessions_on and not (rhythm or given.total_minutes or given.days)):
        _once(made, made.profile.sessions_on or stated.sessions_on, today, usual)
        _breaks(made, usual < MINUTES)
        return made
    days = _open(made, weeks)
    if not days:
        made.omissions.append(_impossible(made))
        return made
    picked = len(made.profile.days) if given.days or stated.on or made.profile.minutes_on else 0
    _rhythm(made, stated, days, (usual, why), picked)
    _breaks(made, usual < MINUTES)
    return made


def _usual(profile: LearnerProfile, level: int | None) -> tuple[int, str]:
    """Minutes of a session where no time is named, and why."""
    young = next((minutes for highest, minutes in YOUNG if level is not None and level <= highest), MINUTES)
    usual = min(young, longest_session(profile.needs) or young)
    if usual < young:
        return usual, f", because of {' and '.join(f'“{need}”' for need in profile.needs if longest_session([need]))}"
    return young, "" if young == MINUTES else ", as suits a child of this age"


def _assumed(made: Schedule, stated: StatedTime) -> None:
    """Says how open wordings were read, as far as no field says otherwise."""
    profile = made.profile
    rhythm = profile.minutes_per_week or profile.sessions_per_week
    given = {
        "deadline": profile.deadline, "duration": profile.weeks, "rhythm": rhythm, "days": profile.days,
        "total": profile.total_minutes,
    }  # fmt: skip
    made.assumptions += [a.sentence for a in stated.assumptions if not given.get(a.slot)]


def _fill(profile: LearnerProfile, stated: StatedTime) -> None:
    """Days, hours and absences from the text, where the profile has none."""
    if not (profile.minutes_on or profile.minutes_per_week or profile.sessions_per_week or profile.days):
        profile.minutes_on = {WEEKDAYS[day]: minutes for day, minutes in stated.minutes_on.items()}
    profile.days = profile.days or [day for day in WEEKDAYS if day in profile.minutes_on]
    named = (WEEK if stated.on is None else stated.on) - stated.not_on
    if not profile.days and named != WEEK:
        profile.days = [WEEKDAYS[day] for day in sorted(named)]
    profile.hours = profile.hours or stated.hours
    profile.away = profile.away or sorted(stated.away)[:MOST_ABSENCES]
    if not profile.total_minutes and stated.total_minutes:
        profile.total_minutes = min(MOST_MINUTES, max(SHORTEST, stated.total_minutes))
    profile.every_weeks = profile.every_weeks or stated.every_weeks
    profile.start = profile.start or stated.start


def _span(made: Schedule, stated: StatedTime, today: date) -> int | None:
    """Fills in start and end; the weeks from one to the other, None where nobody said how long."""
    profile, said = made.profile, made.assumptions
    deadline = profile.deadline or stated.deadline
    if deadline and deadline < today:
        said.append(f"The deadline {dated(deadline)} has passed, so it is ignored.")
        deadline = None
    elif deadline:
        made.days = (deadline - today).days
        if deadline == stated.deadline and not any(dated(deadline) in a for a in said):
            said.append(f"The deadline is read as {deadline:%A, %d %B %Y}.")
    if not deadline and not profile.weeks:
        made.days = stated.days
    if profile.start and profile.start > today:
        made.start = profile.start
        made.length = study_days(made.days, (profile.start - today).days)
        if profile.start == stated.start:
            said.append(f"The plan starts on {profile.start:%A}, {dated(profile.start)}.")
    else:
        profile.start = None
        made.start, made.length = start_of(today, made.days), study_days(made.days)
    profile.deadline = deadline
    weeks = asked = profile.weeks or (stated.weeks if deadline else None)
    if made.length is not None:
        weeks = min(weeks or MOST_WEEKS * 10, max(1, math.ceil(made.length / 7)))
        if asked and weeks < asked:
            said.append(f"The deadline {deadline} comes before the end of {asked} weeks, and counts.")
    if weeks and weeks > MOST_WEEKS:
        made.omissions.append(f"Only the first {MOST_WEEKS} of {weeks} weeks are planned.")
        weeks = MOST_WEEKS
    profile.weeks, made.open_end = weeks, not weeks
    return weeks


def _once(made: Schedule, sessions: dict[date, int], today: date, usual: int) -> None:
    """The sessions of named days, and no others."""
    profile, said = made.profile, made.assumptions
    last = profile.deadline
    kept = {
        day: min(LONGEST, max(SHORTEST, minutes or usual))
        for day, minutes in sorted(sessions.items())
        if day >= today and (last is None or day <= last)
    }
    if not kept:
        made.omissions.append(
            "A plan is impossible: the days that are named for study are over, or after the deadline."
        )
        return
    made.start = min(kept)
    days = [(day - made.start).days for day in kept]
    made.calendar = [list(week) for _, week in groupby(days, key=lambda day: day // 7)]
    made.length, made.open_end = days[-1] + 1, False
    profile.sessions_on, profile.weeks = kept, days[-1] // 7 + 1
    profile.start = profile.start and made.start
    profile.total_minutes = sum(kept.values())
    made.sessions_per_week = max(map(len, made.calendar))
    made.minutes_per_week = max(
        sum(minutes for day, minutes in kept.items() if (day - made.start).days in week) for week in made.calendar
    )
    profile.sessions_per_week = None
    profile.minutes_per_week, profile.sessions_per_week = made.minutes_per_week, made.sessions_per_week
    each = ", ".join(f"{day:%A} {dated(day)} ({minutes} minutes)" for day, minutes in kept.items())
    said.append(f"There {there_is(len(kept), 'study day')}, just the days that are named: {each}.")
    out = [minutes for minutes in sessions.values() if minutes and not SHORTEST <= minutes <= LONGEST]
    said += [bounded(minutes) for minutes in dict.fromkeys(out)]


def _open(made: Schedule, weeks: int | None) -> list[list[int]]:
    """The days for study of each week; of a class the school days, as long as there are any."""
    profile = made.profile
    length = 7 * (weeks or MOST_WEEKS)
    end = made.start + timedelta(days=length if made.length is None else min(length, made.length))
    class_ = profile.audience == "teacher" and not profile.days
    named = {WEEKDAYS.index(day) for day in profile.days} or WEEK
    for weekdays in (SCHOOL, WEEK) if class_ else (named,):
        every = profile.every_weeks or 1
        if found := list(open_weeks(made.start, end, weekdays, profile.away, every)):
            if class_ and weekdays is WEEK:
                made.assumptions.append("No school day is left, so other days are used.")
            return found
    return []


def _rhythm(made: Schedule, stated: StatedTime, days: list[list[int]], suits: tuple[int, str], picked: int) -> None:
    """Fills in how many sessions, how long and on which days. ``picked``: weekdays that were named for study."""
    profile, said = made.profile, made.assumptions
    usual, why = suits
    short = usual < MINUTES
    sessions = profile.sessions_per_week or (picked if profile.minutes_on else stated.sessions_per_week)
    by_day = sum(profile.minutes_on.get(day, usual) for day in profile.days) if profile.minutes_on else None
    budget = by_day or profile.minutes_per_week or stated.minutes_per_week
    length = None if budget else stated.minutes_per_session
    total = profile.total_minutes
    if length and sessions and length < SHORTEST:
        budget, length = length * sessions, None
    most = _most_days(profile)
    rhythm_named = sessions is not None or picked > 0
    if sessions is None:
        sessions = _sessions(made, days, budget, length or usual, picked, LONG[short])
    if sessions > most:
        said.append(
            f"There {there_is(most, 'day')} for study a week, so of {sessions} sessions a week "
            f"{most} {be(most)} planned."
        )
        sessions = most
    if budget and not rhythm_named:
        sessions = even(budget, sessions, most)
    if budget and budget < SHORTEST * sessions:
        sessions = max(1, budget // SHORTEST)
        said.append(
            f"With {budget} minutes a week, {count(sessions, 'longer session')} serve{'s' * (sessions == 1)} better "
            "than many short ones."
        )
    length = length or (budget or 0) // sessions
    if budget and not by_day and SHORTEST <= length <= LONGEST and budget - length * sessions > 2:
        said.append(uneven(budget, sessions, noun_of(length, short)))
    if made.open_end:
        enough = math.ceil(total / (sessions * (length or usual))) if total else WEEKS
        days = days[: min(enough, MOST_WEEKS)]
    if not length and total:
        length = max(SHORTEST, total // sum(min(sessions, len(week)) for week in days))
        if length < total:
            said.append(f"Only the time in all was named, so a {noun_of(length, short)} takes {length} minutes.")
    if not length:
        length = usual
        said.append(f"No time was named, so a session takes {length} minutes{why}.")
    if not SHORTEST <= length <= LONGEST:
        said.append(bounded(length))
        length = min(LONGEST, max(SHORTEST, length))
    rhythm, sessions = sessions, min(sessions, max(map(len, days)))
    rhythm = rhythm if rhythm_named else sessions  # what was said is kept where fewer days are left
    made.calendar = _within(max(1, total // length) if total else None, [session_days(sessions, week) for week in days])
    made.open_end = made.open_end and not total
    if not rhythm_named:
        before = made.length is not None and made.length < 7
        raised = not (budget or total) and sessions > SESSIONS
        there = sum(map(len, made.calendar))
        place = "not all topics find a place" if there > len(profile.topics) else "even fewer topics find a place"
        more = f"; with fewer, {place}" if raised else ""
        said.append(
            f"No rhythm was named, so there {there_is(sessions, noun_of(length, short))} "
            f"{'before the deadline' if before else 'a week'}{more}."
        )
    made.sessions_per_week = sessions
    made.minutes_per_week = by_day if sessions == picked and by_day else length * sessions
    if total or not profile.weeks:
        profile.weeks = made.calendar[-1][-1] // 7 + 1
    profile.sessions_per_week = None
    profile.minutes_per_week = min(3000, max(SHORTEST * rhythm, budget or length * rhythm))
    profile.sessions_per_week = rhythm


def _breaks(made: Schedule, short: bool) -> None:
    """Fills in how long each session is, and makes several of a day whose time is too long for one.

    short: for a learner who sits for less than others.
    """
    profile, days = made.profile, [day for week in made.calendar for day in week]
    usual = max(SHORTEST, made.minutes_per_week // made.sessions_per_week) if days else SHORTEST
    whole = {}
    for day in days:
        date_of = made.start + timedelta(days=day)
        whole[day] = profile.sessions_on.get(date_of) or profile.minutes_on.get(WEEKDAYS[date_of.weekday()], usual)
    parts = {day: sessions_in(minutes, short) for day, minutes in whole.items()}
    made.calendar = [[day for day in week for _ in range(parts[day][0])] for week in made.calendar]
    made.minutes = {day: each for day, (_, each) in parts.items()}
    made.assumptions += filter(None, (with_breaks(minutes, short) for minutes in sorted(set(whole.values()))))


def _most_days(profile: LearnerProfile) -> int:
    return len(profile.days) or (len(SCHOOL) if profile.audience == "teacher" else len(WEEK))


def _sessions(made: Schedule, days: list[list[int]], budget: int | None, length: int, picked: int, longest: int) -> int:
    """Sessions a week where no number was named: few short ones rather than many tiny, more rather than longer ones
    than ``longest``."""
    most, total = picked or _most_days(made.profile), made.profile.total_minutes
    if budget:
        return min(most, max(min(SESSIONS, budget // 20), min(7, math.ceil(budget / longest)), 1))
    if total:
        in_all = max(1, round(total / length))
        return min(most, in_all, SESSIONS) if made.open_end else min(most, math.ceil(in_all / len(days)))
    if picked or made.length is None:
        return picked or min(SESSIONS, most)
    # Half of what a test asks for is not left out because of a rhythm that nobody named.
    wanted = len(made.profile.topics) + 1
    enough = (n for n in range(SESSIONS, most) if sum(min(n, len(week)) for week in days) >= wanted)
    return min(most, next(enough, most))


def _within(most: int | None, calendar: list[list[int]]) -> list[list[int]]:
    """The first sessions of a calendar, as many as the time in all is enough for."""
    if most is None:
        return calendar
    kept = []
    for week in calendar:
        if most <= 0:
            break
        kept.append(week[:most])
        most -= len(week)
    return kept


def _impossible(made: Schedule) -> str:
    """Why there is no day for study, and what would be possible."""
    profile = made.profile
    if made.length == 0 and profile.start and profile.deadline:
        return (
            f"A plan is impossible: its start on {dated(profile.start)} is not before the deadline on "
            f"{dated(profile.deadline)}, so nothing is planned; an earlier start makes it possible."
        )
    left = made.length or 7 * (profile.weeks or MOST_WEEKS)
    last = made.start + timedelta(days=left - 1)
    return (
        f"A plan is impossible: from {dated(made.start)} to {dated(last)} there is none of the days that are named for "
        f"study, so nothing is planned; if other days are possible, there is time for {count(left, 'session')}."
    )
