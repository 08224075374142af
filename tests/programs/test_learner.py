"""Bad input: one line that names the field and says what is accepted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError, explain
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.request.topics.ids import with_ids


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("text", {"text": ""}),
        ("text", {"text": " \n "}),
        ("text", {"text": "x" * 100_000}),
        ("weeks", {"weeks": 0}),
        ("weeks", {"weeks": 53}),
        ("minutes_per_week", {"minutes_per_week": -5}),
        ("minutes_per_week", {"minutes_per_week": 4}),
        ("minutes_per_week", {"minutes_per_week": 15, "sessions_per_week": 4}),
        ("sessions_per_week", {"sessions_per_week": 8}),
        ("audience", {"audience": "parent"}),
        ("deadline", {"deadline": "soon"}),
        ("start", {"start": "9999-12-20"}),
        ("errors.0.answer", {"errors": [{"problem": "1 + 1", "answer": "", "correct_answer": "2"}]}),
        ("interests.0", {"interests": ["x" * 201]}),
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
        with_ids(profile, curriculum())
    assert len(str(caught.value)) < 200
    known = profile_for("help with fractions", **{field: ["slope"]})
    assert with_ids(known, curriculum()) is known


@pytest.mark.parametrize("field", ["topics", "known", "struggles"])
def test_a_concept_may_be_named_by_what_people_call_it(field: str) -> None:
    profile = profile_for("help", **{field: ["Chain rule", "slope", "SLOPE OF A LINE"]})
    assert getattr(with_ids(profile, curriculum()), field) == ["chain-rule", "slope"]


def test_a_near_miss_names_the_nearest_concept() -> None:
    with pytest.raises(InputError, match=r"'slop' is no concept of the curriculum; did you mean slope\?"):
        with_ids(profile_for(topics=["slop"]), curriculum())
    with pytest.raises(InputError, match="it could be "):
        with_ids(profile_for(topics=["chain rule and slope"]), curriculum())


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("interest", "interest: no field of a profile; did you mean interests? Valid: interests, "),
        ("week", "week: no field of a profile; did you mean weeks? Valid: weeks, "),
        ("colour", "colour: no field of a profile; valid: "),
    ],
)
def test_an_unknown_field_lists_the_valid_ones_the_nearest_first(field: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        profile_for("slope", **{field: "x"})
    message = str(caught.value)
    assert message.startswith(said)
    assert set(LearnerProfile.model_fields) <= set(message.replace(":", ",").replace(" ", "").split(","))


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
