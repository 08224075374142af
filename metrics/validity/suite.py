"""The validity suite: does each dimension fall when a plan gets worse in that respect, and only then?"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from ...programs.plan import StudyPlan
from ...programs.progress import Progress, silent
from ..rubric import Rubric
from ..statistics import Interval, mean_interval
from .corruption import STRENGTHS, Case, Corruption
from .registry import REGISTRY

FALLS_BY = 0.005
"""Movements smaller than this count as none."""


@dataclass(frozen=True)
class Chain:
    """One plan under one corruption: the scores without it and at each strength, by dimension."""

    corruption: Corruption
    number: int
    scores: list[dict[str, float]]

    def movement(self, name: str, step: int) -> float:
        return self.scores[step][name] - self.scores[0][name]


@dataclass
class DimensionValidity:
    """How one dimension behaves under the corruptions aimed at it. Shares and movements on the scale 0 to 1."""

    detection_full: Interval
    detection_light: Interval
    monotone: Interval
    drift: float
    drift_in: str
    chains: int


@dataclass
class Validity:
    """The result of the suite: per dimension, and the mean movements behind the heat map.

    ``untested`` names the dimensions that no corruption is aimed at, such as those of a user's own rubric.
    """

    dimensions: dict[str, DimensionValidity]
    movements: dict[str, dict[str, float]]
    by_corruption: dict[str, dict[str, float]]
    untested: list[str] = field(default_factory=list)


def run_chains(
    rubric: Rubric, cases: Sequence[Case], registry: Sequence[Corruption] = (), progress: Progress = silent
) -> list[Chain]:
    """Score every case under every corruption at every strength. Cases that a corruption cannot change are left out."""
    chains = []
    for number, case in enumerate(cases):
        whole = scores_of(rubric, case.plan, case)
        others = [other for other in cases if other is not case]
        for corruption in _for_rubric(rubric, registry):
            plans = [corruption.apply(case, strength, others, number) for strength in STRENGTHS]
            if all(plan is not None for plan in plans):
                worse = [scores_of(rubric, plan, case) for plan in plans if plan is not None]
                chains.append(Chain(corruption, number, [whole, *worse]))
        progress("corrupt", number + 1, len(cases), "plans")
    return chains


def _for_rubric(rubric: Rubric, registry: Sequence[Corruption]) -> list[Corruption]:
    """The corruptions of the dimensions that the rubric has."""
    return [c for c in registry or REGISTRY if c.target in rubric.spec.dimensions]


def scores_of(rubric: Rubric, plan: StudyPlan, case: Case) -> dict[str, float]:
    return {name: score.score for name, score in rubric.score(plan, case.profile).dimensions.items()}


def summarize(rubric: Rubric, chains: Sequence[Chain]) -> Validity:
    """Detection, monotonicity and drift per dimension.

    detection: share of chains in which the target falls by more than ``FALLS_BY`` (at full and at the lightest
    strength). monotone: share in which no step of the target rises by more than that. drift: the largest mean absolute
    movement, at full strength, of any dimension that the corruptions of this one leave untouched.
    """
    names = list(rubric.spec.dimensions)
    found, movements = {}, {}
    for target in names:
        aimed = [c for c in chains if c.corruption.target == target]
        if not aimed:
            continue
        full = [float(c.movement(target, -1) < -FALLS_BY) for c in aimed]
        light = [float(c.movement(target, 1) < -FALLS_BY) for c in aimed]
        monotone = [float(_falls(c, target)) for c in aimed]
        drifts = {
            other: fmean(moves)
            for other in names
            if other != target
            and (moves := [abs(c.movement(other, -1)) for c in aimed if other not in c.corruption.touches])
        }
        worst = max(drifts, key=lambda other: drifts[other], default=target)
        found[target] = DimensionValidity(
            _interval(full), _interval(light), _interval(monotone), drifts.get(worst, 0.0), worst, len(aimed)
        )
        movements[target] = {other: fmean(c.movement(other, -1) for c in aimed) for other in names}
    per: dict[str, list[Chain]] = defaultdict(list)
    for chain in chains:
        per[chain.corruption.name].append(chain)
    by_corruption = {name: _one(name, group, names) for name, group in per.items()}
    untested = [name for name in names if name not in found]
    return Validity(found, movements, by_corruption, untested)


def _one(name: str, group: Sequence[Chain], names: Sequence[str]) -> dict[str, float]:
    target = group[0].corruption.target
    row = {other: fmean(c.movement(other, -1) for c in group) for other in names}
    row["n"] = len(group)
    row["full"] = fmean(c.movement(target, -1) < -FALLS_BY for c in group)
    row["light"] = fmean(c.movement(target, 1) < -FALLS_BY for c in group)
    row["monotone"] = fmean(_falls(c, target) for c in group)
    return row


def _falls(chain: Chain, target: str) -> bool:
    values = [scores[target] for scores in chain.scores]
    return all(later <= earlier + FALLS_BY for earlier, later in pairwise(values))


def _interval(values: Sequence[float]) -> Interval:
    if len(values) < 2:
        return Interval(values[0], values[0], values[0], len(values))
    return mean_interval(values)


def plans_per_second(rubric: Rubric, cases: Sequence[Case], rounds: int = 3) -> float:
    """Plans scored per second of processor time on one core, the tables of the curriculum loaded, texts read once."""
    rubric.score(cases[0].plan, cases[0].profile)
    start = time.process_time()
    for _ in range(rounds):
        for case in cases:
            rubric.score(case.plan, case.profile)
    return rounds * len(cases) / max(1e-9, time.process_time() - start)
