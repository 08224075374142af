"""A task: a program, the metric that scores it, and the data it is compiled on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..programs.errors import InputError

if TYPE_CHECKING:
    import dspy

Metric = Callable[["dspy.Example", "dspy.Prediction"], float]


@dataclass(frozen=True)
class StepPool:
    """What a search may put into one predictor: written instructions (the first is the default) and demonstrations."""

    instructions: Sequence[str]
    demos: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Task:
    """Everything that an optimizer needs to know about a job.

    program: makes a fresh DSPy program. metric: (example, prediction) to a float from 0 to 1, higher is better.
    train, validation, test: examples with disjoint content, each with an ``id``; only ``compare`` touches test.
    pools: what a search may use, by predictor name; a predictor without one keeps its instruction.
    baselines: other programs to compare with, by name. explain: the parts of a score, by name.
    """

    name: str
    program: Callable[[], dspy.Module]
    metric: Metric
    train: Sequence[dspy.Example]
    validation: Sequence[dspy.Example]
    test: Sequence[dspy.Example]
    pools: Mapping[str, StepPool] = field(default_factory=dict)
    baselines: Mapping[str, Callable[[], dspy.Module]] = field(default_factory=dict)
    explain: Callable[[dspy.Example, dspy.Prediction], dict[str, float]] | None = None

    def __post_init__(self) -> None:
        for split in ("train", "validation", "test"):
            ids = [getattr(example, "id", None) for example in getattr(self, split)]
            if not ids or None in ids or len(set(ids)) < len(ids):
                raise InputError(f"task: {split} must hold examples, each with an id of its own")
