"""The first plans that a newcomer asks for: those of the README, as a good prior alone would choose their sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from studysmith.programs.assemble import EARLIER
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.sequence import ENOUGH_TO_REVIEW, timetable
from studysmith.programs.steps import Answerer
from studysmith.programs.teaching import Instruction, works_on_example

SOURCE = curriculum()
FIRST = "I keep mixing up slope and intercept. One week, twice a week for 30 minutes."
FRACTIONS = "fractions, test in 3 weeks, 30 minutes twice a week, I love basketball"


@pytest.fixture(name="plan")
def _plan(likeliest: Answerer) -> Callable[..., StudyPlan]:
    """The plan of a text, with these fields of the profile."""
    return lambda text, **fields: plan_study(LearnerProfile(text=text, **fields), likeliest, date(2026, 1, 5))


@pytest.mark.parametrize("pair", ["slope and intercept", "intercept and slope", "slope and y-intercept"])
def test_slope_and_intercept_are_both_planned_the_slope_first(pair: str, plan: Callable[..., StudyPlan]) -> None:
    made = plan(FIRST.replace("slope and intercept", pair))
    assert [s.concept for s in made.sessions] == ["slope", "slope-intercept-form"]
    assert made.unused == []
    assert made.omissions == []


def test_an_interest_is_in_every_week_of_a_plan_that_only_teaches_new_topics(plan: Callable[..., StudyPlan]) -> None:
    made = plan(FRACTIONS)
    assert not [s for s in made.sessions if s.title.startswith(("Practise", "Apply"))]
    for week in made.weeks:
        assert any("basketball" in s.activities[i].text for s in week.sessions for i in (0, 1)), week.number


def test_what_was_written_for_practice_is_done_after_the_example(plan: Callable[..., StudyPlan]) -> None:
    for session in plan(FRACTIONS).sessions:
        kinds = [a.kind for a in session.activities]
        if session.title.startswith("Learn") and "basketball" in " ".join(a.text for a in session.activities):
            assert kinds.index("example") < kinds.index("study"), session.title


def test_the_last_session_before_a_test_reviews_all_that_was_learned(plan: Callable[..., StudyPlan]) -> None:
    made = plan(FRACTIONS)
    *learned, last = made.sessions
    assert last.title.startswith("Review: ")
    assert last.title.endswith(EARLIER)
    tasks = [a.task for a in last.activities if a.task]
    concepts = {c for task in tasks if (found := material().recognize(task, SOURCE)) for c in found[:1]}
    assert len(concepts & {s.concept for s in learned}) >= 3
    assert any("kept to review what was learned" in said for said in made.assumptions)
    assert "All 9 topics in 6 sessions, the last of them for review," in made.omissions[0]


@pytest.mark.parametrize(("sessions", "test"), [(ENOUGH_TO_REVIEW - 1, True), (ENOUGH_TO_REVIEW, False)])
def test_no_session_is_kept_for_review_in_a_short_plan_or_without_a_test(sessions: int, test: bool) -> None:
    topics = [
        "fraction-meaning",
        "equivalent-fractions",
        "comparing-fractions",
        "adding-like-fractions",
        "mixed-numbers",
    ]
    table = timetable(topics, [], [], [list(range(sessions))], SOURCE, test=test)
    assert not table.ends_in_review
    assert all(slot.kind == "learn" for week in table.weeks for slot in week)


def _instructions() -> list[Instruction]:
    found = [material().patterns, *(t for c in SOURCE if (t := material().teaching(c)))]
    return [i for teaching in found for i in (*teaching.student, *teaching.teacher)]


def test_whoever_is_told_to_work_on_the_example_has_it_before_them() -> None:
    worked = [i for i in _instructions() if "worked example" in i.do.casefold()]
    assert len(worked) > 200
    # The worked example is in sessions that teach something new, and nowhere else.
    assert all(i.for_ == ("learn",) for i in worked)
    not_after = {i.do for i in worked if i.way != "trying first" and not works_on_example(i.do)}
    # Whoever tries or guesses first must not have seen it.
    assert all("before you show" in do or "after the worked example" in do for do in not_after)
    assert len(not_after) == 3


def test_a_plan_shows_the_example_before_what_works_on_it(plan: Callable[..., StudyPlan]) -> None:
    for concept in list(SOURCE)[::7]:
        for session in plan("", topics=[concept], weeks=1).sessions:
            kinds = [a.kind for a in session.activities]
            for place, activity in enumerate(session.activities):
                if activity.kind == "study" and works_on_example(activity.text) and "example" in kinds:
                    written = next((i for i in _instructions() if i.do == activity.text), None)
                    if written is None or written.way != "trying first":
                        assert kinds.index("example") < place, activity.text
