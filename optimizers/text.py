"""Search over written instructions and demonstrations."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .bench import Bench
    from .candidate import Candidate


class TextOptimizer:
    """Text prompts: instructions x demonstrations x their order, proposed by Optuna's TPE, raced example by example."""

    name = "text"
    settings: ClassVar[dict[str, object]] = {}
    many_workers = True

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer. The study lives in memory: begun again, it asks for the same candidates, whose scores are
        known."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        space = bench.space()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # tested here, pinned by the lock
            sampler = optuna.samplers.TPESampler(seed=bench.seed, multivariate=True, n_startup_trials=5)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for params in space.defaults():
            study.enqueue_trial(params)
        while True:
            trial = study.ask()
            candidate = space.suggest(trial)
            yield candidate
            study.tell(trial, bench.score(candidate).mean)
