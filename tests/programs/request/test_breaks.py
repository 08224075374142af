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
from studysmith.programs.request.breaks import BREAK, sessions_in, with_breaks
from studysmith.programs.request.breaks import LONGEST as STRETCH


@pytest.fixture(scope="module")
def make(new_oracle: Callable[[], Any]) -> Callable[[str], StudyPlan]:
    return lambda text: plan_study(profile_for(text), new_oracle(), date(2026, 1, 7))


@pytest.mark.parametrize(
    ("minutes", "made"),
    [(5, (1, 5)), (60, (1, 60)), (75, (1, 75)), (76, (2, 33)), (90, (2, 40)), (120, (2, 55)), (180, (3, 53))],
)
def test_a_long_time_is_several_sessions(minutes: int, made: tuple[int, int]) -> None:
    assert sessions_in(minutes) == made


@pytest.mark.parametrize("minutes", range(SHORTEST, LONGEST + 1))
def test_nearly_all_of_the_time_is_planned_and_none_twice(minutes: int) -> None:
    sessions, each = sessions_in(minutes)
    assert each <= STRETCH
    assert 0 <= minutes - sessions * each - BREAK * (sessions - 1) < sessions
    assert (sessions == 1) == (with_breaks(minutes) == "")


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
