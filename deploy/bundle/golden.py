"""Golden vectors: requests with the exact prompts, token ids and replies that an engine gave at export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from ...programs.errors import InputError, explain
from ..engines.base import Completion, Engine, Likelihoods, Message, Request
from ..errors import BundleError
from ..files import read_data
from .soft_check import SoftNumbers

ROUNDING = 0.02
"""How far a log-likelihood may differ between processors."""


class Vector(BaseModel):
    """One request and everything that came of it. A retry samples, so temperature and seed belong to it."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Message]
    reply_schema: dict[str, Any] | None
    max_tokens: int
    repeat_penalty: float
    temperature: float = 0.0
    seed: int = 0
    prompt: str
    prompt_ids: list[int]
    text: str
    token_ids: list[int]

    @classmethod
    def of(cls, engine: Engine, request: Request, completion: Completion) -> Vector:
        return cls(
            messages=list(request.messages),
            reply_schema=request.schema,
            max_tokens=request.max_tokens,
            repeat_penalty=request.repeat_penalty,
            temperature=request.temperature,
            seed=request.seed,
            prompt=engine.render(request.messages),
            prompt_ids=completion.prompt_ids,
            text=completion.text,
            token_ids=completion.token_ids,
        )

    @property
    def request(self) -> Request:
        return Request(
            messages=self.messages,
            schema=self.reply_schema,
            max_tokens=self.max_tokens,
            repeat_penalty=self.repeat_penalty,
            temperature=self.temperature,
            seed=self.seed,
        )

    def differences(self, engine: Engine) -> list[str]:
        """What comes out differently now; empty when all is equal."""
        if engine.render(self.messages) != self.prompt:
            return ["the chat template renders another prompt"]
        if engine.tokenize(self.prompt) != self.prompt_ids:
            return ["the tokenizer gives other ids for the same prompt"]
        now = engine.complete(self.request)
        if now.token_ids != self.token_ids:
            pairs = list(zip(now.token_ids, self.token_ids, strict=False))
            same = next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))
            return [
                f"the reply differs from token {same + 1} of {len(self.token_ids)} on (another processor or llama.cpp "
                "version can do that, a changed model as well)"
            ]
        if now.text != self.text:
            return ["the text is not what its token ids say"]
        return []


class Ranking(BaseModel):
    """Candidates that an engine was asked to score, and what it said of them."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Message]
    candidates: list[str] = Field(min_length=1)
    prompt: str
    logprobs: list[FiniteFloat]

    @model_validator(mode="after")
    def _one_each(self) -> Ranking:
        if len(self.logprobs) != len(self.candidates):
            raise ValueError(f"logprobs: one for each of {len(self.candidates)} candidates (got {len(self.logprobs)})")
        return self

    @classmethod
    def of(cls, engine: Engine, messages: Sequence[Message], candidates: Sequence[str], found: Likelihoods) -> Ranking:
        return cls(
            messages=list(messages),
            candidates=list(candidates),
            prompt=engine.render(messages),
            logprobs=[round(value, 6) for value in found.logprobs],
        )

    def differences(self, engine: Engine) -> list[str]:
        """What comes out differently now; empty when all is equal but for how processors round."""
        if engine.render(self.messages) != self.prompt:
            return ["the chat template renders another prompt"]
        now = engine.score(self.messages, self.candidates).logprobs
        worst = max(abs(a - b) for a, b in zip(now, self.logprobs, strict=True))
        if worst > ROUNDING:
            return [f"a candidate's log-likelihood differs by {worst:.3f} (a changed model or llama.cpp can do that)"]
        return []


class Example(BaseModel):
    """What a whole program was given and what it put out, both JSON."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Golden(BaseModel):
    """Everything that a bundle must do again."""

    model_config = ConfigDict(extra="forbid")

    vectors: list[Vector | Ranking] = Field(default_factory=list)
    examples: list[Example] = Field(default_factory=list)
    soft: list[SoftNumbers] = Field(default_factory=list)
    """Of each step with a soft prompt."""

    @classmethod
    def load(cls, path: Path) -> Golden:
        """Read ``golden.json``. Raises BundleError with one line."""
        try:
            return cls.model_validate_json(read_data(path))
        except InputError as error:
            raise BundleError(str(error)) from None
        except ValidationError as error:
            raise BundleError(f"{path.name} cannot be read: {explain(error)}") from None

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")


class Recorder:
    """An engine that keeps a vector of everything it is asked, and is asked the same only once."""

    def __init__(self, engine: Engine):
        self.engine, self.vectors = engine, list[Vector | Ranking]()
        self.read = self.written = 0  # tokens, of prompts and of replies
        self._said: dict[str, Completion] = {}
        self._scored: dict[str, Likelihoods] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        key = json.dumps(asdict(request), sort_keys=True)
        if key not in self._said:
            self._said[key] = reply = self.engine.complete(request)
            self._count(reply)
            self.vectors.append(Vector.of(self.engine, request, self._said[key]))
        return self._said[key]

    @property
    def cost(self) -> float:
        """What all of it takes to do again, in tokens written: reading four takes about as long on a CPU."""
        return self.written + self.read / 4

    def _count(self, reply: Completion | Likelihoods) -> None:
        self.read += reply.prompt_tokens
        self.written += reply.completion_tokens

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score."""
        key = json.dumps([list(messages), list(candidates)], sort_keys=True)
        if key not in self._scored:
            self._scored[key] = found = self.engine.score(messages, candidates)
            self._count(found)
            self.vectors.append(Ranking.of(self.engine, messages, candidates, self._scored[key]))
        return self._scored[key]
