"""An engine as a language model for DSPy."""

import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from ..errors import BudgetExceeded, ContextOverflow, EngineError, OutputError, RequestError, SchemaError
from .base import MAX_SEED, Completion, Engine, Message, Rank, Request
from .schema import complete_json

if TYPE_CHECKING:
    import dspy
    from dspy import lm15


def language_model(engine: Engine, *, cache: bool = False, **defaults: Any) -> "dspy.LM":
    """`engine` for DSPy programs; copies of the model share it.

    defaults: fields of `Request` for calls that do not set them (max_tokens 512, temperature, top_p, min_p,
    repeat_penalty, stop), which a predictor may set for itself: `dspy.Predict(signature, repeat_penalty=1.15)`; and
    `seed`, the base from which each sampled call's seed follows: from it, the request, and how often that request was
    made (or DSPy's `rollout_id`, where a call has one), so that repetitions differ and a rerun does not. A response
    format becomes the grammar; a reply that is cut or breaks it is asked for once more, then reported. DSPy's own cache
    is off unless `cache` says so.

    Calls raise DSPy's errors; BudgetExceeded, TruncatedOutput and OutputError can be caught by those names too.
    """
    request = Request(**{"max_tokens": 512, **defaults, "messages": [Message(role="user", content="")]})
    backend = _Backend(engine, request)
    return _lm_class()(
        engine.id,
        engine=backend,
        async_engine=_AsyncBackend(backend),
        temperature=request.temperature,
        max_tokens=request.max_tokens,
        cache=cache,
        # The engine has its own retry for replies; nothing else here gets better by trying again.
        num_retries=0,
    )


# What DSPy's requests have no place for: it refuses unknown settings, and hands `metadata` through as it is.
_OURS = ("min_p", "repeat_penalty", "rank")


@cache
def _lm_class() -> "type[dspy.LM]":
    import dspy

    class EngineLM(dspy.LM):
        """A language model whose calls, and so predictors with any adapter, may carry `_OURS`."""

        def __call__(self, prompt: Any = None, *, messages: Any = None, **settings: Any) -> Any:
            return super().__call__(prompt, messages=messages, **_pack(settings, self.kwargs))

        async def acall(self, prompt: Any = None, *, messages: Any = None, **settings: Any) -> Any:
            return await super().acall(prompt, messages=messages, **_pack(settings, self.kwargs))

    return EngineLM


def _pack(settings: dict[str, Any], always: dict[str, Any]) -> dict[str, Any]:
    ours = {name: settings.pop(name) for name in _OURS if name in settings}
    # DSPy tells repetitions apart by this, for its cache alone.
    repetition = settings.get("rollout_id", always.get("rollout_id"))
    if repetition is not None:
        ours["repetition"] = repetition
    return {**settings, "metadata": {**settings.get("metadata", {}), **ours}} if ours else settings


class _Backend:
    """What dspy.LM calls: one canonical request in, one response out."""

    supports_response_schema = True
    supported_params = frozenset({"response_format", "max_tokens", "temperature", "top_p", "seed", "stop", "logprobs"})

    def __init__(self, engine: Engine, defaults: Request) -> None:
        self._engine, self._defaults = engine, defaults
        self._repetitions: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Optimizers copy programs with their models; a loaded model cannot be copied, and need not be.
        return self

    def complete(self, request: "lm15.Request") -> "lm15.Response":
        from dspy import lm15

        try:
            ours = self._translate(request)
            if ours.schema is None:
                completions = [self._engine.complete(ours)]
            else:
                _, completions = complete_json(self._engine, ours)
        except EngineError as error:
            raise _for_dspy(error) from error
        last = completions[-1]
        return lm15.Response(
            id=None,
            model=request.model,
            message=lm15.Message.assistant([lm15.TextPart(last.text)]),
            finish_reason=last.finish_reason,
            usage=lm15.Usage(
                input_tokens=sum(c.prompt_tokens for c in completions),
                output_tokens=sum(c.completion_tokens for c in completions),
            ),
            logprobs=_logprobs(last),
        )

    def stream(self, request: "lm15.Request") -> "Iterator[Any]":
        from dspy import lm15

        return lm15.response_to_events(self.complete(request))

    def close(self) -> None:
        """The engine belongs to whoever made it."""

    def _translate(self, request: "lm15.Request") -> Request:
        config, defaults = request.config, self._defaults
        extra = (config.extensions or {}).get("metadata", {})
        ours = Request(
            messages=_messages(request),
            schema=_schema(config.response_format),
            max_tokens=config.max_tokens or defaults.max_tokens,
            temperature=defaults.temperature if config.temperature is None else config.temperature,
            top_p=defaults.top_p if config.top_p is None else config.top_p,
            min_p=extra.get("min_p", defaults.min_p),
            repeat_penalty=extra.get("repeat_penalty", defaults.repeat_penalty),
            seed=defaults.seed if config.seed is None else config.seed,
            logprobs=config.logprobs or 0,
            stop=config.stop or defaults.stop,
            rank=Rank.of(extra.get("rank")),
        )
        return replace(ours, seed=self._next_seed(ours, extra.get("repetition"))) if ours.temperature > 0 else ours

    def _next_seed(self, request: Request, repetition: int | None) -> int:
        facts = json.dumps(asdict(request), sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(facts.encode()).hexdigest()
        if repetition is None:
            with self._lock:
                repetition = self._repetitions[key]
                self._repetitions[key] += 1
        digest = hashlib.sha256(f"{key}:{repetition}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % MAX_SEED


class _AsyncBackend:
    """The same for async programs: each call waits in a thread of its own."""

    def __init__(self, backend: _Backend) -> None:
        self._backend = backend

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    async def complete(self, request: "lm15.Request") -> "lm15.Response":
        return await asyncio.to_thread(self._backend.complete, request)

    async def stream(self, request: "lm15.Request") -> "AsyncIterator[Any]":
        for event in await asyncio.to_thread(lambda: list(self._backend.stream(request))):
            yield event

    async def aclose(self) -> None:
        """The engine belongs to whoever made it."""


def _messages(request: "lm15.Request") -> list[Message]:
    messages: list[Message] = []
    if request.tools:
        raise RequestError("tools are not supported")
    if request.system is not None:
        parts = request.system
        text = parts if isinstance(parts, str) else "".join(_text(part) for part in parts)
        messages.append(Message(role="system", content=text))
    for message in request.messages:
        if message.role not in ("user", "assistant"):
            raise RequestError(f"messages of role {message.role} are not supported")
        messages.append(Message(role=message.role, content="".join(_text(part) for part in message.parts)))
    return messages


def _text(part: Any) -> str:
    if part.type != "text":
        raise RequestError(f"only text can be sent to this model, not {part.type}")
    return str(part.text)


def _schema(response_format: dict[str, Any] | None) -> dict[str, Any] | None:
    if response_format is None:
        return None
    if response_format["type"] != "json_schema":
        raise SchemaError(
            "$", "this model needs a JSON schema for its reply, not just any JSON; type every output field"
        )
    schema: dict[str, Any] = response_format["schema"]
    return schema


def _logprobs(completion: Completion) -> "tuple[lm15.TokenLogprob, ...] | None":
    from dspy import lm15

    if completion.logprobs is None:
        return None
    scored = []
    for token_id, alternatives in zip(completion.token_ids, completion.logprobs, strict=False):
        top = [lm15.TopLogprob(token=a["token"], logprob=a["logprob"], token_id=a["id"]) for a in alternatives]
        chosen = next((a for a in top if a.token_id == token_id), None)
        if chosen is not None:
            token = lm15.TokenLogprob(chosen.token, chosen.logprob, token_id=token_id, top=tuple(top))
            scored.append(token)
    return tuple(scored)


def _for_dspy(error: EngineError) -> Exception:
    from dspy import lm15

    if isinstance(error, ContextOverflow):
        return lm15.ContextLengthError(str(error))
    if isinstance(error, RequestError | SchemaError):
        return lm15.InvalidRequestError(str(error))
    if isinstance(error, BudgetExceeded | OutputError):
        kind: type[EngineError] = type(error)
        return _as_both(kind)(str(error))
    return lm15.ServerError(str(error))


def _as_both(kind: type[EngineError]) -> type[Exception]:
    # DSPy passes its own errors through unchanged and wraps all others, which would hide these.
    from dspy.utils.exceptions import LMError

    return type(kind.__name__, (LMError, kind), {"__module__": kind.__module__})
