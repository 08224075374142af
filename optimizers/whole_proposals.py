"""Only whole proposals become candidates: what was cut, or cannot be read, is dropped and counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import dspy
from dspy.utils.exceptions import AdapterParseError, ContextWindowExceededError

from ..deploy.errors import OutputError
from ..programs.adapter import LeanAdapter


class NoWholeProposal(OutputError):  # noqa: N818 (reads as what happened)
    """Of all that was asked for in one call, nothing can be used."""


class ProposingAdapter(LeanAdapter):
    """The program's own steps as ever. DSPy's questions to a proposer also say what their output fields are for, which
    their instructions leave out, and each reply is asked for by itself, so that a bad one spoils no good one.

    steps: the field names of each step of the program. spare: the instruction as it is stands in for a proposal, where
    the question holds it and nothing whole comes; it is a candidate already, and some optimizers would give up.
    """

    def __init__(self, steps: Collection[tuple[str, ...]], spare: bool = True):
        super().__init__()
        self._steps, self._spare = steps, spare
        self.whole = self.dropped = 0

    def _is_step(self, signature: type[dspy.Signature]) -> bool:
        return tuple(signature.fields) in self._steps

    def __call__(
        self,
        lm: dspy.BaseLM,
        lm_kwargs: dict[str, Any],
        signature: type[dspy.Signature],
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        if self._is_step(signature):
            return super().__call__(lm, lm_kwargs, signature, demos, inputs)
        found: list[dict[str, Any]] = []
        reason = ""
        once = {**lm_kwargs, "n": 1}
        for _ in range(lm_kwargs.get("n") or 1):
            try:
                found += super().__call__(lm, once, signature, demos, inputs)
                self.whole += 1
            except (OutputError, AdapterParseError, ContextWindowExceededError) as error:
                self.dropped += 1
                reason = str(error)
        if found:
            return found
        if self._spare and "basic_instruction" in inputs and "proposed_instruction" in signature.output_fields:
            return [dict.fromkeys(signature.output_fields, "") | {"proposed_instruction": inputs["basic_instruction"]}]
        raise NoWholeProposal(f"no proposal was whole: {reason}")

    def format(
        self, signature: type[dspy.Signature], demos: list[dict[str, Any]], inputs: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """See LeanAdapter."""
        messages = super().format(signature, demos, inputs)
        if not self._is_step(signature):
            extras = {name: field.json_schema_extra or {} for name, field in signature.output_fields.items()}
            wanted = "\n".join(f"{name}: {extra['desc']}" for name, extra in extras.items())
            messages[0]["content"] += f"\n\nReply with:\n{wanted}"
        return messages
