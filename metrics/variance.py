"""What makes scores differ: the wording, the example, or neither.

A table has a row for each wording and a column for each example, one score in each cell. Scores are read as
``wording + example + rest``; the rest is what a wording makes of one example alone, and all noise. The classical
estimates of a two-way table without repetitions (Scheffé, The Analysis of Variance, 1959, chapter 7) come from three
mean squares; a share that comes out below 0 is 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

LEAST = 2
PRIOR_SQUARES = 0.01
"""Of the rest, beside what was seen: some examples on which all wordings agree do not show that they always will."""


class Components(BaseModel):
    """Standard deviations between wordings, between examples and of the rest.

    paired: of the difference between two wordings on one example; scores: of one wording's scores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wordings: float
    examples: float
    rest: float
    paired: float
    scores: float


class Squares(NamedTuple):
    """Mean squares of a table."""

    rows: float
    columns: float
    rest: float


def components(table: ArrayLike) -> Components:
    """The components of a table of shape [wordings, examples].

    Raises ValueError for fewer than two wordings or examples.
    """
    scores = np.asarray(table, dtype=float)
    squares = mean_squares(scores)
    rows, columns = scores.shape
    return Components(
        wordings=_root((squares.rows - squares.rest) / columns),
        examples=_root((squares.columns - squares.rest) / rows),
        rest=_root(squares.rest),
        paired=_root(2 * squares.rest),
        scores=_root(float(scores.var(axis=1, ddof=1).mean())),
    )


def mean_squares(scores: np.ndarray) -> Squares:
    """See ``components``, which says what is refused."""
    if scores.ndim != 2 or min(scores.shape) < LEAST:
        raise ValueError(f"a table needs at least 2 wordings and 2 examples (got shape {scores.shape})")
    rows, columns = scores.shape
    by_row, by_column = scores.mean(axis=1, keepdims=True), scores.mean(axis=0, keepdims=True)
    residual = scores - by_row - by_column + scores.mean()
    return Squares(
        rows=float(columns * by_row.var(ddof=1)),
        columns=float(rows * by_column.var(ddof=1)),
        rest=float((residual**2).sum() / ((rows - 1) * (columns - 1))),
    )


class Draws(NamedTuple):
    """Possible truths, one an entry: variances between wordings and of the rest, and the mean of all wordings."""

    wordings: np.ndarray
    rest: np.ndarray
    centre: np.ndarray


def plausible(scores: np.ndarray, count: int, rng: np.random.Generator) -> Draws:
    """Truths that a table leaves open, as a fiducial distribution: each mean square over its chi-squared.

    So few wordings leave the spread between them wide open, which a prediction has to carry.
    """
    squares = mean_squares(scores)
    rows, columns = scores.shape
    freedom = (rows - 1) * (columns - 1)
    rest = (freedom * squares.rest + PRIOR_SQUARES) / rng.chisquare(freedom + 1, count)
    # With two degrees of freedom more, the mean of the draws is what was seen, rather than their median.
    both = (rows - 1) * squares.rows / rng.chisquare(rows + 1, count)
    between = np.maximum(0.0, (both - rest) / columns)
    centre = rng.normal(scores.mean(), np.sqrt((between + rest / columns) / rows))
    return Draws(wordings=between, rest=rest, centre=centre)


def _root(variance: float) -> float:
    return float(np.sqrt(max(0.0, variance)))
