"""What people found who read whole plans as their learner: each fault of a kind, with the right value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from studysmith.programs.choices import likable
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import profile_for
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown
from studysmith.programs.request.topics.subjects import subject_concepts
from studysmith.programs.steps import Answerer

SOURCE = curriculum()
FRIDAY = date(2026, 11, 27)


@pytest.fixture(name="make", scope="module")
def _make(new_oracle: Callable[[], Any]) -> Callable[..., StudyPlan]:
    def plan(text: str = "", **fields: Any) -> StudyPlan:
        return plan_study(profile_for(text, **fields), new_oracle(), FRIDAY)

    return plan


def topics(plan: StudyPlan) -> list[str]:
    assert plan.profile
    return plan.profile.topics


def test_an_exam_is_not_cut_for_a_rhythm_that_nobody_named(make: Callable[..., StudyPlan]) -> None:
    plan = make("exam on derivatives in 10 days")
    assert {s.concept for s in plan.sessions} == set(subject_concepts("derivatives", SOURCE))
    assert not plan.omissions
    assert plan.sessions[-1].title.startswith("Review")
    said = "No rhythm was named, so there are 7 sessions a week; with fewer, not all topics find a place."
    assert said in plan.assumptions
    # Who names a rhythm keeps it.
    assert max(len(week.sessions) for week in make("exam on derivatives in 10 days, twice a week").weeks) == 2


def test_where_much_does_not_fit_it_is_said_how_to_choose(make: Callable[..., StudyPlan]) -> None:
    plan = make("i suck at algebra lol pls help, test friday")
    assert plan.omissions[0].endswith(
        ", Binomial theorem. Name the topics that count most, and the plan is about them."
    )
    # Five of its topics are not all of algebra.
    said = "Learn “Writing algebraic expressions, evaluating algebraic expressions and"
    assert plan.phases[0].objective.startswith(said)
    assert not plan.unused


def test_a_course_that_nobody_named_is_not_in_the_title(make: Callable[..., StudyPlan]) -> None:
    plan = make("I'm a nurse going back to school and need ratios and proportions, one hour on Saturdays for 5 weeks")
    assert plan.title == "Ratios and proportions: 5 weeks"
    assert make("slope, grade 8, 2 weeks").title == "Slope of a line: 2 weeks for Grade 8"


def test_a_review_leads_to_no_day_that_was_not_named(make: Callable[..., StudyPlan]) -> None:
    kept = "The last session holds nothing new: it is kept to review what was learned"
    assert f"{kept}." in make("ratios and proportions, 5 weeks, once a week").assumptions
    assert f"{kept} before the deadline." in make("probability test on 18 December").assumptions


def test_a_week_that_teaches_something_new_is_no_consolidation(make: Callable[..., StudyPlan]) -> None:
    for text in ("calculus midterm in 3 weeks, derivatives, twice a week", "exam on derivatives in 10 days"):
        for phase in make(text).phases:
            if phase.title == "Consolidation":
                assert not any(s.title.startswith("Learn") for week in phase.weeks for s in week.sessions)


def test_a_week_is_called_by_its_concepts_in_their_order(make: Callable[..., StudyPlan]) -> None:
    week = make("exam on derivatives in 3 weeks").weeks[0]
    assert week.title == "Limit definition of the derivative, power rule and product rule"
    assert [SOURCE[s.concept].name for s in week.sessions] == [
        "Limit definition of the derivative",
        "Power rule",
        "Product rule",
    ]


def test_a_subject_beside_its_own_topic_names_the_plan(make: Callable[..., StudyPlan]) -> None:
    assert make("quadratics and the quadratic formula, only Sundays, 3 weeks").title == "Quadratics: 3 weeks"


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("percentages, 4 weeks, 20 min a day", 7),
        ("fractions, grade 4, 3 weeks", 6),
        ("negative numbers, 10 minutes a day", 7),
    ],
)
def test_tasks_take_the_minutes_that_they_need(make: Callable[..., StudyPlan], text: str, most: int) -> None:
    for session in make(text).sessions:
        minutes = [a.minutes for a in session.activities if a.kind == "practice"]
        assert max(minutes) <= most, session
        assert max(minutes) - min(minutes) <= 1
        assert session.minutes in (20, 10, 25, 40)


def test_each_step_of_an_example_has_a_line_of_its_own(make: Callable[..., StudyPlan]) -> None:
    lines = to_markdown(make("slope, 2 weeks")).splitlines()
    at = next(i for i, line in enumerate(lines) if "Find the slope of the line through (1, 2) and (4, 11)." in line)
    assert lines[at].endswith("Read this solution line by line, covering what comes next:")
    steps = [f"  - {step}" for step in SOURCE["slope"].steps]
    assert lines[at + 1 : at + 2 + len(steps)] == [*steps, "  - Answer: 3"]


def test_a_learner_reads_what_the_words_of_a_parent_mean(make: Callable[..., StudyPlan]) -> None:
    plan = make(
        "My son (10) loves chess and mixes up area and perimeter. He gets upset when he makes mistakes. Weekends only."
    )
    assert plan.profile
    assert plan.profile.interests == ["chess"]
    assert not plan.unused
    assert any("“son (10)”" in said for said in plan.assumptions)
    reasons = " ".join(s.rationale for s in plan.sessions)
    assert "This session was chosen because of “chess”." in reasons
    assert "You said" not in reasons


def test_who_tutors_one_learner_gets_no_lessons_for_a_class(make: Callable[..., StudyPlan]) -> None:
    plan = make("I am a tutor. Plan for my student who fails u-substitution because she forgets to change the bounds")
    assert plan.audience == "student"
    assert "The request is made for somebody else, so “you” in the plan is the learner." in plan.assumptions
    assert not any("not in the curriculum" in said for said in plan.omissions)


def test_the_error_is_sought_where_its_problem_belongs(make: Callable[..., StudyPlan]) -> None:
    plan = make("I always get -3 - 5 = 2, what am I doing wrong? two weeks, 10 minutes a day")
    [found] = plan.diagnosis
    assert found.concept == "subtracting-integers"
    assert found.evidence.endswith("A common mistake here: " + _lower(SOURCE["subtracting-integers"].misconception))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def test_one_sitting_is_not_called_time_in_all(make: Callable[..., StudyPlan]) -> None:
    plan = make("integration by parts by tomorrow, 15 minutes")
    assert [s.minutes for s in plan.sessions] == [15]
    assert not any("time in all" in said for said in plan.assumptions)


def test_the_same_way_of_working_does_not_come_three_times_in_a_row(likeliest: Answerer) -> None:
    plan = plan_study(profile_for("probability final on 18 December"), likeliest, FRIDAY)
    written = {i.do: i.way for c in topics(plan) for i in material().about(c).instructions("student")}
    ways = [written.get(a.text, "") for s in plan.sessions for a in s.activities if a.kind in ("study", "review")]
    assert ways.count("trying first") > 3
    assert not any(a == b == c for a, b, c in zip(ways, ways[1:], ways[2:], strict=False))


@pytest.mark.parametrize(
    ("said", "read"), [("guitar", "playing the guitar"), ("the drums", "playing the drums"), ("chess", "chess")]
)
def test_a_story_is_about_playing_an_instrument(said: str, read: str) -> None:
    assert likable([said]) == [read]


@pytest.mark.parametrize(
    ("text", "interests", "preferences", "needs"),
    [
        ("completing the square. visual learner, i like drawing", [], ["visual learner", "drawing"], []),
        ("decimals, i'm blind and use a screen reader", [], [], ["blind"]),
        ("I have dyscalculia and I'm scared of percentages", [], [], ["dyscalculia", "maths anxiety"]),
        ("slope, I've got like half an hour after football practice on tuesdays and thursdays", [], [], []),
    ],
)
def test_a_way_of_working_is_no_hobby_and_a_need_is_no_way(
    make: Callable[..., StudyPlan], text: str, interests: list[str], preferences: list[str], needs: list[str]
) -> None:
    profile = make(text).profile
    assert profile
    assert (profile.interests, profile.preferences, profile.needs) == (interests, preferences, needs)


@pytest.mark.parametrize(
    ("text", "there", "count"),
    [
        ("probability and statistics final on 18 December", {"bayes-theorem", "p-values"}, 20),
        ("i have a test on everything in algebra 1 in 4 days", {"slope", "multi-step-equations"}, 24),
        (
            "pythagorus theorem and triganometry test in 2 weeks",
            {"pythagorean-theorem", "right-triangle-trigonometry"},
            2,
        ),
        ("geometry test next thursday, circles and volume", {"area-of-circles", "volume-of-prisms"}, 4),
    ],
)
def test_all_that_is_asked_for_is_read(make: Callable[..., StudyPlan], text: str, there: set[str], count: int) -> None:
    read = topics(make(text))
    assert there <= set(read)
    assert len(read) == count


def test_what_is_known_is_not_said_to_be_planned(make: Callable[..., StudyPlan]) -> None:
    plan = make("calc 1 midterm in 3 weeks covering limits, derivatives and the chain rule. I know limits well.")
    assert not any("all of limits" in said for said in plan.assumptions)
    assert any("all of derivatives" in said for said in plan.assumptions)


def test_the_name_of_a_subject_is_read_with_a_topic_of_it(make: Callable[..., StudyPlan]) -> None:
    assert not make("I honestly don't get how to solve equations when there are letters on both sides").unused
    assert not make("my daughter fails fractions").unused


@pytest.mark.parametrize(
    "text",
    [
        "My class of 28 ninth graders mixes up slope and y-intercept. Two 50 minute lessons next week",
        "slope, 2 sessions of 50 minutes next week",
        "slope, twice next week, 50 minutes",
    ],
)
def test_lessons_of_next_week_are_held_in_it(make: Callable[..., StudyPlan], text: str) -> None:
    plan = make(text)
    assert plan.start
    assert [s.minutes for s in plan.sessions] == [50, 50]
    days = [plan.start + timedelta(days=s.day) for s in plan.sessions]
    assert all(date(2026, 11, 30) <= day <= date(2026, 12, 6) for day in days)
