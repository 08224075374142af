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
