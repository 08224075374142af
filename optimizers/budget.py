"""What a compile may spend, in all: candidates, training, finalists, confirmation and proposals alike."""

from __future__ import annotations

import errno
import json
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..deploy.engines.meter import Meter, Part, Usage
from ..deploy.errors import BudgetExceeded
from ..programs.errors import InputError, explain


class Budget(BaseModel):
    """Limits on a compile: calls of the model, tokens (prompt and reply), seconds on the clock. None: no such limit.

    A training example that is read counts as a call, and its tokens as tokens. Whichever limit is reached first ends
    the compile, over all the times that it was resumed. Raises InputError naming what is no limit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lm_calls: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, gt=0)

    def __init__(self, **limits: Any) -> None:
        try:
            super().__init__(**limits)
        except ValidationError as error:
            raise InputError(f"budget: {explain(error)}") from None

    @model_validator(mode="after")
    def _ends(self) -> Budget:
        if self.lm_calls is None and self.tokens is None and self.seconds is None:
            raise ValueError("a budget needs a limit: lm_calls, tokens or seconds")
        return self

    def exceeds(self, other: Budget) -> bool:
        """Whether this allows more than the other of anything that it limits."""
        pairs = zip(self.model_dump().values(), other.model_dump().values(), strict=True)
        return any(theirs is not None and (ours is None or ours > theirs) for ours, theirs in pairs)

    def __str__(self) -> str:
        names = {"lm_calls": "calls", "tokens": "tokens", "seconds": "s"}
        return ", ".join(f"{value:.15g} {names[key]}" for key, value in self if value is not None)


def budget_of(**limits: float | None) -> Budget | None:
    """A budget of the limits that are given, None if none is. Raises InputError naming what is no limit."""
    given = {name: value for name, value in limits.items() if value is not None}
    return Budget(**given) if given else None


class Ledger(Meter):
    """The meter of a run: it outlives the process, and counts what was spent before a kill.

    path: a file with one line for everything that was spent, written before it is counted, so that a process that is
    killed has never spent more than the file says in calls. ``seconds`` are on the clock while a ledger is open.

    Calls are counted twice. ``usage`` has all that were made, and never exceeds the budget. ``charged`` has those that
    the work so far follows from: a score is charged when it is taken, whether it was paid for now or before a kill. It
    decides when a search ends, so that a search which was killed ends where it would have ended; the calls that the
    kill lost come out of what ``keep_back`` spares for them.
    """

    def __init__(self, budget: Budget, path: Path):
        super().__init__()
        self.budget, self._path = budget, path
        before = _read(path)
        self._calls, self._prompt_tokens, self._completion_tokens = (
            int(before.get(name, 0)) for name in ("lm_calls", "prompt_tokens", "completion_tokens")
        )
        self.scoring = int(before.get("scoring", 0))
        """Calls that were made to score examples, the lost ones among them."""
        self.charged = self._calls - self.scoring
        self.pool: Callable[[int], None] | None = None
        """Counts calls for scores where others spend the same budget. Raises BudgetExceeded."""
        self._clock = time.perf_counter() - before.get("seconds", 0.0)
        self._file = path.open("ab", buffering=0)
        self.keep_back(Usage())

    @property
    def spent_out(self) -> str | None:
        """Why no further call may start; None if one may."""
        with self._lock:
            return self._refusal()

    @property
    def left(self) -> Usage:
        """What may still be spent now; infinite where there is no limit. All tokens are among the prompt's."""
        usage = self.usage
        calls, tokens, seconds = (
            math.inf if limit is None else limit
            for limit in (self._allowed, self._limits["tokens"], self._limits["seconds"])
        )
        left = tokens - usage.tokens
        return Usage(lm_calls=calls - self.charged, prompt_tokens=left, seconds=seconds - usage.seconds)  # type: ignore[arg-type]

    @property
    def most_calls(self) -> float:
        """The calls that may be made by now, the lost ones among them; infinite where there is no limit."""
        limit = self._limits["calls"]
        return math.inf if limit is None else limit

    def keep_back(self, reserve: Usage, spare: int = 0) -> None:
        """From now on, leave this much of the budget for later; spare: calls that only a kill may cost."""
        limits = {
            "calls": (self.budget.lm_calls, reserve.lm_calls),
            "tokens": (self.budget.tokens, reserve.tokens),
            "seconds": (self.budget.seconds, reserve.seconds),
        }
        self._limits = {name: None if cap is None else max(0, cap - kept) for name, (cap, kept) in limits.items()}
        calls = self._limits["calls"]
        self._allowed = None if calls is None else max(0, int(calls) - spare)

    def part(self) -> Part:
        """A meter for the scoring of one example."""
        return Part(self, self._begin_scoring)

    def _begin_scoring(self, calls: int) -> None:
        with self._lock:
            if reason := super()._refusal(calls):
                self.refusals += 1
                raise BudgetExceeded(reason)
            if self.pool:
                self.pool(calls)
            self._record(lm_calls=calls, scoring=calls)
            self._calls += calls
            self.scoring += calls
            self._running += 1

    def charge(self, calls: int) -> None:
        """Count calls that a score took, when it is taken."""
        with self._lock:
            self.charged += calls

    def fits(self, each: int) -> int:
        """How many scores of so many calls each may still be taken."""
        return sys.maxsize if self._allowed is None else max(0, self._allowed - self.charged) // max(1, each)

    def spend(self, calls: int, tokens: int, training_tokens: int = 0) -> None:
        """Count, beforehand, what is spent without an engine (training). Raises BudgetExceeded if it may not.

        training_tokens: the tokens by the work that they are, written down beside the others: 1 for a token that is
        looked at, 3 for one that is learned from, because a pass backward is the work of two forward.
        """
        with self._lock:
            self._check(calls)
            trained = {"training_tokens": training_tokens} if training_tokens else {}
            self._record(lm_calls=calls, prompt_tokens=tokens, **trained)
            self._calls += calls
            self._prompt_tokens += tokens

    def close(self) -> None:
        """Write down the time, if that can be; the file can be opened again."""
        with suppress(BudgetExceeded):
            self._record()
        self._file.close()

    def _usage(self) -> Usage:
        return Usage(
            lm_calls=self._calls,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            seconds=time.perf_counter() - self._clock,
        )

    def _refusal(self, calls: int = 1) -> str | None:
        if self._stopped is None and self._allowed is not None and self.charged + calls > self._allowed:
            return f"the budget of {self._allowed} calls is spent"
        return super()._refusal(calls)

    def _record(self, **spent: int) -> None:
        seconds = round(time.perf_counter() - self._clock, 2)
        line = json.dumps({**spent, "seconds": seconds}).encode() + b"\n"
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, "")
        except OSError as error:
            # What cannot be written down may not be spent.
            self.stop(f"cannot write {self._path}: {os.strerror(error.errno or 0)}")
            self._check()
        # What is not done for a score is charged at once: it cannot be taken again.
        self.charged += spent.get("lm_calls", 0) - spent.get("scoring", 0)


def _read(path: Path) -> dict[str, float]:
    """Sums of what a ledger's lines say, and its last time; a line that was cut counts for nothing."""
    total: dict[str, float] = {}
    whole = 0
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n"):
            break
        whole += len(line)
        for name, value in entry.items():
            total[name] = value if name == "seconds" else total.get(name, 0) + value
    if path.exists():
        os.truncate(path, whole)
    return total
