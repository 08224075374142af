"""Adapters that look at, or stand in for, the calls of a program."""

from __future__ import annotations

from typing import Any

from ...programs.adapter import LeanAdapter
from ...programs.steps import OPTIONS, RANK


class Remembering(LeanAdapter):
    """Adds to a reply what its call was narrowed to and ranked by, as demonstrations have it, for the trace to hold."""

    def __call__(self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: Any, inputs: Any) -> Any:
        more = {name: lm_kwargs[name] for name in (OPTIONS, RANK) if lm_kwargs.get(name)}
        return [{**reply, **more} for reply in super().__call__(lm, lm_kwargs, signature, demos, inputs)]


class Placing(LeanAdapter):
    """Answers one call of one step with a given reply; all others are the model's.

    signature: the step's. number: which of its calls, from 0. reply: the text to answer it with.
    """

    def __init__(self, signature: Any, number: int, reply: str) -> None:
        super().__init__()
        self._signature, self._number, self._reply = signature, number, reply

    def __call__(self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: Any, inputs: Any) -> Any:
        if signature is self._signature:
            self._number -= 1
            if self._number == -1:
                return [self.parse(signature, self._reply)]
        return super().__call__(lm, lm_kwargs, signature, demos, inputs)
