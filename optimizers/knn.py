"""Demonstrations chosen for each call by nearness, as DSPy's KNNFewShot does, in a form that can be frozen."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..programs.errors import InputError
from .candidate import Candidate, Prompt
from .space import Space
from .task import StepPool
from .text import TextOptimizer

if TYPE_CHECKING:
    from .bench import Bench

MOST_NEAREST = 4
"""Demonstrations of a call, at most: the nearest are worth more tokens than two at random."""
LARGEST = 128
"""Demonstrations of a predictor to choose from, at most: all of them go into the bundle."""


class KNNOptimizer(TextOptimizer):
    """Demonstrations chosen per call, those nearest to its inputs; their number and the instructions by TPE, halved."""

    name = "knn"

    def space(self, bench: Bench) -> Space:
        """See TextOptimizer."""
        return NearestSpace(bench.pools, bench.start, bench.seed)


class NearestSpace(Space):
    """For each predictor an instruction, and how many of its demonstrations a call shows.

    Raises InputError where no predictor has demonstrations.
    """

    def __init__(self, pools: Mapping[str, StepPool], start: Candidate, seed: int):
        super().__init__(pools, start, seed)
        if not any(pool.demos for pool in self.pools.values()):
            raise InputError("task: no predictor has demonstrations, so there are none to choose the nearest of")
        self._among = {
            name: random.Random(f"nearest/{name}/{seed}").sample(list(pool.demos), min(LARGEST, len(pool.demos)))
            for name, pool in self.pools.items()
        }

    def _choices(self) -> dict[str, int]:
        most = {name: min(MOST_NEAREST, len(demos)) for name, demos in self._among.items()}
        return {
            f"{name}.{part}": highest
            for name, pool in self.pools.items()
            for part, highest in (("instruction", len(pool.instructions) - 1), ("nearest", most[name]))
        }

    def _prompt(self, name: str, params: Mapping[str, Any]) -> Prompt:
        count = params[f"{name}.nearest"]
        return Prompt(
            instructions=self.pools[name].instructions[params[f"{name}.instruction"]],
            demos=self._among[name] if count else [],
            nearest=count or None,
        )

    def defaults(self) -> list[dict[str, int]]:
        """Where a search starts: the default instructions with two and with most demonstrations, then without any."""
        highest = self._choices()
        starts = []
        for count in (2, MOST_NEAREST, 0):
            starts.append({n: min(count, most) if n.endswith(".nearest") else 0 for n, most in highest.items()})
        return starts
