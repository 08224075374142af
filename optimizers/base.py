"""What every optimizer is: a name, and a way from a job to a compiled program."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..programs.progress import Progress, silent
from .run import Compiled, Run
from .task import Task


@dataclass(frozen=True)
class Job:
    """What to compile, on which model (a GGUF), where to keep it, and whom to tell."""

    task: Task
    model: Path
    run: Run
    report: Progress = field(default=silent)
    examples: int = 24
    """Training examples that a candidate is raced on."""
    finalists: int = 2
    validation: int = 16
    """How many finalists are compared in exact mode, on how many validation examples."""


class Optimizer(Protocol):
    """Proposes prompts for a task within the run's budget.

    A compile that was ended by the budget or by Ctrl-C returns the best it has; calling it again with the same run
    continues. Seeds come from the run's configuration.
    """

    name: str

    def compile(self, job: Job) -> Compiled: ...
