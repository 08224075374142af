"""The frozen interpreter: a program as data, run without DSPy.

A frozen step is a list of messages, a question with slots, a JSON schema, and a token limit. Running it means to fill
the slots in one pass and ask an engine. The wiring says which value goes into which slot: an input of the program, an
output of an earlier step, or a constant. Little enough to write again in another language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticSerializationError, to_jsonable_python

from ...programs.errors import InputError, explain
from ...programs.nearest import nearest
from ...programs.steps import DEFAULT_MAX_TOKENS, narrow, plain, ranked, value_text
from ...programs.text_reply import text_field
from ...programs.verbatim import quoted, quoting
from ..engines.base import Message, Rank, Request
from ..engines.schema import Completer, check_schema, complete_json
from ..errors import TruncatedOutput
from ..files import read_data

FORMAT: Final = 2
GENERIC = "program"
"""The kind of a program whose whole flow is its wiring."""
SLOT = re.compile(r"\{\{([^{}]+)\}\}")


class FrozenStep(BaseModel):
    """One step: ``messages`` before the question, the question with ``{{slots}}``, the schema of the reply.

    nearest: how many of the demonstrations are sent, those nearest to the question (see ``programs.nearest``); all if
    None. Then ``messages`` are the instruction and pairs of a question and its reply.
    """

    model_config = ConfigDict(extra="forbid")

    messages: list[Message]
    question: str
    reply_schema: dict[str, Any]
    max_tokens: int = Field(default=DEFAULT_MAX_TOKENS, ge=1)
    repeat_penalty: float = Field(default=1.0, ge=1, le=2)
    nearest: int | None = Field(default=None, ge=1, exclude_if=lambda value: value is None)

    @model_validator(mode="after")
    def _answerable(self) -> FrozenStep:
        fields, required = self.reply_schema.get("properties"), self.reply_schema.get("required")
        try:
            check_schema(self.reply_schema)
            whole = (
                isinstance(fields, dict) and isinstance(required, list) and bool(fields) and {*fields} == {*required}
            )
        except (TypeError, AttributeError, RecursionError):  # a keyword's value of another kind than any schema's
            raise ValueError("reply_schema: must be a JSON schema") from None
        if not whole:
            raise ValueError("reply_schema: must be an object of at least one field, all of them required")
        if unknown := set(quoted(self.reply_schema)) - set(self.slots):
            raise ValueError(f"reply_schema: quotes {sorted(unknown)[0]!r}, which the question does not ask for")
        return self

    @model_validator(mode="after")
    def _pairs(self) -> FrozenStep:
        if self.nearest is not None and [m["role"] for m in self.messages[1:]] != ["user", "assistant"] * (
            len(self.messages) // 2
        ):
            raise ValueError("nearest: messages must be an instruction and pairs of a question and its reply")
        return self

    @property
    def slots(self) -> list[str]:
        """The input fields, in order."""
        return SLOT.findall(self.question)

    @property
    def text_field(self) -> str | None:
        """The output that is the reply's text as it is; None where the reply is JSON."""
        return text_field(self.reply_schema)

    def before(self, question: str) -> list[Message]:
        """The messages that are sent before a question."""
        if self.nearest is None:
            return self.messages
        chosen = nearest([m["content"] for m in self.messages[1::2]], question, self.nearest)
        return [self.messages[0], *(m for i in chosen for m in self.messages[2 * i + 1 : 2 * i + 3])]

    def asks(self, messages: Sequence[Message]) -> bool:
        """Whether these messages can be a question of this step, with all that is sent before it."""
        if not messages or not self._words(messages[-1]["content"]):
            return False
        return self.before(messages[-1]["content"]) == list(messages[:-1])

    def _words(self, text: str) -> bool:
        """Whether a text is the question with something in each slot."""
        first, *between = SLOT.split(self.question)[::2]
        if not between or not text.startswith(first):
            return text == first
        place = len(first)
        for part in between[:-1]:
            if (place := text.find(part, place)) < 0:
                return False
            place += len(part)
        return text.endswith(between[-1]) and place + len(between[-1]) <= len(text)

    def ask(self, engine: Completer, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs by name. Raises EngineError when the model fails or its reply is cut."""
        request, name = self.request(inputs), self.text_field
        if name is None:
            outputs: dict[str, Any] = complete_json(engine, request)[0]
            return outputs
        reply = engine.complete(request)
        if reply.finish_reason == "length":
            raise TruncatedOutput(f"the reply was cut after {reply.completion_tokens} tokens; raise max_tokens")
        return {name: reply.text}

    def request(
        self,
        inputs: Mapping[str, Any],
        options: Mapping[str, Sequence[str] | int] | None = None,
        rank: Mapping[str, Any] | None = None,
    ) -> Request:
        """The request for these inputs, with the schema narrowed by ``options`` and its values ranked if ``rank`` says
        how (see ``steps.Call``). Raises KeyError if an input is missing."""
        schema = quoting(narrow(self.reply_schema, options or {}), inputs)
        question = SLOT.sub(lambda slot: value_text(inputs[slot[1]]), self.question)
        return Request(
            messages=[*self.before(question), Message(role="user", content=question)],
            schema=schema if self.text_field is None else None,
            max_tokens=self.max_tokens,
            repeat_penalty=self.repeat_penalty,
            rank=Rank.of(ranked(rank, self.messages[0]["content"] if self.messages else "")),
        )


class Constant(BaseModel):
    """What a program's own code puts in, the same at every call."""

    model_config = ConfigDict(extra="forbid")

    value: Any


Source = str | Constant
"""Where a value comes from: ``input``, ``step.output``, or a constant. Only a step's output has a dot in it."""


class FrozenProgram(BaseModel):
    """A compiled program.

    steps: by name. inputs: names of what the program is called with. wiring: for each step, in the order of calls,
    where each of its input fields comes from. outputs: where each output of the program comes from. A program of
    another kind than "program" has its flow in code, so only its steps are here.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal[2] = FORMAT
    kind: str = GENERIC
    steps: dict[str, FrozenStep] = Field(min_length=1)
    inputs: list[str] = Field(default_factory=list)
    wiring: dict[str, dict[str, Source]] = Field(default_factory=dict)
    outputs: dict[str, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _wired(self) -> FrozenProgram:
        if self.kind != GENERIC:
            return self
        known = set(self.inputs)
        for name, sources in [*self.wiring.items(), ("outputs", self.outputs)]:
            for field, source in sources.items():
                if isinstance(source, str) and source not in known:
                    raise ValueError(f"{name}.{field}: comes from {source!r}, which is not there yet")
            if step := self.steps.get(name):
                if missing := set(step.slots) - set(sources):
                    raise ValueError(f"{name}.{sorted(missing)[0]}: comes from nowhere")
                known |= {f"{name}.{output}" for output in step.reply_schema.get("properties", {})}
        if not self.outputs:
            raise ValueError("outputs: must hold at least one")
        if set(self.wiring) != set(self.steps):
            raise ValueError(f"wiring: {', '.join(sorted(set(self.wiring) ^ set(self.steps)))} is not wired as a step")
        return self

    def run(self, engine: Completer, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs, as the JSON that the model wrote. Raises EngineError when the model fails."""
        values = dict(inputs)

        def value(source: Source) -> Any:
            return source.value if isinstance(source, Constant) else values[source]

        for name, sources in self.wiring.items():
            reply = self.steps[name].ask(engine, {field: value(source) for field, source in sources.items()})
            values |= {f"{name}.{output}": content for output, content in reply.items()}
        return {name: value(source) for name, source in self.outputs.items()}

    def refuse_nearest(self) -> None:
        """Raises InputError naming a step whose prompt depends on the question: for where prompts are fixed."""
        for name, step in self.steps.items():
            if step.nearest is not None:
                raise InputError(
                    f"{name}: shows the {step.nearest} demonstrations nearest to each question, which a bundle can do "
                    "and fixed prompts cannot"
                )

    @classmethod
    def load(cls, path: Path) -> FrozenProgram:
        """Read ``program.json``. Raises InputError with one line when it is not a frozen program."""
        try:
            return cls.model_validate_json(read_data(path))
        except ValidationError as error:
            raise InputError(f"{path.name}: {explain(error)}") from None

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")


def as_json(field: str, value: Any) -> Any:
    """A value as JSON: text, numbers, lists, also dates and pydantic models. Raises InputError naming the field."""
    try:
        return plain(to_jsonable_python(value))
    except (PydanticSerializationError, ValueError) as error:
        raise InputError(f"{field}: text or what JSON can hold (got {type(value).__name__}: {error})") from None
