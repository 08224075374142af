"""What an engine is: messages in, text and token ids out, under a JSON schema if asked.

Two modes. *fast* batches requests and reuses prompt prefixes; its floats depend on what else runs, so its text may
differ from run to run: use it to search. *exact* has one slot and no prompt cache, so the same request gives the same
text every time: use it for every number that is reported.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ..errors import CannotScore, ContextOverflow, EngineError, RequestError
from ..gguf.chat import Message

Mode = Literal["fast", "exact"]

# llama.cpp takes seeds of 32 bits, and the highest one to mean "any".
MAX_SEED = 2**32 - 1


class TokenLogprob(TypedDict):
    """One alternative for one position; `logprob` is natural, of the model's own distribution before any sampling."""

    id: int
    token: str
    logprob: float


@dataclass(frozen=True, kw_only=True)
class Rank:
    """How the values of an enum are ranked: by the sum of `prior`, one log-probability for each value up to a constant,
    and `weight` times the log-likelihood of the reply that states it."""

    prior: tuple[float, ...]
    weight: float = 1.0

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> "Rank | None":
        """From JSON, as calls and demonstrations have it; None for none."""
        return cls(prior=tuple(given["prior"]), weight=given["weight"]) if given else None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call.

    `schema` is a JSON schema that the reply must follow (see `schema.check_schema` for what is accepted).
    `temperature` 0 is greedy and ignores `seed`. `repeat_penalty` makes the last 64 tokens less likely to come again.
    `logprobs` asks for that many alternatives per position. `rank`: the reply is not decoded; it is the best one of
    a schema whose only field is an enum (see `score`).
    Raises RequestError at construction, naming the field and what it accepts.
    """

    messages: Sequence[Message]
    schema: dict[str, Any] | None = None
    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0
    logprobs: int = 0
    stop: tuple[str, ...] = ()
    rank: Rank | None = None

    def __post_init__(self) -> None:
        for field, ok, accepted in (
            ("max_tokens", self.max_tokens >= 1, "at least 1"),
            ("temperature", 0 <= self.temperature <= 10, "from 0 to 10"),
            ("top_p", 0 < self.top_p <= 1, "above 0, up to 1"),
            ("min_p", 0 <= self.min_p < 1, "from 0, below 1"),
            ("repeat_penalty", 1 <= self.repeat_penalty <= 2, "from 1 (none) to 2"),
            ("seed", 0 <= self.seed < MAX_SEED, f"from 0, below {MAX_SEED}"),
            ("logprobs", 0 <= self.logprobs <= 1000, "from 0 to 1000"),
            ("stop", isinstance(self.stop, tuple) and all(self.stop), "a tuple of non-empty strings"),
        ):
            if not ok:
                raise RequestError(f"{field} must be {accepted}, not {getattr(self, field)!r}")
        if not self.messages:
            raise RequestError("messages must hold at least one message")
        for index, message in enumerate(self.messages):
            if message.get("role") not in ("system", "user", "assistant"):
                raise RequestError(
                    f"messages[{index}].role must be system, user or assistant, not {message.get('role')!r}"
                )
            if not isinstance(message.get("content"), str):
                raise RequestError(f"messages[{index}].content must be a string")

    def refuse(self, engine: str, *fields: str) -> None:
        """Raise RequestError, naming the first of `fields` that is set to what `engine` cannot do."""
        for field in fields:
            if getattr(self, field) != type(self).__dataclass_fields__[field].default:
                raise RequestError(f"{field} is not supported by {engine}; leave it out, or use llamacpp")


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What came back.

    `finish_reason` is "length" when max_tokens cut the reply, else "stop". `token_ids` are the sampled ids, the closing
    one included; `completion_tokens` counts them. `seconds` is wall time with waiting for a slot. `logprobs` holds, per
    position, the alternatives asked for, best first, and the sampled token last if it is not among them. An engine that
    is not told ids (a server) leaves both lists empty.
    """

    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    prompt_ids: list[int]
    token_ids: list[int]
    seconds: float
    logprobs: list[list[TokenLogprob]] | None = None


@dataclass(frozen=True, kw_only=True)
class Likelihoods:
    """Natural log-likelihood of each candidate, as far as candidates can be told apart (see `score`), and the cost."""

    logprobs: list[float]
    prompt_tokens: int
    completion_tokens: int
    seconds: float


# Each request's index and completion.
Numbered = Iterator[tuple[int, Completion]]


class Closing:
    """Closed at the end of a ``with`` block."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Engine(Protocol):
    """A loaded model. Safe to share between threads; a context manager that closes itself."""

    @property
    def mode(self) -> Mode: ...

    @property
    def id(self) -> str:
        """Names the artefact (sha256 prefix) and every setting that changes output: the model string and cache key."""

    @property
    def context(self) -> int:
        """Tokens that prompt and reply of one request may have together."""

    @property
    def slots(self) -> int:
        """How many requests run at once; more callers wait."""

    @property
    def template_sha256(self) -> str:
        """Hash of the chat template; "" where the engine is not told."""

    def complete(self, request: Request) -> Completion:
        """Run one request. Raises ContextOverflow, SchemaError or RequestError before anything runs."""

    def complete_each(self, requests: Sequence[Request], skip: Collection[int] = ()) -> Numbered:
        """Index and completion of each request as they come, in any order; those in `skip` may be left out.

        What a completion is does not depend on `skip`: work that was cut off goes on as if it had not been. A
        ContextOverflow says the `index` of the request that it is about.
        """

    def complete_many(self, requests: Sequence[Request]) -> list[Completion]:
        """Run requests, in parallel slots in fast mode, one by one in exact mode; results in the order given."""

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """Indices of the requests that are computed together, without batches that are in `skip` as a whole."""

    def complete_batch(self, requests: Sequence[Request]) -> list[Completion]:
        """Run one such batch; results in the order given."""

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """How likely the model finds each candidate as its reply. Raises CannotScore where the engine does not say."""

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt by the model's own chat template; what users and the model said cannot hold special tokens.

        Raises EngineError where the engine cannot show it.
        """

    def tokenize(self, text: str) -> list[int]:
        """Ids of a rendered prompt, special tokens parsed."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BaseEngine(Closing):
    """What engines share. One of your own needs `id`, `mode` and `complete`; one that computes requests together, such
    as rows of a tensor, gives `batches` and `complete_batch` and takes `complete` from them."""

    mode: Mode = "exact"
    id: str
    context: int = 4096
    slots: int = 1
    template_sha256: str = ""

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        return self.complete_batch([request])[0]

    def complete_each(self, requests: Sequence[Request], skip: Collection[int] = ()) -> Numbered:
        """See Engine.complete_each."""
        batches = self.batches(requests, skip)
        pool = ThreadPoolExecutor(max(1, self.slots // max(map(len, batches), default=1)))
        try:
            running = {pool.submit(self.complete_batch, [requests[i] for i in batch]): batch for batch in batches}
            for future in as_completed(running):
                try:
                    replies = future.result()
                except ContextOverflow as error:
                    error.index = running[future][0] if len(running[future]) == 1 else error.index
                    raise
                yield from zip(running[future], replies, strict=True)
        finally:
            pool.shutdown(cancel_futures=True)

    def complete_many(self, requests: Sequence[Request]) -> list[Completion]:
        """See Engine.complete_many."""
        found = dict(self.complete_each(requests))
        return [found[i] for i in range(len(requests))]

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """See Engine.batches; here each request is one of its own."""
        return [[i] for i in range(len(requests)) if i not in skip]

    def complete_batch(self, requests: Sequence[Request]) -> list[Completion]:
        """See Engine.complete_batch."""
        return [self.complete(request) for request in requests]

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score; here nothing is known."""
        raise CannotScore(f"score is not supported by {self.id}; use llamacpp or transformers")

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render; here there is nothing to show."""
        raise EngineError(f"{self.id} does not show its prompts")

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize; here there is nothing to show."""
        raise EngineError(f"{self.id} does not show its tokens")

    def close(self) -> None:
        """Nothing to let go of."""

    def check_room(self, prompt_tokens: int, request: Request) -> None:
        """Raise ContextOverflow when prompt and reply do not fit into the context together."""
        if prompt_tokens + request.max_tokens > self.context:
            raise ContextOverflow(prompt_tokens, request.max_tokens, self.context)


def check_settings(mode: str, **counts: int | None) -> None:
    """Raise RequestError, naming the setting, for a mode that there is not and for counts below 1 (None: not given)."""
    if mode not in ("fast", "exact"):
        raise RequestError(f"mode must be fast or exact, not {mode!r}")
    for name, value in counts.items():
        if value is not None and value < 1:
            raise RequestError(f"{name} must be at least 1, not {value}")


def before_stop(text: str, stop: Sequence[str]) -> str:
    """The text before the first stop string."""
    return text[: min((i for s in stop if (i := text.find(s)) >= 0), default=len(text))]
