"""From a compile to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .result import Result
from .task import Task

if TYPE_CHECKING:
    from ..deploy.bundle.manifest import Manifest


def export(run: Result | str | Path, out: str | Path, *, task: str | Task | None = None, **settings: Any) -> Manifest:
    """Freeze what a run ships into a bundle; ``settings`` are those of ``Result.export``.

    run: a result, or the folder of a run; task: needed for the folder of a run of a Task object.
    """
    result = run if isinstance(run, Result) else Result.open(run, task)
    return result.export(out, **settings)
