"""Differences that vary with the search and with the learner: intervals and tests in which both are samples.

A row of a table is a search (another seed), a column a learner, a cell the difference between two methods there. What a
method is worth in general follows from the spread of the rows: fifty learners under one search say much about that one
prompt, and nothing about what the next search finds.

Small samples
    With one search only learners are drawn: interval and p-value are those of ``statistics``, about that one search.
    The bootstrap of few searches is too narrow by itself, so effects are stretched to their unbiased spread before they
    are drawn. Simulated with 40 learners and searches that spread half as much as these, or as much: intervals meant
    for 95 % cover 90 % with 5 searches, 87 to 90 % with 3, 79 to 88 % with 2.
    The p-value is min F' (Clark 1973), which takes search means to be normal. At .05 it is wrong in 4 to 7 % with 5
    searches, 6 to 8 % with 3, 8 to 12 % with 2.
    The exact test over searches takes nothing for granted, but n of them give no p-value below 2 / 2**n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .statistics import RESAMPLES, Interval, mean_interval, paired_difference


@dataclass(frozen=True)
class Effect:
    """A mean difference over searches and learners, with its interval and two-sided p-value.

    p_searches: of the exact sign test over searches alone; None with fewer than two.
    """

    interval: Interval
    p_value: float
    searches: int
    learners: int
    p_searches: float | None = None


def effect(differences: Sequence[Sequence[float]], *, confidence: float = 0.95, seed: int = 0) -> Effect:
    """How large a difference is: a row for each search, a column for each learner, the same ones in every row.

    Raises ValueError for rows of different lengths, and as ``mean_interval`` does.
    """
    if len({len(row) for row in differences}) != 1:
        raise ValueError("every search needs the same learners")
    table = np.asarray(differences, dtype=float)
    searches, learners = table.shape
    over_learners = paired_difference(table.mean(0), [0.0] * learners, confidence=confidence, seed=seed)
    if searches == 1:
        return Effect(over_learners.interval, over_learners.p_value, 1, learners)
    over_searches = paired_difference(table.mean(1), [0.0] * searches, confidence=confidence, seed=seed)
    interval = crossed_interval(table.tolist(), confidence=confidence, seed=seed)
    # A table without any spread has no F; the learners' exact test knows how little so few of them can say.
    p_value = _min_f(table) if np.ptp(table) else over_learners.p_value
    return Effect(interval, p_value, searches, learners, over_searches.p_value)


def crossed_interval(values: Sequence[Sequence[float]], *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """The mean of a table of searches and learners, with the percentile interval of drawing both anew."""
    table = np.asarray(values, dtype=float)
    searches, learners = table.shape
    if searches == 1:
        return mean_interval(table[0].tolist(), confidence=confidence, seed=seed)
    mean, rows, columns = float(table.mean()), table.mean(1, keepdims=True), table.mean(0, keepdims=True)
    wide_rows, wide_columns = (math.sqrt(n / (n - 1)) for n in table.shape)
    rest = (table - rows - columns + mean) * wide_rows * wide_columns
    stretched = mean + (rows - mean) * wide_rows + (columns - mean) * wide_columns + rest
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(n, [1 / n] * n, size=RESAMPLES) / n for n in (searches, learners)]
    means = (drawn[0] @ stretched * drawn[1]).sum(1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(mean, float(low), float(high), learners, confidence)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, each raised so that the chance of any false one among all stays what it was for one."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = highest
    return adjusted


def smallest_p(n: int) -> float:
    """The smallest two-sided p-value that an exact test of n paired differences can give."""
    return min(1.0, 2.0 ** (1 - n))


def _min_f(table: np.ndarray) -> float:
    """The p-value of min F': a mean is tested against its spread over searches and over learners at once."""
    mean = float(table.mean())
    if mean == 0:
        return 1.0
    # Each is 1 / F: the squared standard error over one of the two, beside the squared mean.
    searches, learners = (float(means.var(ddof=1)) / len(means) / mean**2 for means in (table.mean(1), table.mean(0)))
    if searches + learners == 0:  # rows and columns may cancel out
        return 1.0
    degrees = (searches + learners) ** 2 / (searches**2 / (len(table) - 1) + learners**2 / (table.shape[1] - 1))
    return float(stats.f.sf(1 / (searches + learners), 1, degrees))
