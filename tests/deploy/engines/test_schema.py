"""Which schemas are accepted, that the grammar enforces them, and that nothing is repaired."""

import json
from typing import Any

import pytest
from studysmith.deploy.engines.base import Completion, Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.engines.schema import check_schema, complete_json, grammar, parse_reply
from studysmith.deploy.errors import OutputError, SchemaError, TruncatedOutput

ASK = [Message(role="user", content="Say something odd.")]


def reply(text: str, finish: Any = "stop") -> Completion:
    return Completion(
        text=text,
        finish_reason=finish,
        prompt_tokens=1,
        completion_tokens=3,
        prompt_ids=[1],
        token_ids=[1],
        seconds=0.1,
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 8, "minLength": 2},
        {"type": "string", "pattern": "^[A-Z][a-z]{1,5}[.?]$"},
        {"type": "integer", "minimum": 10, "maximum": 12},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 6},
        {"enum": ["área", 7, None]},
        {"const": {"a": 1}},
        {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        {"type": ["boolean", "null"]},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3},
        {"type": "array", "prefixItems": [{"const": 1}, {"const": "b"}], "minItems": 2},
        {
            "$defs": {"Pair": {"type": "object", "properties": {"x": {"enum": [1, 2]}}, "required": ["x"]}},
            "type": "object",
            "title": "Out",
            "properties": {"title": {"$ref": "#/$defs/Pair", "description": "a pair"}},
            "required": ["title"],
        },
    ],
    ids=lambda schema: json.dumps(schema)[:40],
)
def test_every_accepted_keyword_is_enforced(fast_engine: LlamaCppEngine, schema: dict[str, Any]) -> None:
    # Hot sampling, so that it is the grammar and not the model that keeps to the schema.
    requests = [Request(messages=ASK, schema=schema, temperature=3.0, max_tokens=96, seed=seed) for seed in range(4)]
    for done in fast_engine.complete_many(requests):
        value = parse_reply(done, schema)
        assert json.dumps(value, separators=(",", ":"), ensure_ascii=False) == done.text


def test_values_of_free_keys_are_enforced(engine: LlamaCppEngine) -> None:
    # Not sampled hot: nothing bounds how long a key may be.
    ask = [Message(role="user", content='Copy: {"a": "yes", "b": "no"}')]
    schema = {"type": "object", "additionalProperties": {"enum": ["yes", "no"]}}
    value, _ = complete_json(engine, Request(messages=ask, schema=schema, max_tokens=40))
    assert set(value.values()) <= {"yes", "no"}
    assert value


@pytest.mark.parametrize(
    ("schema", "path", "keyword"),
    [
        ({"type": "number", "minimum": 0}, "$", "minimum"),
        ({"type": "object", "properties": {"a": {"type": "number", "multipleOf": 2}}}, "$.a", "multipleOf"),
        ({"type": "array", "items": {"type": "null"}, "uniqueItems": True}, "$", "uniqueItems"),
        ({"type": "array"}, "$", "items"),
        ({"type": "array", "items": {"type": "date"}}, "$[]", "type"),
        ({"type": "string", "format": "date"}, "$", "format"),
        ({"type": "string", "pattern": "(?=a)b"}, "$", "pattern"),
        ({"type": "string", "pattern": "("}, "$", "pattern"),
        ({"type": "object", "additionalProperties": True}, "$", "additionalProperties"),
        ({"type": "object", "patternProperties": {}}, "$", "patternProperties"),
        ({"oneOf": [{"type": "null"}]}, "$", "type"),
        ({"anyOf": [{"type": "null"}, {"not": {}}]}, "$.anyOf[1]", "type"),
        ({"anyOf": []}, "$", "anyOf"),
        ({"enum": []}, "$", "enum"),
        ({"$ref": "#/definitions/A"}, "$", "$ref"),
        ({"$ref": "#/$defs/A", "$defs": {}}, "$", "$ref"),
        ({"$defs": {"A": {"type": "number", "maximum": 1}}, "type": "null"}, "$.$defs.A", "maximum"),
        ({}, "$", "type"),
        ({"type": "object", "properties": {"a": True}}, "$.a", "object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_refused_by_name(schema: dict[str, Any], path: str, keyword: str) -> None:
    with pytest.raises(SchemaError) as caught:
        grammar(schema)
    assert caught.value.path == path
    assert keyword in str(caught.value)
    assert "\n" not in str(caught.value)


def test_objects_are_closed_and_annotations_dropped() -> None:
    schema = {
        "type": "object",
        "title": "T",
        "properties": {"title": {"type": "null", "description": "d", "default": 1}},
    }
    assert check_schema(schema) == {
        "type": "object",
        "properties": {"title": {"type": "null"}},
        "additionalProperties": False,
    }


def test_a_reply_is_checked_and_never_repaired() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert parse_reply(reply('{"a":1}'), schema) == {"a": 1}
    with pytest.raises(TruncatedOutput, match="max_tokens"):
        parse_reply(reply('{"a":1}', "length"), schema)
    with pytest.raises(OutputError, match="not JSON"):
        parse_reply(reply('{"a":1'), schema)
    with pytest.raises(OutputError, match=r"\$\.a"):
        parse_reply(reply('{"a":"1"}'), schema)
    with pytest.raises(OutputError, match="breaks its schema"):
        parse_reply(reply('{"a":1,"b":2}'), schema)


def test_a_whole_reply_takes_one_completion(engine: LlamaCppEngine) -> None:
    value, completions = complete_json(engine, Request(messages=ASK, schema={"enum": ["only"]}, max_tokens=8))
    assert value == "only"
    assert len(completions) == 1


def test_a_cut_reply_is_asked_for_once_more_with_more_room(engine: LlamaCppEngine) -> None:
    schema = {"type": "array", "items": {"const": "word"}, "minItems": 3, "maxItems": 3}
    whole = engine.complete(Request(messages=ASK, schema=schema, max_tokens=60)).completion_tokens
    request = Request(messages=ASK, schema=schema, max_tokens=whole - 1)
    value, completions = complete_json(engine, request)
    assert value == ["word"] * 3
    assert [done.finish_reason for done in completions] == ["length", "stop"]


def test_a_reply_that_stays_cut_is_reported_after_two_calls(engine: LlamaCppEngine) -> None:
    metered = MeteredEngine(engine, Meter())
    schema = {"type": "array", "items": {"const": "word"}, "minItems": 30, "maxItems": 30}
    with pytest.raises(TruncatedOutput, match="after 8 tokens"):
        complete_json(metered, Request(messages=ASK, schema=schema, max_tokens=4))
    assert metered.meter.usage.lm_calls == 2


def test_complete_json_needs_a_schema(engine: LlamaCppEngine) -> None:
    with pytest.raises(SchemaError):
        complete_json(engine, Request(messages=ASK))
