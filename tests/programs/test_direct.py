"""The baseline: one call writes the whole plan, and no answer is stated that nobody checked."""

from __future__ import annotations

import re
from datetime import date, timedelta

import dspy
import pytest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.lm import language_model
from studysmith.metrics.rubric import Rubric
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.direct import DirectPlan, DirectPlanner
from studysmith.programs.errors import InputError
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.plan import StudyPlan


@pytest.fixture(scope="module")
def plan(engine: LlamaCppEngine, today: date) -> StudyPlan:
    """What the real model writes in one call, for a profile without a text; kept to two sessions to be quick."""
    given = profile_for(topics=["slope"], audience="teacher")
    planner = DirectPlanner()
    planner.write_plan.config["options"] = {"weeks": 2, "sessions": 1}
    with dspy.context(lm=language_model(engine), adapter=LeanAdapter()):
        return planner(given=given, today=today).plan


def test_a_real_plan_is_whole(plan: StudyPlan, today: date) -> None:
    assert plan.audience == "teacher"
    assert plan.start == today + timedelta(days=1)
    assert [week.number for week in plan.weeks] == [1, 2]
    assert [session.day for session in plan.sessions] == [0, 7]
    assert {a.when for a in plan.adaptations} == {"behind", "ahead"}
    assert StudyPlan.model_validate_json(plan.model_dump_json()) == plan


def test_a_real_plan_states_no_mathematics(plan: StudyPlan) -> None:
    assert all(week.checkpoint and week.checkpoint.answer is None for week in plan.weeks)
    assert all(a.task is None and a.answer is None for s in plan.sessions for a in s.activities)
    words = [a.text for s in plan.sessions for a in s.activities] + [s.rationale for s in plan.sessions]
    assert not [text for text in words if re.search(r"[\d=+<>]", text)]


def test_a_real_plan_can_be_scored(plan: StudyPlan) -> None:
    assert 0 <= Rubric.load().score(plan, profile_for(topics=["slope"])).overall <= 1


def test_an_empty_profile_is_refused_before_the_model_is_asked() -> None:
    with pytest.raises(InputError, match=r"^text: say in a sentence"):
        DirectPlanner()(given=LearnerProfile())


def test_the_form_is_bounded() -> None:
    week = {"topic": "Slope", "sessions": [], "checkpoint": "Find the slope of a line."}
    with pytest.raises(ValueError, match="sessions"):
        DirectPlan.model_validate({"title": "Slope", "weeks": [week], "behind": "", "ahead": ""})
