"""How far an engine is from a reference on the same bundle, whatever the engines are.

Greedy text parts at the first near-tie and is then another text, so it is compared up to there and the gap at that
place explains it or does not. Distributions are compared place by place under teacher forcing: both engines are given
the reference's reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Logprobs = npt.NDArray[np.float32]
"""Natural, [places, vocabulary]: row i is what the model expects at place i of the reply."""


@dataclass(frozen=True)
class Difference:
    """The first place where two greedy replies part. `gap`: by how many nats the reference prefers its own token to
    the other's; rounding explains a gap of about the size of the rounding, and nothing larger."""

    place: int
    expected: int | None
    found: int | None
    gap: float

    def __str__(self) -> str:
        return f"token {self.place}: {self.found} instead of {self.expected}, {self.gap:.2g} nats less likely"


@dataclass(frozen=True)
class Agreement:
    """Of all places: share with the same likeliest token, and KL(reference || other) in nats."""

    places: int
    top1: float
    kl_mean: float
    kl_max: float


def first_difference(expected: Sequence[int], found: Sequence[int], reference: Logprobs) -> Difference | None:
    """Where `found` parts from `expected`, the reference's own reply, whose logprobs are `reference`; None if nowhere.

    A reply that is the other's beginning ended early or late: then one of the tokens is None, and the gap is NaN.
    """
    for place, (ours, theirs) in enumerate(zip(expected, found, strict=False)):
        if ours != theirs:
            return Difference(place, ours, theirs, float(reference[place, ours] - reference[place, theirs]))
    if len(expected) == len(found):
        return None
    place = min(len(expected), len(found))
    ours_, theirs_ = (row[place] if place < len(row) else None for row in (expected, found))
    return Difference(place, ours_, theirs_, float("nan"))


def agreement(reference: Sequence[Logprobs], other: Sequence[Logprobs]) -> Agreement:
    """Compare the logprobs of several replies. Tokens that only one of them has (rows of padding) are left out."""
    from scipy.special import log_softmax

    same: list[npt.NDArray[np.bool_]] = []
    divergence: list[npt.NDArray[np.float64]] = []
    for ours, theirs in zip(reference, other, strict=True):
        width = min(ours.shape[1], theirs.shape[1])
        # Normalized again: rounding in float32, or a token left out, would be taken for divergence.
        p, q = (log_softmax(rows[:, :width].astype(np.float64), axis=-1) for rows in (ours, theirs))
        same.append(p.argmax(-1) == q.argmax(-1))
        # Where p is zero its share of the sum is zero, whatever q is.
        gaps = np.subtract(p, q, out=np.zeros_like(p), where=~np.isneginf(p))
        divergence.append((np.exp(p) * gaps).sum(-1))
    top, kl = np.concatenate(same), np.concatenate(divergence)
    return Agreement(places=len(top), top1=float(top.mean()), kl_mean=float(kl.mean()), kl_max=float(kl.max()))
