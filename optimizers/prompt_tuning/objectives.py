"""The loss of a soft prompt on examples: cross-entropy of the completions, contrast with the completions that might
have been chosen instead, or distance to a teacher's predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...deploy.engines.score import nodes
from ...programs.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainingPair:
    """One call as it is served, and its answer.

    prompt: everything that follows the soft prompt, as the chat template renders it (user turn, assistant's header).
    completion: the answer with the token that ends the turn. teacher: the same call under a long text prompt; if
    given, the soft prompt learns what the frozen model predicts after it, and not just the completion. others: the
    completions that the call could have had instead; if given, the soft prompt learns to tell the answer from them,
    and nothing that all of them share. prior: what is added to the log-likelihood of the answer, then of the others,
    where they are ranked.
    """

    prompt: str
    completion: str
    teacher: str | None = None
    others: tuple[str, ...] = ()
    prior: tuple[float, ...] = ()


@dataclass
class Row:
    """An example in tokens: `ids` is prompt and completion, the latter from `start` on.

    `partings`: where the answer parts from other completions: its place in the completion, the tokens there (the
    answer's own first) and what is added to each one's log-likelihood.
    """

    ids: list[int]
    start: int
    teacher_ids: list[int] | None
    partings: list[tuple[int, list[int], list[float]]] = field(default_factory=list)
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
    partings = _partings([completion, *map(ids, example.others)], example.prior)
    return Row([*prompt, *completion], len(prompt), teacher, partings)


def _partings(rows: Sequence[list[int]], prior: Sequence[float]) -> list[tuple[int, list[int], list[float]]]:
    """Where the first row parts from the others. A branch that several rows share has the best prior among them."""
    found = []
    for node in nodes(rows) if len(rows) > 1 else ():
        own = next((token for token, together in node.branches.items() if 0 in together), None)
        if own is None:
            continue
        tokens = [own, *(token for token in node.branches if token != own)]
        added = [max(prior[row] for row in node.branches[token]) if prior else 0.0 for token in tokens]
        found.append((len(node.prefix), tokens, added))
    return found


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
    if any(row.partings for row in rows):
        return _contrast(logits, rows)
    if not taught:
        targets = [token for row in rows for token in row.ids[row.start :]]
        loss = cross_entropy(logits, torch.tensor(targets, device=logits.device), reduction="sum")
    else:
        with torch.no_grad():
            wanted = log_softmax(head(torch.cat(taught)).float(), dim=-1)
        loss = kl_div(log_softmax(logits, dim=-1), wanted, reduction="sum", log_target=True)
    return loss, len(logits)


def _contrast(logits: torch.Tensor, rows: Sequence[Row]) -> tuple[torch.Tensor, int]:
    """The loss of telling each answer from the other completions, and how often it had to be told."""
    import torch

    losses, start = [], 0
    for row in rows:
        for place, tokens, added in row.partings:
            scores = logits[start + place, tokens] + torch.tensor(added, device=logits.device)
            losses.append(scores.logsumexp(-1) - scores[0])
        start += len(row.ids) - row.start
    return torch.stack(losses).sum(), len(losses)


def _embedded(model: Any, ids: Sequence[list[int]]) -> torch.Tensor:
    """Embeddings [batch, longest, width]; what stands behind a shorter text is never looked at."""
    import torch

    longest = max(map(len, ids))
    padded = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids], device=model.device)
    return model.get_input_embeddings()(padded)


def _states(model: Any, inputs: torch.Tensor) -> torch.Tensor:
    """Last hidden states [batch, length, width]. No mask: causal attention never sees the padding behind."""
    return model.base_model(inputs_embeds=inputs, use_cache=False).last_hidden_state
