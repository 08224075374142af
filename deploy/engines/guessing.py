"""An engine that knows nothing: a reply is drawn from its schema, so it shows what a grammar gives without a model.

Enums, booleans, integers and strings of bounded size can be drawn, and all that is made of them. Free text, patterns
and other numbers cannot: there is no "any" among them that would say something. Where values are ranked beside a prior,
all are equally likely, and the prior decides.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

from ...programs.steps import compact
from ..errors import RequestError
from .base import BaseEngine, Completion, Likelihoods, Message, Mode, Request
from .schema import check_schema

LONGEST_TEXT = 64
"""Letters of a string that still counts as bounded: nobody means a random text by a limit of 600."""
DEEPEST = 12
"""Levels of a schema that refers to itself."""


class GuessingEngine(BaseEngine):
    """Draws valid replies at random, or, with ``first``, always takes the first and the least. Raises RequestError,
    naming the place in the reply, where nothing can be drawn."""

    def __init__(self, seed: int = 0, *, first: bool = False, mode: Mode = "exact") -> None:
        self.id, self.mode = f"guessing-{'first' if first else seed}", mode
        self._seed, self._first = seed, first

    def complete(self, request: Request) -> Completion:
        """See Engine.complete. The same request gets the same reply."""
        if request.schema is None:
            raise RequestError("a reply of free text cannot be guessed")
        schema = check_schema(request.schema)
        asked = hashlib.sha256(json.dumps([self._seed, list(map(dict, request.messages))]).encode()).hexdigest()
        drawn = _Drawing(schema.get("$defs", {}), None if self._first else random.Random(asked)).value(schema, "reply")
        return Completion(
            text=compact(drawn),
            finish_reason="stop",
            prompt_tokens=0,
            completion_tokens=0,
            prompt_ids=[],
            token_ids=[],
            seconds=0.0,
        )

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score."""
        return Likelihoods(logprobs=[0.0] * len(candidates), prompt_tokens=0, completion_tokens=0, seconds=0.0)


class _Drawing:
    """Draws a value; without a source of chance, the first."""

    def __init__(self, definitions: dict[str, Any], rng: random.Random | None) -> None:
        self._definitions, self._rng = definitions, rng

    def value(self, schema: dict[str, Any], place: str, depth: int = 0) -> Any:
        if depth > DEEPEST:
            raise RequestError(f"{place} cannot be guessed: it may hold itself without end")
        if "$ref" in schema:
            return self.value(self._definitions[schema["$ref"].rpartition("/")[2]], place, depth + 1)
        if "anyOf" in schema:
            return self.value(self._one(schema["anyOf"]), place, depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._one(schema["enum"])
        kind = schema["type"]
        kind = self._one(kind) if isinstance(kind, list) else kind
        return getattr(self, f"_{kind}")(schema, place, depth + 1)

    def _object(self, schema: dict[str, Any], place: str, depth: int) -> dict[str, Any]:
        return {name: self.value(part, f"{place}.{name}", depth) for name, part in schema["properties"].items()}

    def _array(self, schema: dict[str, Any], place: str, depth: int) -> list[Any]:
        fixed = [self.value(part, f"{place}[]", depth) for part in schema.get("prefixItems", ())]
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if schema["items"] is False:
            return fixed
        if most is None:
            raise RequestError(f"{place} cannot be guessed: a list without a greatest length")
        size = self._between(least, most)
        return fixed + [self.value(schema["items"], f"{place}[]", depth) for _ in range(size - len(fixed))]

    def _string(self, schema: dict[str, Any], place: str, depth: int) -> str:
        longest = schema.get("maxLength")
        if "pattern" in schema or longest is None or longest > LONGEST_TEXT:
            what = "a pattern" if "pattern" in schema else "free text"
            raise RequestError(f"{place} cannot be guessed: {what}")
        return "".join(self._one(ascii_lowercase) for _ in range(self._between(schema.get("minLength", 0), longest)))

    def _integer(self, schema: dict[str, Any], place: str, depth: int) -> int:
        least = schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else schema.get("minimum")
        most = schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else schema.get("maximum")
        if least is None or most is None:
            raise RequestError(f"{place} cannot be guessed: a number without bounds")
        return self._between(int(least), int(most))

    def _number(self, schema: dict[str, Any], place: str, depth: int) -> float:
        raise RequestError(f"{place} cannot be guessed: a number without bounds")

    def _boolean(self, schema: dict[str, Any], place: str, depth: int) -> bool:
        return bool(self._one((False, True)))

    def _null(self, schema: dict[str, Any], place: str, depth: int) -> None:
        return None

    def _between(self, least: int, most: int) -> int:
        return self._rng.randint(least, most) if self._rng else least

    def _one(self, choices: Sequence[Any]) -> Any:
        return self._rng.choice(choices) if self._rng else choices[0]
