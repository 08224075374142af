"""The loss of a soft prompt on examples: cross-entropy of the completions, or distance to a teacher's predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...programs.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainingPair:
    """One call as it is served, and its answer.

    prompt: everything that follows the soft prompt, as the chat template renders it (user turn, assistant's header).
    completion: the answer with the token that ends the turn. teacher: the same call under a long text prompt; if
    given, the soft prompt learns what the frozen model predicts after it, and not just the completion.
    """

    prompt: str
    completion: str
    teacher: str | None = None


@dataclass
class Row:
    """An example in tokens: `ids` is prompt and completion, the latter from `start` on."""

    ids: list[int]
    start: int
    teacher_ids: list[int] | None
    teacher_states: torch.Tensor | None = field(default=None, repr=False)


def encode(tokenizer: Any, example: TrainingPair, max_length: int) -> Row:
    """Tokens of an example. Raises InputError when there is nothing to learn or it is longer than `max_length`."""

    def ids(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False).input_ids)

    prompt, completion = ids(example.prompt), ids(example.completion)
    if not prompt or not completion:
        raise InputError(f"an example needs a prompt and a completion: {example.prompt[:40]!r}")
    teacher = None if example.teacher is None else [*ids(example.teacher), *completion]
    longest = max(len(prompt) + len(completion), len(teacher or ()))
    if longest > max_length:
        raise InputError(f"an example has {longest} tokens, max_length is {max_length}: {example.prompt[:40]!r}")
    return Row([*prompt, *completion], len(prompt), teacher)


def remember_teacher(model: Any, rows: Sequence[Row], batch_size: int) -> None:
    """Runs the frozen model once after the teachers' prompts.

    Its last states are kept, not its predictions: a state is some hundred numbers, a prediction as many as there are
    tokens.
    """
    import torch

    taught = [row for row in rows if row.teacher_ids is not None]
    for i in range(0, len(taught), batch_size):
        batch = taught[i : i + batch_size]
        ids = [row.teacher_ids or [] for row in batch]
        with torch.no_grad():
            states = _states(model, _embedded(model, ids))
        for row, own, state in zip(batch, ids, states, strict=True):
            count = len(row.ids) - row.start
            row.teacher_states = state[len(own) - count - 1 : len(own) - 1].clone()


def loss_sum(model: Any, soft: torch.Tensor, rows: Sequence[Row]) -> tuple[torch.Tensor, int]:
    """Sum of the losses over all completion tokens, and their number; soft: float32 [n, width]."""
    import torch
    from torch.nn.functional import cross_entropy, kl_div, log_softmax

    inputs = _embedded(model, [row.ids for row in rows])
    prefix = soft.to(inputs.dtype).expand(len(rows), *soft.shape)
    states = _states(model, torch.cat([prefix, inputs], dim=1))
    head, n = model.get_output_embeddings(), len(soft)
    # The state at one position predicts the token at the next.
    chosen = [state[n + row.start - 1 : n + len(row.ids) - 1] for row, state in zip(rows, states, strict=True)]
    logits = head(torch.cat(chosen)).float()
    taught = [row.teacher_states for row in rows if row.teacher_states is not None]
    if not taught:
        targets = [token for row in rows for token in row.ids[row.start :]]
        loss = cross_entropy(logits, torch.tensor(targets, device=logits.device), reduction="sum")
    else:
        with torch.no_grad():
            wanted = log_softmax(head(torch.cat(taught)).float(), dim=-1)
        loss = kl_div(log_softmax(logits, dim=-1), wanted, reduction="sum", log_target=True)
    return loss, len(logits)


def _embedded(model: Any, ids: Sequence[list[int]]) -> torch.Tensor:
    """Embeddings [batch, longest, width]; what stands behind a shorter text is never looked at."""
    import torch

    longest = max(map(len, ids))
    padded = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids], device=model.device)
    return model.get_input_embeddings()(padded)


def _states(model: Any, inputs: torch.Tensor) -> torch.Tensor:
    """Last hidden states [batch, length, width]. No mask: causal attention never sees the padding behind."""
    return model.base_model(inputs_embeds=inputs, use_cache=False).last_hidden_state
