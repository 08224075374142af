"""A race of settings by its name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import SoftOptimizer


class SweptSoftOptimizer(SoftOptimizer):
    """Soft prompts, of which learning rate and first vectors are raced for within the budget."""

    name = "soft-sweep"
    defaults: ClassVar[Mapping[str, Any]] = {"learning_rate": [3e-2, 1e-1, 1e-2], "init": ["text", "vocabulary"]}
