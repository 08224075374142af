"""The engine over transformers: fixed batches whose rows leave as they end."""

import threading
import time
from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ContextOverflow, EngineError, ModelError
from ..gguf.chat import ChatTemplate
from ..torch_models import Precision, choose_device, fast_precision, open_model, quiet_libraries, weights_digest
from .base import BaseEngine, Completion, Likelihoods, Message, Mode, Request, TokenLogprob, before_stop, check_settings
from .score import check_candidates, likelihoods, nodes
from .token_masks import Grammars

if TYPE_CHECKING:
    import numpy as np

    from .sampling import Recorded


class TransformersEngine(BaseEngine):
    """A model in transformers, on a CPU or a CUDA GPU.

    model: a name of the registry, a GGUF file, a folder in Hugging Face format, an adapter, a run folder, or a hub id.
    Fast mode computes up to `batch` requests of similar length together (1024 on CUDA and 256 elsewhere if None). What
    all prompts of a batch begin with is computed once, and rows that have ended leave. The batches are a function of
    all requests, not of what is left, so resumed work gives the same text. Exact mode is one request at a time, in
    float32.
    precision: None for bfloat16 in fast mode where the device computes in it, else float32. context: tokens for prompt
    and reply, at most what the model was trained for.
    Raises RequestError for settings, and InputError for a model that is not there, does not fit, or CUDA without one.
    """

    name = "transformers"
    refuses: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        model: str | Path,
        mode: Mode = "exact",
        *,
        device: str = "auto",
        precision: Precision | None = None,
        batch: int | None = None,
        context: int | None = None,
    ) -> None:
        check_settings(mode, batch=batch, context=context)
        device = choose_device(device)
        precision = precision or (fast_precision(device) if mode == "fast" else "float32")
        quiet_libraries()
        opened = open_model(str(model), device=device, precision=precision)
        self.mode, self._model, self._tokenizer = mode, opened.model, opened.tokenizer
        self.slots = 1 if mode == "exact" else batch or (1024 if device == "cuda" else 256)
        trained = int(getattr(self._model.config, "max_position_embeddings", None) or 4096)
        self.context = min(context or trained, trained)
        self._template = _template(self._tokenizer, str(model))
        self.template_sha256 = self._template.sha256
        # Of many samples of one prompt, and when batches are made and then run, the ids are the same.
        self._encode = lru_cache(4096)(
            lambda turns: self.tokenize(self.render([Message(role=role, content=text) for role, text in turns]))
        )
        # A batch has the whole device; a second one at the same time would only want the same memory.
        self._lock = threading.Lock()
        settings = f"{device}-{precision}-batch{self.slots}-v{version('transformers')}{self._template.mark}"
        self.id = f"{self.name}/{weights_digest(str(model))}-{mode}-{settings}"
        self._prepare()

    def _prepare(self) -> None:
        from .decode import Decoder

        self._decoder = Decoder(self._model, self._tokenizer.pad_token_id, end_ids(self._model, self._tokenizer))

    @cached_property
    def _grammars(self) -> Grammars:
        width = self._model.get_output_embeddings().weight.shape[0]
        return Grammars(self._tokenizer, width, end_ids(self._model, self._tokenizer))

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        return self._template.render(messages)

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        self._check_open()
        return list(self._tokenizer([text], add_special_tokens=False)["input_ids"][0])

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """See Engine.batches; of requests with the same settings, the longest prompts first."""
        lengths = self._lengths(requests, skip)
        order = sorted(lengths, key=lambda i: (*alike(requests[i]), -lengths[i], i))
        found: list[list[int]] = []
        for i in order:
            if not found or len(found[-1]) == self.slots or alike(requests[found[-1][0]]) != alike(requests[i]):
                found.append([])
            found[-1].append(i)
        return [batch for batch in found if not all(i in skip for i in batch)]

    def complete_batch(self, requests: Sequence[Request]) -> list[Completion]:
        """See Engine.complete_batch; in the order of `batches`."""
        started = time.perf_counter()
        ids = [self._ids(request) for request in requests]
        with self._lock:
            rows, recorded = self._generate(ids, requests)
        # As the tokens are: cleaning would move the spaces of JSON.
        texts = self._tokenizer.batch_decode(rows, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        ends, seconds = end_ids(self._model, self._tokenizer), time.perf_counter() - started
        done = []
        for i, (request, row) in enumerate(zip(requests, rows, strict=True)):
            kept = before_stop(texts[i], request.stop)
            done.append(
                Completion(
                    text=kept,
                    finish_reason="stop" if row[-1] in ends or kept != texts[i] else "length",
                    prompt_tokens=len(ids[i]),
                    completion_tokens=len(row),
                    prompt_ids=ids[i],
                    token_ids=row,
                    seconds=seconds,
                    logprobs=[self._alternatives(one) for one in recorded[i]] if request.logprobs else None,
                )
            )
        return done

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score; all places where candidates part are one batch, in an order that is not the candidates'."""
        import torch

        started = time.perf_counter()
        prompt = self.tokenize(self.render(messages))
        rows = [self.tokenize(text) for text in candidates]
        check_candidates(prompt, rows, self.context)
        prefixes = sorted((node.prefix for node in nodes(rows)), key=lambda prefix: (-len(prefix), prefix))
        ids = [[*prompt, *prefix] for prefix in prefixes]
        read = {}
        if ids:
            with self._lock, torch.inference_mode():
                logits, _ = self._decoder.read(ids)
                read = dict(zip(prefixes, torch.log_softmax(logits.float(), -1).cpu().numpy(), strict=True))
        found = likelihoods(rows, lambda prefix: dict(enumerate(read[tuple(prefix)].tolist())))
        seconds = time.perf_counter() - started
        return Likelihoods(logprobs=found, prompt_tokens=sum(map(len, ids)), completion_tokens=0, seconds=seconds)

    def forced_logprobs(self, prompt: Sequence[int], reply: Sequence[int]) -> "np.ndarray":
        """Natural logprobs float32 [len(reply), vocabulary] at each place of a given reply (teacher forcing)."""
        import torch

        self._check_open()
        with self._lock, torch.inference_mode():
            ids = torch.tensor([[*prompt, *reply[:-1]]], device=self._model.device)
            logits = self._model(ids).logits[0, -len(reply) :]
            return torch.log_softmax(logits.float(), -1).cpu().numpy()

    def _ids(self, request: Request) -> list[int]:
        request.refuse(f"the {self.name} engine", *self.refuses)
        ids = list(self._encode(tuple((m["role"], m["content"]) for m in request.messages)))
        self.check_room(len(ids), request)
        return ids

    def _lengths(self, requests: Sequence[Request], skip: Collection[int]) -> dict[int, int]:
        """Tokens of each prompt that fits; one that does not is an error unless it is skipped."""
        lengths: dict[int, int] = {}
        for i, request in enumerate(requests):
            try:
                lengths[i] = len(self._ids(request))
            except ContextOverflow as error:
                error.index = i
                if i not in skip:
                    raise
        return lengths

    def _check_open(self) -> None:
        if self._model is None:
            raise EngineError("the engine is closed")

    def _generate(
        self, ids: list[list[int]], requests: Sequence[Request]
    ) -> tuple[list[list[int]], "list[list[Recorded]]"]:
        """The reply to each prompt, with the token that ends it, and what was recorded of each of its positions."""
        from .sampling import TokenChooser

        schemas = [request.schema for request in requests if request.schema is not None]
        grammar = self._grammars.rows(schemas) if schemas else None
        choose = TokenChooser(requests, ids, self._model.device, grammar)
        return self._decoder.generate(ids, requests[0].max_tokens, choose), choose.recorded

    def _alternatives(self, recorded: "Recorded") -> list[TokenLogprob]:
        *best, chosen = zip(*recorded, strict=True)
        found = best if chosen in best else [*best, chosen]
        return [TokenLogprob(id=i, token=str(self._tokenizer.decode([i])), logprob=logprob) for i, logprob in found]

    def close(self) -> None:
        """Let go of the model. Using the engine afterwards raises EngineError."""
        self._model = None


def end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Ids at which a reply ends."""
    own = model.generation_config.eos_token_id
    ids = {tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])}
    return sorted(i for i in ids if i is not None)


def alike(request: Request) -> tuple[float, ...]:
    """The settings that all requests of a batch share; greedy ones ignore what cuts the distribution."""
    cut = (request.temperature, request.top_p, request.min_p) if request.temperature else (0.0,)
    return (request.max_tokens, request.repeat_penalty, request.logprobs, request.schema is not None, *cut)


def _template(tokenizer: Any, name: str) -> ChatTemplate:
    source = tokenizer.get_chat_template() if tokenizer.chat_template else ""
    if not source:
        raise ModelError(f"{name} has no chat template; use an instruction-tuned model")
    _spell_exactly(tokenizer)
    # All that is cut out of text before words are split, as in a GGUF file's header: not only what is marked special.
    added = {token.content for token in tokenizer.added_tokens_decoder.values()}
    special = added | set(tokenizer.all_special_tokens)
    return ChatTemplate(source, special, bos=tokenizer.bos_token or "", eos=tokenizer.eos_token or "", name=name)


def _spell_exactly(tokenizer: Any) -> None:
    """Let no normalization of text (small letters, NFKC) make a special token out of what only looks like one."""
    from transformers import AddedToken

    for token in tokenizer.added_tokens_decoder.values():
        if token.normalized:
            exact = AddedToken(**{**token.__getstate__(), "normalized": False})
            tokenizer.add_tokens([exact], special_tokens=token.special)
