"""What a plan says to its learner beside the written instructions: wishes, interests, own errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from studysmith.metrics.dimensions.sound import reason_value
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import Attempt, LearnerProfile
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.steps import Answerer
from studysmith.programs.wishes import denied_by, wishes_of

ERRORS = [
    Attempt(problem="Factor 49y^2 - 25.", answer="(7y - 5)^2", correct_answer="(7y + 5)(7y - 5)"),
    Attempt(problem="Factor x^2 - 81.", answer="(x - 9)^2", correct_answer="(x + 9)(x - 9)"),
]
SOURCE = curriculum()


@pytest.fixture(name="plan")
def _plan(likeliest: Answerer) -> Callable[..., StudyPlan]:
    """A plan of two weeks on differences of squares, with these fields of the profile."""

    def made(**fields: Any) -> StudyPlan:
        profile = LearnerProfile.model_validate({"topics": ["difference-of-squares"], "weeks": 2, **fields})
        return plan_study(profile, likeliest, date(2026, 1, 5))

    return made


@pytest.mark.parametrize("audience", ["student", "teacher"])
def test_reasons_speak_of_the_learner_s_own_errors(audience: str, plan: Callable[..., StudyPlan]) -> None:
    made = plan(errors=ERRORS, audience=audience)
    slip = material().about("difference-of-squares").slip
    reasons = [s.rationale for s in made.sessions if s.concept == "difference-of-squares"]
    whose = "your " if audience == "student" else ""
    assert f"see whether {whose}“(x - 9)^2” came from that" in reasons[0]
    assert [slip in r for r in reasons] == [True] + [False] * (len(reasons) - 1)
    returning = [s for s in made.sessions if any(a.kind == "repair" for a in s.activities)]
    assert returning
    for session in returning:
        [task, *_] = [a for a in session.activities if a.kind == "repair"]
        error = next(e for e in ERRORS if e.problem == task.task)
        assert f"“{error.answer}”" in session.rationale
    assert "“" not in " ".join(s.rationale for s in plan(audience=audience).sessions)


@pytest.mark.parametrize("audience", ["student", "teacher"])
def test_all_that_a_chosen_plan_says_is_known_to_be_sound(audience: str, plan: Callable[..., StudyPlan]) -> None:
    likes = {"interests": ["chess"], "preferences": ["quick quizzes", "working with a friend"]}
    for session in plan(errors=ERRORS, audience=audience, **likes).sessions:
        said = [a.text for a in session.activities if a.kind in ("study", "review")]
        assert reason_value(session.rationale, said, session.concept, SOURCE) == 1, session.rationale


def test_that_a_session_works_as_was_asked_is_said_once(plan: Callable[..., StudyPlan]) -> None:
    reasons = " ".join(s.rationale for s in plan(preferences=["working with a friend"]).sessions)
    assert reasons.count("chosen because of “working with a friend”") == 1
    for wish, met in (("real life problems", "real life"), ("worked examples first", "examples")):
        for session in plan(preferences=[wish]).sessions:
            text, teaching = session.activities[0].text, material().about(session.concept)
            fulfils = [i.suits for i in (*teaching.student, *material().patterns.student) if i.why in session.rationale]
            assert ("chosen because of" not in session.rationale) or any(met in suits for suits in fulfils), text
    nobody = " ".join(s.rationale for s in plan(preferences=["a warm room"]).sessions)
    assert "chosen because of" not in nobody
    assert plan(preferences=["a warm room"]).unused == ["a warm room"]


@pytest.mark.parametrize("wish", ["no group work", "I hate tests", "proofs over drawing", "anything but flash cards"])
def test_what_is_not_wanted_is_not_chosen(wish: str, plan: Callable[..., StudyPlan]) -> None:
    assert denied_by([wish])
    assert not wishes_of([wish]) & denied_by([wish])
    made = plan(preferences=[wish])
    told = [s.activities[0].text for s in made.sessions]
    about = material().about("difference-of-squares")
    written = [*about.student, *material().patterns.student]
    for text in told:
        for found in (i for i in written if i.do.replace("{name}", "difference of squares") == text):
            assert denied_by([wish]).isdisjoint(found.suits), text


def test_interests_take_turns(plan: Callable[..., StudyPlan]) -> None:
    made = plan(interests=["chess", "skating", "horses"], weeks=4, sessions_per_week=4, minutes_per_week=160)
    text = " ".join(a.text for s in made.sessions for a in s.activities)
    shown = [i for i in ("chess", "skating", "horses") if i in text]
    assert len(shown) >= 2
    for interest in {"chess", "skating", "horses"} - set(shown):
        assert interest in made.unused


def test_errors_of_different_kinds_have_causes_of_their_own(likeliest: Answerer) -> None:
    products = Attempt(problem="Find the integral of x e^x dx", answer="x e^x + C", correct_answer="x e^x - e^x + C")
    inner = Attempt(
        problem="Find the integral of 2x cos(x^2) dx", answer="2 sin(x^2) + C", correct_answer="sin(x^2) + C"
    )
    profile = LearnerProfile(
        topics=["integration-by-parts", "u-substitution"], weeks=3, errors=[products, inner, inner]
    )
    made = plan_study(profile, likeliest, date(2026, 1, 5))
    assert {(d.concept, *d.errors) for d in made.diagnosis} == {("integration-by-parts", 0), ("u-substitution", 1)}
    repaired = [(s.concept, a.task) for s in made.sessions for a in s.activities if a.kind == "repair"]
    assert sorted(repaired) == [("integration-by-parts", products.problem), ("u-substitution", inner.problem)]


def test_an_interest_shows_where_something_is_written_for_it(plan: Callable[..., StudyPlan]) -> None:
    weeks = plan(interests=["chess"]).weeks
    shown = [[s for s in week.sessions if "chess" in s.activities[0].text] for week in weeks]
    assert any(shown)
    own = {s.concept: material().about(s.concept) for week in weeks for s in week.sessions}
    for session in (s for week in shown for s in week):
        text = session.activities[0].text
        particular = [i.do.replace("{interest}", "chess") for i in own[session.concept].student]
        assert text in particular or sum(map(len, shown)) == 1
