"""Search over written instructions and demonstrations, raced learner by learner.

Optuna proposes (TPE), for each predictor, an instruction, demonstrations and their order. A candidate is scored
example by example; the Wilcoxon pruner drops it once a paired test says that it is behind the best so far.
The search runs in fast mode; the finalists meet in exact mode on validation examples.
"""

from __future__ import annotations

import itertools
import random
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deploy.engines.llamacpp import LlamaCppEngine
from ..deploy.engines.meter import Meter, Usage
from ..deploy.errors import BudgetExceeded
from ..metrics.statistics import paired_difference
from ..programs.errors import InputError
from .base import Job
from .candidate import Candidate, Prompt
from .evaluate import Evaluation, Outcome, evaluate
from .interrupt import on_ctrl_c
from .run import Compiled
from .task import StepPool, Task

if TYPE_CHECKING:
    import optuna

MOST_DEMOS = 2
"""More of them do not fit the time of a plan: exact mode reads every prompt anew."""
DEMO_SETS = 12
"""Random demonstration sets per predictor: enough to choose from, few enough for TPE to learn which are good."""
P_DROP = 0.1
"""A candidate is dropped when the one-sided paired test that it is behind falls below this."""


class PoolOptimizer:
    """Instructions x demonstration sets x order, by TPE, raced."""

    name = "pool"

    def compile(self, job: Job) -> Compiled:
        """See Optimizer. Trials are kept in the run's journal, so an interrupted search continues."""
        started = time.perf_counter()
        meter = job.run.config.budget.meter()
        space = Space(job.task, job.run.config.seed)
        study = _study(job, space)
        examples = _spread(job.task.train, job.examples, job.run.config.seed)
        interrupt = partial(meter.stop, "interrupted")
        with LlamaCppEngine(job.model, "fast") as engine, on_ctrl_c(interrupt) as interrupted:
            try:
                while True:
                    self._trial(study, space, job, engine, meter, examples)
            except BudgetExceeded:
                pass
            except KeyboardInterrupt:
                interrupted.set()
        finalists = self._finalists(study, space, job)
        winner, notes, usage = choose(job, finalists)
        spent = Usage(**{k: getattr(meter.usage, k) + getattr(usage, k) for k in vars(usage)})
        ends = [trial.state.name for trial in study.trials]
        dropped = ends.count("PRUNED")
        notes.insert(0, f"{ends.count('COMPLETE') + dropped} candidates, {dropped} dropped early")
        return job.run.finish(
            Compiled(
                optimizer=self.name,
                candidate=winner,
                model=str(job.model),
                usage=Compiled.spent(spent, time.perf_counter() - started),
                base=str(job.model),
                finished=not interrupted.is_set(),
                notes=notes,
            )
        )

    def _trial(
        self,
        study: optuna.Study,
        space: Space,
        job: Job,
        engine: LlamaCppEngine,
        meter: Meter,
        examples: Sequence[Any],
    ) -> None:
        import optuna

        meter.check()
        trial = study.ask()
        candidate = space.suggest(trial)
        program = candidate.apply(job.task.program())
        scores: list[float] = []

        def report(index: int, outcome: Outcome) -> None:
            scores.append(outcome.score)
            trial.report(outcome.score, index)
            best = _best_value(study)
            job.report("search", index + 1, len(examples), f"candidate {trial.number + 1}, best {best:.3f}")
            # Only a paired test against the best may end a candidate early, and only between batches.
            if (index + 1) % engine.slots == 0 and index + 1 < len(examples) and trial.should_prune():
                raise optuna.TrialPruned

        try:
            evaluate(program, examples, job.task.metric, engine, meter=meter, on_score=report)
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        except (BudgetExceeded, KeyboardInterrupt):
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            raise
        else:
            study.tell(trial, sum(scores) / len(scores))

    def _finalists(self, study: optuna.Study, space: Space, job: Job) -> list[Candidate]:
        """The program as it is, then the best candidates of the search, those that the budget cut short last."""
        whole = [t for t in study.trials if t.value is not None and t.state.name == "COMPLETE"]
        cut = [t for t in study.trials if t.state.name == "FAIL" and t.params]
        best = sorted(whole, key=lambda t: -(t.value or 0.0)) + sorted(cut, key=lambda t: -len(t.intermediate_values))
        found = [Candidate.of(job.task.program()), *(space.candidate(t.params) for t in best)]
        unique = {candidate.id: candidate for candidate in found}
        return list(unique.values())[: 1 + job.finalists]


class Space:
    """What can be chosen for each predictor of a task, and how a choice becomes a candidate."""

    def __init__(self, task: Task, seed: int):
        self.pools = {name: pool for name, pool in task.pools.items() if len(pool.instructions) > 1 or pool.demos}
        if not self.pools:
            raise InputError(f"task: {task.name} has no pools of instructions or demonstrations to search")
        self.start = Candidate.of(task.program())
        self.demo_sets = {name: _demo_sets(pool, seed, name) for name, pool in self.pools.items()}
        self.orders = list(itertools.permutations(range(MOST_DEMOS)))

    def suggest(self, trial: optuna.Trial) -> Candidate:
        """The candidate of a new trial."""
        for name, pool in self.pools.items():
            trial.suggest_int(f"{name}.instruction", 0, len(pool.instructions) - 1)
            trial.suggest_int(f"{name}.demos", 0, MOST_DEMOS if pool.demos else 0)
            trial.suggest_int(f"{name}.set", 0, max(0, len(self.demo_sets[name]) - 1))
            trial.suggest_int(f"{name}.order", 0, len(self.orders) - 1)
        return self.candidate(trial.params)

    def candidate(self, params: dict[str, Any]) -> Candidate:
        """The candidate that parameters stand for."""
        prompts = dict(self.start.prompts)
        for name, pool in self.pools.items():
            count = params[f"{name}.demos"]
            chosen = self.demo_sets[name][params[f"{name}.set"]] if count else []
            order = [i for i in self.orders[params[f"{name}.order"]] if i < min(count, len(chosen))]
            prompts[name] = Prompt(
                instructions=pool.instructions[params[f"{name}.instruction"]], demos=[chosen[i] for i in order]
            )
        return Candidate(prompts=prompts)

    def defaults(self) -> list[dict[str, int]]:
        """Where a search starts: the default instructions with demonstrations, then the program as it is.

        In that order, so that even the shortest search has something to compare with the unchanged program.
        """
        zero = {f"{n}.{part}": 0 for n in self.pools for part in ("instruction", "demos", "set", "order")}
        with_demos = {**zero, **{f"{n}.demos": MOST_DEMOS for n, pool in self.pools.items() if pool.demos}}
        other_set = {**with_demos, **{f"{n}.set": min(1, len(s) - 1) for n, s in self.demo_sets.items() if s}}
        return [with_demos, other_set, zero]


def choose(job: Job, finalists: Sequence[Candidate], model: Path | None = None) -> tuple[Candidate, list[str], Usage]:
    """The best finalist on validation examples in exact mode, what was seen, and what it cost.

    The first finalist is the unchanged program. model: the GGUF that serves them, the job's own if None.
    """
    examples = _spread(job.task.validation, job.validation, job.run.config.seed)
    meter = Meter()
    results: list[tuple[Candidate, Evaluation]] = []
    total = len(finalists) * len(examples)
    with LlamaCppEngine(model or job.model, "exact") as engine:
        for number, candidate in enumerate(finalists):

            def on_score(index: int, _: Outcome, before: int = number * len(examples)) -> None:
                job.report("validate", before + index + 1, total, "exact mode")

            program = candidate.apply(job.task.program())
            scored = evaluate(program, examples, job.task.metric, engine, meter=meter, on_score=on_score)
            results.append((candidate, scored))
    (base, base_scores), *others = results
    notes = [f"validation n={len(examples)}: unchanged program {base_scores.mean:.3f}"]
    winner, best = base, base_scores
    for candidate, scores in others:
        notes.append(f"finalist {candidate.id}: {scores.mean:.3f}")
        if scores.mean > best.mean:
            winner, best = candidate, scores
    if winner is not base and len(examples) > 1:
        difference = paired_difference(best.scores, base_scores.scores)
        notes.append(f"winner minus unchanged: {difference}")
        if not difference.significant:
            notes.append("no candidate is significantly better on validation; the best one is kept all the same")
    return winner, notes, meter.usage


def _study(job: Job, space: Space) -> optuna.Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # tested here, pinned by the lock
        pruner = optuna.pruners.WilcoxonPruner(p_threshold=P_DROP, n_startup_steps=6)
    study = optuna.create_study(
        study_name=job.run.config.task,
        storage=JournalStorage(JournalFileBackend(str(job.run.folder / "journal.log"))),
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=job.run.config.seed, multivariate=True, n_startup_trials=5),
        pruner=pruner,
        load_if_exists=True,
    )
    if not study.trials:
        for params in space.defaults():
            study.enqueue_trial(params)
    return study


def _best_value(study: optuna.Study) -> float:
    try:
        return study.best_value
    except ValueError:
        return 0.0


def _spread(examples: Sequence[Any], count: int, seed: int) -> list[Any]:
    """A fixed random choice of examples, in a fixed random order."""
    return random.Random(f"examples/{seed}").sample(list(examples), min(count, len(examples)))


def _demo_sets(pool: StepPool, seed: int, name: str) -> list[list[dict[str, Any]]]:
    rng = random.Random(f"demos/{name}/{seed}")
    size = min(MOST_DEMOS, len(pool.demos))
    return [rng.sample(list(pool.demos), size) for _ in range(DEMO_SETS)] if size else []
