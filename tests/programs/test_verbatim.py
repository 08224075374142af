"""Fields that quote an input: which runs of words there are, and how a schema is held to them."""

from __future__ import annotations

from typing import Annotated, Any

import dspy
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.engines.schema import check_schema, grammar
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.errors import InputError
from studysmith.programs.verbatim import LONGEST_RUN, MOST_WORDS, WORDS_OF, bare, quoting, runs, words_of


class Quote(dspy.Signature):
    text: str = dspy.InputField()
    names: list[Annotated[str, words_of("text")]] = dspy.OutputField()


def test_runs_are_words_of_one_sentence_without_punctuation_around_them() -> None:
    found = list(runs("Help, please!  I like (x+3)^2."))
    assert found == [
        "Help",
        "Help, please",
        "please",
        "I",
        "I like",
        "I like (x+3)^2",
        "like",
        "like (x+3)^2",
        "(x+3)^2",
    ]


def test_a_bracket_without_its_other_half_is_no_part_of_a_run() -> None:
    assert {"Grade 6", "class (Grade 6)", "class"} <= set(runs("My class (Grade 6) needs help"))
    assert bare("(Grade") == "Grade"
    assert bare("“2 + (3)”") == "2 + (3)"
    assert bare("...") == ""


@given(st.text(alphabet="ab1 .,()'\n–é", max_size=60))
def test_every_run_stands_in_the_text_word_for_word(text: str) -> None:
    flat = " ".join(text.split())
    found = list(runs(text))
    assert len(found) == len(set(found))
    for run in found:
        assert run
        assert run in flat
        assert len(run.split()) <= LONGEST_RUN


def test_a_quoting_field_becomes_an_enumeration_of_the_words_of_its_input() -> None:
    schema = LeanAdapter.schema(Quote)
    held = quoting(schema, {"text": "two weeks"})
    assert held["properties"]["names"]["items"] == {"type": "string", "enum": ["two", "two weeks", "weeks"]}
    jsonschema.validate({"names": ["two weeks"]}, check_schema(held))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"names": ["three weeks"]}, check_schema(held))
    assert WORDS_OF not in grammar(held)
    # What quotes nothing is left as it is.
    plain: dict[str, Any] = {"properties": {"names": {"type": "string"}}}
    assert quoting(plain, {}) == plain


def test_a_text_without_words_can_only_be_quoted_as_nothing() -> None:
    assert quoting({WORDS_OF: "text"}, {"text": " ... "}) == {"type": "string", "enum": [""]}


@pytest.mark.parametrize(
    ("text", "said"),
    [("word " * (MOST_WORDS + 1), f"text: at most {MOST_WORDS} words .* .got {MOST_WORDS + 1}"), (7, "text: a text")],
)
def test_what_cannot_be_quoted_is_refused_by_the_name_of_the_input(text: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        quoting(LeanAdapter.schema(Quote), {"text": text})


def test_dspy_and_the_frozen_interpreter_hold_a_reply_to_the_same_words() -> None:
    asked: list[dict[str, Any]] = []

    class Asked(dspy.LM):
        def __call__(self, *args: Any, **settings: Any) -> list[str]:
            asked.append(settings["response_format"]["json_schema"]["schema"])
            return ['{"names":["two weeks"]}']

    program = dspy.Predict(Quote)
    with dspy.context(lm=Asked("none"), adapter=LeanAdapter()):
        assert program(text="in two weeks").names == ["two weeks"]
    [step] = freeze(dspy.Predict(Quote)).steps.values()
    assert step.request({"text": "in two weeks"}).schema == asked[0]
