"""What a compile gives back: a program that runs, a verdict, a bundle to be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deploy.engines.base import Engine
from ..deploy.files import sha256
from ..deploy.gguf.quantize import check_quantization
from ..deploy.journal import Journal
from ..programs.errors import InputError
from ..programs.progress import Progress, silent
from .candidate import Candidate
from .prompt_tuning.adapters import load_adapters
from .run import Compiled, load_compiled, load_config
from .task import Task
from .tasks.load import can_name, load_task
from .verdict import Verdict
from .weights import ADAPTERS, MODEL, folder_of

if TYPE_CHECKING:
    import dspy

    from ..deploy.bundle.manifest import Manifest
    from ..deploy.quality import Loss
    from .prompt_tuning.soft_prompt import SoftPrompt

GOLDEN_EXAMPLES = 2


@dataclass(repr=False)
class Result:
    """A finished compile in its run folder.

    ``program`` is what ships: the winner if it was confirmed, else the unchanged program. ``winner`` is the winner all
    the same.
    """

    folder: Path
    compiled: Compiled
    task: Task
    engine: str | Callable[..., Engine] | None = field(default=None, repr=False)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        task: str | Task | None = None,
        *,
        engine: str | Callable[..., Engine] | None = None,
    ) -> Result:
        """The result in a run folder. task: needed where it was compiled for a Task object, which no folder can name.
        engine: needed where it was compiled on another engine than llama.cpp.

        Raises InputError when there is no result, or it belongs to another task.
        """
        folder = Path(folder)
        compiled = load_compiled(folder)
        if task is None and not can_name(compiled.task):
            raise InputError(f"task: {folder} was compiled for a Task object, {compiled.task}; give it as task")
        found = load_task(task or compiled.task)
        steps = [name for name, _ in found.program().named_predictors()]
        if set(compiled.candidate.prompts) != set(steps):
            raise InputError(
                f"run: {folder} was compiled for other steps than those of {found.name} ({', '.join(steps)})"
            )
        parts = found.identity()
        for name, there in load_config(folder).parts.items():
            # Another metric may score what was compiled; another program or other examples make it another task.
            if name not in ("metric", "pools") and parts[name] != there:
                raise InputError(f"run: {folder} was compiled for a task with another {name}; compile again")
        return cls(folder, compiled, found, engine)

    def __repr__(self) -> str:
        return f"Result({str(self.folder)!r}, {self.method}, {self.verdict.reason})"

    @property
    def verdict(self) -> Verdict:
        return self.compiled.verdict

    @property
    def notes(self) -> list[str]:
        return self.compiled.notes

    @property
    def method(self) -> str:
        return self.compiled.optimizer

    @cached_property
    def unchanged(self) -> Candidate:
        """The prompts of the task's own program."""
        return Candidate.of(self.task.program())

    def candidate(self, anyway: bool = False) -> Candidate:
        """The winner if it was confirmed, or ``anyway``; else the unchanged program's prompts."""
        return self.compiled.candidate if self.verdict.confirmed or anyway else self.unchanged

    def model(self, candidate: Candidate) -> Path:
        """The file that serves a candidate of this run. Raises InputError when it is gone or was changed."""
        own = folder_of(self.folder, candidate.weights) / MODEL
        path = Path(self.compiled.base) if candidate.weights is None else own
        wanted = candidate.weights or load_config(self.folder).model
        if not path.is_file():
            raise InputError(f"run: {self.folder} needs the model {path}, which is gone; compile again")
        if sha256(path) != wanted:
            raise InputError(f"run: {path} is not the model that this run was compiled for; compile again")
        return path

    def soft_prompts(self, candidate: Candidate) -> dict[str, SoftPrompt]:
        """What is baked into the weights of a candidate, by name; nothing where it has none of its own."""
        own = folder_of(self.folder, candidate.weights)
        return load_adapters(own, self.model(self.unchanged)) if candidate.weights else {}

    @cached_property
    def program(self) -> dspy.Module:
        """What ships, as a module that runs on its own engine."""
        return self._served(self.candidate())

    @cached_property
    def winner(self) -> dspy.Module:
        """The winner, confirmed or not, as a module that runs on its own engine."""
        return self._served(self.candidate(anyway=True))

    def _served(self, candidate: Candidate) -> Any:
        from .served import ServedProgram

        return ServedProgram(candidate.apply(self.task.program()), self.model(candidate), self.engine)

    def export(
        self,
        out: str | Path,
        *,
        name: str | None = None,
        quantize: str = "keep",
        measure: int = 0,
        anyway: bool = False,
        evidence: dict[str, Any] | None = None,
        sign: Path | None = None,
        progress: Progress = silent,
    ) -> Manifest:
        """Freeze what ships: the winner if it was confirmed (or ``anyway``), else the unchanged program.

        name: the bundle's, the task's own if None. quantize: "keep" or a format. measure: on how many test examples
        the format is compared with the weights that were searched on. evidence: a comparison's table, for the
        manifest. sign: a private key to sign the bundle with. Raises InputError or RequestError naming what cannot
        be used or what a bundle cannot hold, BundleError when it cannot be written.
        """
        from ..deploy.bundle.export import export

        form = check_quantization(quantize)
        if measure and form == "keep":
            raise InputError("measure: nothing is lost with quantize keep; give the format that is to be measured")
        if not self.compiled.finished:
            raise InputError(f"run: {self.folder} was interrupted; compile again to finish it")
        candidate = self.candidate(anyway)
        self.model(candidate)  # so that a model that is gone is said before anything is made
        base = self.model(self.unchanged)
        adapters = self.soft_prompts(candidate)
        shipped = "unchanged" if candidate == self.unchanged else self.method
        program = candidate.apply(self.task.program())

        def loss(stored: Path) -> Loss:
            from .quality import FOLDER, measure_loss

            return measure_loss(
                self.task,
                lambda: candidate.apply(self.task.program()),
                (("keep", self.model(candidate)), (form, stored)),
                self.folder / FOLDER,
                examples=measure,
                engine=self.engine,
                progress=progress,
            )

        return export(
            program,
            base,
            out,
            name=name or self.task.name,
            method=shipped,
            golden=self._golden(candidate, program),
            soft_prompts={n: p.vectors for n, p in adapters.items()},
            quantization=form,
            verdict={"shipped": shipped, **self.verdict.model_dump(mode="json")},
            report=evidence or {},
            adapters=folder_of(self.folder, candidate.weights) / ADAPTERS if adapters else None,
            measure=loss if measure else None,
            sign=sign,
            progress=progress,
        )

    def _golden(self, candidate: Candidate, program: Any) -> list[dict[str, Any]]:
        """Inputs that the bundle is checked with: the task's own, or those that a kind of program brings.

        Examples to which this candidate gave no usable reply would only show that again.
        """
        if getattr(program, "kind", None) == "planner":
            from ..deploy.planner import GOLDEN

            return [dict(example) for example in GOLDEN]
        rows = {row["key"]: row for row in Journal.read(self.folder / "journal.jsonl")}

        def last(example: dspy.Example) -> tuple[bool, bool]:
            """Failed ones last, and before them those that were never tried."""
            row = rows.get(f"exact {candidate.id} {example.id}")
            return bool(row and row["failure"]), row is None

        return [dict(example.inputs()) for example in sorted(self.task.validation or (), key=last)[:GOLDEN_EXAMPLES]]

    def close(self) -> None:
        """Free the models of ``program`` and ``winner``."""
        for each in ("program", "winner"):
            if each in self.__dict__:
                self.__dict__.pop(each).close()
