"""The engine over transformers: fixed batches whose rows leave as they end."""

import hashlib
import threading
import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, ModelError
from ..gguf.chat import ChatTemplate
from ..torch_models import Precision, choose_device, fast_precision, open_model, quiet_libraries, weights_digest
from .base import BaseEngine, Completion, Likelihoods, Message, Mode, Request, before_stop, check_settings
from .score import check_candidates, likelihoods

if TYPE_CHECKING:
    from .kv_cache import BatchCache

_ATTENTION = "studysmith_batch"
# Tokens: below this, one more pass over the model costs more than it saves.
_WORTH_SHARING = 16
# The next engine step is to decode under a grammar; until then what is not done here is refused by its name.
_NOT_DONE = ("schema", "top_p", "min_p", "repeat_penalty", "logprobs")


class TransformersEngine(BaseEngine):
    """A model in transformers, on a CPU or a CUDA GPU.

    model: a name of the registry, a GGUF file, a folder in Hugging Face format, an adapter, a run folder, or a hub id.
    Fast mode computes up to `batch` requests of similar length together (1024 on CUDA and 256 elsewhere if None). What
    all prompts of a batch begin with is computed once, and rows that have ended leave. The batches are a function of
    all requests, not of what is left, so resumed work gives the same text. Exact mode is batches of one in float32.
    precision: None for bfloat16 in fast mode where the device computes in it, else float32.
    Raises RequestError for settings, and InputError for a model that is not there, does not fit, or CUDA without one.
    """

    name = "transformers"

    def __init__(
        self,
        model: str | Path,
        mode: Mode = "exact",
        *,
        device: str = "auto",
        precision: Precision | None = None,
        batch: int | None = None,
    ) -> None:
        check_settings(mode, batch=batch)
        device = choose_device(device)
        precision = precision or (fast_precision(device) if mode == "fast" else "float32")
        quiet_libraries()
        opened = open_model(str(model), device=device, precision=precision)
        self.mode, self._model, self._tokenizer = mode, opened.model, opened.tokenizer
        self.slots = 1 if mode == "exact" else batch or (1024 if device == "cuda" else 256)
        self.context = int(getattr(self._model.config, "max_position_embeddings", None) or 4096)
        self._template = _template(self._tokenizer, str(model))
        self.template_sha256 = self._template.sha256
        # Of many samples of one prompt, and when batches are made and then run, the ids are the same.
        self._encode = lru_cache(4096)(
            lambda turns: self.tokenize(self.render([Message(role=role, content=text) for role, text in turns]))
        )
        # A batch has the whole device; a second one at the same time would only want the same memory.
        self._lock = threading.Lock()
        settings = f"{device}-{precision}-batch{self.slots}-v{version('transformers')}"
        self.id = f"{self.name}/{weights_digest(str(model))}-{mode}-{settings}"
        self._prepare()

    def _prepare(self) -> None:
        use_batch_attention(self._model)

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        return self._template.render(messages)

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        self._check_open()
        return list(self._tokenizer([text], add_special_tokens=False)["input_ids"][0])

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """See Engine.batches; of requests with the same length of reply and temperature, the longest prompts first."""
        lengths = [len(self._ids(request)) for request in requests]
        order = sorted(range(len(requests)), key=lambda i: (*_alike(requests[i]), -lengths[i], i))
        found: list[list[int]] = []
        for i in order:
            if not found or len(found[-1]) == self.slots or _alike(requests[found[-1][0]]) != _alike(requests[i]):
                found.append([])
            found[-1].append(i)
        return [batch for batch in found if not all(i in skip for i in batch)]

    def complete_batch(self, requests: Sequence[Request]) -> list[Completion]:
        """See Engine.complete_batch; in the order of `batches`. Sampled replies depend on the seeds of all of them."""
        started = time.perf_counter()
        ids, first = [self._ids(request) for request in requests], requests[0]
        digest = hashlib.sha256(repr([request.seed for request in requests]).encode()).digest()
        with self._lock:
            rows = self._generate(ids, first.max_tokens, first.temperature, int.from_bytes(digest[:4], "big"))
        texts = self._tokenizer.batch_decode(rows, skip_special_tokens=True)
        ends, seconds = end_ids(self._model, self._tokenizer), time.perf_counter() - started
        done = []
        for request, prompt, row, text in zip(requests, ids, rows, texts, strict=True):
            kept = before_stop(text, request.stop)
            done.append(
                Completion(
                    text=kept,
                    finish_reason="stop" if row[-1] in ends or kept != text else "length",
                    prompt_tokens=len(prompt),
                    completion_tokens=len(row),
                    prompt_ids=prompt,
                    token_ids=row,
                    seconds=seconds,
                )
            )
        return done

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score."""
        import torch

        started = time.perf_counter()
        prompt = self.tokenize(self.render(messages))
        rows = [self.tokenize(text) for text in candidates]
        check_candidates(prompt, rows, self.context)
        read: list[int] = []

        def look(prefix: Sequence[int]) -> dict[int, float]:
            read.append(len(prompt) + len(prefix))
            with self._lock, torch.inference_mode():
                logits, _ = self._read([[*prompt, *prefix]])
                return dict(enumerate(torch.log_softmax(logits[0].float(), -1).tolist()))

        found = likelihoods(rows, look)
        seconds = time.perf_counter() - started
        return Likelihoods(logprobs=found, prompt_tokens=sum(read), completion_tokens=0, seconds=seconds)

    def _ids(self, request: Request) -> list[int]:
        request.refuse(f"the {self.name} engine", *_NOT_DONE)
        ids = list(self._encode(tuple((m["role"], m["content"]) for m in request.messages)))
        self.check_room(len(ids), request)
        return ids

    def _check_open(self) -> None:
        if self._model is None:
            raise EngineError("the engine is closed")

    def _generate(self, ids: list[list[int]], max_tokens: int, temperature: float, seed: int) -> list[list[int]]:
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
        """Let go of the model. Using the engine afterwards raises EngineError."""
        self._model = None


def use_batch_attention(model: Any) -> None:
    """Let a model attend by `kv_cache.attention`, which knows the shared part of a `BatchCache`."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    from .kv_cache import attention

    AttentionInterface.register(_ATTENTION, attention)
    AttentionMaskInterface.register(_ATTENTION, sdpa_mask)
    model.set_attn_implementation(_ATTENTION)


def end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Ids at which a reply ends."""
    own = model.generation_config.eos_token_id
    ids = {tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])}
    return sorted(i for i in ids if i is not None)


def _alike(request: Request) -> tuple[int, float]:
    return request.max_tokens, request.temperature


def _template(tokenizer: Any, name: str) -> ChatTemplate:
    source = tokenizer.get_chat_template() if tokenizer.chat_template else ""
    if not source:
        raise ModelError(f"{name} has no chat template; use an instruction-tuned model")
    added = {t.content for t in tokenizer.added_tokens_decoder.values() if t.special}
    special = added | set(tokenizer.all_special_tokens)
    return ChatTemplate(source, special, bos=tokenizer.bos_token or "", eos=tokenizer.eos_token or "")
