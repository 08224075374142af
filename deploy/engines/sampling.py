"""From logits to the next token of each row of a batch, as llama.cpp's samplers do it.

The chain is llama.cpp's, in its order: penalties, top_p, min_p, temperature. A grammar masks the logits before it.
(llama.cpp first samples without the grammar and only then, if the token is not allowed, with it: the distribution is
the same one, unless top_p or min_p cut it.)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .base import Request

if TYPE_CHECKING:
    from .token_masks import GrammarRows

PENALTY_WINDOW = 64
"""Tokens, the prompt's included, that `repeat_penalty` looks back on."""

Recorded = tuple[list[int], list[float]]


class TokenChooser:
    """Chooses for the rows of a batch whose requests have the same settings; seeds and schemas are each row's own.

    What a row draws follows from its own seed alone, whatever is computed beside it. `ids` are the prompts. `recorded`
    has, per row and position, the ids and logprobs of the likeliest tokens of the model's own distribution, as many as
    the requests ask for, and then the chosen one's.
    """

    def __init__(
        self, requests: Sequence[Request], ids: Sequence[Sequence[int]], device: Any, grammar: "GrammarRows | None"
    ) -> None:
        self._settings, self._grammar = requests[0], grammar
        self.recorded: list[list[Recorded]] = [[] for _ in requests]
        self._draws = self._recent = None
        if self._settings.temperature:
            draws = [np.random.default_rng(one.seed).random(one.max_tokens, dtype=np.float32) for one in requests]
            self._draws = torch.from_numpy(np.stack(draws)).to(device)
        if self._settings.repeat_penalty != 1:
            # A short prompt is filled up with a token of its own, which is penalized once all the same.
            filled = [[row[0]] * PENALTY_WINDOW + list(row) for row in ids]
            self._recent = torch.tensor([row[-PENALTY_WINDOW:] for row in filled], device=device)

    def keep(self, kept: Any) -> None:
        """Forget all rows but those at these places."""
        if self._recent is not None:
            self._recent = self._recent[kept]

    def __call__(self, logits: Any, step: int, rows: Any, alive: Any) -> Any:
        """The next tokens (rows, 1). rows: which of the requests these are; alive: those that have not ended."""
        own, going = logits, []
        if self._grammar is not None or self._settings.logprobs:
            going = alive.nonzero()[:, 0].tolist()
            numbers = rows.tolist()
        if self._grammar is not None:
            bits = torch.from_numpy(self._grammar.allowed(numbers)).to(logits.device)
            logits = logits.masked_fill(~unpacked(bits, logits.shape[-1]), float("-inf"))
        if self._recent is not None:
            logits = penalized(logits, self._recent, self._settings.repeat_penalty)
        if self._draws is None:
            tokens = logits.argmax(-1, keepdim=True)
        else:
            tokens = drawn(self._chances(logits), self._draws[rows, step])
        if self._recent is not None:
            self._recent = torch.cat([self._recent[:, 1:], tokens], -1)
        if self._grammar is not None:
            said = tokens[:, 0].tolist()
            self._grammar.take({numbers[place]: said[place] for place in going})
        if self._settings.logprobs:
            self._record(own[going], tokens[going], [numbers[place] for place in going])
        return tokens

    def _chances(self, logits: Any) -> Any:
        return chances(logits, self._settings.temperature, self._settings.top_p, self._settings.min_p)

    def _record(self, logits: Any, tokens: Any, rows: Sequence[int]) -> None:
        logprobs = torch.log_softmax(logits.float(), -1)
        best, places = logprobs.topk(min(self._settings.logprobs, logprobs.shape[-1]), -1)
        ids = torch.cat([places, tokens], -1).tolist()
        values = torch.cat([best, logprobs.gather(-1, tokens)], -1).tolist()
        for row, *found in zip(rows, ids, values, strict=True):
            self.recorded[row].append((found[0], found[1]))


def unpacked(bits: Any, width: int) -> Any:
    """Booleans (rows, width) from int32 words of 32 bits, lowest first."""
    places = torch.arange(32, dtype=torch.int32, device=bits.device)
    return ((bits[:, :, None] >> places) & 1).bool().reshape(len(bits), -1)[:, :width]


def penalized(logits: Any, recent: Any, penalty: float) -> Any:
    """Logits with the tokens `recent` (rows, n) made less likely: divided by the penalty if positive, else times it."""
    found = logits.gather(-1, recent)
    return logits.scatter(-1, recent, torch.where(found > 0, found / penalty, found * penalty))


def chances(logits: Any, temperature: float, top_p: float = 1.0, min_p: float = 0.0) -> Any:
    """Probabilities (rows, vocabulary) after top_p, min_p and temperature (above 0), in this order."""
    logits = logits.float()
    if top_p < 1:
        ordered, places = logits.sort(-1, descending=True)
        shares = torch.softmax(ordered, -1)
        # The token that reaches top_p is the last one kept.
        ordered = ordered.masked_fill(shares.cumsum(-1) - shares >= top_p, float("-inf"))
        logits = torch.empty_like(logits).scatter_(-1, places, ordered)
    if min_p > 0:
        least = logits.amax(-1, keepdim=True) + float(np.log(min_p))
        logits = logits.masked_fill(logits < least, float("-inf"))
    return torch.softmax(logits / temperature, -1)


def drawn(chances: Any, draws: Any) -> Any:
    """Tokens (rows, 1): the first one at which the summed chances exceed the row's draw, a number from 0, below 1."""
    summed = chances.cumsum(-1)
    # Rounding may bring the draw to the sum of all, and sums that are computed in blocks need not rise everywhere.
    hit = (summed > draws[:, None] * summed[:, -1:]) & (chances > 0)
    first, any_ = hit.byte().argmax(-1, keepdim=True), hit.any(-1, keepdim=True)
    return torch.where(any_, first, chances.argmax(-1, keepdim=True))
