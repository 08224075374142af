"""Scores, one row each: taken in order, paid for once, and kept as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..deploy.engines.base import Mode
from ..deploy.engines.meter import MeteredEngine
from ..deploy.journal import Journal
from .budget import Ledger
from .candidate import Candidate
from .evaluate import Outcome, evaluate
from .shared_study import SharedStudy

if TYPE_CHECKING:
    import dspy

    from .task import Task

AT_ONCE = 8
"""Examples that are taken on together, at most: as many as fast mode runs at once."""


class Rows:
    """A row (score, failure, cost, trace) for each candidate, example and mode.

    A row is charged when it is taken for the first time, wherever it comes from: from the engine, from the journal,
    from another worker. What follows from the charges (see ``Ledger``) is then the same for a search that was killed,
    for one that was not, and for one that many work on.

    start: the id of the unchanged program, whose own runs may serve as demonstrations. shared: where others work on the
    same rows.
    """

    def __init__(
        self,
        task: Task,
        start: str,
        engine: Callable[[Mode, Candidate], MeteredEngine],
        ledger: Ledger,
        journal: Journal,
        shared: SharedStudy | None = None,
    ) -> None:
        self.calls_each = 1
        """Calls that one example takes, about: known once judging is planned."""
        self._task, self._start, self._engine = task, start, engine
        self._ledger, self._journal, self._shared = ledger, journal, shared
        self._charged: set[str] = set()

    @property
    def lost(self) -> int:
        """Calls that no row came of: those that were running at a kill, or when something ended the search."""
        made = self._shared.calls if self._shared else self._ledger.scoring
        return made - sum(map(_calls, self._journal.rows.values()))

    def take(self, candidate: Candidate, examples: Sequence[dspy.Example], mode: Mode) -> Iterator[dict[str, Any]]:
        """A row for each example, in order. Raises BudgetExceeded when no further one may be charged."""
        keys = _keys(candidate, examples, mode)
        left = list(keys)
        while left:
            chunk = self._payable(left[:AT_ONCE])
            fresh = self._write(candidate, {k: keys[k] for k in chunk if k not in self._journal.rows}, mode)
            for key in chunk:
                if self._ledger.stopped:  # whatever is known already
                    self._ledger.check()
                while key not in self._journal.rows:
                    next(fresh)
                row = self._journal.rows[key]
                self.charge(key)
                yield row
            left = left[len(chunk) :]

    def share_out(self, work: Iterable[tuple[Candidate, Sequence[dspy.Example]]], mode: Mode = "fast") -> None:
        """Where others work beside this one, score what none of them is at, before it is taken in order.

        Only what is then taken for certain may be shared out, or calls are made for nothing.
        """
        if self._shared is None:
            return
        fits = self._ledger.fits(self.calls_each)
        for candidate, examples in work:
            keys = _keys(candidate, examples, mode)
            new = [key for key in keys if key not in self._charged][:fits]
            fits -= len(new)
            self._name(candidate)
            self._claim(candidate, {key: keys[key] for key in new}, mode)

    def charge(self, key: str) -> None:
        """Count the calls of a row that is taken for the first time."""
        if key not in self._charged:
            self._charged.add(key)
            self._ledger.charge(_calls(self._journal.rows[key]))

    def keep(self, key: str, row: dict[str, Any]) -> None:
        """Write down what was found out, for all who work on it; what is there already stays as it is."""
        if self._shared is None:
            self._journal.add(key, row)
        else:
            self._shared.publish(key, row)

    def _payable(self, keys: Sequence[str]) -> Sequence[str]:
        """The first of these rows, as far as the budget goes. Raises BudgetExceeded where it is not enough for one."""
        fits = self._ledger.fits(self.calls_each)
        for number, key in enumerate(keys):
            if key not in self._charged:
                if fits == 0:
                    if number == 0:
                        self._ledger.check(self.calls_each)
                    return keys[:number]
                fits -= 1
        return keys

    def _write(self, candidate: Candidate, missing: Mapping[str, dspy.Example], mode: Mode) -> Iterator[object]:
        """Have missing rows written, by whomever, some at each step."""
        if not missing:
            return
        self._ledger.check()
        self._name(candidate)
        if self._shared is None:
            yield from self._score(candidate, missing, mode)
            return
        while True:
            if not self._claim(candidate, missing, mode):
                self._ledger.check()
                self._shared.wait()
            yield None

    def _name(self, candidate: Candidate) -> None:
        """What a candidate's id stands for, in the journal."""
        self._journal.add(f"candidate {candidate.id}", {"candidate": candidate.model_dump()})

    def _claim(self, candidate: Candidate, missing: Mapping[str, dspy.Example], mode: Mode) -> bool:
        """Score what no other worker is at; whether there was something."""
        keys = [key for key in missing if key not in self._journal.rows]
        if not keys or self._shared is None:
            return False
        with self._shared.claim(keys, self.calls_each, self._ledger.most_calls) as mine:
            for _ in self._score(candidate, {key: missing[key] for key in mine}, mode):
                pass
        return bool(mine)

    def _score(self, candidate: Candidate, missing: Mapping[str, dspy.Example], mode: Mode) -> Iterator[Outcome]:
        """Score, and write down each row as soon as it is there: a kill loses what is running, and no more."""
        if not missing:
            return
        key_of = {str(example.id): key for key, example in missing.items()}

        def keep(example: dspy.Example, outcome: Outcome) -> None:
            row: dict[str, Any] = {"score": outcome.score, "failure": outcome.failure, "cost": vars(outcome.cost)}
            spent = self._ledger.usage
            row["spent"] = {"lm_calls": spent.lm_calls, "tokens": spent.tokens}
            if self._task.feedback and outcome.prediction is not None:
                row["parts"] = self._task.parts(example, outcome.prediction)
            if candidate.id == self._start:
                row["trace"] = outcome.trace
            self.keep(key_of[str(example.id)], row)

        program = candidate.apply(self._task.program())
        yield from evaluate(program, list(missing.values()), self._task, self._engine(mode, candidate), keep)


def _keys(candidate: Candidate, examples: Sequence[dspy.Example], mode: Mode) -> dict[str, dspy.Example]:
    return {f"{mode} {candidate.id} {example.id}": example for example in examples}


def _calls(row: Mapping[str, Any]) -> int:
    """The calls that a row of the journal took."""
    return int(row.get("cost", {}).get("lm_calls", 0))
