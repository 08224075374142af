"""The bench: scores candidates for whoever proposes them, and owns all that this takes.

Engine, meter, journal, examples, seed, progress and interruption are here and nowhere else. Every score is kept as it
comes, so work that is begun again after an interruption costs nothing up to where it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from .shared_study import SharedStudy
from .space import Space, pools_for

if TYPE_CHECKING:
    import dspy

    from .task import StepPool, Task

AT_ONCE = 8
"""Examples that fast mode runs at once, at most; between two such batches a candidate may be dropped."""
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
        storage: str | None = None,
    ) -> None:
        self.task, self.model, self.folder, self.progress = task, model, run.folder, progress
        self.config, self._run = run.config, run
        self.seed = run.config.seed
        self.start = Candidate.of(task.program())
        self.examples = spread(task.train, run.config.examples, self.seed)
        self.scored: dict[str, Scored] = {}
        self.ledger = Ledger(run.budget, run.folder / "spent.jsonl")
        self._engine, self._storage = engine, storage
        self.shared: SharedStudy | None = None
        self._engines: dict[tuple[Mode, str | None], MeteredEngine] = {}
        self._pools: dict[str, StepPool] | None = None
        self._charged: set[str] = set()
        self.calls_each = 1
        """Calls that one example takes, about: known once judging is planned."""

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
    def lost(self) -> int:
        """Calls that no score came of: those that were running at a kill or when something ended the search."""
        made = self.shared.calls if self.shared else self.ledger.scoring
        return made - sum(map(calls_of, self.journal.rows.values()))

    @property
    def usage(self) -> dict[str, float]:
        """What was spent, by all who worked on it; the seconds are this one's."""
        usage = self.ledger.usage
        spent: dict[str, float] = {
            "lm_calls": usage.lm_calls,
            "tokens": usage.prompt_tokens + usage.completion_tokens,
            "seconds": round(usage.seconds, 1),
        }
        if self.shared:
            costs = [row["cost"] for row in self.journal.rows.values() if "cost" in row]
            tokens = sum(cost["prompt_tokens"] + cost["completion_tokens"] for cost in costs)
            spent |= {"lm_calls": self.shared.calls, "tokens": tokens}
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
            if done % AT_ONCE == 0 and done < len(self.examples) and best and behind(scored.scores, best.scores):
                scored.dropped = True
                return scored
        scored.complete = True
        return scored

    def rows(self, candidate: Candidate, examples: Sequence[dspy.Example], mode: Mode) -> Iterator[dict[str, Any]]:
        """A row for each example (score, failure, cost, trace), from the journal or from the engine, in order.

        A row is charged when it is taken for the first time, wherever it comes from; see ``Ledger``.
        """
        keys = self._keys(candidate, examples, mode)
        left = list(keys)
        while left:
            chunk = self._payable(left[:AT_ONCE])
            fresh = self._evaluate(candidate, {k: keys[k] for k in chunk if k not in self.journal.rows}, mode)
            for key in chunk:
                while key not in self.journal.rows:
                    next(fresh)
                row = self.journal.rows[key]
                if key not in self._charged:
                    self._charged.add(key)
                    self.ledger.charge(calls_of(row))
                yield row
            left = left[len(chunk) :]

    @staticmethod
    def _keys(candidate: Candidate, examples: Sequence[dspy.Example], mode: Mode) -> dict[str, dspy.Example]:
        return {f"{mode} {candidate.id} {example.id}": example for example in examples}

    def _payable(self, keys: Sequence[str]) -> Sequence[str]:
        """The first of these rows, as far as the budget goes. Raises BudgetExceeded where it is not enough for one."""
        fits = self.ledger.fits(self.calls_each)
        for number, key in enumerate(keys):
            if key not in self._charged:
                if fits == 0:
                    if number == 0:
                        self.ledger.check(self.calls_each)
                    return keys[:number]
                fits -= 1
        return keys

    def share_out(self, work: Iterable[tuple[Candidate, Sequence[dspy.Example]]], mode: Mode = "fast") -> None:
        """Where others work beside this one, score what none of them is at, before it is taken in order.

        Only what is then taken for certain may be shared out. Alone there is nothing to share out.
        """
        if self.shared is None:
            return
        fits = self.ledger.fits(self.calls_each)
        for candidate, examples in work:
            for each in examples if mode == "exact" else (examples,):
                keys = self._keys(candidate, [each] if mode == "exact" else each, mode)
                new = [key for key in keys if key not in self._charged][:fits]
                fits -= len(new)
                self._name(candidate)
                self._claim(candidate, {key: keys[key] for key in new}, mode)

    def keep(self, key: str, row: dict[str, Any]) -> None:
        """Write down what was found out, for all who work on it; what is there already stays as it is."""
        if self.shared is None:
            self.journal.add(key, row)
        else:
            self.shared.publish(key, row)

    def _evaluate(self, candidate: Candidate, missing: Mapping[str, dspy.Example], mode: Mode) -> Iterator[object]:
        """Have missing rows written, by whomever, some at each step."""
        if missing:
            self.ledger.check()
            self._name(candidate)
        if self.shared is None:
            yield from self._score(candidate, missing, mode)
            return
        while True:
            if not self._claim(candidate, missing, mode):
                self.ledger.check()
                self.shared.wait()
            yield

    def _name(self, candidate: Candidate) -> None:
        """What a candidate's id stands for, in the journal."""
        self.journal.add(f"candidate {candidate.id}", {"candidate": candidate.model_dump()})

    def _claim(self, candidate: Candidate, missing: Mapping[str, dspy.Example], mode: Mode) -> bool:
        """Score what no other worker is at; whether there was something."""
        assert self.shared is not None
        keys = [key for key in missing if key not in self.journal.rows]
        if not keys:
            return False
        with self.shared.claim(keys, self.calls_each, self.ledger.most_calls) as mine:
            for _ in self._score(candidate, {key: missing[key] for key in mine}, mode):
                pass
        return bool(mine)

    def _score(self, candidate: Candidate, missing: Mapping[str, dspy.Example], mode: Mode) -> Iterator[Outcome]:
        """Score, and write down each score as soon as it is there: a kill loses what is running, and no more."""
        if not missing:
            return
        key_of = {str(example.id): key for key, example in missing.items()}

        def keep(example: dspy.Example, outcome: Outcome) -> None:
            row: dict[str, Any] = {"score": outcome.score, "failure": outcome.failure, "cost": vars(outcome.cost)}
            if candidate.id == self.start.id:  # whose own runs may serve as demonstrations
                row["trace"] = outcome.trace
            self.keep(key_of[str(example.id)], row)

        program = candidate.apply(self.task.program())
        yield from evaluate(program, list(missing.values()), self.task, self.engine(mode, candidate), keep)

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
            if self._storage:
                shared = SharedStudy(self._storage, self._run.config.study, self.folder, self.journal)
                self.shared = stack.enter_context(shared)
                self.ledger.pool = self.shared.take
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


def calls_of(row: Mapping[str, Any]) -> int:
    """The calls that a row of the journal took."""
    return int(row.get("cost", {}).get("lm_calls", 0))


def behind(scores: Sequence[float], best: Sequence[float]) -> bool:
    """Whether a paired one-sided Wilcoxon test says that scores are below the best one's, example by example."""
    from scipy.stats import wilcoxon

    differences = [ours - theirs for ours, theirs in zip(scores, best, strict=False)]
    if sum(differences) >= 0:
        return False
    return bool(wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue < P_DROP)
