"""A bundle: one folder with a frozen program, the model that serves it, and the proof that both are unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, ClassVar

from ...programs.errors import InputError
from ..engines.base import Closing, Engine
from ..engines.open import open_engine, usual_mode
from ..errors import BundleError
from ..gguf.chat import ChatTemplate
from ..gguf.header import Header
from .frozen import GENERIC, FrozenProgram, as_json
from .manifest import Manifest

MODEL, PROGRAM, GOLDEN = "model.gguf", "program.json", "golden.json"
KINDS = {GENERIC: f"{__name__}:Bundle", "planner": f"{__name__.removesuffix('bundle.bundle')}planner:Planner"}
"""The class that runs a kind of program, by the place of a class: code of ours, never of a bundle's."""


class Result(dict[str, Any]):
    """Outputs by name: ``result.answer`` or ``result["answer"]``, as the JSON that the model wrote."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{name} is no output of this program ({', '.join(self)})") from None


class Bundle(Closing):
    """A frozen program on its model: call it with the program's inputs. A context manager that closes the model.

    A kind of program with a flow of its own is a subclass, named in ``KINDS``: it says what it keeps beside the
    program, and how it answers a golden example.
    """

    EXTRA: ClassVar[tuple[str, ...]] = ()
    """Files that this kind needs beside model, program and golden examples."""

    def __init__(self, program: FrozenProgram, engine: Engine, folder: Path | None = None):
        self.program, self.engine = program, engine

    def __call__(self, /, **inputs: Any) -> Result:
        """Run the program: text or JSON by input name.

        Raises InputError naming an input that is missing, unknown or no JSON, EngineError when the model fails.
        """
        known = self.program.inputs
        for name in [*known, *inputs]:
            if name not in known or name not in inputs:
                what = "is no input of this program" if name in inputs else "is missing"
                raise InputError(f"{name}: {what}; call it with {', '.join(known)}")
        given = {name: as_json(name, value) for name, value in inputs.items()}
        return Result(self.program.run(self.engine, given))

    def plan(self, text: str = "", today: Any = None, **fields: Any) -> Any:
        """A planner's; see ``deploy.planner.Planner``. Raises InputError here."""
        raise InputError(f"plan: this bundle holds no planner; call it with {', '.join(self.program.inputs)}")

    def answer_golden(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs for a golden example, as JSON."""
        return dict(self(**inputs))

    @classmethod
    def extra_files(cls) -> dict[str, str]:
        """Contents of ``EXTRA`` for an export that gives none."""
        return {}

    @classmethod
    def problems(cls, folder: Path, program: FrozenProgram) -> Iterable[str]:
        """What is wrong with what this kind keeps beside the program, a line each; no model is asked."""
        return ()

    def close(self) -> None:
        """Free the model."""
        self.engine.close()


def kind_of(program: FrozenProgram) -> type[Bundle]:
    """The class that runs a program. Raises BundleError for a kind that this version does not know."""
    if program.kind not in KINDS:
        raise BundleError(f"kind: {' or '.join(KINDS)} (got {program.kind!r})")
    found: type[Bundle] = resolve_name(KINDS[program.kind])
    return found


def load(folder: str | Path, model: str | None = None) -> Bundle:
    """Open a bundle, after its file list and hashes were checked. Raises BundleError with one line.

    model: what asks in place of the bundle's own file: anything that `open_engine` takes.
    """
    folder = Path(folder)
    check(folder)
    return open_checked(folder, model)


def open_checked(folder: Path, model: str | None = None) -> Bundle:
    """The program of a folder that was checked, on its model or another one."""
    program = read_program(folder)
    kind = kind_of(program)
    for name in missing_files(folder, program):
        raise BundleError(f"{folder} is no whole bundle: {name} is missing")
    engine = open_engine(model or folder / MODEL, usual_mode(model or MODEL))
    try:
        return kind(program, engine, folder)
    except ValueError as error:
        engine.close()
        raise BundleError(f"{folder} cannot be read: {error}") from None


def check_hashes(folder: Path) -> Manifest:
    """The manifest of a folder that holds what it lists, unchanged. Raises BundleError with one line."""
    manifest = Manifest.load(folder)
    for name in (MODEL, PROGRAM, GOLDEN):
        if name not in manifest.files:
            raise BundleError(f"{folder} is no whole bundle: {name} is missing")
    manifest.verify_hashes(folder)
    return manifest


def check(folder: Path) -> Manifest:
    """The manifest of a folder that holds what it lists, unchanged, and a program that this version can run."""
    manifest = check_hashes(folder)
    program = read_program(folder)
    kind_of(program)
    if program.kind != manifest.kind:
        there, here = manifest.kind, program.kind
        raise BundleError(f"{folder} contradicts itself: kind is {there!r} in its manifest and {here!r} in {PROGRAM}")
    return manifest


def missing_files(folder: Path, program: FrozenProgram) -> list[str]:
    """What the kind of a program needs beside it and the folder does not have."""
    return [name for name in kind_of(program).EXTRA if not (folder / name).is_file()]


def read_program(folder: Path) -> FrozenProgram:
    """The program of a bundle. Raises BundleError with one line."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        program = FrozenProgram.load(folder / PROGRAM)
    except ValueError as error:
        raise BundleError(f"{folder} cannot be read: {error}") from None
    for name, step in program.steps.items():
        try:
            Draft202012Validator.check_schema(step.reply_schema)
        except SchemaError as error:
            field = f"{PROGRAM}: steps.{name}.reply_schema"
            raise BundleError(f"{folder} cannot be read: {field}: {error.message:.200}") from None
    return program


def template_sha256(header: Header) -> str:
    """Hash of the chat template that a model brings."""
    return hashlib.sha256((header.chat_template or "").encode()).hexdigest()


def folds_system(header: Header) -> bool:
    """Whether a model has a chat template that takes no system message (see ``ChatTemplate``)."""
    bos, eos = header.token("bos"), header.token("eos")
    return ChatTemplate(header.chat_template or "", header.special_tokens, bos=bos, eos=eos).folds_system
