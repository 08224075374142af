"""Two learners in one request: one plan, and how to ask for the other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.request.complete import complete

SOURCE = curriculum()


@pytest.mark.parametrize(
    ("text", "topic", "course", "said"),
    [
        (
            "Twins, both Grade 6. Mia needs dividing decimals, Leo needs volume of prisms.",
            "dividing-decimals",
            "Grade 6",
            "this plan is for Mia alone. For Leo, ask again and name only “Volume of prisms”.",
        ),
        (
            "Two children: the older (Year 8) needs ratios, the younger (Year 4) needs reading bar charts.",
            "ratios",
            "Year 8",
            "this plan is for the older one alone. For the younger one, ask again and name only “Reading bar graphs",
        ),
        (
            "me and my brother want a plan each. me: slope. him: place value",
            "slope",
            "Grade 8",
            "this plan is for you alone. For your brother, ask again and name only “Place value”.",
        ),
        (
            "Anna (3rd grade) needs times tables, Ben (7th grade) needs percents",
            "multiplication-facts",
            "Grade 3",
            "this plan is for Anna alone. For Ben, ask again and name only “percents”.",
        ),
        (
            "sam needs slope. mia needs place value, 20 minutes a day",
            "slope",
            "Grade 8",
            "this plan is for Sam alone. For Mia, ask again and name only “Place value”.",
        ),
        (
            "my twins: one is stuck on long division, the other on slope",
            "long-division",
            "Grade 4",
            "this plan is for one twin alone. For the other twin, ask again and name only “Slope of a line”.",
        ),
        (
            "Two kids: Xiulan (grade 4): long division, Tomasz (grade 6): ratios",
            "long-division",
            "Grade 4",
            "this plan is for Xiulan alone. For Tomasz, ask again and name only “Ratios”.",
        ),
        (
            "I tutor two students. Ravi is stuck on slope and Lena can't do ratios.",
            "slope",
            "Grade 8",
            "this plan is for Ravi alone. For Lena, ask again and name only “Ratios”.",
        ),
    ],
)
def test_each_learners_topic_is_kept_apart(text: str, topic: str, course: str, said: str, oracle: Any) -> None:
    done = complete(LearnerProfile(text=text), oracle, SOURCE, date(2026, 1, 5))
    assert done.profile.topics == [topic]
    assert done.profile.course == course
    assert said in " ".join(done.omissions)


@pytest.mark.parametrize("text", ["My twins need slope, 20 minutes a day", "My son and daughter both do slope"])
def test_two_who_learn_the_same_share_a_plan(text: str, oracle: Any) -> None:
    done = complete(LearnerProfile(text=text), oracle, SOURCE, date(2026, 1, 5))
    assert done.profile.topics == ["slope"]
    assert "so this plan serves both" in " ".join(done.assumptions)


def test_one_learner_is_no_pair(oracle: Any) -> None:
    for text in ("Mia needs slope", "My daughter needs slope and her teacher is strict", "I need slope and ratios"):
        done = complete(LearnerProfile(text=text), oracle, SOURCE, date(2026, 1, 5))
        assert "two learners" not in " ".join([*done.omissions, *done.assumptions])


@pytest.mark.parametrize(
    "text",
    [
        "Weak: slope. Strong: fractions.",
        "I need slope. Deadline: 30 January. Time: 2 x 30 min.",
        "Topic: slope. Goal: pass the exam. Level: grade 8",
        "School wants me to do slope, Dad wants ratios",
        "Homework is on slope. Friday is on ratios.",
        "I have a class of 28 on slope. Two students are English learners, one is colour-blind.",
    ],
)
def test_the_lines_of_a_form_and_a_class_are_no_pair(text: str, oracle: Any) -> None:
    done = complete(LearnerProfile(text=text), oracle, SOURCE, date(2026, 1, 5))
    assert "two learners" not in " ".join([*done.omissions, *done.assumptions])


def test_both_halves_of_a_pair_are_read(oracle: Any) -> None:
    done = complete(LearnerProfile(text="Sam needs slope. Mia needs place value."), oracle, SOURCE, date(2026, 1, 5))
    assert not done.unused
