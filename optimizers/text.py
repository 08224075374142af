"""Search over written instructions and demonstrations."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from ..deploy.errors import BudgetExceeded
from .halving import ROUND

if TYPE_CHECKING:
    import optuna

    from .bench import Bench
    from .candidate import Candidate
    from .space import Space


class TextOptimizer:
    """Text prompts: instructions x demonstrations x their order, proposed by Optuna's TPE, halved round by round."""

    name = "text"
    settings: ClassVar[dict[str, object]] = {}
    many_workers = True

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer. The study lives in memory: begun again, it asks for the same candidates, whose scores are
        known. It ends when all of the space was proposed."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        space = self.space(bench)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # tested here, pinned by the lock
            sampler = optuna.samplers.TPESampler(seed=bench.seed, multivariate=True, n_startup_trials=ROUND)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for params in space.defaults():
            study.enqueue_trial(params)
        seen: set[str] = set()
        size = space.size
        while len(seen) < size:
            trials = [study.ask() for _ in range(ROUND)]
            candidates = [space.suggest(trial) for trial in trials]
            try:
                bench.halve(candidates)
            except BudgetExceeded:
                yield from candidates  # of a round that was cut, the bench takes those that came furthest
                raise
            for trial, candidate in zip(trials, candidates, strict=True):
                _tell(study, trial, bench, candidate)
            seen.update(candidate.id for candidate in candidates)
            yield from candidates

    def space(self, bench: Bench) -> Space:
        """What is searched."""
        return bench.space()


def _tell(study: optuna.Study, trial: optuna.Trial, bench: Bench, candidate: Candidate) -> None:
    """What halving says of a candidate: to TPE, one that was dropped is worse than all that were dropped later."""
    from optuna.trial import TrialState

    scored = bench.scored[candidate.id]
    if scored.complete:
        study.tell(trial, scored.mean)
    else:
        trial.report(scored.mean, len(scored.scores))
        study.tell(trial, state=TrialState.PRUNED)
