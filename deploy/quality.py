"""What a quantization costs in quality: how a manifest states it, and what was measured of models that come along.

Made by ``benchmarks/quality.py``, which says how.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

TABLE = Path(__file__).parent / "data" / "quality.json"
ALPHA = 0.05


class Loss(BaseModel):
    """Scores of one format beside the reference's on the same n items; `ci` is the difference's 95 % interval."""

    model_config = ConfigDict(extra="forbid")

    measure: str = Field(description="what was scored: a task's metric or a set of problems")
    reference: str = Field(description="what it is compared with: a format, or the model as it was searched on")
    n: int = Field(ge=2)
    score: float
    reference_score: float
    ci: tuple[float, float]
    p_value: float
    seconds: float = Field(default=0.0, ge=0, description="times what the reference took, 0 if unknown")

    @classmethod
    def between(
        cls,
        measure: str,
        reference: str,
        scores: Sequence[float],
        reference_scores: Sequence[float],
        seconds: float = 0.0,
    ) -> Self:
        """The loss from scores of the same items in the same order. Raises ValueError as ``paired_difference`` does."""
        from ..metrics.statistics import paired_difference

        found = paired_difference(scores, reference_scores)
        return cls(
            measure=measure,
            reference=reference,
            n=len(scores),
            score=round(sum(scores) / len(scores), 4),
            reference_score=round(sum(reference_scores) / len(scores), 4),
            ci=(round(found.interval.low, 4), round(found.interval.high, 4)),
            p_value=float(f"{found.p_value:.3g}"),
            seconds=round(seconds, 3),
        )

    @property
    def kept(self) -> float:
        """Share of the reference's score."""
        return self.score / self.reference_score if self.reference_score else 1.0

    @property
    def significant(self) -> bool:
        """Whether it is worse, and not by chance."""
        return self.score < self.reference_score and self.p_value < ALPHA

    def __str__(self) -> str:
        return (
            f"{self.measure}: {self.score:.3f} where {self.reference} has {self.reference_score:.3f} "
            f"(n = {self.n}, difference {self.score - self.reference_score:+.3f} "
            f"[{self.ci[0]:+.3f}, {self.ci[1]:+.3f}], p = {self.p_value:.2g})"
        )


class Quality(BaseModel):
    """One format of one model. `file` is the sha256 of the stored model, `base` of what it was stored from."""

    model_config = ConfigDict(extra="forbid")

    base: str
    format: str
    file: str
    bytes: int
    losses: list[Loss]


@cache
def _table() -> list[Quality]:
    return [Quality.model_validate(row) for row in json.loads(TABLE.read_text("utf-8"))]


def measured(model: str, quantization: str) -> list[Loss]:
    """What is known of a model file (its sha256) that is stored in a format, "keep" for as it is; [] if nothing."""
    for row in _table():
        if (row.base, row.format) == (model, quantization) or (quantization == "keep" and row.file == model):
            return row.losses
    return []


def stated(quantization: str, losses: Sequence[Loss], *, changed: bool) -> list[str]:
    """What a user reads of a format that the export changed to: a line a measurement, with a warning where it is worse;
    or that there is none."""
    if not changed:
        return []
    if not losses:
        return [f"What {quantization} costs was not measured: --measure 48 compares it on so many test examples."]
    return [f"{f'Warning: {quantization} loses. ' if loss.significant else ''}{loss}" for loss in losses]
