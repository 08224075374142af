"""Counts what an engine spends, and stops it at a limit."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields

from ..errors import BudgetExceeded
from .base import BaseEngine, Completion, Engine, Likelihoods, Message, Request


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was spent: calls, tokens in, tokens out, and the seconds in which at least one call was running."""

    lm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """In and out together."""
        return self.prompt_tokens + self.completion_tokens

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(**{f.name: getattr(self, f.name) - getattr(other, f.name) for f in fields(self)})


class Meter:
    """Thread-safe counters with optional limits.

    Before a call the meter raises BudgetExceeded, naming the limit, when one is reached or `stop` was called. A call
    that has started is never cut, so tokens and seconds can end a little above their limits; calls cannot.
    """

    def __init__(
        self, *, max_calls: int | None = None, max_tokens: int | None = None, max_seconds: float | None = None
    ) -> None:
        self._limits: dict[str, float | None] = {"calls": max_calls, "tokens": max_tokens, "seconds": max_seconds}
        self._lock = threading.Lock()
        self._calls = self._prompt_tokens = self._completion_tokens = self._running = 0
        self._seconds = self._busy_since = 0.0
        self._stopped: str | None = None
        self.refusals = 0
        """How often BudgetExceeded was raised: a program may have swallowed it."""

    @property
    def usage(self) -> Usage:
        """What was spent so far, calls that are running included in the calls and seconds."""
        with self._lock:
            return self._usage()

    @property
    def stopped(self) -> str | None:
        """The reason that `stop` was given; None if it was not called."""
        return self._stopped

    def check(self, calls: int = 1) -> None:
        """Raise BudgetExceeded if so many further calls may not start."""
        with self._lock:
            self._check(calls)

    def part(self) -> "Meter":
        """A meter for one piece of work, whose calls count here too."""
        return Part(self, self.begin)

    def stop(self, reason: str) -> None:
        """Let no further call start; `reason` is what BudgetExceeded will say."""
        self._stopped = reason  # without the lock, which a signal may find held by the very thread that it stopped

    def begin(self, calls: int = 1) -> None:
        """Count calls that start now, together. Raises BudgetExceeded instead if not all of them may."""
        with self._lock:
            self._check(calls)
            self._record(lm_calls=calls)
            self._calls += calls
            if self._running == 0:
                self._busy_since = time.perf_counter()
            self._running += 1

    def end(self, completions: Sequence[Completion | Likelihoods] = ()) -> None:
        """Count what the calls that one `begin` counted have used; nothing if they failed."""
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self._seconds += time.perf_counter() - self._busy_since
            prompt, reply = (sum(getattr(c, f"{n}_tokens") for c in completions) for n in ("prompt", "completion"))
            self._record(prompt_tokens=prompt, completion_tokens=reply)
            self._prompt_tokens += prompt
            self._completion_tokens += reply

    def _record(self, **spent: int) -> None:
        """Called under the lock before anything is counted; a meter that outlives its process writes it down."""

    def _usage(self) -> Usage:
        running = time.perf_counter() - self._busy_since if self._running else 0.0
        return Usage(
            lm_calls=self._calls,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            seconds=self._seconds + running,
        )

    def _check(self, calls: int = 1) -> None:
        if reason := self._refusal(calls):
            self.refusals += 1
            raise BudgetExceeded(reason)

    def _refusal(self, calls: int = 1) -> str | None:
        if self._stopped is not None:
            return self._stopped
        usage = self._usage()
        spent = {
            "calls": usage.lm_calls + calls - 1,
            "tokens": usage.tokens,
            "seconds": usage.seconds,
        }
        for name, limit in self._limits.items():
            if limit is not None and spent[name] >= limit:
                return f"the budget of {limit:g} {name} is spent"
        return None


class Part(Meter):
    """What one piece of work spends of a meter, told apart from what runs beside it."""

    def __init__(self, whole: Meter, begin: Callable[[int], None]) -> None:
        super().__init__()
        self._whole, self._begin_there = whole, begin

    def begin(self, calls: int = 1) -> None:
        """See Meter.begin; the limits are those of the whole."""
        try:
            self._begin_there(calls)
        except BudgetExceeded:
            self.refusals += 1
            raise
        super().begin(calls)

    def end(self, completions: Sequence[Completion | Likelihoods] = ()) -> None:
        """See Meter.end."""
        super().end(completions)
        self._whole.end(completions)

    def check(self, calls: int = 1) -> None:
        """See Meter.check."""
        self._whole.check(calls)

    def stop(self, reason: str) -> None:
        """See Meter.stop."""
        self._whole.stop(reason)


class MeteredEngine(BaseEngine):
    """An engine whose calls a meter counts; everything else is the engine's own.

    Raises BudgetExceeded before a call, or a batch of calls, that may not start.
    """

    def __init__(self, engine: Engine, meter: Meter) -> None:
        self.engine, self.meter = engine, meter
        self.mode, self.id, self.context, self.slots = engine.mode, engine.id, engine.context, engine.slots
        self.template_sha256 = engine.template_sha256

    def batches(self, requests: Sequence[Request], skip: Collection[int] = ()) -> list[list[int]]:
        """See Engine.batches."""
        return self.engine.batches(requests, skip)

    def complete_batch(self, requests: Sequence[Request]) -> list[Completion]:
        """See Engine.complete_batch."""
        self.meter.begin(len(requests))
        completions: list[Completion] = []
        try:
            completions = self.engine.complete_batch(requests)
        finally:
            self.meter.end(completions)
        return completions

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score; one call."""
        self.meter.begin()
        found: list[Likelihoods] = []
        try:
            found.append(self.engine.score(messages, candidates))
        finally:
            self.meter.end(found)
        return found[0]

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        return self.engine.render(messages)

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        return self.engine.tokenize(text)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()
