"""Intervals and tests with scipy: paired scores (bootstrap and permutation, reproducible by a fixed seed), and counts.

Small samples
    n = 0 raises ValueError; one value cannot show its spread, so n = 1 raises as well.
    Equal values give an interval of width zero: the sample holds no spread, which is not a claim about the population.
    Below ``EXACT_UP_TO`` differences the permutation test enumerates every sign pattern and is exact; its smallest
    p-value is 2 / 2**n, so fewer than 6 pairs can never be significant at 5 %.
    BCa needs some spread in its jackknife; where scipy cannot form it, the percentile interval is used instead.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy import stats

RESAMPLES = 9999
EXACT_UP_TO = 13
"""Differences up to which all 2**n sign patterns are enumerated (8,192 of them)."""


@dataclass(frozen=True)
class Interval:
    """A mean and the interval that covers it at ``confidence``."""

    mean: float
    low: float
    high: float
    n: int
    confidence: float = 0.95

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class PairedDifference:
    """How far ``a`` is above ``b`` on the same learners: interval of the mean difference and two-sided p-value."""

    interval: Interval
    p_value: float

    @property
    def significant(self) -> bool:
        return self.p_value < 1 - self.interval.confidence

    def __str__(self) -> str:
        return f"{self.interval} p={self.p_value:.3g}"


def mean_interval(values: Sequence[float], *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """BCa bootstrap interval of a mean.

    Raises ValueError for fewer than two values, for a value that is not finite, and for a confidence outside (0, 1).
    """
    data = _checked(values, confidence)
    mean = float(data.mean())
    if np.ptp(data) == 0:
        return Interval(mean, mean, mean, len(data), confidence)
    low, high = _bootstrap(data, confidence, seed, "BCa")
    if math.isnan(low) or math.isnan(high):
        low, high = _bootstrap(data, confidence, seed, "percentile")
    return Interval(mean, low, high, len(data), confidence)


def paired_difference(
    a: Sequence[float], b: Sequence[float], *, confidence: float = 0.95, seed: int = 0
) -> PairedDifference:
    """The mean of ``a - b`` over pairs, its bootstrap interval, and a permutation test of "no difference".

    The test flips the sign of each difference (pairs are exchangeable under the null); a positive mean says that ``a``
    is better. Raises ValueError when the lengths differ, and as ``mean_interval`` does.
    """
    if len(a) != len(b):
        raise ValueError(f"a paired difference needs the same learners on both sides (got {len(a)} and {len(b)})")
    difference = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    interval = mean_interval(difference.tolist(), confidence=confidence, seed=seed)
    if not difference.any():
        return PairedDifference(interval, 1.0)
    n = len(difference)
    test = stats.permutation_test(
        (difference,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        n_resamples=2**n if n <= EXACT_UP_TO else RESAMPLES,
        vectorized=True,
        alternative="two-sided",
        rng=np.random.default_rng(seed),
    )
    return PairedDifference(interval, float(test.pvalue))


def f1_interval(counts: Sequence[Sequence[int]], *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """The pooled F1 of texts, of each of which is known how many marks are (right, wanted, made), with the percentile
    bootstrap interval over texts. Texts in which nothing is wanted or made do not count; ``n`` are the others.

    Raises ValueError for fewer than two of those.
    """
    rows = np.array([row for row in counts if any(row)], dtype=float)
    if len(rows) < 2:
        raise ValueError(f"an F1 needs marks in at least 2 texts (got {len(rows)})")
    drawn = np.random.default_rng(seed).integers(len(rows), size=(RESAMPLES, len(rows)))
    sums = rows[drawn].sum(axis=1)
    low, high = np.quantile(2 * sums[:, 0] / sums[:, 1:].sum(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    both, wanted, made = rows.sum(axis=0)
    return Interval(float(2 * both / (wanted + made)), float(low), float(high), len(rows), confidence)


def wilson(right: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a share. Raises ValueError when n is below 1 or right is not in 0..n."""
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"right must be from 0 to n and n at least 1, not {right} of {n}")
    interval = stats.binomtest(right, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


class PairedCounts(BaseModel):
    """Two solvers on the same problems: solved by `both`, only by the first (`lost`), only by the second (`won`), by
    `neither`; `p` of the exact two-sided test."""

    model_config = ConfigDict(frozen=True)

    both: int
    lost: int
    won: int
    neither: int
    p: float


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> PairedCounts:
    """Exact two-sided McNemar test. Raises ValueError when the lengths differ or are 0."""
    if len(first) != len(second) or not first:
        raise ValueError(f"needs the same problems twice, not {len(first)} and {len(second)}")
    both = sum(a and b for a, b in zip(first, second, strict=True))
    lost = sum(a and not b for a, b in zip(first, second, strict=True))
    won = sum(b and not a for a, b in zip(first, second, strict=True))
    p = float(stats.binomtest(won, won + lost).pvalue) if won + lost else 1.0
    return PairedCounts(both=both, lost=lost, won=won, neither=len(first) - both - lost - won, p=p)


def _checked(values: Sequence[float], confidence: float) -> np.ndarray:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: a number between 0 and 1 (got {confidence})")
    data = np.asarray(values, dtype=float)
    if len(data) < 2:
        raise ValueError(f"an interval needs at least 2 values (got {len(data)})")
    if not np.isfinite(data).all():
        raise ValueError("an interval needs finite values (got nan or inf)")
    return data


def _bootstrap(data: np.ndarray, confidence: float, seed: int, method: str) -> tuple[float, float]:
    with warnings.catch_warnings():
        # A degenerate BCa says so by returning nan, which the caller handles.
        warnings.simplefilter("ignore")
        result = stats.bootstrap(
            (data,),
            np.mean,
            confidence_level=confidence,
            n_resamples=RESAMPLES,
            method=method,
            vectorized=True,
            rng=np.random.default_rng(seed),
        )
    interval = result.confidence_interval
    return float(interval.low), float(interval.high)
