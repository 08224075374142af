"""What a comparison comes to: a row for each arm, from the results of its searches on the same examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..deploy.engines.meter import Usage
from ..metrics.searches import Effect, crossed_interval, effect, holm
from .ledger import Spent


class MethodResult(BaseModel):
    """One example under one method."""

    model_config = ConfigDict(extra="forbid")

    id: str
    score: float
    usage: Usage
    failure: str | None = None
    dimensions: dict[str, float] = Field(default_factory=dict)
    plan: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None


Results = Mapping[str, Sequence[MethodResult]]
"""Results by the name of a search; the examples are the same ones in the same order for all."""


class MethodRow(BaseModel):
    """One arm's line: mean score with interval, difference to the first arm, and what a result costs.

    An arm is one method, searched for ``searches`` times with other seeds. lm_calls and seconds are of all its results.
    p_value takes searches and examples for samples where there are several searches; p_holm is it among all arms;
    p_searches is the exact one over searches alone.
    """

    model_config = ConfigDict(extra="forbid")

    method: str
    n: int
    searches: int = 1
    confirmed: int | None = Field(default=None, description="searches whose winner was confirmed; None: no search")
    overall: float
    ci: tuple[float, float]
    delta: float | None = None
    delta_ci: tuple[float, float] | None = None
    p_value: float | None = None
    p_holm: float | None = None
    p_searches: float | None = None
    lm_calls: int
    prompt_tokens_per_plan: float
    reply_tokens_per_plan: float
    seconds: float
    failures: int = 0
    dimensions: dict[str, float] = Field(default_factory=dict)
    ledger: Spent | None = Field(default=None, description="what making it took, the mean over searches")

    @property
    def results(self) -> int:
        return self.n * self.searches

    @property
    def shown(self) -> bool:
        """Whether it differs from the first arm: corrected for the number of arms, and by its interval."""
        if self.delta_ci is None or self.p_holm is None:
            return False
        return self.p_holm < 0.05 and not self.delta_ci[0] <= 0 <= self.delta_ci[1]


def rows_of(results: Results, arms: Mapping[str, Sequence[str]]) -> list[MethodRow]:
    """A row for each arm, given the names of its searches; the first arm is what the others are measured by."""
    first = next(iter(arms))
    rows = [_row(name, [results[search] for search in searches]) for name, searches in arms.items()]
    for row in rows[1:]:
        found = difference(results, arms[row.method], arms[first])
        assert found is not None  # every result has a score
        row.delta = round(found.interval.mean, 4)
        row.delta_ci = (max(-1.0, round(found.interval.low, 4)), min(1.0, round(found.interval.high, 4)))
        row.p_value = _short(found.p_value)
        row.p_searches = None if found.p_searches is None else _short(found.p_searches)
    for row, p_value in zip(rows[1:], holm([row.p_value or 0.0 for row in rows[1:]]), strict=True):
        row.p_holm = _short(p_value)
    return rows


def difference(
    results: Results, ours: Sequence[str], theirs: Sequence[str], dimension: str | None = None
) -> Effect | None:
    """How far the searches ``ours`` are above ``theirs``, in the score or a dimension of it.

    None where fewer than two examples have that dimension under all.
    """
    return contrast(results, [(1.0, ours), (-1.0, theirs)], dimension)


def contrast(
    results: Results, terms: Sequence[tuple[float, Sequence[str]]], dimension: str | None = None
) -> Effect | None:
    """The weighted sum of arms, each given by its searches, over the same examples.

    Arms with as many searches are paired seed by seed; of one with another number the mean of its searches is taken.
    """
    known = [
        i
        for i in range(len(next(iter(results.values()))))
        if dimension is None or all(dimension in results[s][i].dimensions for _, searches in terms for s in searches)
    ]
    if len(known) < 2:
        return None
    count = max(len(searches) for _, searches in terms)
    rows = [[0.0] * len(known) for _ in range(count)]
    for weight, searches in terms:
        grid = [[_value(results[search][i], dimension) for i in known] for search in searches]
        mean = [sum(column) / len(column) for column in zip(*grid, strict=True)]
        for row, values in zip(rows, grid if len(grid) == count else [mean] * count, strict=True):
            row[:] = [total + weight * value for total, value in zip(row, values, strict=True)]
    return effect(rows)


def _value(result: MethodResult, dimension: str | None) -> float:
    return result.score if dimension is None else result.dimensions[dimension]


def _row(name: str, searches: Sequence[Sequence[MethodResult]]) -> MethodRow:
    outcomes = [result for search in searches for result in search]
    interval = crossed_interval([[result.score for result in search] for search in searches])
    total = len(outcomes)
    return MethodRow(
        method=name,
        n=len(searches[0]),
        searches=len(searches),
        overall=round(interval.mean, 4),
        # A score is from 0 to 1; an interval that was stretched for few searches may not be.
        ci=(max(0.0, round(interval.low, 4)), min(1.0, round(interval.high, 4))),
        lm_calls=sum(r.usage.lm_calls for r in outcomes),
        prompt_tokens_per_plan=round(sum(r.usage.prompt_tokens for r in outcomes) / total, 1),
        reply_tokens_per_plan=round(sum(r.usage.completion_tokens for r in outcomes) / total, 1),
        seconds=round(sum(r.usage.seconds for r in outcomes), 1),
        failures=sum(r.failure is not None for r in outcomes),
        dimensions=dimension_means(outcomes),
    )


def dimension_means(outcomes: Sequence[MethodResult]) -> dict[str, float]:
    """Mean by name over the results that have any; a failed result has none."""
    known = [result.dimensions for result in outcomes if result.dimensions]
    return {name: round(sum(d[name] for d in known) / len(known), 4) for name in (known[0] if known else {})}


def _short(p_value: float) -> float:
    return float(f"{p_value:.3g}")
