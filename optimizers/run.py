"""A run: the folder in which a compile keeps everything it needs to be resumed, checked and shipped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..deploy.files import InUseError, locked, write_atomically
from ..programs.errors import InputError, explain
from .budget import Budget
from .candidate import Candidate
from .verdict import Verdict
from .weights import folder_of, forget, set_aside

CONFIG, RESULT = "config.json", "compiled.json"
Kind = TypeVar("Kind", bound=BaseModel)


class RunConfig(BaseModel):
    """All that changes the outcome of a run but its budget. A folder is resumed only under the same configuration.

    Raises InputError naming the field.
    """

    model_config = ConfigDict(extra="forbid")

    task: str = Field(description="a built-in name, path/to/file.py:name, or the name of a Task object")
    parts: dict[str, str] = Field(description="hashes of program, metric, pools and examples")
    optimizer: str
    settings: dict[str, Any] = Field(default_factory=dict, description="the optimizer's own")
    model: str = Field(description="sha256 of the GGUF that the search runs on")
    engine: str = Field(description="what runs it, with its version")
    seed: int = 0
    examples: int = Field(default=24, ge=2, description="training examples that a candidate is scored on")
    finalists: int = Field(default=2, ge=1, description="how many candidates meet in exact mode")
    validation: int = Field(default=16, ge=2, description="validation examples that they meet on, at most")
    confirm: int = Field(default=48, ge=2, description="examples that the winner is confirmed on, at most")

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise InputError(explain(error)) from None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def study(self) -> str:
        """The name of the study that workers of this run share, wherever each of them has the task's file."""
        alike = self.model_dump_json(exclude={"task"})
        return f"studysmith {hashlib.sha256(alike.encode()).hexdigest()[:16]}"

    def difference(self, other: RunConfig) -> str | None:
        """The first field that differs, with both values; None when there is none."""
        mine, theirs = (_flat(config.model_dump()) for config in (self, other))
        for name in {**mine, **theirs}:
            if mine.get(name) != theirs.get(name):
                return f"{name} {theirs.get(name)!r} instead of {mine.get(name)!r}"
        return None


class Compiled(BaseModel):
    """The result of a compile: the winner's prompts, whether it was confirmed, what was spent and seen on the way."""

    model_config = ConfigDict(extra="forbid")

    task: str
    optimizer: str
    candidate: Candidate = Field(description="the winner; what ships is this if confirmed, else the unchanged program")
    verdict: Verdict
    base: str = Field(description="path of the GGUF that was compiled for")
    budget: Budget
    usage: dict[str, float]
    machine: str = Field(default="", description="what it ran on, when it ended")
    read_pools: bool = Field(default=True, description="whether the optimizer looked at the task's pools")
    finished: bool = Field(description="false when it was interrupted")
    notes: list[str] = Field(default_factory=list)


class Run:
    """A run folder: ``config.json``, the journal, what the optimizer keeps, ``compiled.json`` at the end.

    Raises InputError, naming the field, when the folder holds another run, is in use, or cannot be written.
    """

    def __init__(self, folder: Path, config: RunConfig, budget: Budget):
        self.folder, self.config, self.budget = folder, config, budget

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the folder for this process alone, and make it this configuration's."""
        with ExitStack() as held:
            with self._writing():
                self.folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(locked(self.folder, "run"))
                known = self.folder / CONFIG
                if known.exists():
                    different = self.config.difference(load_config(self.folder))
                    if different:
                        raise InputError(f"run: {self.folder} holds a run with {different}; name another folder")
                else:
                    write_atomically(known, self.config.model_dump_json(indent=1) + "\n")
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(f"run: cannot write to {self.folder} ({error.strerror})") from None

    def keep_confirmed(self) -> None:
        """Before a search goes on: put the weights of what was confirmed where it will not write."""
        if (self.folder / RESULT).exists():
            before = load_compiled(self.folder)
            if before.verdict.confirmed and before.candidate.weights:
                with self._writing():
                    set_aside(self.folder, before.candidate.weights)

    @contextmanager
    def open_beside_others(self) -> Iterator[None]:
        """As ``open``; where another worker holds the folder, the first free one of FOLDER-2, FOLDER-3, ..."""
        first = self.folder
        for number in count(2):
            with ExitStack() as held:
                try:
                    held.enter_context(self.open())
                except InUseError:
                    self.folder = first.with_name(f"{first.name}-{number}")
                    continue
                yield
                return

    @property
    def finished(self) -> Compiled | None:
        """The result, if this run has ended and the budget allows no more than it had, or was spent by it already."""
        if not (self.folder / RESULT).exists():
            return None
        compiled = load_compiled(self.folder)
        limits = self.budget.model_dump().items()
        spent = any(limit is not None and compiled.usage.get(name, 0) >= limit for name, limit in limits)
        return compiled if compiled.finished and (spent or not self.budget.exceeds(compiled.budget)) else None

    def finish(self, compiled: Compiled) -> Compiled:
        """Keep the result. What was confirmed before stays, unless another winner is confirmed."""
        if (self.folder / RESULT).exists():
            before = load_compiled(self.folder)
            if before.verdict.confirmed and not compiled.verdict.confirmed:
                kept = {"candidate": before.candidate, "verdict": before.verdict}
                compiled = compiled.model_copy(update={**kept, "notes": [*compiled.notes, before.verdict.reason]})
        with self._writing():
            write_atomically(self.folder / RESULT, compiled.model_dump_json(indent=1) + "\n")
        if folder_of(self.folder, compiled.candidate.weights) == self.folder:
            forget(self.folder)
        return compiled


def load_config(folder: Path) -> RunConfig:
    """The configuration of a run. Raises InputError when there is none or it is broken."""
    return _load(RunConfig, folder / CONFIG, "run")


def load_compiled(folder: Path) -> Compiled:
    """The result in a run folder. Raises InputError when there is none or it is broken."""
    return _load(Compiled, folder / RESULT, "finished compile")


def _load(kind: type[Kind], path: Path, what: str) -> Kind:
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError:
        raise InputError(f"run: {path.parent} holds no {what} (no {path.name})") from None
    except ValidationError as error:
        raise InputError(f"run: {path}: {explain(error)}") from None


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """The fields, with those of ``parts`` and ``settings`` beside the others."""
    inner = {**values.pop("parts"), **values.pop("settings")}
    return {**values, **inner}
