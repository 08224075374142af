"""Long times with breaks: how many sessions, how long, and that all of the time is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import LONGEST, SHORTEST, profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.request.breaks import BREAK, STRETCH, WHOLE, sessions_in, with_breaks


@pytest.fixture(scope="module")
def make(new_oracle: Callable[[], Any]) -> Callable[[str], StudyPlan]:
    return lambda text: plan_study(profile_for(text), new_oracle(), date(2026, 1, 7))


@pytest.mark.parametrize(
    ("minutes", "made", "short"),
    [(5, 1, 1), (60, 1, 1), (90, 1, 2), (91, 2, 3), (120, 2, 3), (150, 2, 4), (151, 3, 4), (180, 3, 4)],
)
def test_a_long_time_is_several_sessions_and_more_for_who_sits_for_shorter(minutes: int, made: int, short: int) -> None:
    assert (sessions_in(minutes)[0], sessions_in(minutes, short=True)[0]) == (made, short)


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("minutes", range(SHORTEST, LONGEST + 1))
def test_nearly_all_of_the_time_is_planned_and_none_twice(minutes: int, short: bool) -> None:
    sessions, each = sessions_in(minutes, short)
    assert each <= (STRETCH[short] if sessions > 1 else WHOLE[short])
    assert 0 <= minutes - sessions * each - BREAK * (sessions - 1) < sessions
    assert (sessions == 1) == (with_breaks(minutes, short) == "")


def test_a_saturday_of_two_hours_has_two_sessions_that_differ(make: Callable[[str], StudyPlan]) -> None:
    plan = make("mean and median, two hours every Saturday for four weeks")
    assert set(Counter(s.day for s in plan.sessions).values()) <= {1, 2}
    assert {s.minutes for s in plan.sessions} == {55}
    for week in plan.weeks:
        assert len({(s.concept, s.title) for s in week.sessions}) == len(week.sessions)
    assert all(sum(a.kind == "practice" for a in s.activities) <= 8 for s in plan.sessions)
    said = "120 minutes are long at a stretch, so they are 2 sessions of 55, with a break of 10 minutes between them."
    assert said in plan.assumptions


def test_days_of_different_lengths_have_as_many_sessions_as_each_is_long(make: Callable[[str], StudyPlan]) -> None:
    plan = make("fractions, 3 hours on Saturdays and 30 minutes on Mondays, four weeks")
    assert plan.start
    lengths = {(plan.start + timedelta(days=s.day)).strftime("%a"): s.minutes for s in plan.sessions}
    assert lengths == {"Sat": 53, "Mon": 30}
    full = [week for week in plan.weeks if len(week.sessions) == 4]
    assert len(full) >= 2


def test_a_child_and_who_cannot_sit_long_get_more_breaks(make: Callable[[str], StudyPlan]) -> None:
    for text in (
        "My son is in grade 3, times tables, 2 hours every Saturday",
        "I have ADHD, slope, 2 hours every Saturday",
    ):
        assert {s.minutes for s in make(text).sessions} == {33}, text


def test_two_sessions_on_the_only_day_are_both_planned(make: Callable[[str], StudyPlan]) -> None:
    plan = make("linear inequalities, 2 x 60 minutes on Saturdays for 3 weeks")
    assert [len(week.sessions) for week in plan.weeks] == [2, 2, 2]
    assert {s.minutes for s in plan.sessions} == {60}
    assert "Of 2 sessions a week several fall on one day, which has 130 minutes with breaks." in plan.assumptions


def test_no_note_counts_days_as_sessions(make: Callable[[str], StudyPlan]) -> None:
    notes = make("fractions, 2 hours tomorrow and 3 hours on Sunday").assumptions
    assert any(note.startswith("There are 2 study days, just the days that are named: ") for note in notes)


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("times tables, grade 3, test in 2 days, 150 minutes in all", "study day"),
        ("I have ADHD, slope, 150 minutes in all before my test in 2 days", "study day"),
        ("slope, 150 minutes in all before my test in 2 days", "session"),
        ("times tables, grade 3, test in 2 days, 100 minutes in all", "session"),
        ("slope, 200 minutes in all before my test in 2 days", "study day"),
    ],
)
def test_a_day_is_a_session_only_where_it_has_one(text: str, noun: str, make: Callable[[str], StudyPlan]) -> None:
    plan = make(text)
    minutes = 75 if "150" in text else 50 if "100" in text else 100
    assert (max(Counter(s.day for s in plan.sessions).values()) == 1) == (noun == "session")
    assert f"Only the time in all was named, so a {noun} takes {minutes} minutes." in plan.assumptions
    assert f"No rhythm was named, so there are 2 {noun}s before the deadline." in plan.assumptions


@pytest.mark.parametrize(("grade", "noun"), [("grade 3", "study days"), ("grade 9", "sessions")])
def test_what_a_week_leaves_over_is_said_of_study_days_too(
    grade: str, noun: str, make: Callable[[str], StudyPlan]
) -> None:
    notes = make(f"times tables, {grade}, four times a week, 255 minutes a week").assumptions
    assert f"Of 255 minutes a week 252 are planned, in 4 {noun} of 63 minutes." in notes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("times tables, grade 3, 150 minutes a week", 30),
        ("I have ADHD, slope, 150 minutes a week", 30),
        ("slope, 150 minutes a week", 50),
    ],
)
def test_who_sits_for_shorter_has_more_sessions_of_a_week(
    text: str, minutes: int, make: Callable[[str], StudyPlan]
) -> None:
    assert {s.minutes for s in make(text).sessions} == {minutes}
