"""Completions through transformers: fixed batches whose rows leave as they end, and its continuous batching."""

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ..programs.errors import InputError
from . import prompts
from .generate import Sample, Turns

if TYPE_CHECKING:
    from .kv_cache import BatchCache
    from .models import Opened

_ATTENTION = "studysmith_batch"
# Tokens: below this, one more pass over the model costs more than it saves.
_WORTH_SHARING = 16


class TransformersSampler:
    """Batches of `batch` conversations of similar length, through transformers.

    The batches are a function of all prompts, not of what is left, so resumed work gives the same text. What all
    prompts of a batch begin with is computed once, and rows that have ended leave. `exact` means batches of one.
    """

    def __init__(self, opened: "Opened", *, batch: int = 512) -> None:
        self._model, self._tokenizer, self._batch = opened.model, opened.tokenizer, batch
        use_batch_attention(self._model)
        kind = str(self._model.dtype).removeprefix("torch.")
        self.name = f"transformers ({self._model.device.type}, {kind}, batches of {batch})"

    def complete(
        self, turns: Sequence[Turns], *, max_tokens: int, temperature: float, seed: int, done: Collection[int] = ()
    ) -> Iterator[Sample]:
        """See Sampler.complete."""
        ids = encode(self._tokenizer, turns)
        order = sorted(range(len(ids)), key=lambda i: (-len(ids[i]), i))
        for number, start in enumerate(range(0, len(order), self._batch)):
            chunk = order[start : start + self._batch]
            if all(i in done for i in chunk):
                continue
            rows = self._decode([ids[i] for i in chunk], max_tokens, temperature, seed * 1_000_003 + number)
            texts = self._tokenizer.batch_decode(rows, skip_special_tokens=True)
            for index, text, row in zip(chunk, texts, rows, strict=True):
                yield Sample(index, prompts.until_stop(text), len(row))

    def _decode(self, ids: list[list[int]], max_tokens: int, temperature: float, seed: int) -> list[list[int]]:
        """The reply to each prompt, with the token that ends it; `ids` are of falling length."""
        import torch

        device = self._model.device
        ends = torch.tensor(end_ids(self._model, self._tokenizer), device=device)
        generator = torch.Generator(device).manual_seed(seed)
        out = torch.full((len(ids), max_tokens), -1, dtype=torch.long, device=device)
        rows = torch.arange(len(ids), device=device)
        alive = torch.ones(len(ids), dtype=torch.bool, device=device)
        with torch.inference_mode():
            logits, cache = self._read(ids)
            width = cache.get_seq_length()
            places = torch.tensor([[len(row)] for row in ids], device=device)
            mask = self._visible(ids, cache.start, width, max_tokens)
            for step in range(max_tokens):
                if temperature:
                    chances = torch.softmax(logits.float() / temperature, -1)
                    tokens = torch.multinomial(chances, 1, generator=generator)
                else:
                    tokens = logits.argmax(-1, keepdim=True)
                out[rows[alive], step] = tokens[alive, 0]
                alive &= ~torch.isin(tokens[:, 0], ends)
                if step + 1 == max_tokens:
                    break
                # Looking at `alive` waits for the GPU, so it is done now and then; dropping rows copies the cache.
                if step % 8 == 7:
                    left = int(alive.sum())
                    if left == 0:
                        break
                    if left <= 0.9 * len(alive):
                        kept = alive.nonzero()[:, 0]
                        cache.keep(kept)
                        tokens, mask, places, rows, alive = (each[kept] for each in (tokens, mask, places, rows, alive))
                # The mask ends at the last token: the cache has room beyond it.
                logits = self._forward(tokens, mask[:, : width + step + 1], places + step, cache)
        return [[t for t in row if t >= 0] for row in out.tolist()]

    def _read(self, ids: list[list[int]]) -> tuple[Any, "BatchCache"]:
        """Logits (rows, vocabulary) after the prompts, and their cache."""
        import torch

        from .kv_cache import BatchCache

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

    def _read_piece(self, ids: list[list[int]], cache: "BatchCache") -> Any:
        """Fill an empty cache with prompts; logits (rows, vocabulary) after them."""
        import torch

        device, pad, width = self._model.device, self._tokenizer.pad_token_id, max(map(len, ids))
        tokens = torch.tensor([[pad] * (width - len(row)) + row[cache.start :] for row in ids], device=device)
        mask = self._visible(ids, cache.start, width)
        places = (mask.cumsum(-1) - 1).clamp(min=0)[:, cache.start :]
        return self._forward(tokens, mask, places, cache)

    def _visible(self, ids: list[list[int]], start: int, width: int, more: int = 0) -> Any:
        """Attention mask (rows, width + more): `start` shared tokens, padding up to `width`, the rest of each prompt,
        and `more` tokens to come."""
        import torch

        padding = torch.tensor([[width - len(row)] for row in ids], device=self._model.device)
        place = torch.arange(width + more, device=self._model.device)
        return ((place < start) | (place >= start + padding)).long()

    def _forward(self, tokens: Any, mask: Any, places: Any, cache: "BatchCache") -> Any:
        return self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            shared=cache.shared,
            logits_to_keep=1,
        ).logits[:, -1]

    def close(self) -> None:
        """Let go of the model."""
        del self._model


class ContinuousSampler:
    """transformers' own continuous batching with a paged cache, for CUDA. Its batches depend on timing, so its floats,
    and now and then its text, differ from run to run."""

    def __init__(self, opened: "Opened") -> None:
        self._model, self._tokenizer = opened.model, opened.tokenizer
        if self._model.device.type != "cuda":
            raise InputError("engine: continuous needs device cuda; on a CPU use llamacpp or transformers")
        self.name = f"transformers continuous batching ({str(self._model.dtype).removeprefix('torch.')})"

    def complete(
        self, turns: Sequence[Turns], *, max_tokens: int, temperature: float, seed: int, done: Collection[int] = ()
    ) -> Iterator[Sample]:
        """See Sampler.complete."""
        from transformers import ContinuousBatchingConfig, GenerationConfig

        wanted = [i for i in range(len(turns)) if i not in done]
        settings = GenerationConfig(
            max_new_tokens=max_tokens,
            do_sample=temperature > 0,
            temperature=temperature or None,
            eos_token_id=end_ids(self._model, self._tokenizer),
            pad_token_id=self._tokenizer.pad_token_id,
        )
        found = self._model.generate_batch(
            encode(self._tokenizer, [turns[i] for i in wanted]),
            generation_config=settings,
            continuous_batching_config=ContinuousBatchingConfig(seed=seed),
        )
        # Results are keyed by request, and requests are numbered in the order they were given.
        outputs = sorted(found.values(), key=lambda o: int(o.request_id.rpartition("_")[2]))
        for index, output in zip(wanted, outputs, strict=True):
            text = str(self._tokenizer.decode(output.generated_tokens, skip_special_tokens=True))
            yield Sample(index, prompts.until_stop(text), len(output.generated_tokens))

    def close(self) -> None:
        """Let go of the model."""
        del self._model


def use_batch_attention(model: Any) -> None:
    """Let a model attend by `kv_cache.attention`, which knows the shared part of a `BatchCache`."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    from .kv_cache import attention

    AttentionInterface.register(_ATTENTION, attention)
    AttentionMaskInterface.register(_ATTENTION, sdpa_mask)
    model.set_attn_implementation(_ATTENTION)


def encode(tokenizer: Any, turns: Sequence[Turns]) -> list[list[int]]:
    """Token ids of each rendered conversation."""
    texts = [prompts.render(tokenizer, t) for t in turns]
    return list(tokenizer(texts, add_special_tokens=False)["input_ids"])


def end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Ids at which a reply ends."""
    own = model.generation_config.eos_token_id
    ids = {tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])}
    return sorted(i for i in ids if i is not None)
