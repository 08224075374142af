"""P-tuning by its name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import SoftOptimizer


class PTuning(SoftOptimizer):
    """Soft prompts whose vectors a small network makes while they are trained (PEFT's p-tuning); vectors are kept.

    The network's weights move all vectors at once, so it learns at a tenth of the rate.
    """

    name = "p-tuning"
    defaults: ClassVar[Mapping[str, Any]] = {"encoder": "mlp", "learning_rate": 3e-3}
