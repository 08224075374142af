"""One call that tests a rubric, and the verdict: which bars it misses."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...programs.progress import Progress, silent
from ..rubric import Rubric
from .corruption import Case
from .gaming import AttackResult, Limits, limits, run_attacks
from .suite import Validity, plans_per_second, run_chains, summarize

DETECTION_FULL = 0.95
DETECTION_LIGHT = 0.80
MONOTONE = 0.95
DRIFT = 0.05
PLANS_PER_SECOND = 200.0


@dataclass(frozen=True)
class Validation:
    """Everything that ``studysmith rubric validate`` prints."""

    validity: Validity
    attacks: list[AttackResult]
    limits: Limits
    plans_per_second: float
    cases: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """``{"dimensions": {name: {...}}, "attacks": [...], "plans_per_second": x}``, rounded to four places."""
        dimensions = {
            name: {
                "detection_full": round(d.detection_full.mean, 4),
                "detection_light": round(d.detection_light.mean, 4),
                "monotone": round(d.monotone.mean, 4),
                "drift": round(d.drift, 4),
                "drift_in": d.drift_in,
                "intervals": {
                    key: [round(i.low, 4), round(i.high, 4)]
                    for key, i in (
                        ("detection_full", d.detection_full),
                        ("detection_light", d.detection_light),
                        ("monotone", d.monotone),
                    )
                },
                "chains": d.chains,
            }
            for name, d in self.validity.dimensions.items()
        }
        attacks = [
            {
                "name": a.name,
                "overall": round(a.overall, 4),
                "highest": round(a.highest, 4),
                "limit": round(a.limit, 4),
                "bar": a.bar,
            }
            for a in self.attacks
        ]
        return {
            "dimensions": dimensions,
            "attacks": attacks,
            "limits": {
                "expert_lower_quartile": round(self.limits.expert, 4),
                "honest_baseline_median": None if self.limits.baseline is None else round(self.limits.baseline, 4),
                "honest_baseline_plans": self.limits.honest,
            },
            "untested": self.validity.untested,
            "plans_per_second": round(self.plans_per_second, 1),
            "plans": self.cases,
            "missed": self.missed(),
        }

    def missed(self) -> list[str]:
        """One line for each bar that is missed; empty when the rubric passes."""
        lines = []
        for name, d in self.validity.dimensions.items():
            lines += [
                f"{name}: {what} is {value:.3f}, needs {bar}"
                for what, value, bar in (
                    ("detection at full strength", d.detection_full.mean, DETECTION_FULL),
                    ("detection at the lightest strength", d.detection_light.mean, DETECTION_LIGHT),
                    ("monotonicity", d.monotone.mean, MONOTONE),
                )
                if value < bar
            ]
            if d.drift > DRIFT:
                lines.append(f"{name}: its corruptions move {d.drift_in} by {d.drift:.3f}, at most {DRIFT} is allowed")
        lines += [
            f"attack {a.name}: scores {a.overall:.3f}, must stay below {a.limit:.3f}"
            for a in self.attacks
            if not a.lost
        ]
        if self.plans_per_second < PLANS_PER_SECOND:
            lines.append(f"speed: {self.plans_per_second:.0f} plans a second, needs {PLANS_PER_SECOND:.0f}")
        return lines


def validate(rubric: Rubric, plans: Sequence[Case], progress: Progress = silent) -> Validation:
    """Run the validity and the gaming suite on expert and generated plans. Deterministic but for the speed.

    Raises ValueError with fewer than four expert plans: the limits of the attacks need them.
    """
    start = time.perf_counter()
    experts = [c for c in plans if c.writer == "expert"]
    generated = [c for c in plans if c.writer == "generated"]
    validity = summarize(rubric, run_chains(rubric, plans, progress=progress))
    attacks = run_attacks(rubric, experts, generated, progress=progress)
    return Validation(
        validity,
        attacks,
        limits(rubric, experts, generated),
        plans_per_second(rubric, plans),
        len(plans),
        time.perf_counter() - start,
    )
