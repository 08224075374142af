"""From a compile, or from a model alone, to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..deploy.bundle.manifest import NAME
from ..deploy.default_bundle import export_default
from ..deploy.errors import ModelError
from ..programs.errors import InputError
from .ledger import JOURNAL
from .result import Result
from .run import RESULT
from .task import Task

if TYPE_CHECKING:
    from ..deploy.bundle.manifest import Manifest

OF_RUNS = ("task", "measure", "anyway", "evidence")
"""What only the export of a run can be told."""


def export(
    source: Result | str | Path, out: str | Path, *, task: str | Task | None = None, **settings: Any
) -> Manifest:
    """Freeze into a bundle what a run ships, or the default planner with a model.

    source: a result, the folder of a run, or a model as ``resolve`` takes it. task: needed for the folder of a run of a
    Task object. settings: those of ``Result.export``; for a model name, quantize, sign and progress.
    """
    if isinstance(source, Result):
        return source.export(out, **settings)
    kind = kind_of_source(source)
    if kind == "bundle":
        raise InputError(f"source: {source} is a bundle already; `export --to` makes other things of it")
    if kind == "run":
        return Result.open(source, task).export(out, **settings)
    for option in OF_RUNS:
        if settings.pop(option, None) or (option == "task" and task):
            raise InputError(f"{option}: is for runs of `compile`, and {source} is a model; leave it out")
    given = {option: value for option, value in settings.items() if value is not None}
    try:
        return export_default(source, out, **given)
    except ModelError as error:
        raise ModelError(f"source: {source} is no run of `compile`, and no model that can be used: {error}") from None


def kind_of_source(source: str | Path) -> Literal["run", "bundle", "model"]:
    """What there is to export from; all that is neither a run nor a bundle can only be a model, in a file or by a name.

    Raises InputError for a place in a folder that is there, where nothing is: that is no name of a model on the hub.
    """
    place = Path(source)
    if (place / NAME).is_file():
        return "bundle"
    if (place / RESULT).is_file() or (place / JOURNAL).is_file():
        return "run"
    if not place.exists() and place.parent.is_dir() and place.parent != Path():
        raise InputError(f"source: nothing is at {source}; give a run of `compile`, a bundle or a model")
    return "model"
