"""A lean DSPy adapter: instructions as the system message, fields as the user message, a grammar for the reply.

No schema is pasted into the prompt: the grammar already enforces it, and a small model has few tokens to spare.
"""

from __future__ import annotations

import json
from typing import Any

import dspy
from dspy.utils.exceptions import AdapterParseError
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from .errors import InputError
from .nearest import NEAREST, nearest
from .reply_schema import reply_schema, typed
from .steps import compact, narrow, user_text, value_text
from .text_reply import text_field
from .verbatim import quoting


class LeanAdapter(dspy.Adapter):
    """Prompts without boilerplate, replies under a JSON schema.

    A field that is written ``as_text`` has no schema: question and reply are texts as they are (see ``text_reply``).
    A call may carry ``config={"options": {field: choices or length}}``, which narrows the schema for that call (see
    ``steps.narrow``); a field that quotes an input is held to that input's words (see ``verbatim``). A predictor whose
    configuration says ``nearest`` shows that many of its demonstrations, those nearest to the call (see ``nearest``).
    """

    def __call__(
        self,
        lm: dspy.BaseLM,
        lm_kwargs: dict[str, Any],
        signature: type[dspy.Signature],
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        lm_kwargs = dict(lm_kwargs)
        if (count := lm_kwargs.pop(NEAREST, None)) is not None:
            demos = self._nearest(signature, demos, inputs, count)
        schema = quoting(narrow(self.schema(signature), lm_kwargs.pop("options", {})), inputs)
        if text_field(schema) is None:
            lm_kwargs["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
        return super().__call__(lm, lm_kwargs, signature, demos, inputs)

    @staticmethod
    def schema(signature: type[dspy.Signature]) -> dict[str, Any]:
        """JSON schema of the reply: an object with the output fields in order, all required, nothing else."""
        return reply_schema(signature.output_fields)

    def format(
        self, signature: type[dspy.Signature], demos: list[dict[str, Any]], inputs: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The messages; a demonstration shows the fields that it has. No instruction, no system message.

        Raises InputError naming a missing input.
        """
        messages = [{"role": "system", "content": signature.instructions}] if signature.instructions else []
        said = text_field(self.schema(signature))
        for demo in demos:
            reply = {name: demo[name] for name in signature.output_fields if name in demo}
            if reply:
                answer = compact(to_jsonable_python(reply, fallback=str)) if said is None else reply[said]
                question = _question(_inputs(signature, demo), said)
                messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        for name in signature.input_fields:
            if name not in inputs:
                raise InputError(f"{name}: an input that the program needs is missing")
        return [*messages, {"role": "user", "content": _question(_inputs(signature, inputs), said)}]

    def _nearest(
        self, signature: type[dspy.Signature], demos: list[dict[str, Any]], inputs: dict[str, Any], count: int
    ) -> list[dict[str, Any]]:
        """The demonstrations nearest to a call, as a frozen step chooses them: by the messages that they become."""
        said = text_field(self.schema(signature))
        shown = [demo for demo in demos if any(name in demo for name in signature.output_fields)]
        questions = [_question(_inputs(signature, demo), said) for demo in shown]
        return [shown[i] for i in nearest(questions, _question(_inputs(signature, inputs), said), count)]

    def parse(self, signature: type[dspy.Signature], completion: str) -> dict[str, Any]:
        """The output fields, typed. Raises AdapterParseError for anything but complete, valid JSON: no repairs."""
        if (said := text_field(self.schema(signature))) is not None:
            return {said: completion}
        try:
            reply = json.loads(completion)
            return {n: TypeAdapter(typed(f)).validate_python(reply[n]) for n, f in signature.output_fields.items()}
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise AdapterParseError(
                adapter_name="LeanAdapter", signature=signature, lm_response=completion, message=str(error)
            ) from error


def _inputs(signature: type[dspy.Signature], values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in signature.input_fields if name in values}


def _question(given: dict[str, Any], said: str | None) -> str:
    """The user message; that of a reply which is text is the only input's text, as one types it into a chat."""
    return value_text(next(iter(given.values()))) if said is not None and len(given) == 1 else user_text(given)
