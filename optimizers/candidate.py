"""What an optimizer proposes: the prompt of every predictor, as data that can be compared, saved and put in place."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..programs.nearest import NEAREST

if TYPE_CHECKING:
    import dspy


class Prompt(BaseModel):
    """The instruction (text, or the words of a soft prompt) and the demonstrations of one predictor.

    nearest: how many of the demonstrations a call shows, those nearest to it (see ``programs.nearest``); all if None.
    """

    model_config = ConfigDict(extra="forbid")

    instructions: str
    demos: list[dict[str, Any]] = Field(default_factory=list)
    nearest: int | None = Field(default=None, ge=1, exclude_if=lambda value: value is None)

    @field_validator("demos", mode="before")
    @classmethod
    def _as_json(cls, demos: Any) -> Any:
        """Values as JSON has them: what users give holds dates, models, examples."""
        from dspy.adapters.utils import serialize_for_json

        return [{name: serialize_for_json(value) for name, value in dict(demo).items()} for demo in demos]


class Candidate(BaseModel):
    """The prompts of a program by predictor name, and the weights that know their words.

    weights: the sha256 of a model file in the run's folder, ``model.gguf``, with soft prompts baked in; None for the
    model that was compiled for.
    """

    model_config = ConfigDict(extra="forbid")

    prompts: dict[str, Prompt]
    weights: str | None = None

    @classmethod
    def of(cls, program: dspy.Module) -> Candidate:
        """The prompts that a program has now."""
        return cls(
            prompts={
                name: Prompt(instructions=p.signature.instructions, demos=list(p.demos), nearest=p.config.get(NEAREST))
                for name, p in program.named_predictors()
            }
        )

    def apply(self, program: dspy.Module) -> dspy.Module:
        """Put these prompts into a program, and return it."""
        for name, predict in program.named_predictors():
            if prompt := self.prompts.get(name):
                # DSPy writes an instruction of its own in place of none; white space it leaves alone.
                predict.signature = predict.signature.with_instructions(prompt.instructions or " ")
                predict.demos = list(prompt.demos)
                predict.config = {name: value for name, value in predict.config.items() if name != NEAREST}
                if prompt.nearest is not None:
                    predict.config[NEAREST] = prompt.nearest
        return program

    @property
    def id(self) -> str:
        """A short hash of the content."""
        return hashlib.sha256(json.dumps(self.model_dump(), sort_keys=True).encode()).hexdigest()[:12]
