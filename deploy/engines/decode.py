"""Decoding a batch with a model of transformers: prompts are read together, and rows that have ended leave."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import torch

from .kv_cache import BatchCache, attention
from .sampling import TokenChooser

_ATTENTION = "studysmith_batch"
# Tokens: below this, one more pass over the model costs more than it saves.
_WORTH_SHARING = 16


class Decoder:
    """Reads and continues batches of prompts. `pad` is the id of any token, `ends` are the ids that end a reply.

    The model attends by `kv_cache.attention` from here on, which knows the shared part of a `BatchCache`.
    """

    def __init__(self, model: Any, pad: int, ends: Sequence[int]) -> None:
        from transformers import AttentionInterface, AttentionMaskInterface
        from transformers.masking_utils import sdpa_mask

        AttentionInterface.register(_ATTENTION, attention)
        AttentionMaskInterface.register(_ATTENTION, sdpa_mask)
        model.set_attn_implementation(_ATTENTION)
        self._model, self._pad, self._ends = model, pad, ends

    def generate(self, ids: Sequence[Sequence[int]], max_tokens: int, choose: TokenChooser) -> list[list[int]]:
        """The reply to each prompt, with the token that ends it; `ids` are of falling length."""
        device = self._model.device
        # Looking at `alive` waits for a GPU, so it is done now and then; dropping rows copies the cache.
        look = 1 if device.type == "cpu" else 8
        ends = torch.tensor(self._ends, device=device)
        out = torch.full((len(ids), max_tokens), -1, dtype=torch.long, device=device)
        rows = torch.arange(len(ids), device=device)
        alive = torch.ones(len(ids), dtype=torch.bool, device=device)
        with torch.inference_mode():
            logits, cache = self.read(ids)
            width = cache.get_seq_length()
            places = torch.tensor([[len(row)] for row in ids], device=device)
            mask = self._visible(ids, cache.start, width, max_tokens)
            for step in range(max_tokens):
                tokens = choose(logits, step, rows, alive)
                out[rows[alive], step] = tokens[alive, 0]
                alive &= ~torch.isin(tokens[:, 0], ends)
                if step + 1 == max_tokens:
                    break
                if (step + 1) % look == 0:
                    left = int(alive.sum())
                    if left == 0:
                        break
                    if step % 8 == 7 and left <= 0.9 * len(alive):
                        kept = alive.nonzero()[:, 0]
                        cache.keep(kept)
                        choose.keep(kept)
                        tokens, mask, places, rows, alive = (each[kept] for each in (tokens, mask, places, rows, alive))
                # The mask ends at the last token: the cache has room beyond it.
                logits = self._forward(tokens, mask[:, : width + step + 1], places + step, cache)
        return [[t for t in row if t >= 0] for row in out.tolist()]

    def read(self, ids: Sequence[Sequence[int]]) -> tuple[Any, BatchCache]:
        """Logits (rows, vocabulary) after the prompts, and their cache."""
        # The last token of a prompt is never shared: its logits are needed for each row.
        columns = zip(*(row[: len(ids[-1]) - 1] for row in ids), strict=True)
        start = sum(1 for _ in takewhile(lambda tokens: len(set(tokens)) == 1, columns))
        shared = None
        if len(ids) > 1 and start >= _WORTH_SHARING:
            shared = BatchCache()
            self._read_piece([ids[0][:start]], shared)
        # Eighths of a batch that is sorted by length need little padding.
        size = -(-len(ids) // 8)
        pieces = [ids[i : i + size] for i in range(0, len(ids), size)]
        caches = [BatchCache(shared) for _ in pieces]
        logits = [self._read_piece(piece, cache) for piece, cache in zip(pieces, caches, strict=True)]
        return torch.cat(logits), BatchCache.join(caches)

    def _read_piece(self, ids: Sequence[Sequence[int]], cache: BatchCache) -> Any:
        """Fill an empty cache with prompts; logits (rows, vocabulary) after them."""
        device, width = self._model.device, max(map(len, ids))
        tokens = [[self._pad] * (width - len(row)) + list(row[cache.start :]) for row in ids]
        mask = self._visible(ids, cache.start, width)
        places = (mask.cumsum(-1) - 1).clamp(min=0)[:, cache.start :]
        return self._forward(torch.tensor(tokens, device=device), mask, places, cache)

    def _visible(self, ids: Sequence[Sequence[int]], start: int, width: int, more: int = 0) -> Any:
        """Attention mask (rows, width + more): `start` shared tokens, padding up to `width`, the rest of each prompt,
        and `more` tokens to come."""
        padding = torch.tensor([[width - len(row)] for row in ids], device=self._model.device)
        place = torch.arange(width + more, device=self._model.device)
        return ((place < start) | (place >= start + padding)).long()

    def _forward(self, tokens: Any, mask: Any, places: Any, cache: BatchCache) -> Any:
        return self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            shared=cache.shared,
            logits_to_keep=1,
        ).logits[:, -1]
