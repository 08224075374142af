"""What plans, phases and weeks are called, and the days that they can count from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import profile_for
from studysmith.programs.plan import StudyPlan

SOURCE = curriculum()


@pytest.fixture(scope="module")
def make(new_oracle: Callable[[], Any], today: date) -> Callable[..., StudyPlan]:
    def plan(text: str = "", **fields: Any) -> StudyPlan:
        return plan_study(profile_for(text, **fields), new_oracle(), today)

    return plan


def test_a_deadline_that_has_passed_is_not_called_unnamed(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope", deadline=date(2020, 1, 1))
    assert plan.assumptions[0] == "The deadline 1 January 2020 has passed, so it is ignored."
    assert plan.assumptions[-1] == "Without a deadline, the plan takes 3 weeks, as long as the topic needs."
    assert not any("No deadline" in said for said in plan.assumptions)


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1)])
def test_a_day_that_nothing_can_follow_is_refused(day: date, oracle: Any) -> None:
    with pytest.raises(InputError, match="today: a day from 1900-01-01 to 9000-12-31"):
        plan_study(profile_for("slope"), oracle, day)


@pytest.mark.parametrize("strand", sorted({c.strand for c in SOURCE.values()}))
def test_phases_quote_the_name_of_their_topic(make: Callable[..., StudyPlan], strand: str) -> None:
    for concept in [c for c in SOURCE.values() if c.strand == strand][:10]:
        plan = make(topics=[concept.id], weeks=3)
        said = {phase.title: phase.objective for phase in plan.phases}
        assert said["Core"] == f"Learn “{concept.name}” well enough to work without help."
        assert said.get("Foundations", "Make what") in (
            "Make what",
            f"Make what “{concept.name}” builds on reliable again.",
        )
        assert said.get("Consolidation", "Keep") in ("Keep", f"Keep “{concept.name}” at hand among other work.")


def test_a_week_is_named_for_all_that_it_comes_to(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope and unit rates, subtracting integers", weeks=4, sessions_per_week=3)
    kinds = set()
    for week in plan.weeks:
        names = list(dict.fromkeys(SOURCE[s.concept].name for s in week.sessions))
        kinds.add(len(names))
        places = [week.title.casefold().find(name.casefold()) for name in names]
        shown = names if len(names) <= 3 else names[:2]
        assert places[: len(shown)] == sorted(places[: len(shown)])
        assert min(places[: len(shown)]) == 0
        assert len(names) <= 3 or week.title.endswith(f" and {len(names) - 2} more topics")
    assert kinds >= {2, 3}


@pytest.mark.parametrize("minutes", [10, 45, 90, 120, 180])
def test_nobody_reads_one_example_for_most_of_an_hour(make: Callable[..., StudyPlan], minutes: int) -> None:
    plan = make("hypothesis tests", minutes_per_week=minutes, sessions_per_week=1, weeks=4)
    for session in (session for week in plan.weeks for session in week.sessions):
        assert sum(part.minutes for part in session.activities) == {120: 55, 180: 53}.get(minutes, minutes)
        for part in session.activities:
            assert part.minutes <= {"example": 10, "study": 15, "review": 15}.get(part.kind, minutes)


@pytest.mark.parametrize("topic", ["multiplication facts", "pythagorean theorem"])
def test_where_tasks_run_out_those_of_earlier_sessions_come_again(make: Callable[..., StudyPlan], topic: str) -> None:
    plan = make(topic, minutes_per_week=180, sessions_per_week=3, weeks=6)
    practice = [part for session in plan.sessions for part in session.activities if part.kind == "practice"]
    times = Counter(part.task for part in practice)
    assert max(times.values()) in (2, 3, 4)
    assert max(part.minutes for part in practice) <= 10
    seen: set[str | None] = set()
    for part in practice:
        assert "again" in part.text or part.task not in seen
        seen.add(part.task)
    for session in plan.sessions:
        here = [part.task for part in session.activities if part.task]
        assert len(here) == len(set(here))
