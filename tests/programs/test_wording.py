"""What a plan says to its learner beside the written instructions: wishes, interests, own errors."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from studysmith.metrics.dimensions.sound import reason_value
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import Attempt, LearnerProfile
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.steps import Call

ERRORS = [
    Attempt(problem="Factor 49y^2 - 25.", answer="(7y - 5)^2", correct_answer="(7y + 5)(7y - 5)"),
    Attempt(problem="Factor x^2 - 81.", answer="(x - 9)^2", correct_answer="(x + 9)(x - 9)"),
]
SOURCE = curriculum()


def first(calls: list[Call]) -> list[dict[str, Any]]:
    """Whoever answers so takes what the prior puts first."""
    replies = []
    for call in calls:
        [(field, options)] = call.options.items()
        assert call.rank
        scores = call.rank["prior"]
        replies.append({field: options[scores.index(max(scores))]})
    return replies


def plan(**fields: Any) -> StudyPlan:
    profile = LearnerProfile.model_validate({"topics": ["difference-of-squares"], "weeks": 2, **fields})
    return plan_study(profile, first, date(2026, 1, 5))


@pytest.mark.parametrize("audience", ["student", "teacher"])
def test_reasons_speak_of_the_learner_s_own_errors(audience: str) -> None:
    made = plan(errors=ERRORS, audience=audience)
    slip = material().about("difference-of-squares").slip
    reasons = [s.rationale for s in made.sessions if s.concept == "difference-of-squares"]
    who = "When you write" if audience == "student" else "Students who write"
    assert f"{who} “(x - 9)^2” instead of “(x + 9)(x - 9)”" in reasons[0]
    assert [slip in r for r in reasons] == [True] + [False] * (len(reasons) - 1)
    returning = [s for s in made.sessions if any(a.kind == "repair" for a in s.activities)]
    assert returning
    for session in returning:
        [task, *_] = [a for a in session.activities if a.kind == "repair"]
        error = next(e for e in ERRORS if e.problem == task.task)
        assert f"“{error.answer}”" in session.rationale
    assert "“" not in " ".join(s.rationale for s in plan(audience=audience).sessions)


@pytest.mark.parametrize("audience", ["student", "teacher"])
def test_all_that_a_chosen_plan_says_is_known_to_be_sound(audience: str) -> None:
    likes = {"interests": ["chess"], "preferences": ["quick quizzes", "working with a friend"]}
    for session in plan(errors=ERRORS, audience=audience, **likes).sessions:
        said = [a.text for a in session.activities if a.kind in ("study", "review")]
        assert reason_value(session.rationale, said, session.concept, SOURCE) == 1, session.rationale


def test_that_a_session_works_as_was_asked_is_said_once() -> None:
    reasons = " ".join(s.rationale for s in plan(preferences=["working with a friend"]).sessions)
    assert reasons.count("You prefer working with a friend") == 1
    for wish, met in (("real life problems", "real life"), ("worked examples first", "examples")):
        for session in plan(preferences=[wish]).sessions:
            text, teaching = session.activities[0].text, material().about(session.concept)
            fulfils = [i.suits for i in (*teaching.student, *material().patterns.student) if i.why in session.rationale]
            assert ("You prefer" not in session.rationale) or any(met in suits for suits in fulfils), text
    nobody = " ".join(s.rationale for s in plan(preferences=["a warm room"]).sessions)
    assert "You prefer" not in nobody


def test_an_interest_shows_where_something_is_written_for_it() -> None:
    weeks = plan(interests=["chess"]).weeks
    shown = [[s for s in week.sessions if "chess" in s.activities[0].text] for week in weeks]
    assert any(shown)
    own = {s.concept: material().about(s.concept) for week in weeks for s in week.sessions}
    for session in (s for week in shown for s in week):
        text = session.activities[0].text
        particular = [i.do.replace("{interest}", "chess") for i in own[session.concept].student]
        assert text in particular or sum(map(len, shown)) == 1
