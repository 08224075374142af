"""The dimensions of the rubric, one per file, by the name that ``rubric.toml`` uses."""

from __future__ import annotations

from .adaptable import Adaptable
from .base import Assessment, Dimension, Evidence, Parts
from .detailed import Detailed
from .feasible import Feasible
from .fluent import Fluent
from .grounded import Grounded
from .hierarchical import Hierarchical
from .personalized import Personalized
from .sound import Sound
from .view import PlanView

BUILT_IN: dict[str, Dimension] = {
    "detailed": Detailed(),
    "hierarchical": Hierarchical(),
    "adaptable": Adaptable(),
    "personalized": Personalized(),
    "feasible": Feasible(),
    "grounded": Grounded(),
    "fluent": Fluent(),
    "sound": Sound(),
}

__all__ = ["BUILT_IN", "Assessment", "Dimension", "Evidence", "Parts", "PlanView"]
