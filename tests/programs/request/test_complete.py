"""Completing a profile: what is given wins, what is inferred is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.frame import language_data
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.request.complete import Completed, complete, is_child
from studysmith.programs.request.schedule import LONGEST, MINUTES, SESSIONS, WEEKS
from studysmith.programs.synthetic_learners import SIZES, Learner, learners

SOURCE = curriculum()
LEARNERS = [learner for split in SIZES for learner in learners(split)]


@pytest.fixture
def filled(oracle: Any, today: date) -> Callable[..., Completed]:
    def fill(text: str = "", **fields: Any) -> Completed:
        return complete(LearnerProfile(text=text, **fields), oracle, SOURCE, today)

    return fill


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.id)
def test_every_learners_request_is_read_as_it_was_meant(learner: Learner, oracle: Any, today: date) -> None:
    truth = learner.truth
    read = complete(learner.given, oracle, SOURCE, today)
    profile = read.profile
    assert profile.topics == truth.topics
    for name in ("audience", "course", "goal", "weeks", "minutes_per_week", "sessions_per_week", "preferences"):
        assert getattr(profile, name) == getattr(truth, name), name
    assert profile.interests == truth.interests
    assert read.minutes_per_week == truth.minutes_per_week
    assert not oracle.calls
    inferred = ["The request speaks of students, so the plan is written for a teacher's class."]
    assert read.assumptions == inferred * (truth.audience == "teacher")


def test_fields_win_over_the_text(filled: Callable[..., Completed]) -> None:
    text = "I teach algebra 2 and I like chess, 20 minutes twice a week for 3 weeks, help with slope. I know fractions."
    given = {
        "course": "Grade 9", "interests": ["cars"], "topics": ["eigenvalues"], "weeks": 5, "minutes_per_week": 200,
        "sessions_per_week": 4, "goal": "win",
    }  # fmt: skip
    done = filled(text, **given)
    assert {name: getattr(done.profile, name) for name in given} == given
    assert (done.weeks, done.sessions_per_week, done.minutes_per_week, done.days) == (5, 4, 200, None)
    # A request that speaks of students is a teacher's, and this is said.
    assert done.profile.audience == "teacher"
    assert "teacher" in " ".join(done.assumptions)


def test_everything_that_is_inferred_is_said(filled: Callable[..., Completed]) -> None:
    done = filled("slope please")
    assert (done.weeks, done.sessions_per_week, done.minutes_per_week) == (WEEKS, SESSIONS, SESSIONS * MINUTES)
    assert done.open_end
    assert done.profile.course == "Grade 8"
    assert done.assumptions == [
        "No time was named, so a session takes 40 minutes.",
        "No rhythm was named, so there are 3 sessions a week.",
        "No course or grade was named, so the level is that of the topic: Grade 8.",
    ]


def test_nothing_is_assumed_where_everything_is_said(filled: Callable[..., Completed]) -> None:
    done = filled("I'm in grade 8, help with slope, 3 weeks, twice a week for 30 minutes.")
    assert done.assumptions == done.omissions == []


@pytest.mark.parametrize(
    ("text", "sessions", "minutes"),
    [
        ("slope, 20 minutes a week", 1, 20),
        ("slope, 1 hour a week", 3, 60),
        ("slope, 5 hours a week", 5, 300),
        ("slope, 10 hours a week", 6, 600),
        ("slope, 5 minutes a day", 7, 35),
        ("slope, 5 minutes once a week", 1, 5),
        ("slope, 4 hours once a week", 1, LONGEST),
        ("slope, 50 hours a week", 7, 7 * LONGEST),
    ],
)
def test_sessions_have_a_bearable_length(
    text: str, sessions: int, minutes: int, filled: Callable[..., Completed]
) -> None:
    done = filled(text)
    assert (done.sessions_per_week, done.minutes_per_week) == (sessions, minutes)
    LearnerProfile.model_validate(done.profile.model_dump())


@pytest.mark.parametrize("given", [{"minutes_per_week": 3000, "sessions_per_week": 1}, {"minutes_per_week": 20}])
def test_extreme_budgets_keep_their_field(given: dict[str, int], filled: Callable[..., Completed]) -> None:
    done = filled("slope", **given)
    assert done.profile.minutes_per_week == given["minutes_per_week"]
    assert 10 <= done.minutes_per_week // done.sessions_per_week <= LONGEST


def test_a_deadline_is_counted_and_said(filled: Callable[..., Completed], today: date) -> None:
    done = filled("test on friday on slope")
    assert (done.days, done.weeks, done.sessions_per_week) == (2, 1, 2)
    assert "The deadline is read as Friday, 06 March 2026." in done.assumptions
    assert done.start == today


def test_a_span_is_for_study_and_the_day_of_a_test_is_not(filled: Callable[..., Completed]) -> None:
    for text, days in (("slope, every day for a week", 7), ("slope, test in a week", 6), ("slope, 3 weeks", 21)):
        assert filled(text).length == days


def test_the_earlier_of_weeks_and_deadline_counts(filled: Callable[..., Completed], today: date) -> None:
    late = filled("slope", weeks=2, deadline=today + timedelta(days=60))
    assert late.weeks == 2
    early = filled("slope", weeks=6, deadline=today + timedelta(days=10))
    assert early.weeks == 2
    assert "comes before the end of 6 weeks" in " ".join(early.assumptions)


def test_a_deadline_in_the_past_is_ignored_and_said(filled: Callable[..., Completed], today: date) -> None:
    for done in (filled("slope", deadline=today - timedelta(days=1)), filled("slope, exam was on 2026-03-01")):
        assert done.days is None
        assert done.profile.deadline is None
        assert "has passed, so it is ignored" in done.assumptions[0]


def test_more_than_a_year_is_cut_and_said(filled: Callable[..., Completed]) -> None:
    done = filled("slope in 18 months")
    assert done.weeks == 52
    assert done.omissions == ["Only the first 52 of 79 weeks are planned."]


@pytest.mark.parametrize(
    ("text", "weeks", "sessions", "minutes"),
    [
        ("slope, 10 hours in total", 5, 3, 120),
        ("slope, 10 hours in total, twice a week for an hour", 5, 2, 120),
        ("slope, 6 hours in total over 3 weeks", 3, 3, 120),
        ("slope, six lessons of 45 minutes within 3 weeks", 3, 2, 90),
        ("slope, 12 lessons of 45 minutes, exam in August", 12, 1, 45),
        ("slope by tomorrow, I've got one hour tonight", 1, 1, 60),
        ("slope, 300 hours in total", 52, 3, 3 * 115),
    ],
)
def test_the_time_in_all_is_spread_over_the_weeks(
    text: str, weeks: int, sessions: int, minutes: int, filled: Callable[..., Completed]
) -> None:
    done = filled(text)
    assert (done.weeks, done.sessions_per_week, done.minutes_per_week) == (weeks, sessions, minutes)
    assert not done.open_end
    assert not any("No time was named" in a for a in done.assumptions)


def test_weeks_that_are_named_beside_a_deadline_count(filled: Callable[..., Completed]) -> None:
    assert filled("slope, a 2-week unit, the exam is on 30 May").weeks == 2
    early = filled("slope for 6 weeks, test on 20 March")
    assert early.weeks == 3
    assert "The deadline 2026-03-20 comes before the end of 6 weeks, and counts." in early.assumptions


def test_open_wordings_are_said_once_and_only_where_they_count(filled: Callable[..., Completed], today: date) -> None:
    text = "slope, retake is 3/14, 30 to 45 minutes twice a week for 3 to 4 weeks"
    said = filled(text).assumptions
    assert said[:3] == [
        "“3/14” is read as 14 March 2026, month first.",
        "Of 3 to 4 weeks, 3 are planned.",
        "Of 30 to 45 minutes, 30 are planned.",
    ]
    assert not any("The deadline is read as" in a for a in said)
    given = {"deadline": today + timedelta(days=20), "weeks": 2, "minutes_per_week": 100, "sessions_per_week": 2}
    assert not any("read as 14" in a or a.startswith("Of 3") for a in filled(text, **given).assumptions)


def test_a_subject_is_read_as_a_whole_up_to_the_grade(filled: Callable[..., Completed]) -> None:
    whole, grade = filled("help with fractions"), filled("help with fractions, grade 4")
    assert {SOURCE[t].strand for t in whole.profile.topics} == {"fractions"}
    assert set(grade.profile.topics) == {t for t in whole.profile.topics if SOURCE[t].level <= 4}
    assert "read as all of fractions." in whole.assumptions[0]
    assert "read as all of fractions up to Grade 4." in grade.assumptions[0]


def test_a_subject_beside_a_concept_is_planned_too(filled: Callable[..., Completed]) -> None:
    done = filled("vectors and matrices")
    assert done.profile.topics[0] == "vectors"
    assert "matrix-inverse" in done.profile.topics
    assert done.assumptions[0] == "The request names matrices as a whole, so it is read as all of matrices."


def test_what_is_liked_or_known_is_no_request(filled: Callable[..., Completed]) -> None:
    done = filled("I love fractions but slope confuses me. I know linear equations and integers.")
    assert done.profile.topics == ["slope"]
    assert done.profile.known == ["two-step-equations", "integers-on-number-line"]
    assert filled("I know nothing about slope").profile.topics == ["slope"]
    assert filled("I know derivatives but need integrals").profile.known[0] == "derivative-definition"
    assert filled("I like geometry").profile.topics


def test_several_named_topics_need_no_choice(filled: Callable[..., Completed], oracle: Any) -> None:
    assert filled("exponential equations and logarithms").profile.topics == ["logarithms", "exponential-equations"]
    assert not oracle.calls


def test_the_model_chooses_where_a_wording_is_unclear(filled: Callable[..., Completed], oracle: Any) -> None:
    done = filled("help with rational equatons")
    [call] = oracle.asked("choose_topic")
    assert len(call.options["topic"]) > 1
    assert [SOURCE[t].name for t in done.profile.topics] == [call.options["topic"][0]]
    assert "the closest wording is" in done.assumptions[0]


@pytest.mark.parametrize("text", ["Write me something", "Best pizza in town?", "i am bad at math", "42", "?", "😀😀"])
def test_where_nothing_is_named_nothing_is_planned_or_assumed(text: str, filled: Callable[..., Completed]) -> None:
    done = filled(text)
    assert done.profile.topics == done.assumptions == []
    assert "names a topic" in done.omissions[0]


def test_another_subject_is_named_with_the_mathematics_in_it(filled: Callable[..., Completed]) -> None:
    done = filled("Balancing equations in chemistry, Year 10, two weeks")
    assert done.profile.topics == done.assumptions == []
    assert done.outside == "chemistry"
    assert "proportions" in done.alternatives
    [said] = done.omissions
    assert said.startswith("The request is about chemistry, and only mathematics is planned here.")
    assert SOURCE["proportions"].name in said


def test_what_stays_unclear_is_asked_back(filled: Callable[..., Completed]) -> None:
    done = filled("those curvy graphs, teacher is checking tmrw")
    assert len(done.alternatives) == 3
    assert done.omissions[1].endswith("is one of them meant?")


def test_pasted_work_becomes_the_learners_errors(filled: Callable[..., Completed]) -> None:
    done = filled("3/4 + 2/5 = 5/9 wrong apparently?? 6th grade")
    assert done.profile.topics == ["adding-unlike-fractions"]
    [error] = done.profile.errors
    assert (error.problem, error.answer, error.correct_answer) == ("What is 3/4 + 2/5?", "5/9", "23/20")


def test_what_is_not_wanted_is_not_planned(filled: Callable[..., Completed]) -> None:
    done = filled("everything about limits except continuity, I already know limits at infinity")
    assert done.profile.topics == ["limits-by-substitution", "limits-by-factoring", "one-sided-limits"]
    assert done.profile.known == ["limits-at-infinity"]


def test_other_languages_are_named(filled: Callable[..., Completed]) -> None:
    spanish = filled("Necesito ayuda con fracciones, tengo un examen en dos semanas")
    assert "all of fractions" in spanish.assumptions[0]
    assert spanish.language == "es"
    assert language_data("es")["english"] in spanish.assumptions
    german = filled("Ich brauche Hilfe bei der Bruchrechnung, die Prüfung ist bald")
    assert german.profile.topics == spanish.profile.topics
    italian = filled("Ho bisogno di aiuto, la maestra dice che studio troppo poco")
    assert italian.assumptions == []
    assert "another language (code it)" in italian.omissions[-1]


def test_the_given_profile_is_left_as_it_was(oracle: Any, today: date) -> None:
    given = LearnerProfile(text="slope, I like chess")
    complete(given, oracle, SOURCE, today)
    assert given == LearnerProfile(text="slope, I like chess")


def test_struggles_given_as_a_field_do_not_replace_the_topics_of_the_text(filled: Callable[..., Completed]) -> None:
    assert filled("u-substitution", struggles=["chain-rule"]).profile.topics == filled("u-substitution").profile.topics
    both = "slope and quadratic formula"
    assert filled(both, struggles=["slope"]).profile.topics == filled(both).profile.topics
    assert filled(struggles=["chain-rule"]).profile.topics == ["chain-rule"]


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("my daughter is eight, she needs long division", "Grade 3"),
        ("long division for my 9 year old", "Grade 4"),
        ("8yo struggling with telling the time", "Grade 3"),
        ("my 9 year old is in grade 3, long division", "Grade 3"),
    ],
)
def test_a_grade_follows_from_an_age_where_none_is_named(
    filled: Callable[..., Completed], text: str, course: str
) -> None:
    done = filled(text)
    assert done.profile.course == course
    assert any("follows from the age" in said for said in done.assumptions) == ("grade" not in text)


def test_a_british_year_is_the_school_year_that_it_is() -> None:
    assert [is_child(course) for course in ("Year 6", "Grade 5", "Year 7", "Grade 6", "Algebra 1")] == [
        True, True, False, False, False,
    ]  # fmt: skip
