"""The bench: scores candidates for whoever proposes them, and owns all that this takes.

Engine, meter, journal, examples, seed, progress and interruption are here and nowhere else. Every score is kept as it
comes, so work that is begun again after an interruption costs nothing up to where it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..deploy.engines.base import Engine, Mode
from ..deploy.engines.meter import MeteredEngine, Usage
from ..deploy.engines.open import open_engine
from ..deploy.files import sha256
from ..deploy.journal import Journal
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .budget import Ledger
from .candidate import Candidate
from .halving import rungs
from .interrupt import on_interrupt
from .ledger import LABELS
from .rows import Rows
from .run import Compiled, Run
from .shared_study import SharedStudy
from .space import Space, pools_for
from .weights import MODEL, folder_of

if TYPE_CHECKING:
    import dspy

    from .task import StepPool, Task

FEWEST_LEFT = 2
"""Candidates of a round that meet all examples, at least: so that the best of them is known by all there is."""
OPEN_ENGINES = 3
"""Models that are held at once: the base in fast and exact mode, and one with soft prompts."""


@dataclass
class Scored:
    """A candidate's scores on the training examples, in order. Neither complete nor dropped: the budget cut it."""

    candidate: Candidate
    scores: list[float] = field(default_factory=list)
    complete: bool = False
    dropped: bool = False

    @property
    def mean(self) -> float:
        return self.mean_of(len(self.scores))

    @property
    def judged(self) -> bool:
        """Whether it will not meet another example."""
        return self.complete or self.dropped

    def mean_of(self, examples: int) -> float:
        """The mean on the first so many examples, on which others can be compared with it."""
        scores = self.scores[:examples]
        return fmean(scores) if scores else 0.0  # exact sums: in whatever order they came


class Bench:
    """What an optimizer works with; see ``Optimizer``. A context manager.

    task, seed, start (the unchanged program's prompts), model (the GGUF that is compiled for), examples (training
    examples that candidates are scored on) and folder (the run's own) may be read by optimizers. What they found out is
    for ``notes``.
    """

    def __init__(
        self,
        task: Task,
        model: Path,
        run: Run,
        *,
        progress: Progress = silent,
        engine: str | Callable[..., Engine] | None = None,
        storage: str | None = None,
    ) -> None:
        self.task, self.model, self.folder, self.progress = task, model, run.folder, progress
        self.config, self._run = run.config, run
        self.seed = run.config.seed
        self.start = Candidate.of(task.program())
        self.examples = spread(task.train, run.config.examples, self.seed)
        self.scored: dict[str, Scored] = {}
        self.notes: list[str] = []
        self.ledger = Ledger(run.budget, run.folder / "spent.jsonl")
        self._engine, self._storage = engine, storage
        self.shared: SharedStudy | None = None
        self._engines: dict[tuple[Mode, str | None], MeteredEngine] = {}
        self._pools: dict[str, StepPool] | None = None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or SIGTERM asked to stop."""
        return self._asked.is_set()

    def interrupt(self) -> None:
        """Stop as Ctrl-C does."""
        self._asked.set()
        self.ledger.stop("interrupted")

    def finish(self, compiled: Compiled) -> Compiled:
        """Keep the result in the run."""
        return self._run.finish(compiled)

    @property
    def usage(self) -> dict[str, float]:
        """What was spent, by all who worked on it; the seconds are this one's."""
        usage = self.ledger.usage
        spent: dict[str, float] = {
            "lm_calls": usage.lm_calls,
            "tokens": usage.tokens,
            "seconds": round(usage.seconds, 1),
        }
        if self.shared:
            costs = [Usage(**row["cost"]) for row in self.journal.rows.values() if "cost" in row]
            spent |= {"lm_calls": self.shared.calls, "tokens": sum(cost.tokens for cost in costs)}
        return spent

    @property
    def best(self) -> Scored | None:
        """The best candidate that was scored on all examples."""
        return max((s for s in self.scored.values() if s.complete), key=lambda s: s.mean, default=None)

    @property
    def pools(self) -> dict[str, StepPool]:
        """What may be put into each predictor."""
        if self._pools is None:
            self._pools = pools_for(self.task, self.bootstrapped)
        return self._pools

    @property
    def read_pools(self) -> bool:
        """Whether anything looked at the pools."""
        return self._pools is not None

    def space(self) -> Space:
        """Everything that can be made of the pools."""
        return Space(self.pools, self.start, self.seed)

    def score(self, candidate: Candidate) -> Scored:
        """How good a candidate is on all training examples, in fast mode; one that was dropped stays dropped.

        Raises BudgetExceeded when what the search may spend is spent.
        """
        scored = self._scored(candidate)
        if not scored.judged:
            self._extend(scored, len(self.examples))
        return scored

    def halve(self, candidates: Iterable[Candidate]) -> list[Scored]:
        """Those that do best on all training examples, the best first; the others are dropped on the way.

        All meet a few examples, the better half meets twice as many, and so on (see ``rungs``). One that was dropped
        before is not met again. Raises BudgetExceeded when what the search may spend is spent.
        """
        left = [s for s in {c.id: self._scored(c) for c in candidates}.values() if not s.dropped]
        met = 0
        for size, examples in rungs(len(left), len(self.examples), max(FEWEST_LEFT, self.config.finalists)):
            left.sort(key=lambda scored: -scored.mean_of(met))
            for scored in left[size:]:
                scored.dropped = not scored.complete
            left, met = left[:size], examples
            self.all_rows.share_out((s.candidate, self.examples[len(s.scores) : examples]) for s in left)
            for number, scored in enumerate(left, 1):
                self._extend(scored, examples, number, size)
        return sorted(left, key=lambda scored: -scored.mean)

    def _scored(self, candidate: Candidate) -> Scored:
        return self.scored.setdefault(candidate.id, Scored(candidate))

    def _extend(self, scored: Scored, examples: int, number: int = 1, among: int = 1) -> None:
        """Let a candidate, of so many that do the same, meet the examples up to so many."""
        best = self.best
        for row in self.rows(scored.candidate, self.examples[len(scored.scores) : examples], "fast"):
            scored.scores.append(row["score"])
            done = (number - 1) * examples + len(scored.scores)
            detail = f"{among} candidates x {examples} examples, best {best.mean if best else 0.0:.3f}"
            self.progress("search", done, among * examples, detail)
        scored.complete = len(scored.scores) == len(self.examples)

    def rows(self, candidate: Candidate, examples: Sequence[dspy.Example], mode: Mode) -> Iterator[dict[str, Any]]:
        """A row for each example (score, failure, cost, trace), from the journal or from the engine, in order."""
        return self.all_rows.take(candidate, examples, mode)

    def exact(self, candidate: Candidate, example: dspy.Example) -> dict[str, Any]:
        """The row of one example in exact mode, with its ``cost``."""
        return next(self.rows(candidate, [example], "exact"))

    def bootstrapped(self, predictor: str) -> list[dict[str, Any]]:
        """Calls of a predictor in the runs of the unchanged program that scored best: the upper half, and above 0."""
        rows = list(self.rows(self.start, self.examples, "fast"))
        bar = sorted(row["score"] for row in rows)[len(rows) // 2]
        kept = [row["trace"] for row in rows if row["score"] >= bar and row["score"] > 0]
        return [fields for trace in kept for name, fields in trace if name == predictor]

    def read_labels(self, of: str, names: Iterable[str]) -> None:
        """Write down, under what it was for, whose truth an optimizer looked at beside the rows that it asked for: ids
        of examples, or names of demonstrations in written pools (see ``ledger.trained_on``)."""
        labels = sorted(names)
        self.all_rows.keep(f"{LABELS}{of} {len(labels)}", {"labels": labels})

    def engine(self, mode: Mode = "fast", candidate: Candidate | None = None) -> MeteredEngine:
        """The engine that serves a candidate (the unchanged program if None); its calls are metered."""
        weights = candidate.weights if candidate else None
        key = (mode, weights)
        if key not in self._engines:
            if len(self._engines) == OPEN_ENGINES:
                self._engines.pop(next(iter(self._engines))).close()
            path = self.weights_of(candidate) if candidate else self.model
            self._engines[key] = MeteredEngine(open_engine(path, mode, engine=self._engine), self.ledger)
        return self._engines[key]

    def weights_of(self, candidate: Candidate) -> Path:
        """The model file that serves a candidate. Raises InputError when it is gone or another one."""
        if candidate.weights is None:
            return self.model
        path = folder_of(self.folder, candidate.weights) / MODEL
        if not path.is_file() or sha256(path) != candidate.weights:
            raise InputError(f"run: {path} is not the model that candidate {candidate.id} was made for; compile again")
        return path

    def _close_engines(self) -> None:
        while self._engines:
            self._engines.popitem()[1].close()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.ledger.close)
            identity = {"config": self.config.sha256}
            self.journal = stack.enter_context(Journal(self.folder / "journal.jsonl", identity, key="key"))
            if self._storage:
                shared = SharedStudy(self._storage, self._run.config.study, self.folder, self.journal)
                self.shared = stack.enter_context(shared)
                self.ledger.pool = self.shared.take
            self.all_rows = Rows(self.task, self.start.id, self.engine, self.ledger, self.journal, self.shared)
            self._asked = stack.enter_context(on_interrupt(lambda: self.ledger.stop("interrupted")))
            stack.callback(self._close_engines)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def spread(examples: Sequence[Any], count: int, seed: int) -> list[Any]:
    """A fixed random choice of examples, in a fixed random order."""
    return random.Random(f"examples/{seed}").sample(list(examples), min(count, len(examples)))
