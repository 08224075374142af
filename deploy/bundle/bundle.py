"""A bundle: one folder with the frozen program, the model that serves it, and the proof that both are unchanged."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...programs.curriculum import Concept, Curriculum, curriculum
from ...programs.learner import LearnerProfile
from ...programs.plan import StudyPlan
from ...programs.profile import profile_for
from ..engines.base import Closing, Engine
from ..engines.open import open_engine
from ..errors import BundleError, OutputError
from ..files import sha256
from .frozen import FrozenPlanner, FrozenProgram
from .golden import Recorder, Vector
from .manifest import Manifest

if TYPE_CHECKING:
    import numpy as np

    from ..gguf.bake import Quantization

MODEL, PROGRAM, CURRICULUM, GOLDEN = "model.gguf", "program.json", "curriculum.json", "golden.json"
GOLDEN_DATE = date(2026, 1, 5)
GOLDEN_TEXTS = (
    "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution.",
    "i have two weeks and 30 min 2 times a week for adding fractions, i love basketball",
)


class Planner(Closing):
    """A bundle, ready to plan. Use it as a context manager, or call ``close``."""

    def __init__(self, program: FrozenProgram, engine: Engine, source: Curriculum | None = None):
        self.engine, self._planner = engine, FrozenPlanner(program, engine, source)

    def plan(self, text: str = "", today: date | None = None, **fields: Any) -> StudyPlan:
        """A study plan for a request in plain words; ``fields`` are those of LearnerProfile and win over the text.

        Raises InputError with one line that names the field when something cannot be used.
        """
        return self._planner.plan(profile_for(text, **fields), today)

    def plan_for(self, profile: LearnerProfile, today: date | None = None) -> StudyPlan:
        """A study plan for a profile."""
        return self._planner.plan(profile, today)

    def close(self) -> None:
        """Free the model."""
        self.engine.close()


def load(folder: str | Path) -> Planner:
    """Open a bundle, after its file list and hashes were checked. Raises BundleError with one line."""
    folder = Path(folder)
    _checked(folder)
    return _open(folder)


def _open(folder: Path) -> Planner:
    """A planner of a folder that was checked."""
    try:
        program, source = FrozenProgram.load(folder / PROGRAM), _read_curriculum(folder)
    except ValueError as error:
        raise BundleError(f"{folder} cannot be read: {error}") from None
    return Planner(program, open_engine(folder / MODEL), source)


def verify(folder: str | Path, on_check: Callable[[str], None] = lambda _: None) -> list[str]:
    """Check the file list, every hash and every golden vector; the differences found, none if all is well.

    Raises BundleError when the files themselves are wrong: then nothing in the bundle is run.
    """
    folder = Path(folder)
    manifest = _checked(folder)
    on_check(f"{len(manifest.files)} files as exported")
    try:
        golden = json.loads((folder / GOLDEN).read_text("utf-8"))
        vectors = [Vector.model_validate(v) for v in golden["vectors"]]
        plans = dict(golden["plans"])
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{GOLDEN} cannot be read: {error}") from None
    problems = []
    with _open(folder) as planner:
        engine = planner.engine
        if engine.template_sha256 != manifest.template_sha256:
            problems.append("the chat template is not the exported one")
        for number, vector in enumerate(vectors, 1):
            problems += [f"golden vector {number}: {difference}" for difference in vector.differences(engine)]
            on_check(f"golden vector {number} of {len(vectors)}")
        for text, expected in plans.items():
            problems += _differences(planner, text, expected)
            on_check(f"plan for “{text[:40]}…”")
    return problems


def _checked(folder: Path) -> Manifest:
    """The manifest of a folder that holds what it lists, unchanged, and all that a bundle needs."""
    manifest = Manifest.load(folder)
    for name in (MODEL, PROGRAM, CURRICULUM, GOLDEN):
        if name not in manifest.files:
            raise BundleError(f"{folder} is no whole bundle: {name} is missing")
    manifest.verify_hashes(folder)
    return manifest


def _differences(planner: Planner, text: str, expected: Any) -> list[str]:
    try:
        now = planner.plan(text, GOLDEN_DATE).model_dump(mode="json")
    except OutputError as error:
        return [f"there is no plan for {text!r}: {error}"]
    return [] if now == expected else [f"the plan for {text!r} differs"]


def export(
    program: FrozenProgram,
    model: Path,
    target: str | Path,
    *,
    name: str,
    method: str,
    soft_prompts: Mapping[str, np.ndarray] | None = None,
    quantization: Quantization = "keep",
    report: Mapping[str, Any] | None = None,
    adapters: Path | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Write a bundle.

    model: the GGUF to ship; with ``soft_prompts`` (name to vectors of shape [n, width]) their rows are appended to it.
    quantization: "keep" copies the model's own tensors byte for byte, "Q8_0" stores them as Q8_0.
    adapters: a folder of PEFT adapters to keep beside it. The folder appears under its name only when it is complete.
    Raises BundleError when it cannot be written or something is there already.
    """
    target = Path(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleError(f"out: {target} exists and is not empty; name a new folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise BundleError(f"out: cannot write to {target.parent} ({error.strerror})") from None
    try:
        on_step("model")
        _write_model(model, work / MODEL, soft_prompts or {}, quantization)
        program.save(work / PROGRAM)
        _write_curriculum(work)
        if adapters:
            shutil.copytree(adapters, work / "adapters")
        on_step("golden vectors")
        manifest = Manifest(
            name=name,
            studysmith=version("studysmith"),
            engine=f"xllamacpp {version('xllamacpp')}",
            base=sha256(model),
            quantization=quantization,
            template_sha256=_record_golden(work, program),
            soft_prompts={n: len(v) for n, v in (soft_prompts or {}).items()},
            method=method,
            report=dict(report or {}),
        )
        on_step("hashes")
        manifest.add_files(work)
        manifest.save(work)
        if target.exists():
            target.rmdir()
        work.rename(target)
    except OSError as error:
        raise BundleError(f"out: cannot write {target} ({error.strerror or error})") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _write_model(model: Path, target: Path, soft_prompts: Mapping[str, np.ndarray], quantization: Quantization) -> None:
    if not soft_prompts and quantization == "keep":
        shutil.copyfile(model, target)
        return
    from ..gguf.bake import bake

    bake(model, soft_prompts, target, quantization)


def _record_golden(work: Path, program: FrozenProgram) -> str:
    """Plan the golden requests, keep all that the engine said; the hash of the chat template."""
    with open_engine(work / MODEL) as engine:
        recorder = Recorder(engine)
        planner = FrozenPlanner(program, recorder, curriculum())
        plans = {}
        for text in GOLDEN_TEXTS:
            plan = planner.plan(profile_for(text), GOLDEN_DATE)
            plans[text] = plan.model_dump(mode="json")
        golden = {"vectors": [v.model_dump() for v in recorder.vectors], "plans": plans}
        (work / GOLDEN).write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return engine.template_sha256


def _write_curriculum(work: Path) -> None:
    concepts = [concept.model_dump() for concept in curriculum().values()]
    (work / CURRICULUM).write_text(json.dumps(concepts, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _read_curriculum(folder: Path) -> Curriculum:
    return Curriculum(Concept.model_validate(c) for c in json.loads((folder / CURRICULUM).read_text("utf-8")))
