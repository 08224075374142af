"""Bad input: one line that names the field and says what is accepted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError, explain
from studysmith.programs.learner import LearnerProfile, profile_for


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("text", {"text": ""}),
        ("text", {"text": " \n "}),
        ("text", {"text": "x" * 100_000}),
        ("weeks", {"weeks": 0}),
        ("weeks", {"weeks": 53}),
        ("minutes_per_week", {"minutes_per_week": -5}),
        ("minutes_per_week", {"minutes_per_week": 19}),
        ("minutes_per_week", {"minutes_per_week": 30, "sessions_per_week": 4}),
        ("sessions_per_week", {"sessions_per_week": 8}),
        ("audience", {"audience": "parent"}),
        ("deadline", {"deadline": "soon"}),
        ("errors.0.answer", {"errors": [{"problem": "1 + 1", "answer": "", "correct_answer": "2"}]}),
        ("interests.0", {"interests": ["x" * 201]}),
        ("colour", {"colour": "red"}),
    ],
)
def test_bad_input_is_one_line_that_names_the_field(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        profile_for(**{"text": "help with fractions", **given})
    message = str(caught.value)
    assert message.startswith(f"{field}: ")
    assert "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize("field", ["topics", "known", "struggles"])
def test_whether_a_concept_exists_is_a_question_for_a_curriculum(field: str) -> None:
    profile = profile_for("help with fractions", **{field: ["x" * 500]})
    with pytest.raises(InputError, match=rf"^{field}: .* is no concept of the curriculum") as caught:
        profile.check_concepts(curriculum())
    assert len(str(caught.value)) < 200
    profile_for("help with fractions", **{field: ["slope"]}).check_concepts(curriculum())


def test_a_text_is_not_needed_where_topics_are_given() -> None:
    assert profile_for(topics=["slope"]).topics == ["slope"]
    assert profile_for(struggles=["slope"], text="  ").struggles == ["slope"]


def test_options_left_at_none_are_not_given() -> None:
    profile = profile_for("help with slope", weeks=None, deadline=date(2026, 5, 1))
    assert profile == LearnerProfile(text="help with slope", deadline=date(2026, 5, 1))


def test_long_values_are_shortened_in_the_message() -> None:
    with pytest.raises(ValidationError) as caught:
        LearnerProfile(course="y" * 500)
    assert explain(caught.value).endswith("...)")
