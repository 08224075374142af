"""Counts what an engine spends, and stops it at a limit."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

from ..errors import BudgetExceeded
from .base import Closing, Completion, Engine, Message, Mode, Request


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was spent: calls, tokens in, tokens out, and the seconds in which at least one call was running."""

    lm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

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

    @property
    def usage(self) -> Usage:
        """What was spent so far, calls that are running included in the calls and seconds."""
        with self._lock:
            return self._usage()

    def check(self) -> None:
        """Raise BudgetExceeded if no further call may start."""
        with self._lock:
            self._check()

    def stop(self, reason: str) -> None:
        """Let no further call start; `reason` is what BudgetExceeded will say."""
        self._stopped = reason  # without the lock, which a signal may find held by the very thread that it stopped

    def begin(self) -> None:
        """Count a call that starts now. Raises BudgetExceeded instead if none may."""
        with self._lock:
            self._check()
            self._record(lm_calls=1)
            self._calls += 1
            if self._running == 0:
                self._busy_since = time.perf_counter()
            self._running += 1

    def end(self, completion: Completion | None) -> None:
        """Count what a call that `begin` counted has used; None if it failed."""
        with self._lock:
            self._running -= 1
            if self._running == 0:
                self._seconds += time.perf_counter() - self._busy_since
            if completion is not None:
                used = {"prompt_tokens": completion.prompt_tokens, "completion_tokens": completion.completion_tokens}
                self._record(**used)
                self._prompt_tokens += used["prompt_tokens"]
                self._completion_tokens += used["completion_tokens"]

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

    def _check(self) -> None:
        if reason := self._refusal():
            raise BudgetExceeded(reason)

    def _refusal(self) -> str | None:
        if self._stopped is not None:
            return self._stopped
        usage = self._usage()
        spent = {
            "calls": usage.lm_calls,
            "tokens": usage.prompt_tokens + usage.completion_tokens,
            "seconds": usage.seconds,
        }
        for name, limit in self._limits.items():
            if limit is not None and spent[name] >= limit:
                return f"the budget of {limit:g} {name} is spent"
        return None


class MeteredEngine(Closing):
    """An engine whose calls a meter counts; everything else is the engine's own."""

    def __init__(self, engine: Engine, meter: Meter) -> None:
        self.engine, self.meter = engine, meter

    @property
    def mode(self) -> Mode:
        return self.engine.mode

    @property
    def id(self) -> str:
        return self.engine.id

    @property
    def context(self) -> int:
        return self.engine.context

    @property
    def slots(self) -> int:
        return self.engine.slots

    def complete(self, request: Request) -> Completion:
        """See Engine.complete. Raises BudgetExceeded before the call when a limit is reached."""
        self.meter.begin()
        completion = None
        try:
            completion = self.engine.complete(request)
            return completion
        finally:
            self.meter.end(completion)

    def complete_many(self, requests: Sequence[Request]) -> list[Completion]:
        """See Engine.complete_many. Raises BudgetExceeded as soon as one request may not start."""
        with ThreadPoolExecutor(self.slots) as pool:
            return list(pool.map(self.complete, requests))

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        return self.engine.render(messages)

    def tokenize(self, text: str) -> list[int]:
        """See Engine.tokenize."""
        return self.engine.tokenize(text)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()
