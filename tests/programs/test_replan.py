"""The rest of a plan, planned anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import Attempt, profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.replan import Marks, replan
from studysmith.programs.teaching import quotes_example

MADE = date(2026, 11, 25)
LATER = date(2026, 12, 5)

Again = Callable[..., StudyPlan]


@pytest.fixture(scope="module")
def old(new_oracle: Callable[[], Any]) -> StudyPlan:
    """Three weeks: unit rates, the coordinate plane, subtracting integers; slope from 2.1 on."""
    return plan_study(profile_for("slope, 3 weeks, 3 times a week for 30 minutes"), new_oracle(), MADE)


@pytest.fixture
def again(new_oracle: Callable[[], Any]) -> Again:
    def run(plan: StudyPlan, today: date = LATER, **marks: list[str]) -> StudyPlan:
        return replan(plan, Marks(**marks), new_oracle(), today)

    return run


def said(plan: StudyPlan) -> str:
    return " ".join(plan.assumptions)


def tasks(plan: StudyPlan) -> set[str]:
    shown = {a.task for s in plan.sessions for a in s.activities if a.task}
    return shown | {w.checkpoint.question for w in plan.weeks if w.checkpoint}


def test_what_was_learned_is_not_learned_again_and_what_was_missed_is(old: StudyPlan, again: Again) -> None:
    new = again(old, done=["1.1", "1.2"], missed=["2"])
    titles = [s.title for s in new.sessions]
    assert {s.concept for s in new.sessions} == {"subtracting-integers", "slope"}
    assert titles[:3] == ["Learn: Subtracting integers", "Learn: Slope of a line", "Practise: Slope of a line"]
    assert "“Unit rates” and “The coordinate plane” are done, so they are not planned again." in new.assumptions
    assert "Missed: 2.1 (Learn: Slope of a line)" in said(new)
    assert "Nobody marked 1.3, which was due before today" in said(new)
    assert new.profile
    assert {"unit-rates", "coordinate-plane"} <= set(new.profile.known)


def test_a_grade_that_nobody_named_is_in_no_title_of_the_next_plans_either(old: StudyPlan, again: Again) -> None:
    once = again(old, done=["1.1"])
    twice = again(once, today=LATER + timedelta(days=1), done=["1.1"])
    assert not any("Grade" in plan.title for plan in (old, once, twice))
    assert old.profile
    named = old.model_copy(update={"profile": old.profile.model_copy(update={"course": "Algebra 1"})})
    assert again(named, done=["1.1"]).title.endswith(" for Algebra 1")


def test_a_topic_goes_on_after_the_sessions_that_are_done(old: StudyPlan, again: Again) -> None:
    new = again(old, done=["1", "2.1", "2.2"])
    assert [s.title for s in new.sessions][:2] == ["Apply: Slope of a line", "Practise: Slope of a line"]
    assert "“Slope of a line” was learned already" in said(new)
    # A plan that was made anew knows what came before it, too.
    third = again(new, date(2026, 12, 8), done=["1.1"])
    assert not [s for s in third.sessions if s.title.startswith("Learn")]


def test_what_was_hard_begins_again_and_is_a_struggle(old: StudyPlan, again: Again) -> None:
    new = again(old, done=["1", "2"], hard=["Slope of a line"])
    assert new.sessions[0].title == "Learn: Slope of a line"
    assert new.profile
    assert new.profile.struggles == ["slope"]
    assert "“Slope of a line” was hard" in said(new)
    beside = again(old, done=["1"], hard=["proportions"])
    assert beside.sessions[0].title == "Learn: Proportions"


def test_the_rest_ends_when_the_old_plan_did_in_the_same_rhythm(old: StudyPlan, again: Again) -> None:
    new = again(old, done=["1"])
    assert old.start
    assert new.start == LATER + timedelta(days=1)
    end = old.start + timedelta(weeks=3)
    assert max(new.start + timedelta(days=s.day) for s in new.sessions) < end
    assert all(s.minutes == 30 for s in new.sessions)
    assert max(len(w.sessions) for w in new.weeks) == 3
    assert "The plan ends when the old one did, on 16 December 2026" in said(new)


def test_a_plan_whose_time_is_over_gets_as_many_weeks_as_are_left(old: StudyPlan, again: Again) -> None:
    new = again(old, date(2027, 1, 5), done=["1", "2"], missed=["3"])
    assert len(new.weeks) == 1
    assert "The time of the old plan is over" in said(new)
    assert new.deadline is None


def test_a_deadline_stays_and_one_that_has_passed_is_said(new_oracle: Callable[[], Any], again: Again) -> None:
    plan = plan_study(profile_for("slope", deadline=date(2026, 12, 18)), new_oracle(), MADE)
    new = again(plan, done=["1"])
    assert new.profile
    assert (new.deadline, new.profile.deadline) == (date(2026, 12, 18), date(2026, 12, 18))
    assert "The plan still leads to 18 December 2026" in said(new)
    with pytest.raises(InputError, match="the day that it leads to, 18 December 2026, has passed"):
        again(plan, date(2026, 12, 19), done=["1"])


def test_no_task_of_the_old_plan_comes_back(old: StudyPlan, again: Again) -> None:
    assert not tasks(old) & tasks(again(old, done=["1"], hard=["slope"]))


def test_what_names_numbers_of_the_worked_example_stands_beside_that_one(again: Again) -> None:
    """“Copy the worked example, and write the words "up" and "across" beside 9 and 3”: no other example fits that."""

    def worked_example(calls: Sequence[Any]) -> list[dict[str, str]]:
        ways = [call.options.get("way", []) for call in calls]
        return [{"way": "worked example" if "worked example" in offered else offered[0]} for offered in ways]

    profile = profile_for("", topics=["slope"], known=["unit-rates", "coordinate-plane"], weeks=1, minutes_per_week=60)
    first = plan_study(profile, worked_example, MADE)
    new = replan(first, Marks(missed=["1"]), worked_example, LATER)
    quoted = [s for s in (*first.sessions, *new.sessions) if any(quotes_example(a.text) for a in s.activities)]
    assert [s.concept for s in quoted] == ["subtracting-integers", "slope"] * 2
    for session in quoted:
        [example] = [a for a in session.activities if a.kind == "example"]
        assert example.task == curriculum()[session.concept].example.task


def test_an_error_comes_back_until_a_session_returned_to_it(new_oracle: Callable[[], Any], again: Again) -> None:
    error = Attempt(problem="What is the slope through (0, 0) and (2, 6)?", answer="1/3", correct_answer="3")
    plan = plan_study(profile_for("slope, 3 weeks", errors=[error]), new_oracle(), MADE)
    numbers = [f"{w.number}.{i}" for w in plan.weeks for i, _ in enumerate(w.sessions, 1)]
    repaired = next(i for i, s in enumerate(plan.sessions) if any(a.kind == "repair" for a in s.activities))
    before, after = (again(plan, MADE, done=numbers[:n]) for n in (repaired, repaired + 1))
    assert error.problem in tasks(before)
    assert error.problem not in tasks(after)


def test_topics_that_never_found_room_are_planned_when_there_is_some(
    new_oracle: Callable[[], Any], again: Again
) -> None:
    wanted = ["slope", "slope-intercept-form", "point-slope-form", "quadratic-formula"]
    profile = profile_for(topics=wanted, weeks=1, sessions_per_week=3)
    plan = plan_study(profile, new_oracle(), MADE)
    assert "cut for now" in plan.omissions[0]
    new = again(plan, MADE, done=["1.1", "1.2"])
    assert wanted[3] in {s.concept for s in new.sessions}


def test_of_a_total_the_time_of_what_is_done_is_taken_off(new_oracle: Callable[[], Any], again: Again) -> None:
    profile = profile_for("slope, 3 weeks, 3 times a week for 30 minutes", total_minutes=240)
    new = again(plan_study(profile, new_oracle(), MADE), done=["1"])
    assert new.profile
    assert new.profile.total_minutes == 150


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ({"done": ["9.9"]}, "done: the plan has no session or week '9.9'; it has 1.1 to 3.2"),
        ({"missed": ["4"]}, "missed: the plan has no session or week '4'"),
        ({"done": ["1.1"], "missed": ["1"]}, "missed: 1.1 is marked as done as well"),
        ({"hard": ["slop"]}, "hard: 'slop' is no concept of the curriculum; did you mean slope?"),
        ({"done": ["1", "2", "3"]}, "done: every session of the plan is done"),
    ],
)
def test_marks_that_are_not_of_the_plan_are_one_line(
    old: StudyPlan, again: Again, marks: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        again(old, **marks)
    assert str(caught.value).startswith(message)


def test_a_plan_that_says_too_little_is_refused(old: StudyPlan, again: Again) -> None:
    for missing, message in (("phases", "no sessions"), ("profile", "for whom it is"), ("start", "when it starts")):
        bare = old.model_copy(update={missing: [] if missing == "phases" else None})
        with pytest.raises(InputError, match=message):
            again(bare, done=["1.1"])


def test_a_day_before_the_plan_and_a_concept_outside_of_it_are_said(old: StudyPlan, again: Again) -> None:
    assert old.start
    new = said(again(old, old.start - timedelta(days=7), hard=["Place value"]))
    assert "The old plan begins only on" in new
    assert "“Place value” was not in the old plan" in new


def test_of_the_only_sessions_there_are_those_that_are_left_are_planned(
    new_oracle: Callable[[], Any], again: Again
) -> None:
    days = {MADE + timedelta(days=n): minutes for n, minutes in ((2, 30), (4, 60), (12, 45), (14, 120))}
    plan = plan_study(profile_for("slope", sessions_on=days), new_oracle(), MADE)
    new = again(plan, done=["1.1"], missed=["1.2"])
    left = {day: minutes for day, minutes in days.items() if day >= LATER}
    assert new.start
    *others, (last, _) = left.items()
    planned = [(new.start + timedelta(days=s.day), s.minutes) for s in new.sessions]
    assert planned == [*others, (last, 55), (last, 55)]  # two hours with a break
    assert new.profile
    assert new.profile.sessions_on == left


def test_what_is_left_of_a_day_is_planned_on_it(new_oracle: Callable[[], Any], again: Again) -> None:
    days = {MADE + timedelta(days=2): 120, MADE + timedelta(days=4): 180}
    plan = plan_study(profile_for("fractions", sessions_on=days), new_oracle(), MADE)
    new = replan(plan, Marks(done=["1.1"]), new_oracle(), MADE + timedelta(days=2))
    assert [(s.day, s.minutes) for s in new.sessions] == [(0, 55), (2, 53), (2, 53), (2, 53)]
    total = plan_study(
        profile_for("fractions", total_minutes=600, days=["sat"], minutes_on={"sat": 120}), new_oracle(), MADE
    )
    one = replan(total, Marks(done=["1.1", "1.2"]), new_oracle(), MADE + timedelta(days=9))
    assert one.profile
    assert one.profile.total_minutes == 480


def test_where_the_only_sessions_are_over_the_rest_is_planned_on_other_days(
    new_oracle: Callable[[], Any], again: Again
) -> None:
    days = {MADE + timedelta(days=n): 30 for n in (1, 2, 3)}
    plan = plan_study(profile_for("slope", sessions_on=days), new_oracle(), MADE)
    new = again(plan, done=["1.1"])
    assert new.sessions
    assert new.profile
    assert new.profile.sessions_on == {}
