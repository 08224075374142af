"""The steps of planning that a model takes, said without DSPy: names, fields, and the call that a flow makes.

A flow yields calls; whoever runs it answers them: DSPy while a program is being optimized, the frozen interpreter once
it is shipped. Both narrow the same way, so both send the same prompts and grammars.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic_core import to_jsonable_python

StepName = Literal["read_request", "choose_topic", "diagnose", "choose_way", "write_week", "adapt"]
WordingMode = Literal["chosen", "free"]
"""Whether a model chooses among written sentences, or writes its own."""
ReadingMode = Literal["rules", "model"]
"""Whether rules alone read a request, or a model marks spans beside them."""


REPEAT_PENALTY = 1.15
"""How much less likely a recent token becomes in our own programs: without it a small model writes in circles."""
OPTIONS, RANK = "options", "rank"
"""Under which names a demonstration, beside its fields, keeps what its call was narrowed to and ranked by."""
SOFT = "<|soft:"
"""How the words of a soft prompt begin."""
DEFAULT_MAX_TOKENS = 512
"""Tokens of a reply where a predictor does not say."""


@dataclass(frozen=True)
class Call:
    """One question to the model.

    ``options`` narrows the output for this learner: a list of strings is the set of choices of that field, an integer
    the exact length of that list. ``rank`` says that the values of the only field are ranked and not decoded: the
    ``prior`` of each, and the ``weight`` of the model's likelihood. ``place``: which it is of how many of its step in
    the whole plan, counted from 1, where several are asked; it changes no answer.
    """

    step: str
    inputs: Mapping[str, str]
    options: Mapping[str, Sequence[str] | int] = field(default_factory=dict)
    rank: Mapping[str, Any] | None = None
    place: tuple[int, int] = (1, 1)


def ranked(rank: Mapping[str, Any] | None, instructions: str) -> dict[str, Any] | None:
    """How a call is ranked under these instructions. A soft prompt has learned to choose beside the prior, so what it
    makes likely counts in full."""
    if rank is None:
        return None
    return {**rank, "weight": 1.0} if instructions.startswith(SOFT) else dict(rank)


class Answerer(Protocol):
    """Answers calls in order; the calls of one batch are independent of each other."""

    def __call__(self, calls: Sequence[Call]) -> list[dict[str, Any]]: ...


def user_text(inputs: Mapping[str, Any]) -> str:
    """The user message: a line ``name: value`` for each input field, in order; what is no text is compact JSON."""
    return "\n".join(f"{name}: {value_text(value)}" for name, value in inputs.items())


def value_text(value: Any) -> str:
    """A value as prompts state it, the same for a typed value (a date, a pydantic model) and for its JSON."""
    value = plain(to_jsonable_python(value, fallback=str))
    return value if isinstance(value, str) else compact(value)


def plain(value: Any) -> Any:
    """JSON in which equal numbers are written alike: 1.0 is 1, as it is in JavaScript."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def compact(value: Any) -> str:
    """JSON as the grammar writes it: no white space between values."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def narrow(schema: dict[str, Any], options: Mapping[str, Sequence[str] | int]) -> dict[str, Any]:
    """A JSON schema with the fields named in ``options`` restricted, wherever they stand in it.

    Raises KeyError if the schema has no such field.
    """
    missing = set(options)

    def visit(node: Any) -> Any:
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        node = {key: visit(value) for key, value in node.items()}
        for name, option in options.items():
            if name in node.get("properties", {}):
                missing.discard(name)
                extra = {"minItems": option, "maxItems": option} if isinstance(option, int) else {"enum": list(option)}
                node["properties"][name] = {**node["properties"][name], **extra}
        return node

    narrowed = visit(schema)
    if missing:
        raise KeyError(f"the schema has no field {sorted(missing)[0]!r} to narrow")
    return narrowed


def one_line(text: str) -> str:
    """Without line breaks: what a user wrote must not look like another field of the prompt."""
    return " ".join(text.split())
