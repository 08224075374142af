"""The built-in task "sort": which part of mathematics a task belongs to. Small enough to show a whole compile."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from ...programs.curriculum import curriculum
from ...programs.synthetic_learners import split_of
from ..task import SPLITS, Task

if TYPE_CHECKING:
    import dspy


def sort_task() -> Task:
    """Every task of the curriculum, with the part of mathematics that its concept belongs to as the right answer."""
    import dspy

    source = curriculum()
    parts = tuple(sorted({concept.strand for concept in source.values()}))

    fields = {"task": (str, dspy.InputField()), "part": (Literal[parts], dspy.OutputField())}
    signature = dspy.Signature(fields, "Name the part of mathematics that a task belongs to.")
    examples: Mapping[str, list[dspy.Example]] = {split: [] for split in SPLITS}
    for concept in source.values():
        examples[split_of(concept.id)] += [
            dspy.Example(id=f"{concept.id}/{number}", task=exercise.task, part=concept.strand).with_inputs("task")
            for number, exercise in enumerate(concept.exercises)
        ]
    for split, found in examples.items():
        random.Random(f"sort/{split}").shuffle(found)  # a comparison of the first few is of all parts
    return Task(name="sort", program=lambda: dspy.Predict(signature), metric=is_right, **examples)


def is_right(example: dspy.Example, prediction: dspy.Prediction, trace: Any = None) -> bool:
    """Whether the part is the right one."""
    return bool(prediction.part == example.part)
