"""A task by its name."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from ...programs.errors import InputError
from ..task import Task


def load_task(name: str) -> Task:
    """A built-in task ("plan", "solve"), or a user's own: ``path/to/file.py:name`` of a Task or a function making one.

    Raises InputError saying what is accepted.
    """
    if name == "plan":
        from .tasks.plan import plan_task

        return plan_task()
    if name == "solve":
        from .tasks.solve import solve_task

        return solve_task()
    path, _, attribute = name.rpartition(":")
    if not path.endswith(".py") or not attribute:
        raise InputError(f"task: plan, solve, or path/to/file.py:name (got {name!r})")
    if not Path(path).is_file():
        raise InputError(f"task: no file {path}")
    spec = importlib.util.spec_from_file_location(f"studysmith_task_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"task: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pydantic look up annotations there
    try:
        spec.loader.exec_module(module)
        made = getattr(module, attribute, None)
        made = made() if callable(made) else made
    except Exception as error:
        raise InputError(f"task: {path} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(made, Task):
        raise InputError(f"task: {attribute!r} in {path} is no studysmith Task, nor a function that returns one")
    return made
