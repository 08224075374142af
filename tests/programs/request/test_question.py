"""Where it stays unclear what a request is about, a question comes back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import profile_for


@pytest.fixture
def unanswered() -> Any:
    def answer(calls: Any) -> Any:
        raise AssertionError("nothing is planned, so nothing is asked of the model")

    return answer


def test_an_unclear_request_gets_the_nearest_topics_as_a_question(unanswered: Any) -> None:
    plan = plan_study(profile_for("those curvy graphs"), unanswered, date(2026, 11, 25))
    assert plan.needs
    assert plan.needs.field == "topics"
    assert plan.needs.question == "Which of these topics is meant?"
    assert len(plan.needs.options) == 3
    assert set(plan.needs.options) <= set(curriculum())
    assert set(plan.model_dump(mode="json")["needs"]) == {"field", "question", "options"}


def test_another_subject_is_named_with_the_mathematics_in_it(unanswered: Any) -> None:
    plan = plan_study(profile_for("help with stoichiometry"), unanswered, date(2026, 11, 25))
    assert plan.needs
    assert plan.needs.question.startswith("The request is about chemistry, and only mathematics is planned here.")
    assert "ratios" in plan.needs.options


def test_a_plan_has_no_question(oracle: Any) -> None:
    assert plan_study(profile_for("slope"), oracle, date(2026, 11, 25)).needs is None
