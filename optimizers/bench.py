"""The bench: scores candidates for whoever proposes them, and owns all that this takes.

Engine, meter, journal, examples, seed, progress and interruption are here and nowhere else. Every score is kept as it
comes, so work that is begun again after an interruption costs nothing up to where it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..deploy.engines.base import Engine, Mode
from ..deploy.engines.meter import MeteredEngine
from ..deploy.engines.open import open_engine
from ..deploy.files import sha256
from ..deploy.journal import Journal
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .budget import Ledger
from .candidate import Candidate
from .evaluate import Outcome, evaluate
from .interrupt import on_interrupt
from .run import Compiled, Run
from .space import Space, pools_for

if TYPE_CHECKING:
    import dspy

    from .task import StepPool, Task

RACE_EVERY = 8
"""Examples between two looks at whether a candidate is behind: what fast mode runs at once."""
P_DROP = 0.1
"""A candidate is dropped when the one-sided paired test that it is behind the best falls below this."""
OPEN_ENGINES = 3
"""Models that are held at once: the base in fast and exact mode, and one with soft prompts."""
MODEL = "model.gguf"


@dataclass
class Scored:
    """A candidate's scores on the training examples, in order. Neither complete nor dropped: the budget cut it."""

    candidate: Candidate
    scores: list[float] = field(default_factory=list)
    complete: bool = False
    dropped: bool = False

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


class Bench:
    """What an optimizer works with; see ``Optimizer``. A context manager.

    task, seed, start (the unchanged program's prompts), model (the GGUF that is compiled for), examples (training
    examples that candidates are scored on) and folder (the run's own) may be read by optimizers.
    """

    def __init__(
        self,
        task: Task,
        model: Path,
        run: Run,
        *,
        progress: Progress = silent,
        engine: str | Callable[..., Engine] | None = None,
    ) -> None:
        self.task, self.model, self.folder, self.progress = task, model, run.folder, progress
        self.config, self._run = run.config, run
        self.seed = run.config.seed
        self.start = Candidate.of(task.program())
        self.examples = spread(task.train, run.config.examples, self.seed)
        self.scored: dict[str, Scored] = {}
        self.ledger = Ledger(run.budget, run.folder / "spent.jsonl")
        self._engine = engine
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
        """How good a candidate is on the training examples, in fast mode; it ends early once it is clearly behind.

        Raises BudgetExceeded when what the search may spend is spent.
        """
        known = self.scored.get(candidate.id)
        if known is not None and (known.complete or known.dropped):
            return known
        scored = self.scored[candidate.id] = Scored(candidate)
        best = self.best
        for row in self.rows(candidate, self.examples, "fast"):
            scored.scores.append(row["score"])
            done = len(scored.scores)
            detail = f"candidate {len(self.scored)}, best {best.mean if best else 0.0:.3f}"
            self.progress("search", done, len(self.examples), detail)
            if done % RACE_EVERY == 0 and done < len(self.examples) and best and behind(scored.scores, best.scores):
                scored.dropped = True
                return scored
        scored.complete = True
        return scored

    def rows(self, candidate: Candidate, examples: Sequence[dspy.Example], mode: Mode) -> Iterator[dict[str, Any]]:
        """A row for each example (score, failure, trace), from the journal or from the engine, in order."""
        keys = [f"{mode} {candidate.id} {example.id}" for example in examples]
        missing = [e for key, e in zip(keys, examples, strict=True) if key not in self.journal.rows]
        fresh: Iterator[Outcome] = iter(())
        if missing:
            self.journal.add(f"candidate {candidate.id}", {"candidate": candidate.model_dump()})
            program = candidate.apply(self.task.program())
            fresh = evaluate(program, missing, self.task, self.engine(mode, candidate))
        for key in keys:
            if key not in self.journal.rows:
                self.ledger.check()
                before = self.ledger.usage
                outcome = next(fresh)
                spent = self.ledger.usage
                row: dict[str, Any] = {"score": outcome.score, "failure": outcome.failure}
                row["spent"] = {"lm_calls": spent.lm_calls, "tokens": spent.prompt_tokens + spent.completion_tokens}
                if mode == "exact":  # in fast mode, others run at the same time
                    row["cost"] = vars(spent - before)
                if candidate.id == self.start.id:  # whose own runs may serve as demonstrations
                    row["trace"] = outcome.trace
                self.journal.add(key, row)
            yield self.journal.rows[key]

    def exact(self, candidate: Candidate, example: dspy.Example) -> dict[str, Any]:
        """The row of one example in exact mode, with its ``cost``."""
        return next(self.rows(candidate, [example], "exact"))

    def bootstrapped(self, predictor: str) -> list[dict[str, Any]]:
        """Calls of a predictor in the runs of the unchanged program that scored best: the upper half, and above 0."""
        rows = list(self.rows(self.start, self.examples, "fast"))
        bar = sorted(row["score"] for row in rows)[len(rows) // 2]
        kept = [row["trace"] for row in rows if row["score"] >= bar and row["score"] > 0]
        return [fields for trace in kept for name, fields in trace if name == predictor]

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
        path = self.folder / MODEL
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


def behind(scores: Sequence[float], best: Sequence[float]) -> bool:
    """Whether a paired one-sided Wilcoxon test says that scores are below the best one's, example by example."""
    from scipy.stats import wilcoxon

    differences = [ours - theirs for ours, theirs in zip(scores, best, strict=False)]
    if sum(differences) >= 0:
        return False
    return bool(wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue < P_DROP)
