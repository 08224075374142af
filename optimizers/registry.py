"""Which optimizers there are, and how one is chosen."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..programs.errors import InputError
from ..programs.loading import load_attribute
from .base import Optimizer

BUILT_IN = {
    "text": ("text", "TextOptimizer"),
    "knn": ("knn", "KNNOptimizer"),
    "feedback": ("feedback", "FeedbackOptimizer"),
    "random": ("random_search", "RandomSearch"),
    "soft": ("prompt_tuning.optimizer", "SoftOptimizer"),
    "soft-sweep": ("prompt_tuning.sweep", "SweptSoftOptimizer"),
    "p-tuning": ("prompt_tuning.p_tuning", "PTuning"),
    "distill": ("prompt_tuning.distillation", "Distillation"),
    "self-imitation": ("prompt_tuning.self_imitation", "SelfImitation"),
    "grpo": ("prompt_tuning.grpo", "Grpo"),
    "miprov2": ("dspy_named", "Mipro"),
    "gepa": ("dspy_named", "Gepa"),
    "simba": ("dspy_named", "Simba"),
    "copro": ("dspy_named", "Copro"),
    "bootstrap": ("dspy_named", "Bootstrap"),
}
ALIASES = {"pool": "text"}
"""Old names, kept for one release."""


def find(optimizer: Any) -> Optimizer:
    """An optimizer by its name, as ``path/to/file.py:Class``, as an object, or one of DSPy's own as it is.

    Raises InputError that says what is accepted.
    """
    if isinstance(optimizer, str):
        name = ALIASES.get(optimizer, optimizer)
        optimizer = _built_in(name) if name in BUILT_IN else _of_file(name)
    if isinstance(optimizer, type):
        optimizer = optimizer()
    if hasattr(optimizer, "search") and hasattr(optimizer, "name") and hasattr(optimizer, "settings"):
        return optimizer
    from dspy.teleprompt import Teleprompter

    if isinstance(optimizer, Teleprompter):
        from .dspy_optimizer import DSPyOptimizer

        return DSPyOptimizer(optimizer)
    raise InputError(
        f"optimizer: {', '.join(BUILT_IN)}, path/to/file.py:Class, an object with name, settings and search(bench), or "
        f"one of dspy's optimizers (got {optimizer!r})"
    )


def describe() -> dict[str, str]:
    """Every built-in optimizer's name, and the line that says what it does."""
    return {name: (_built_in(name).__doc__ or "").split("\n")[0] for name in BUILT_IN}


def for_many_workers() -> list[str]:
    """Names of the built-in optimizers that many workers can run at once."""
    return [name for name in BUILT_IN if getattr(_built_in(name), "many_workers", False)]


def _built_in(name: str) -> Any:
    module, attribute = BUILT_IN[name]
    return getattr(import_module(f".{module}", __package__), attribute)


def _of_file(name: str) -> Any:
    if ".py:" not in name:
        raise InputError(f"optimizer: {', '.join(BUILT_IN)}, or path/to/file.py:Class (got {name!r})")
    return load_attribute(name, "optimizer")
