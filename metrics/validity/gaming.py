"""The gaming suite: how far plans that are written to please the checks get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles

from ...programs.progress import Progress, silent
from ..rubric import Rubric
from .attacks import Attack
from .corruption import Case
from .honesty import is_honest
from .registry import ATTACKS

FEWEST_HONEST = 5
"""Honest baseline plans from which their median is a bar."""
FEWEST_SESSIONS = 3
"""Sessions of a skeleton: in a shorter plan, repeating one sentence is no attack."""


@dataclass(frozen=True)
class Limits:
    """The bars for attacks: the lower quartile of expert plans, and the median of honest baseline plans (if enough)."""

    expert: float
    baseline: float | None
    honest: int


@dataclass(frozen=True)
class AttackResult:
    """One attack under the bar that it comes closer to.

    overall: mean score over the skeletons of that bar's own plans (expert skeletons for the expert bar, generated ones
    for the baseline bar, since the skeleton that code makes is worth as much to the attack as to the honest plan).
    highest: the best single score over all skeletons.
    """

    name: str
    overall: float
    limit: float
    bar: str
    highest: float

    @property
    def lost(self) -> bool:
        return self.overall < self.limit


def limits(rubric: Rubric, experts: Sequence[Case], generated: Sequence[Case]) -> Limits:
    """Raises ValueError with fewer than four expert plans."""
    if len(experts) < 4:
        raise ValueError(f"the gaming suite needs at least 4 expert plans (got {len(experts)})")
    expert = quantiles((rubric.score(c.plan, c.profile).overall for c in experts), n=4)[0]
    honest = [rubric.score(c.plan, c.profile).overall for c in generated if is_honest(c)]
    return Limits(expert, median(honest) if len(honest) >= FEWEST_HONEST else None, len(honest))


def run_attacks(
    rubric: Rubric,
    experts: Sequence[Case],
    generated: Sequence[Case],
    registry: Sequence[Attack] = (),
    progress: Progress = silent,
) -> list[AttackResult]:
    """Every attack on the skeletons of expert and of generated plans, those nearest to their bar first."""
    bars = limits(rubric, experts, generated)
    results: list[AttackResult] = []
    attacks = registry or ATTACKS
    for attack in attacks:
        progress("attack", len(results), len(attacks), attack.name)
        on_experts = _scores(rubric, attack, experts, experts)
        on_generated = _scores(rubric, attack, generated, experts)
        highest = max(on_experts + on_generated)
        tried = [AttackResult(attack.name, fmean(on_experts), bars.expert, "experts", highest)]
        if bars.baseline is not None:
            tried.append(AttackResult(attack.name, fmean(on_generated), bars.baseline, "baseline", highest))
        results.append(max(tried, key=lambda result: result.overall / result.limit))
    progress("attack", len(attacks), len(attacks), "")
    return sorted(results, key=lambda result: -result.overall / result.limit)


def _scores(rubric: Rubric, attack: Attack, skeletons: Sequence[Case], experts: Sequence[Case]) -> list[float]:
    scores = []
    for number, case in enumerate(skeletons):
        if len(case.plan.sessions) >= FEWEST_SESSIONS:
            plan = attack.plan(case, [expert for expert in experts if expert is not case], number)
            scores.append(rubric.score(plan, case.profile).overall)
    return scores
