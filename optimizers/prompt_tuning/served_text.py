"""What a soft prompt is trained on: calls as text, exactly as the model that it is baked into will be given them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...deploy.gguf.chat import ChatTemplate, soft_prompt_text
from ...deploy.gguf.header import read_header
from ...deploy.gguf.templates import soft_template
from ...deploy.gguf.trial import special_tokens
from ...programs.steps import OPTIONS, RANK, compact
from .objectives import TrainingPair

if TYPE_CHECKING:
    import dspy


class ServedText:
    """Renders demonstrations with the chat template that a baked copy of a model has."""

    def __init__(self, model: Path):
        from ...programs.adapter import LeanAdapter

        header = read_header(model)
        self._marker = soft_prompt_text("x", 1)
        self._end = header.token("eos")
        self._adapter = LeanAdapter()
        self._template = ChatTemplate(
            soft_template(header),
            [*special_tokens(header), self._marker],
            bos=header.token("bos"),
            eos=self._end,
        )

    def pair(self, signature: type[dspy.Signature], demo: Mapping[str, Any]) -> TrainingPair:
        """Prompt (all after the soft prompt) and completion (with the token that ends a turn)."""
        system = signature.with_instructions(self._marker)
        *question, answer = self._adapter.format(system, [dict(demo)], dict(demo))[:3]
        text = self._template.render(question)  # type: ignore[arg-type]
        values, prior = alternatives(signature, demo)
        return TrainingPair(
            prompt=text.removeprefix(self._marker),
            completion=answer["content"] + self._end,
            others=tuple(compact({name: value}) + self._end for name, value in values),
            prior=prior,
        )


def alternatives(
    signature: type[dspy.Signature], demo: Mapping[str, Any]
) -> tuple[list[tuple[str, str]], tuple[float, ...]]:
    """What else a call could have answered, and the priors of the answer and of the others, beside which a soft prompt
    learns to choose. Empty where the answer is no choice."""
    [name, *more] = signature.output_fields
    among = demo.get(OPTIONS, {}).get(name)
    if more or not isinstance(among, list):
        return [], ()
    rank = demo.get(RANK)
    added = {} if rank is None else dict(zip(among, rank["prior"], strict=True))
    others = [value for value in among if value != demo[name]]
    return [(name, value) for value in others], tuple(added[value] for value in (demo[name], *others)) if added else ()
