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

LEAST_ROWS = LEAST_COLUMNS = 2
PRIOR_SQUARES = 0.01
"""Of the rest, beside what was seen: some examples on which all wordings agree do not show that they always will."""


class Components(BaseModel):
    """Standard deviations between wordings, between examples and of the rest, and of the unchanged program's own rest
    where it is measured on the same examples.

    paired: of the difference between two wordings on one example; scores: of one wording's scores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wordings: float
    examples: float
    rest: float
    own: float
    paired: float
    scores: float


class Squares(NamedTuple):
    """Mean squares of a table, and of the unchanged program's distances from it."""

    rows: float
    columns: float
    rest: float
    own: float


def components(table: ArrayLike, unchanged: ArrayLike) -> Components:
    """The components of a table of shape [wordings, examples], beside the unchanged program's scores.

    Raises ValueError for fewer than two wordings or examples, and where the number of examples differs.
    """
    scores = np.asarray(table, dtype=float)
    squares = mean_squares(scores, np.asarray(unchanged, dtype=float))
    rows, columns = scores.shape
    rest = squares.rest
    return Components(
        wordings=_root((squares.rows - rest) / columns),
        examples=_root((squares.columns - rest) / rows),
        rest=_root(rest),
        own=_root(squares.own - rest / rows),
        paired=_root(2 * rest),
        scores=_root(float(scores.var(axis=1, ddof=1).mean())),
    )


def mean_squares(scores: np.ndarray, unchanged: np.ndarray) -> Squares:
    """See ``components``, which says what is refused."""
    if scores.ndim != 2 or min(scores.shape) < LEAST_ROWS:
        raise ValueError(f"a table needs at least 2 wordings and 2 examples (got shape {scores.shape})")
    rows, columns = scores.shape
    if unchanged.shape != (columns,):
        raise ValueError(f"the unchanged program needs the same {columns} examples (got shape {unchanged.shape})")
    by_row, by_column = scores.mean(axis=1, keepdims=True), scores.mean(axis=0, keepdims=True)
    residual = scores - by_row - by_column + scores.mean()
    return Squares(
        rows=float(columns * by_row.var(ddof=1)),
        columns=float(rows * by_column.var(ddof=1)),
        rest=float((residual**2).sum() / ((rows - 1) * (columns - 1))),
        own=float((unchanged - by_column[0]).var(ddof=1)),
    )


class Draws(NamedTuple):
    """Possible truths, one an entry: variances between wordings, of the rest, of the unchanged program's own rest; the
    unchanged program's mean, and that of all wordings."""

    wordings: np.ndarray
    rest: np.ndarray
    own: np.ndarray
    unchanged: np.ndarray
    centre: np.ndarray


def plausible(scores: np.ndarray, unchanged: np.ndarray, count: int, rng: np.random.Generator) -> Draws:
    """Truths that a table leaves open, as a fiducial distribution: each mean square over its chi-squared.

    So few wordings leave the spread between them wide open, which a prediction has to carry.
    """
    squares = mean_squares(scores, unchanged)
    rows, columns = scores.shape
    freedom = (rows - 1) * (columns - 1)
    rest = (freedom * squares.rest + PRIOR_SQUARES) / rng.chisquare(freedom + 1, count)
    both = (rows - 1) * squares.rows / rng.chisquare(rows - 1, count)
    own = (columns - 1) * squares.own / rng.chisquare(columns - 1, count)
    between = np.maximum(0.0, (both - rest) / columns)
    alone = np.maximum(0.0, own - rest / rows)
    centre_spread = np.sqrt((between + rest / columns) / rows)
    return Draws(
        wordings=between,
        rest=rest,
        own=alone,
        unchanged=rng.normal(unchanged.mean(), np.sqrt(alone / columns)),
        centre=rng.normal(scores.mean(), centre_spread),
    )


def _root(variance: float) -> float:
    return float(np.sqrt(max(0.0, variance)))
