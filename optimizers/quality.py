"""What a quantization costs a compiled program: the same prompts on both files, example by example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dspy

from ..deploy.engines.base import Engine
from ..deploy.quality import Loss
from ..programs.progress import Progress, silent
from .compare import Method, compare_methods
from .task import Task

FOLDER = "quality"


def measure_loss(
    task: Task,
    program: Callable[[], dspy.Module],
    files: tuple[tuple[str, Path], tuple[str, Path]],
    folder: Path,
    *,
    examples: int | None = None,
    engine: str | Callable[..., Engine] | None = None,
    progress: Progress = silent,
) -> Loss:
    """Score a program on the task's test examples with two model files, in exact mode.

    files: name and path of the reference and of the file that ships. examples: the first so many, all if None. folder:
    where results are kept, so that an interrupted measurement goes on. Raises InputError as ``compare_methods`` does.
    """
    methods = [Method(name, program, path, engine) for name, path in files]
    comparison = compare_methods(task, methods, folder, limit=examples, progress=progress)
    (reference, before), (_, after) = comparison.results.items()
    slower = [sum(result.usage.seconds for result in results) for results in (after, before)]
    return Loss.between(
        task.name, reference, [r.score for r in after], [r.score for r in before], slower[0] / (slower[1] or 1.0)
    )
