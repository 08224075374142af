"""What each learned vector of a soft prompt does, as numbers, so that `verify` sees when a single one is another.

Replies do not show it: one of 32 vectors can be zeroed, and the greedy text of a few examples stays what it was. So
each soft token is also given to the engine alone, without a prompt, and the likeliest next tokens are kept. There
nothing else can make up for it: of a zeroed vector nothing is left, and every token becomes as likely as any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, FiniteFloat, model_validator

from ..gguf.chat import SOFT_TOKEN
from .frozen import FrozenProgram

TOLERANCE = 0.5
"""How far a log-likelihood may be off, in nats. Other numbers of threads change nothing, and the same weights differ by
.28 where activations are computed in float32 instead of 8 bits; a zeroed vector differs by about 10."""
_KEPT, _LOOK = 4, 100


class NextTokens(Protocol):
    """An engine that says what follows given tokens, such as LlamaCppEngine."""

    def tokenize(self, text: str) -> list[int]: ...

    def next_logprobs(self, ids: Sequence[int], count: int) -> Mapping[int, float]: ...


class SoftNumbers(BaseModel):
    """The soft tokens of a step; for each one, the likeliest next token ids after it alone, and their logprobs."""

    model_config = ConfigDict(extra="forbid")

    step: str
    tokens: list[str]
    ids: list[list[int]]
    logprobs: list[list[FiniteFloat]]

    @model_validator(mode="after")
    def _whole(self) -> SoftNumbers:
        sizes = [list(map(len, self.ids)), list(map(len, self.logprobs))]
        if len(self.tokens) != len(self.ids) or sizes[0] != sizes[1] or 0 in sizes[0]:
            raise ValueError("tokens, ids, logprobs: for each token at least one id, and a number for each id")
        return self

    @classmethod
    def of(cls, engine: NextTokens, step: str, tokens: Sequence[str]) -> SoftNumbers:
        found = [_best(engine, token, _KEPT) for token in tokens]
        return cls(
            step=step,
            tokens=list(tokens),
            ids=[list(best) for best in found],
            logprobs=[[round(value, 4) for value in best.values()] for best in found],
        )

    def differences(self, engine: NextTokens) -> list[str]:
        """One line that names the vectors that are others now; empty when all are as they were."""
        worst = [
            _distance(dict(zip(ids, logprobs, strict=True)), _best(engine, token, _LOOK))
            for token, ids, logprobs in zip(self.tokens, self.ids, self.logprobs, strict=True)
        ]
        changed = [number for number, distance in enumerate(worst, 1) if distance > TOLERANCE]
        if not changed:
            return []
        named = f"{'vectors' if changed[1:] else 'vector'} {', '.join(map(str, changed))} of {len(worst)}"
        return [f"step {self.step}: soft {named} changed (a next token's log-likelihood differs by {max(worst):.2f})"]


def soft_numbers(program: FrozenProgram, engine: NextTokens) -> list[SoftNumbers]:
    """Of each step that has a soft prompt."""
    return [SoftNumbers.of(engine, name, tokens) for name, tokens in soft_tokens(program).items()]


def soft_tokens(program: FrozenProgram) -> dict[str, list[str]]:
    """The soft tokens of each step that has a soft prompt, in order."""
    tokens = {
        name: [token for m in step.messages if m["role"] == "system" for token in SOFT_TOKEN.findall(m["content"])]
        for name, step in program.steps.items()
    }
    return {name: own for name, own in tokens.items() if own}


def _best(engine: NextTokens, token: str, count: int) -> dict[int, float]:
    found = engine.next_logprobs(engine.tokenize(token), count)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:count])


def _distance(wanted: Mapping[int, float], found: Mapping[int, float]) -> float:
    # What is not among the likeliest any more is at most as likely as the last of them.
    least = min(found.values())
    return max(abs(value - found.get(token, least)) for token, value in wanted.items())
