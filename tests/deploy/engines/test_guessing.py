"""An engine that knows nothing: every reply is valid, and what cannot be drawn is named."""

import json
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field
from studysmith.deploy.engines.base import Message, Rank, Request
from studysmith.deploy.engines.guessing import GuessingEngine
from studysmith.deploy.engines.schema import check_schema, complete_json
from studysmith.deploy.errors import RequestError


class Part(BaseModel):
    colour: Literal["red", "blue", "green"]
    size: Annotated[int, Field(ge=2, le=5)]
    name: Annotated[str, Field(min_length=1, max_length=6)]


class Reply(BaseModel):
    sure: bool
    note: Literal["yes", "no"] | None
    parts: Annotated[list[Part], Field(min_length=1, max_length=3)]


def asked(schema: dict[str, Any], text: str = "?", **settings: Any) -> Request:
    return Request(messages=[Message(role="user", content=text)], schema=schema, **settings)


def test_replies_are_valid_differ_from_question_to_question_and_come_again() -> None:
    schema = Reply.model_json_schema()
    replies = []
    for number in range(40):
        text = GuessingEngine(0).complete(asked(schema, str(number))).text
        jsonschema.validate(json.loads(text), check_schema(schema))
        assert text == GuessingEngine(0).complete(asked(schema, str(number))).text
        replies.append(text)
    assert len(set(replies)) > 30
    assert {json.loads(reply)["parts"][0]["colour"] for reply in replies} == {"red", "blue", "green"}


def test_the_first_is_always_the_same() -> None:
    reply = json.loads(GuessingEngine(first=True).complete(asked(Reply.model_json_schema())).text)
    assert reply == {"sure": False, "note": "yes", "parts": [{"colour": "red", "size": 2, "name": "a"}]}


def test_a_choice_that_is_ranked_is_left_to_its_prior() -> None:
    schema = {"type": "object", "properties": {"way": {"enum": ["draw", "tell", "play"]}}, "required": ["way"]}
    request = asked(schema, rank=Rank(prior=(-2.0, -0.1, -3.0)))
    value, _ = complete_json(GuessingEngine(0), request)
    assert value == {"way": "tell"}


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"type": "string"}, "reply.it cannot be guessed: free text"),
        ({"type": "string", "maxLength": 600}, "reply.it cannot be guessed: free text"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "reply.it cannot be guessed: a pattern"),
        ({"type": "number"}, "reply.it cannot be guessed: a number without bounds"),
        ({"type": "integer", "minimum": 0}, "reply.it cannot be guessed: a number without bounds"),
        (
            {"type": "array", "items": {"type": "boolean"}},
            "reply.it cannot be guessed: a list without a greatest length",
        ),
    ],
)
def test_what_cannot_be_drawn_is_named(field: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        GuessingEngine(0).complete(asked({"type": "object", "properties": {"it": field}, "required": ["it"]}))


def test_free_text_and_what_holds_itself_are_refused() -> None:
    with pytest.raises(RequestError, match="free text"):
        GuessingEngine(0).complete(Request(messages=[Message(role="user", content="?")]))
    endless = {"$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}]}}, "$ref": "#/$defs/A"}
    with pytest.raises(RequestError, match="without end"):
        GuessingEngine(0).complete(asked(endless))
