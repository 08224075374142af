"""Sheets of further tasks that are added to a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import profile_for
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.sheet import with_sheet

SOURCE = curriculum()


@pytest.fixture(scope="module")
def make(new_oracle: Callable[[], Any], today: date) -> Callable[..., StudyPlan]:
    def plan(text: str = "", **fields: Any) -> StudyPlan:
        return plan_study(profile_for(text, **fields), new_oracle(), today)

    return plan


def test_a_sheet_has_as_many_tasks_as_there_are_and_says_so(make: Callable[..., StudyPlan]) -> None:
    plan = make("slope", weeks=1, sessions_per_week=1)
    full = with_sheet(plan, 200, SOURCE, material())
    there = len(full.practice)
    assert 20 < there < 200
    assert f"The practice sheet has {there} tasks, not 200: there are no more on what is planned." in full.omissions
    small = with_sheet(plan, 5, SOURCE, material())
    assert (len(small.practice), small.omissions) == (5, plan.omissions)
    with pytest.raises(InputError, match="practice: 1 to 200"):
        with_sheet(plan, 201, SOURCE, material())
    assert with_sheet(make("something please"), 5, SOURCE, material()).practice == []
