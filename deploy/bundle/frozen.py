"""The frozen interpreter: a program as data, run without DSPy.

A frozen step is a list of messages whose last one has slots, a JSON schema, and a token limit. Running it means to fill
the slots in one pass, narrow the schema, and ask an engine: little enough to write again in another language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...programs.curriculum import Curriculum
from ...programs.errors import InputError, explain
from ...programs.flow import plan_study
from ...programs.learner import LearnerProfile
from ...programs.plan import StudyPlan
from ...programs.steps import REPEAT_PENALTY, Call, narrow
from ..engines.base import Engine, Message, Request
from ..engines.schema import complete_json

SLOT = re.compile(r"\{\{([a-z_]+)\}\}")


class FrozenStep(BaseModel):
    """One step: ``messages`` before the question, the question with ``{{slots}}``, the schema of the reply."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Message]
    question: str
    reply_schema: dict[str, Any]
    max_tokens: int = Field(ge=1)
    repeat_penalty: float = Field(default=1.0, ge=1, le=2)

    def request(self, call: Call) -> Request:
        """The request for one call. Raises KeyError if an input is missing."""
        question = SLOT.sub(lambda slot: call.inputs[slot[1]], self.question)
        return Request(
            messages=[*self.messages, Message(role="user", content=question)],
            schema=narrow(self.reply_schema, call.options),
            max_tokens=self.max_tokens,
            repeat_penalty=self.repeat_penalty,
        )


class FrozenProgram(BaseModel):
    """All steps of a compiled planner, and the format they are written in."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    steps: dict[str, FrozenStep]

    @classmethod
    def load(cls, path: Path) -> FrozenProgram:
        """Read ``program.json``. Raises InputError with one line when it is not a frozen program."""
        try:
            return cls.model_validate_json(path.read_text("utf-8"))
        except ValidationError as error:
            raise InputError(f"{path.name}: {explain(error)}") from None

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")


class FrozenPlanner:
    """Runs a frozen program on an engine."""

    def __init__(self, program: FrozenProgram, engine: Engine, source: Curriculum | None = None):
        self.program, self.engine, self.source = program, engine, source

    def plan(self, profile: LearnerProfile, today: date | None = None) -> StudyPlan:
        """A study plan. Raises InputError for unusable input, EngineError when the model fails."""
        return plan_study(profile, self.answer, today, self.source)

    def answer(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        """Replies to calls, one after the other: exact mode has one slot anyway."""
        return [self._ask(call) for call in calls]

    def _ask(self, call: Call) -> dict[str, Any]:
        reply, _ = complete_json(self.engine, self.program.steps[call.step].request(call))
        return reply


def freeze(predictors: Mapping[str, Any]) -> FrozenProgram:
    """DSPy predictors by step name, as data.

    The messages are those that the adapter makes, with a slot in place of each input.
    """
    from ...programs.adapter import LeanAdapter

    adapter = LeanAdapter()
    steps = {}
    for name, predict in predictors.items():
        slots = {field: "{{" + field + "}}" for field in predict.signature.input_fields}
        *messages, question = adapter.format(predict.signature, predict.demos, slots)
        steps[name] = FrozenStep(
            messages=[Message(role=m["role"], content=m["content"]) for m in messages],
            question=question["content"],
            reply_schema=adapter.schema(predict.signature),
            max_tokens=predict.config["max_tokens"],
            repeat_penalty=REPEAT_PENALTY,
        )
    return FrozenProgram(steps=steps)
