"""The engine over mlx-lm, for folders in MLX's format: on Apple's GPUs, and on CPUs under Linux."""

import copy
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EngineError, ModelError
from ..files import sha256
from ..gguf.chat import ChatTemplate
from .base import BaseEngine, Completion, Likelihoods, Message, Mode, Request, TokenLogprob, before_stop, check_settings
from .score import check_candidates, likelihoods

if TYPE_CHECKING:
    from .token_masks import Grammars

# Tokens of a prompt that are computed at once. It changes the floats, so it is fixed.
_CHUNK = 512
# Tokens that `repeat_penalty` looks back on.
_PENALTY_WINDOW = 64
_FILES = ("*.safetensors", "*.json", "*.jinja")

Array = Any
"""mx.array; mlx is imported when an engine is opened."""


class MlxEngine(BaseEngine):
    """A model in MLX, one request at a time.

    model: a folder in MLX's format, as `studysmith export --to mlx` writes it. context: tokens for prompt and reply,
    all that the model was trained for if None. Exact mode computes in float32 on the weights of the folder; fast mode
    in the folder's own precision, as a phone does, but in float32 on a CPU, where 16 bits are 20 times as slow.
    Raises RequestError for settings, and ModelError, one line, for a folder that holds no such model, or where mlx-lm
    is not installed.
    """

    name = "mlx"

    def __init__(self, model: str | Path, mode: Mode = "exact", *, context: int | None = None) -> None:
        check_settings(mode, context=context)
        self.mode = mode
        folder = Path(model)
        self._model, self._tokenizer, config = _open(folder)
        trained = int(config.get("max_position_embeddings") or 4096)
        self.context = min(context or trained, trained)
        self._suppressed = _suppressed(folder)
        self._ends = frozenset(self._tokenizer.eos_token_ids)
        self._special = _special_tokens(self._tokenizer)
        self._template = _template(self._tokenizer, self._special, folder)
        self.template_sha256 = self._template.sha256
        # MLX has one random state for all, and a second computation at the same time would only take its place.
        self._lock = threading.Lock()
        if mode == "exact" or _on_cpu():
            import mlx.core as mx

            self._model.set_dtype(mx.float32)
        settings = f"ctx{self.context}-v{version('mlx')}-lm{version('mlx-lm')}"
        self.id = f"{self.name}/{_digest(folder)}-{mode}-{settings}{self._template.mark}"

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        return self._template.render(messages)

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        self._check_open()
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        started = time.perf_counter()
        prompt = self.tokenize(self.render(request.messages))
        self.check_room(len(prompt), request)
        ids: list[int] = []
        logprobs: list[list[TokenLogprob]] = []
        text, cut = "", False
        with self._lock:
            for token, alternatives in self._generate(prompt, request):
                ids.append(token)
                logprobs.append(alternatives)
                if request.stop:
                    text = self._decode(ids)
                    if cut := before_stop(text, request.stop) != text:
                        break
        ended = cut or ids[-1] in self._ends
        return Completion(
            text=before_stop(text or self._decode(ids), request.stop),
            finish_reason="stop" if ended else "length",
            prompt_tokens=len(prompt),
            completion_tokens=len(ids),
            prompt_ids=prompt,
            token_ids=ids,
            seconds=time.perf_counter() - started,
            logprobs=logprobs if request.logprobs else None,
        )

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score. The prompt is computed once, and what follows it once for each place to look at."""
        started = time.perf_counter()
        prompt = self.tokenize(self.render(messages))
        rows = [self.tokenize(text) for text in candidates]
        check_candidates(prompt, rows, self.context)
        read: list[int] = []
        with self._lock:
            at_start, cache = self._read(prompt) if len(rows) > 1 else (None, None)

            def look(prefix: Sequence[int]) -> dict[int, float]:
                read.append(len(prefix))
                logits = self._forward(prefix, copy.deepcopy(cache)) if prefix else at_start
                return dict(enumerate(_logprobs(logits)[0].tolist()))

            found = likelihoods(rows, look)
        return Likelihoods(
            logprobs=found,
            prompt_tokens=len(prompt) + sum(read),
            completion_tokens=0,
            seconds=time.perf_counter() - started,
        )

    def forced_logprobs(self, prompt: Sequence[int], reply: Sequence[int]) -> "np.ndarray":
        """Natural logprobs float32 [len(reply), vocabulary] at each place of a given reply (teacher forcing)."""
        import mlx.core as mx

        self._check_open()
        with self._lock:
            logits = self._model(mx.array([[*prompt, *reply[:-1]]]))[0, -len(reply) :]
            return _logprobs(logits.astype(mx.float32))

    def close(self) -> None:
        """Let go of the model. Using the engine afterwards raises EngineError."""
        self._model = None

    def _generate(self, prompt: Sequence[int], request: Request) -> Iterator[tuple[int, list[TokenLogprob]]]:
        """Each token of the reply, and the alternatives to it that were asked for."""
        import mlx.core as mx
        from mlx_lm.sample_utils import make_logits_processors, make_sampler

        sampler = make_sampler(request.temperature, request.top_p, request.min_p)
        penalty = None if request.repeat_penalty == 1 else request.repeat_penalty
        processors = make_logits_processors(
            dict.fromkeys(self._suppressed, float("-inf")), penalty, repetition_context_size=_PENALTY_WINDOW
        )
        grammar = self._grammars.rows([request.schema]) if request.schema is not None else None
        mx.random.seed(request.seed)
        seen = list(prompt)
        own, cache = self._read(prompt)
        for step in range(request.max_tokens):
            # A copy: mlx-lm's penalty changes the array that it is given.
            logits = own + 0
            if grammar is not None:
                logits = mx.where(mx.array(_unpacked(grammar.allowed([0]), logits.shape[-1])), logits, float("-inf"))
            for process in processors:
                logits = process(mx.array(seen), logits)
            sampled: Any = sampler(logits - mx.logsumexp(logits, axis=-1, keepdims=True)).item()
            token = int(sampled)
            if grammar is not None:
                grammar.take({0: token})
            yield token, self._alternatives(own, token, request.logprobs) if request.logprobs else []
            if token in self._ends or step + 1 == request.max_tokens:
                return
            seen.append(token)
            own = self._forward([token], cache)

    def _read(self, ids: Sequence[int]) -> tuple[Array, Any]:
        """Logits [1, vocabulary] after a prompt, and its cache."""
        import mlx.core as mx
        from mlx_lm.models.cache import make_prompt_cache

        cache = make_prompt_cache(self._model)
        # The head is applied to the last token alone: MLX computes only what is looked at.
        for start in range(0, len(ids) - 1, _CHUNK):
            self._model(mx.array([ids[start : min(start + _CHUNK, len(ids) - 1)]]), cache=cache)
            mx.eval([layer.state for layer in cache])
        return self._forward(ids[-1:], cache), cache

    def _forward(self, ids: Sequence[int], cache: Any) -> Array:
        import mlx.core as mx

        return self._model(mx.array([list(ids)]), cache=cache)[:, -1].astype(mx.float32)

    def _alternatives(self, logits: Array, token: int, count: int) -> list[TokenLogprob]:
        found = _logprobs(logits)[0]
        best = np.argsort(-found, kind="stable")[:count].tolist()
        return [
            TokenLogprob(id=i, token=self._tokenizer.decode([i]), logprob=float(found[i]))
            for i in [*best, *([] if token in best else [token])]
        ]

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    @cached_property
    def _grammars(self) -> "Grammars":
        from .token_masks import Grammars

        width = self._forward([0], None).shape[-1]
        return Grammars(self._tokenizer._tokenizer, width, sorted(self._ends))

    def _check_open(self) -> None:
        if self._model is None:
            raise EngineError("the engine is closed")


def _open(folder: Path) -> tuple[Any, Any, dict[str, Any]]:
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} is no MLX folder; `studysmith export RUN_OR_BUNDLE --to mlx` makes one")
    try:
        from mlx_lm import load
    except ImportError as error:
        raise ModelError(f'MLX is not installed: pip install "studysmith[mlx]" ({error})') from error
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        # transformers 5 nests it, where many of mlx-lm's models do not look and take 10000 instead.
        theta = (config.get("rope_parameters") or {}).get("rope_theta")
        own = {"rope_theta": theta} if theta and "rope_theta" not in config else {}
        loaded: Any = load(str(folder), model_config=own, return_config=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{folder} cannot be loaded by MLX: {str(error).strip().partition(chr(10))[0]}") from error
    return loaded[0], loaded[1], loaded[2]


def _on_cpu() -> bool:
    import mlx.core as mx

    return bool(mx.default_device() == mx.cpu)


def _special_tokens(tokenizer: Any) -> dict[str, int]:
    return {token.content: index for index, token in tokenizer.added_tokens_decoder.items() if token.special}


def _template(tokenizer: Any, special: dict[str, int], folder: Path) -> ChatTemplate:
    if not isinstance(tokenizer.chat_template, str):
        raise ModelError(f"{folder} has no chat template; use an instruction-tuned model")
    return ChatTemplate(tokenizer.chat_template, special, bos=tokenizer.bos_token or "", eos=tokenizer.eos_token or "")


def _suppressed(folder: Path) -> list[int]:
    """Ids that are never sampled: the soft tokens."""
    path = folder / "generation_config.json"
    return list(json.loads(path.read_text("utf-8")).get("suppress_tokens") or []) if path.is_file() else []


def _digest(folder: Path) -> str:
    """Hash of all in the folder that decides what the model says."""
    hashes = [sha256(path) for pattern in _FILES for path in sorted(folder.glob(pattern))]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]


def _logprobs(logits: Array) -> "np.ndarray":
    """float32 [rows, vocabulary], of the model's own distribution."""
    from scipy.special import log_softmax

    # Not mx.logsumexp: over a vocabulary, in float32 on a CPU, it is off by 6e-5.
    found: np.ndarray = log_softmax(np.array(logits), axis=-1)
    return found


def _unpacked(bits: "np.ndarray", width: int) -> "np.ndarray":
    """Booleans [rows, width] from words of 32 bits, lowest first."""
    return np.unpackbits(bits.view(np.uint8), axis=-1, bitorder="little")[:, :width].astype(bool)
