"""Golden vectors: requests with the exact prompts, token ids and replies that an engine gave at export."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from ..engines.base import Completion, Engine, Message, Request


class Vector(BaseModel):
    """One request and everything that came of it."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Message]
    reply_schema: dict[str, Any] | None
    max_tokens: int
    repeat_penalty: float
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
            prompt=engine.render(request.messages),
            prompt_ids=completion.prompt_ids,
            text=completion.text,
            token_ids=completion.token_ids,
        )

    def differences(self, engine: Engine) -> list[str]:
        """What comes out differently now; empty when all is equal."""
        if engine.render(self.messages) != self.prompt:
            return ["the chat template renders another prompt"]
        if engine.tokenize(self.prompt) != self.prompt_ids:
            return ["the tokenizer gives other ids for the same prompt"]
        now = engine.complete(
            Request(
                messages=self.messages,
                schema=self.reply_schema,
                max_tokens=self.max_tokens,
                repeat_penalty=self.repeat_penalty,
            )
        )
        if now.token_ids != self.token_ids:
            pairs = list(zip(now.token_ids, self.token_ids, strict=False))
            same = next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))
            return [
                f"the reply differs from token {same + 1} of {len(self.token_ids)} on (another processor or llama.cpp "
                "version can do that, a changed model as well)"
            ]
        return []


class Recorder:
    """An engine that keeps a vector of everything it is asked."""

    def __init__(self, engine: Engine):
        self.engine, self.vectors = engine, list[Vector]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        completion = self.engine.complete(request)
        self.vectors.append(Vector.of(self.engine, request, completion))
        return completion
