"""Calls, and the narrowing of their schemas."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.planner import MAX_TOKENS, STEPS, STEPS_OF
from studysmith.programs.request.spoken import STEP as READ
from studysmith.programs.signatures import WriteWeek
from studysmith.programs.steps import Call, narrow

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"topic": {"type": "string"}, "week": {"$ref": "#/$defs/Week"}},
    "$defs": {"Week": {"type": "object", "properties": {"days": {"type": "array", "items": {"type": "string"}}}}},
}


def test_choices_and_lengths_are_narrowed_wherever_they_stand() -> None:
    before = copy.deepcopy(SCHEMA)
    narrowed = narrow(SCHEMA, {"topic": ["Slope", "Ratios"], "days": 3})
    assert narrowed["properties"]["topic"] == {"type": "string", "enum": ["Slope", "Ratios"]}
    days = narrowed["$defs"]["Week"]["properties"]["days"]
    assert days == {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3}
    assert before == SCHEMA
    assert narrow(SCHEMA, {}) == SCHEMA


def test_a_field_that_the_schema_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match="no field 'colour' to narrow"):
        narrow(SCHEMA, {"topic": ["x"], "colour": ["red"]})


def test_the_week_schema_takes_the_number_of_sessions() -> None:
    narrowed = narrow(LeanAdapter.schema(WriteWeek), {"sessions": 2})
    sessions = narrowed["$defs"]["WeekText"]["properties"]["sessions"]
    assert (sessions["minItems"], sessions["maxItems"]) == (2, 2)


def test_every_step_has_a_signature_and_a_limit() -> None:
    assert set(STEPS) == set(MAX_TOKENS) == {READ, *(name for steps in STEPS_OF.values() for name in steps)}


def test_a_call_has_no_options_unless_given() -> None:
    assert Call("adapt", {}).options == {}
