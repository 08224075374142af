"""Plans keep the time that people name: days, hours, absences, starts, the time in all; and say what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from studysmith.programs.flow import plan_study
from studysmith.programs.ics import to_icalendar
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown

WEDNESDAY = date(2026, 1, 7)
NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@pytest.fixture(scope="module")
def make(new_oracle: Callable[[], Any]) -> Callable[..., StudyPlan]:
    def plan(text: str = "", **fields: Any) -> StudyPlan:
        return plan_study(profile_for(text, **fields), new_oracle(), WEDNESDAY)

    return plan


def days_of(plan: StudyPlan) -> list[date]:
    assert plan.start
    return [plan.start + timedelta(days=s.day) for s in plan.sessions]


def weekdays_of(plan: StudyPlan) -> set[str]:
    return {NAMES[day.weekday()] for day in days_of(plan)}


def begins(plan: StudyPlan) -> list[datetime]:
    events = Calendar.from_ical(to_icalendar(plan)).walk("VEVENT")
    return [e.decoded("dtstart") for e in events if isinstance(e.decoded("dtstart"), datetime)]


def test_days_hours_and_absences_of_the_text_are_kept(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, Tuesdays and Thursdays at 5 pm, not from 12 to 18 January, test on 30 January")
    assert days_of(plan) == [date(2026, 1, day) for day in (8, 20, 22, 27, 29)]
    assert begins(plan) == [datetime.combine(day, time(17)) for day in days_of(plan)]
    assert plan.profile
    assert (plan.profile.days, plan.profile.hours) == (["tue", "thu"], "at 5 pm")
    assert plan.profile.away == [(date(2026, 1, 12), date(2026, 1, 18))]
    assert "**When:** Tuesdays and Thursdays; at 5 pm; not 12 Jan to 18 Jan\n" in to_markdown(plan)
    assert not any("rhythm" in said for said in plan.assumptions)


def test_sessions_have_the_minutes_named_for_their_day(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, 30 min on Mondays, 1 hour on Saturdays, 3 weeks")
    lengths = {(NAMES[day.weekday()], s.minutes) for day, s in zip(days_of(plan), plan.sessions, strict=True)}
    assert lengths == {("mon", 30), ("sat", 60)}
    fields = make("slope, 30 min on Mondays", minutes_on={"tue": 20, "sun": 50})
    assert {(NAMES[day.weekday()], s.minutes) for day, s in zip(days_of(fields), fields.sessions, strict=True)} == {
        ("tue", 20),
        ("sun", 50),
    }


def test_fields_win_over_days_of_the_text(make: Callable[..., StudyPlan]) -> None:
    away = [(date(2026, 1, 10), date(2026, 1, 16))]
    plan = make("slope, on Tuesdays at 5 pm, away 19 to 25 January", days=["sat", "sun"], hours="9:30", away=away)
    assert weekdays_of(plan) <= {"sat", "sun"}
    assert days_of(plan)[0] >= date(2026, 1, 17)
    assert any(date(2026, 1, 19) <= day <= date(2026, 1, 25) for day in days_of(plan))
    assert {begin.time() for begin in begins(plan)} == {time(9, 30)}


def test_named_days_are_the_rhythm(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope", days=["mon", "wed", "fri"], weeks=2)
    assert [len(week.sessions) for week in plan.weeks] == [3, 3]
    assert weekdays_of(plan) == {"mon", "wed", "fri"}
    assert not any("rhythm" in said for said in plan.assumptions)


def test_no_more_sessions_than_days(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, 3 weeks", days=["sat"], sessions_per_week=3)
    assert weekdays_of(plan) == {"sat"}
    assert "There is 1 day for study a week, so of 3 sessions a week 1 is planned." in plan.assumptions


def test_days_that_are_not_wanted_stay_free(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, 3 weeks, not at weekends")
    assert weekdays_of(plan).isdisjoint({"sat", "sun"})
    assert "No rhythm was named, so there are 3 sessions a week." in plan.assumptions


def test_an_absence_does_not_shorten_a_plan_without_an_end(make: Callable[..., StudyPlan]) -> None:
    plan = make("systems of equations and slope, I'm away from 10 to 23 January")
    assert not any(date(2026, 1, 10) <= day <= date(2026, 1, 23) for day in days_of(plan))
    assert len(plan.weeks) >= 3
    assert [week.number for week in plan.weeks] == list(range(1, len(plan.weeks) + 1))


def test_a_plan_starts_when_it_is_asked_to(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, starting 19 January, 2 weeks, twice a week")
    assert plan.start == days_of(plan)[0] == date(2026, 1, 19)
    assert "The plan starts on Monday, 19 January 2026." in plan.assumptions
    assert days_of(plan)[-1] < date(2026, 2, 2)
    assert make("slope, 2 weeks", start=date(2026, 2, 2)).start == date(2026, 2, 2)


def test_every_other_week_leaves_a_week_free(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, an hour every other Saturday")
    first = date(2026, 1, 10)
    assert len(plan.sessions) > 1
    assert days_of(plan) == [first + timedelta(weeks=2 * n) for n in range(len(plan.sessions))]
    assert "**When:** Saturdays; every other week" in to_markdown(plan)


@pytest.mark.parametrize("total", [60, 120, 300])
def test_the_time_in_all_is_not_exceeded(total: int, make: Callable[..., StudyPlan]) -> None:
    for plan in (
        make(f"slope, {total} minutes in all"),
        make("slope, 6 weeks, 45 minutes three times a week", total_minutes=total),
        make("slope, 6 weeks", total_minutes=total, minutes_per_week=120, days=["mon", "sat"]),
    ):
        assert 0 < sum(session.minutes for session in plan.sessions) <= total


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("counting for my son in kindergarten", 15), ("subtraction within 20, grade 1", 15),
        ("times tables, I'm in grade 3", 20), ("fractions, grade 5", 25), ("slope, grade 8", 40),
        ("times tables, I'm in grade 3, sessions of 35 minutes", 35), ("u-substitution for Calculus 1", 40),
        ("I teach grade 3, my students need times tables", 40),
    ],
)  # fmt: skip
def test_a_session_suits_the_age_unless_told(text: str, minutes: int, make: Callable[..., StudyPlan]) -> None:
    plan = make(text)
    assert {session.minutes for session in plan.sessions} == {minutes}
    told = "sessions of" in text
    assert told != any(f"No time was named, so a session takes {minutes} minutes" in a for a in plan.assumptions)


def test_lessons_of_a_class_are_planned_as_the_teacher_says(make: Callable[..., StudyPlan]) -> None:
    plan = make("I teach grade 7 and my students mix up ratios. 3 lessons of 45 minutes a week, 4 weeks.")
    assert {session.minutes for session in plan.sessions} == {45}
    assert len(plan.weeks[0].sessions) == 3
    assert plan.profile
    assert (plan.profile.sessions_per_week, plan.profile.minutes_per_week) == (3, 135)
    assert weekdays_of(plan).isdisjoint({"sat", "sun"})
    assert not any("rhythm" in said or "No time" in said for said in plan.assumptions)


def test_a_class_without_a_school_day_uses_what_there_is(make: Callable[..., StudyPlan]) -> None:
    saturday = date(2026, 1, 10)
    plan = make("slope", audience="teacher", start=saturday, deadline=saturday + timedelta(days=2))
    assert weekdays_of(plan) == {"sat", "sun"}
    assert "No school day is left, so other days are used." in plan.assumptions


def test_a_subject_by_tomorrow_is_impossible_and_says_what_is_possible(make: Callable[..., StudyPlan]) -> None:
    plan = make("all of algebra by tomorrow")
    [session] = plan.sessions
    [said] = plan.omissions
    assert (
        "in 1 session of 40 minutes before 08 January 2026 is impossible; planned is Writing algebraic expressions;"
        in said
    )
    assert session.title == "Learn: Writing algebraic expressions"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slope, Tuesdays only, test on Monday", "from 8 January 2026 to 11 January 2026 there is none of the days"),
        ("slope, start on 30 January, test on 20 January", "is not before the deadline on 20 January 2026"),
        ("slope, away from 7 January to 20 January, test on 19 January", "there is none of the days"),
    ],
)
def test_no_day_at_all_is_impossible(text: str, said: str, make: Callable[..., StudyPlan]) -> None:
    plan = make(text)
    assert not plan.sessions
    assert plan.title == "No plan"
    assert plan.omissions[0].startswith("A plan is impossible: ")
    assert said in plan.omissions[0]


@settings(max_examples=60)
@given(
    days=st.lists(st.sampled_from(NAMES), max_size=7, unique=True),
    away=st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 12)).map(
            lambda a: (WEDNESDAY + timedelta(days=a[0]), WEDNESDAY + timedelta(days=a[0] + a[1]))
        ),
        max_size=3,
    ),
    deadline=st.none() | st.integers(0, 60).map(lambda n: WEDNESDAY + timedelta(days=n)),
    start=st.none() | st.integers(0, 20).map(lambda n: WEDNESDAY + timedelta(days=n)),
    weeks=st.none() | st.integers(1, 6),
    sessions=st.none() | st.integers(1, 7),
    total=st.none() | st.integers(10, 600),
    every=st.none() | st.integers(1, 3),
    audience=st.sampled_from(["student", "teacher"]),
)
def test_no_session_falls_on_a_day_that_is_ruled_out(
    days: list[Any],
    away: list[tuple[date, date]],
    deadline: date | None,
    start: date | None,
    weeks: int | None,
    sessions: int | None,
    total: int | None,
    every: int | None,
    audience: Any,
    new_oracle: Callable[[], Any],
) -> None:
    profile = LearnerProfile(
        topics=["slope", "ratios"], days=days, away=away, deadline=deadline, start=start, weeks=weeks,
        audience=audience, sessions_per_week=sessions, total_minutes=total, every_weeks=every,
    )  # fmt: skip
    plan = plan_study(profile, new_oracle(), WEDNESDAY)
    found = days_of(plan)
    assert found or plan.omissions[0].startswith("A plan is impossible: ")
    assert found == sorted(found)
    for day in found:
        assert not days or NAMES[day.weekday()] in days
        assert not any(first <= day <= last for first, last in away)
        assert day >= (start or WEDNESDAY)
        assert deadline is None or day < deadline or day == deadline == WEDNESDAY
    for week in plan.weeks:
        assert len({s.day for s in week.sessions}) <= min(sessions or 7, len(days) or 7)
    assert total is None or sum(s.minutes for s in plan.sessions) <= total
    assert plan.profile
    assert LearnerProfile.model_validate(plan.profile.model_dump()) == plan.profile
    if found and weeks:
        assert (found[-1] - (plan.start or WEDNESDAY)).days < 7 * weeks


def test_sessions_that_happen_once_are_the_only_ones(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, 20 minutes today and 50 minutes tomorrow")
    assert days_of(plan) == [WEDNESDAY, WEDNESDAY + timedelta(days=1)]
    assert [s.minutes for s in plan.sessions] == [20, 50]
    assert plan.profile
    assert plan.profile.sessions_on == dict(zip(days_of(plan), (20, 50), strict=True))
    assert any("just the days that are named" in said for said in plan.assumptions)
    assert not any("rhythm" in said or "Without a deadline" in said for said in plan.assumptions)
    given = make("slope", sessions_on={date(2026, 1, 20): 30, date(2026, 1, 30): 60})
    assert [(day.day, s.minutes) for day, s in zip(days_of(given), given.sessions, strict=True)] == [(20, 30), (30, 60)]


@pytest.mark.parametrize("text", ["slope, 0 minutes a day", "slope, 100 hours a day"])
def test_time_that_there_cannot_be_makes_no_plan_and_asks_for_time(make: Callable[..., StudyPlan], text: str) -> None:
    plan = make(text)
    assert not plan.sessions
    assert [said for said in plan.omissions if said.startswith("A plan is impossible: ")]
    assert plan.needs
    assert plan.needs.field == "minutes_per_week"


def test_five_minutes_stay_five_and_what_is_bounded_is_said(make: Callable[..., StudyPlan]) -> None:
    assert {s.minutes for s in make("slope, 5 mins every day").sessions} == {5}
    long = make("slope, 6 HOURS EACH DAY")
    assert {s.minutes for s in long.sessions} == {53}
    assert any("so they are 3 sessions of 53, with breaks of 10 minutes" in said for said in long.assumptions)
    assert "Of 360 minutes on a day 180 are planned: that is the most." in long.assumptions


def test_fewer_sessions_than_were_asked_for_are_said(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, 30 minutes a day for 3 weeks")
    assert len(plan.sessions) < 21
    assert any(f"{len(plan.sessions)} instead of 21 in all" in said for said in plan.assumptions)
    full = make("slope, 30 minutes twice a week for 2 weeks")
    assert not any("fewer sessions" in said for said in full.assumptions)


def test_a_topic_for_which_the_hour_is_too_little_is_named(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope and completing the square, I have 1 hour tomorrow")
    assert any(
        "1 session of 60 minutes" in said and "cut for now: Completing the square" in said for said in plan.omissions
    )


def test_the_only_days_of_a_plan_are_shown_with_their_minutes(make: Callable[..., StudyPlan]) -> None:
    shown = to_markdown(make("slope", sessions_on={date(2026, 1, 20): 30, date(2026, 1, 30): 60}))
    assert "**When:** Tue 20 Jan (30 min), Fri 30 Jan (60 min)" in shown


def test_a_week_has_the_minutes_that_were_said_or_says_how_many(make: Callable[..., StudyPlan]) -> None:
    assert max(week.minutes for week in make("slope, 5 hours a week").weeks) == 300
    plan = make("slope, 5 hours a week in 7 sessions")
    assert max(week.minutes for week in plan.weeks) == 294
    assert "Of 300 minutes a week 294 are planned, in 7 sessions of 42 minutes." in plan.assumptions


def test_a_rhythm_is_kept_where_fewer_days_are_left(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope, exam on Sunday, 40 minutes a day")
    assert plan.profile
    assert (plan.profile.sessions_per_week, plan.profile.minutes_per_week) == (7, 280)
    assert {s.minutes for s in plan.sessions} == {40}
