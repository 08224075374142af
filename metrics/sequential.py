"""Evidence that one program beats another, valid when looked at after every learner: e-processes on paired scores.

The differences d_1, d_2, ... are "new minus old" on one learner each, in [-1, 1], in the order in which they were seen.
An e-process starts at 1 and, where the new program is no better, is never expected to exceed 1 at any stopping time.
Ville's inequality (J. Ville, Etude critique de la notion de collectif, 1939) then bounds the chance that it *ever*
reaches 1 / alpha by alpha. So "confirmed" means that the running maximum reached 1 / alpha: a caller may look after
each learner, stop at the first crossing, or go on, without a correction. The order of the learners and alpha must be
fixed before the scores are seen: learners may not be sorted, chosen or dropped afterwards.

Which null
    Symmetric: given the past, each d_i is symmetric about 0 (or is stochastically below such a one). It holds for a
    program against its twin, whatever the scores look like, because the two sides can be exchanged. It is *not* "the
    mean is 0": many small wins paid for by a few large losses have mean 0 and can be confirmed most of the time.
    Betting: given the past, the mean of d_i is at most 0, of any shape. The price is power: a difference may reach -1,
    so a bet may not exceed 1, where .05 with sd .1 would call for about 4 (half of such runs are confirmed by 76
    learners, against 29 for the symmetric one).
    Each holds at alpha on its own; "either of them" would hold at 2 alpha only.

Both are worked out in logs and cut off at the largest float, so long runs neither overflow nor write ``inf``.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

from ..programs.errors import InputError

LAMBDAS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Fixed, so that nothing depends on later data. The best one for normal differences is mean / variance: 1.25 for .2
with sd .4, 5 for .05 with sd .1, 50 for .02 with sd .02. In steps of 2, one is near enough to cost little."""

LARGEST_BET = 0.9
"""Below 1, so that a difference of -1 costs nine tenths of the wealth and not all of it for ever."""

PRIOR_VARIANCE = 0.04
"""One imagined difference of mean 0 and sd .2 stands before the first real one, which can tell no spread."""

LOG_LARGEST = math.log(sys.float_info.max)


class Evidence(BaseModel):
    """What ``n`` differences say against "no better"; ``e_value`` and ``betting`` are the values after the last one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    mean: float
    e_value: float
    e_max: float
    betting: float
    alpha: float

    @property
    def confirmed(self) -> bool:
        """Whether the symmetric e-process reached 1 / alpha at any n up to this one (Ville)."""
        return self.e_max >= 1 / self.alpha

    def __str__(self) -> str:
        return f"{self.mean:+.3f} over {self.n}, E={self.e_value:.3g} (betting {self.betting:.3g})"


def evidence(differences: ArrayLike, alpha: float = 0.05) -> Evidence:
    """Both e-processes on differences of shape [n], n >= 1, in the order in which they were seen.

    Raises InputError (a ValueError) for no differences, for one that is not finite or lies outside [-1, 1], for another
    shape, and for an alpha outside (0, 1).
    """
    if not 0 < alpha < 1:
        raise InputError(f"alpha: a number between 0 and 1 (got {alpha})")
    d = _checked(differences)
    if d.ndim != 1 or not d.size:
        raise InputError(f"differences: a list of at least one number (got shape {d.shape})")
    e = symmetric_e_process(d)
    return Evidence(
        n=d.size,
        mean=float(d.mean()),
        e_value=float(e[-1]),
        e_max=float(e.max()),
        betting=float(betting_e_process(d)[-1]),
        alpha=alpha,
    )


def symmetric_e_process(differences: ArrayLike) -> np.ndarray:
    """E after each difference: the mean over LAMBDAS of prod_i exp(lambda d_i) / cosh(lambda d_i).

    Takes [n], or [..., n] for many runs at once, and returns the same shape. Where d is symmetric about 0 given the
    past, each factor has mean 1 given |d|, so each product and their mean are martingales. A tie has the factor 1, and
    no factor exceeds 2. Raises InputError for a value that is not finite or lies outside [-1, 1].

    Source: V. de la Pena, A general class of exponential inequalities for martingales and ratios, Ann. Probab. 27
    (1999), which bounds cosh(x) by exp(x^2 / 2); dividing by cosh itself is never smaller (A. Ramdas et al., Admissible
    anytime-valid sequential inference must rely on nonnegative martingales, 2020).
    """
    d = _checked(differences)
    lambdas = np.array(LAMBDAS).reshape(-1, *[1] * d.ndim)
    # exp(x) / cosh(x) = 2 / (1 + exp(-2x)); logaddexp keeps large |x| in range and makes the log of a tie exactly 0.
    logs = np.cumsum(np.log(2) - np.logaddexp(0, -2 * lambdas * d), axis=-1)
    top = logs.max(axis=0)
    return _exp(top + np.log(np.exp(logs - top).mean(axis=0)))


def betting_e_process(differences: ArrayLike) -> np.ndarray:
    """The wealth after each difference: prod_i (1 + lambda_i d_i), lambda_i in [0, LARGEST_BET] set before d_i is seen.

    Takes and returns shapes as ``symmetric_e_process`` does, and raises as it does. Where the mean of d is at most 0
    given the past, no factor has a mean above 1. lambda_i = m / (v + m^2), with the running mean m and variance v of
    the earlier differences, is the "approximate GRAPA" bet of I. Waudby-Smith and A. Ramdas, Estimating means of
    bounded random variables by betting, J. R. Stat. Soc. B 86 (2024).
    """
    d = _checked(differences)
    seen = np.arange(2, d.shape[-1] + 2)  # the imagined difference counts as one
    mean = np.cumsum(d, axis=-1) / seen
    variance = (PRIOR_VARIANCE + np.cumsum((d - mean) ** 2, axis=-1)) / seen
    bets = np.clip(mean / (variance + mean**2), 0, LARGEST_BET)
    before = np.concatenate([np.zeros_like(d[..., :1]), bets[..., :-1]], axis=-1)
    return _exp(np.cumsum(np.log1p(before * d), axis=-1))


def _exp(logs: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(logs, LOG_LARGEST))


def _checked(differences: ArrayLike) -> np.ndarray:
    d = np.asarray(differences, dtype=float)
    if not d.ndim:
        raise InputError(f"differences: a list of numbers (got {d})")
    bad = d[~(np.abs(d) <= 1)]  # nan compares as false, so it is among these
    if bad.size:
        raise InputError(f"differences: finite numbers from -1 to 1 (got {bad[0]})")
    return d
