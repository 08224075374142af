"""Writing a bundle: freeze, bake, record what it does, and seal it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...programs.errors import InputError
from ...programs.progress import Progress, silent
from ..engines.open import open_engine
from ..errors import BundleError
from ..files import sha256
from ..gguf.header import read_header
from ..gguf.quantize import Quantization, format_of
from ..quality import Loss, measured
from .bundle import GOLDEN, MODEL, PROGRAM, Bundle, folds_system, kind_of, template_sha256
from .frozen import GENERIC, FrozenProgram, as_json
from .golden import Example, Golden, Recorder
from .manifest import LONGEST, Manifest
from .sign import private_key
from .sign import sign as sign_manifest
from .soft_check import NextTokens, soft_numbers

if TYPE_CHECKING:
    import dspy
    import numpy as np


REPLAYED = 1000
"""Tokens that ``verify`` writes again, or four times as many that it reads, beyond the first golden example: what the
embedded model does in less than 20 seconds on two cores."""
_SHORT = 32


def export(
    program: dspy.Module | FrozenProgram,
    model: Path,
    target: str | Path,
    *,
    name: str,
    method: str,
    golden: Sequence[Mapping[str, Any]],
    soft_prompts: Mapping[str, np.ndarray] | None = None,
    quantization: Quantization = "keep",
    verdict: Mapping[str, Any] | None = None,
    report: Mapping[str, Any] | None = None,
    adapters: Path | None = None,
    files: Mapping[str, str] | None = None,
    measure: Callable[[Path], Loss] | None = None,
    sign: Path | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Write a bundle.

    program: see ``freeze`` for what can be frozen; a DSPy program is run on the golden inputs too, and must ask and say
    what the frozen one does.
    model: the GGUF to ship; with ``soft_prompts`` (name to vectors of shape [n, width]) their rows are appended to it.
    golden: inputs of the program, two or so, whose prompts and replies are recorded (a planner's: text and today);
    after the first, as many as ``verify`` can do again in REPLAYED tokens. Of a step that none of them asks, one short
    reply is recorded.
    quantization: "keep" copies the model's own tensors byte for byte; the others store them in that format.
    verdict, report: whether the program was confirmed, and the comparison that it won; kept in the manifest.
    adapters: a folder of PEFT adapters to keep beside it. files: JSON texts by file name, in place of the kind's own.
    measure: says what the model file, as it ships, loses; kept in the manifest beside what is known of its weights.
    sign: a private key to sign it with (see ``sign``).
    The folder appears under its name only when it is complete. Raises InputError naming what a bundle cannot hold,
    before anything is written, and BundleError when it cannot be written or something is there already.
    """
    target = Path(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleError(f"out: {target} exists and is not empty; name a new folder")
    if len(name) > LONGEST:
        raise InputError(f"name: at most {LONGEST} characters (got {len(name):,})")
    key = private_key(sign) if sign else None
    inputs = [{k: as_json(f"golden[{i}].{k}", v) for k, v in example.items()} for i, example in enumerate(golden)]
    frozen = program if isinstance(program, FrozenProgram) else _freeze(program, inputs)
    kind = kind_of(frozen)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise BundleError(f"out: cannot write to {target.parent} ({error.strerror})") from None
    total = len(golden) + 2
    try:
        progress("export", 0, total, "model")
        cost = _write_model(model, work / MODEL, soft_prompts or {}, quantization)
        frozen.save(work / PROGRAM)
        for file, text in {**kind.extra_files(), **(files or {})}.items():
            (work / file).write_text(text, "utf-8")
        if adapters:
            shutil.copytree(adapters, work / "adapters")
        with open_engine(work / MODEL) as engine:
            recorder = Recorder(engine)
            bundle, examples = kind(frozen, recorder, work), []
            for number, given in enumerate(inputs):
                if number and recorder.cost * (number + 1) / number > REPLAYED:
                    break
                progress("export", 1 + number, total, f"golden example {number + 1} of {len(golden)}")
                live = program if frozen.kind == GENERIC and not isinstance(program, FrozenProgram) else None
                outputs = _compared(live, bundle, recorder, golden[number]) if live else bundle.answer_golden(given)
                examples.append(Example(inputs=given, outputs=outputs))
            _ask_others(frozen, recorder)
            soft = soft_numbers(frozen, cast(NextTokens, engine))
            Golden(vectors=recorder.vectors, examples=examples, soft=soft).save(work / GOLDEN)
        base, header = sha256(model), read_header(work / MODEL)
        quality = [*measured(base, quantization), *([measure(work / MODEL)] if measure else [])]
        progress("export", total - 1, total, "hashes")
        manifest = Manifest(
            name=name,
            kind=frozen.kind,
            studysmith=version("studysmith"),
            engine=f"xllamacpp {version('xllamacpp')}",
            base=base,
            quantization=format_of(work / MODEL),
            trained_on=format_of(model) if soft_prompts else "",
            template_sha256=template_sha256(header),
            folds_system=folds_system(header),
            soft_prompts={n: len(v) for n, v in (soft_prompts or {}).items()},
            soft_bytes=cost,
            quality=quality,
            method=method,
            verdict=dict(verdict or {}),
            report=dict(report or {}),
        )
        manifest.add_files(work)
        manifest.save(work)
        if key:
            sign_manifest(work, key)
        if target.exists():
            target.rmdir()
        work.rename(target)
    except OSError as error:
        raise BundleError(f"out: cannot write {target} ({error.strerror or error})") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _freeze(program: dspy.Module, golden: Sequence[Mapping[str, Any]]) -> FrozenProgram:
    from .freeze import freeze

    for number, inputs in enumerate(golden):
        if odd := set(inputs) ^ set(golden[0]):
            raise InputError(f"golden[{number}].{sorted(odd)[0]}: every example must have the same inputs")
    return freeze(program, golden[0] if golden else None)


def _compared(program: dspy.Module, bundle: Bundle, recorder: Recorder, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The frozen program's outputs, after it asked what the live one asks and said what that one says."""
    from .freeze import run_live

    live = run_live(program, recorder, inputs)
    asked = len(recorder.vectors)
    outputs = dict(bundle(**inputs))
    for vector in recorder.vectors[asked:]:
        step = next((n for n, s in bundle.program.steps.items() if s.asks(vector.messages)), "program")
        raise InputError(f"{step}: forward does not send this step's own prompt (did it change adapter or settings?)")
    for name in {**live, **outputs}:
        if name not in outputs or name not in live or as_json(name, outputs[name]) != live[name]:
            raise InputError(f"outputs.{name}: the frozen program puts out something else than forward does")
    return outputs


def _ask_others(program: FrozenProgram, recorder: Recorder) -> None:
    """Record a short reply of each step that nothing recorded so far asks."""
    for step in program.steps.values():
        if not any(step.asks(vector.messages) for vector in recorder.vectors):
            request = step.request(dict.fromkeys(step.slots, "an example"))
            recorder.complete(replace(request, max_tokens=min(request.max_tokens, _SHORT)))


def _write_model(
    model: Path, target: Path, soft_prompts: Mapping[str, np.ndarray], quantization: Quantization
) -> dict[str, int]:
    """What soft prompts add to the file, in bytes."""
    if not soft_prompts and quantization == "keep":
        shutil.copyfile(model, target)
        return {}
    from ..gguf.bake import bake

    cost = bake(model, soft_prompts, target, quantization)
    return asdict(cost) if soft_prompts else {}
