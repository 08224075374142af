"""A task by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...deploy.files import sha256
from ...programs.errors import InputError, users_code
from ...programs.loading import load_attribute
from ..task import Task
from .plan import plan_task
from .read import read_task
from .solve import solve_task

BUILT_IN: dict[str, Callable[[], Task]] = {
    "plan": plan_task,
    "plan-free": partial(plan_task, "free"),
    "read": read_task,
    "solve": solve_task,
}


def load_task(task: str | Task) -> Task:
    """A built-in task by its name, a user's own (``path/to/file.py:name`` of a Task or of a function that makes one),
    or a Task as it is. Raises InputError saying what is accepted.
    """
    if isinstance(task, Task):
        return task
    if task in BUILT_IN:
        return BUILT_IN[task]()
    file, _, attribute = task.rpartition(":")
    if not file.endswith(".py") or not attribute:
        raise InputError(f"task: {', '.join(BUILT_IN)}, or path/to/file.py:name (got {task!r})")
    found = load_attribute(task, "task")
    if not isinstance(found, Task) and callable(found):
        with users_code(f"task: {task} cannot be made:"):
            found = found()
    if not isinstance(found, Task):
        raise InputError(f"task: {attribute!r} in {file} is no studysmith Task, nor a function that returns one")
    # The file may hold more than the metric's own source, so all of it counts as the task's version.
    return replace(found, version=f"{found.version}{sha256(Path(file))[:12]}")


def can_name(task: str) -> bool:
    """Whether what a run calls its task is enough to load it; a Task object is called by its own name."""
    return task in BUILT_IN or ":" in task
