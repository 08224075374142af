"""Whether the parts of a bundle fit together: what can be said of its files before its model runs.

Hashes say that files are what they were. A bundle whose hashes were made anew can still be hollow (nothing in it that
could fail) or contradict itself; each check here gives a line for every such fault.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...programs.errors import InputError, StudysmithError
from ..files import read_data
from ..gguf.chat import SOFT_TOKEN, soft_prompt_text
from ..gguf.header import Header
from ..gguf.quantize import EMBEDDING, format_of
from ..gguf.tensors import Floats, GgufFile, dequantize
from .bundle import GOLDEN, MODEL, PROGRAM, folds_system, kind_of, missing_files, read_program, template_sha256
from .frozen import FrozenProgram
from .golden import Golden
from .manifest import NAME, Manifest
from .soft_check import soft_tokens

T = TypeVar("T")
_ADAPTERS, _WEIGHTS, _VECTORS = "adapters", "adapter_model.safetensors", "prompt_embeddings"
_LARGEST_ADAPTER = 2**28
_ALIKE = 0.999
"""The cosine of a trained vector and its row in the table, which is stored in 8 bits or finer, at least."""


@dataclass(frozen=True)
class Content:
    """What of a bundle's content can be read, and all that is wrong with it, a line each."""

    program: FrozenProgram | None
    golden: Golden | None
    problems: list[str]


def read_content(folder: Path, manifest: Manifest) -> Content:
    """Read a bundle whose hashes were checked. Raises nothing: what cannot be read is a problem."""
    problems: list[str] = []
    program = _read(lambda: read_program(folder), problems)
    golden = _read(lambda: Golden.load(folder / GOLDEN), problems)
    if program:
        problems += said("", lambda: _program_problems(folder, manifest, program))
        if golden:
            problems += said("", lambda: _golden_problems(golden, program))
    if file := _read(lambda: GgufFile(folder / MODEL), problems):
        problems += said("", lambda: _model_problems(file.header, manifest))
        problems += said("", lambda: _soft_problems(folder, file, manifest, program))
    return Content(program, golden, problems)


def said(what: str, check: Callable[[], Iterable[str]]) -> list[str]:
    """The lines of a check, each beginning with ``what``.

    A check that raises is a line as well: what a bundle's author wrote decides what happens, so whatever is raised is
    the bundle's fault, and no reason to leave out the other checks.
    """
    begin = f"{what}: " if what else ""
    lines: list[str] = []
    try:
        lines += (begin + line for line in check())
    except StudysmithError as error:
        lines.append(f"{begin}{error}")
    except Exception as error:
        lines.append(" ".join(f"{begin}cannot be used ({type(error).__name__}: {error})".split()))
    return lines


def _read(read: Callable[[], T], problems: list[str]) -> T | None:
    try:
        return read()
    except StudysmithError as error:
        problems.append(str(error))
        return None


def _program_problems(folder: Path, manifest: Manifest, program: FrozenProgram) -> Iterator[str]:
    kind = kind_of(program)
    if program.kind != manifest.kind:
        yield f"kind is {manifest.kind!r} in {NAME} and {program.kind!r} in {PROGRAM}"
    missing = missing_files(folder, program)
    yield from (f"{name} is missing" for name in missing)
    if not missing:
        yield from kind.problems(folder, program)


def _golden_problems(golden: Golden, program: FrozenProgram) -> Iterator[str]:
    if not golden.examples:
        yield f"{GOLDEN}: no example runs the whole program; export with golden inputs"
    asked: set[str] = set()
    for number, vector in enumerate(golden.vectors, 1):
        steps = {name for name, step in program.steps.items() if step.asks(vector.messages)}
        asked |= steps
        if not steps:
            yield f"golden vector {number}: no step of {PROGRAM} asks with these messages"
    for name in program.steps:
        if name not in asked:
            yield f"{GOLDEN}: no vector asks step {name}; export the bundle again"
    recorded = {numbers.step: numbers.tokens for numbers in golden.soft}
    for name, tokens in soft_tokens(program).items():
        if recorded.pop(name, None) != tokens:
            yield f"{GOLDEN}: says nothing, or of other tokens, of the soft prompt of step {name}; export again"
    yield from (f"{GOLDEN}: step {name} has no soft prompt" for name in recorded)


def _model_problems(header: Header, manifest: Manifest) -> Iterator[str]:
    if template_sha256(header) != manifest.template_sha256:
        yield "the chat template is not the exported one"
    if folds_system(header) != manifest.folds_system:
        yield f"folds_system is {manifest.folds_system} in {NAME}, and not so by the chat template of {MODEL}"
    if (found := format_of(header.path)) != manifest.quantization:
        yield f"quantization is {manifest.quantization} in {NAME}, and {found} in {MODEL}"


def _soft_problems(folder: Path, file: GgufFile, manifest: Manifest, program: FrozenProgram | None) -> Iterator[str]:
    """Where manifest, model, adapters and program differ in the soft prompts."""
    ids = {text: index for index, text in enumerate(_vocabulary(file.header)) if SOFT_TOKEN.fullmatch(text)}
    counts = Counter(_name_of(token) for token in ids)
    suppressed = set(file.header.metadata.get("tokenizer.ggml.suppress_tokens", []))
    silent = [token for token, index in ids.items() if index not in suppressed]
    if silent:
        yield f"{MODEL}: {len(silent)} of {len(ids)} soft tokens are not suppressed, so they can be sampled"
    for name, number in manifest.soft_prompts.items():
        if counts[name] != number:
            yield f"soft prompt {name} has {number} tokens in {NAME}, and {counts[name]} in {MODEL}"
    sent = soft_tokens(program) if program else {}
    for step, tokens in sent.items():
        names = list(dict.fromkeys(map(_name_of, tokens)))
        if "".join(tokens) != "".join(soft_prompt_text(name, counts[name]) for name in names if counts[name]):
            yield f"step {step}: its soft prompt is not the one that {MODEL} has"
    if any(name.startswith(f"{_ADAPTERS}/") for name in manifest.files):
        there = {path.name for path in (folder / _ADAPTERS).iterdir()}
        for name in sorted(there ^ set(manifest.soft_prompts)):
            yield f"soft prompt {name} is in only one of {NAME} and {_ADAPTERS}/"
        for name in sorted(there & set(manifest.soft_prompts)):
            rows = [ids[token] for token in ids if _name_of(token) == name]
            trained = folder / _ADAPTERS / name / _WEIGHTS
            yield from said(f"{_ADAPTERS}/{name}", partial(_adapter_problems, trained, file, rows))


def _adapter_problems(trained: Path, file: GgufFile, rows: Sequence[int]) -> Iterator[str]:
    """Where the vectors of an adapter are not those of the model's table, up to a factor and rounding."""
    vectors, table = _trained(trained), file.raw(EMBEDDING)
    if vectors.shape != (len(rows), table.shape[0]):
        yield f"its vectors have the shape {list(vectors.shape)}, the model's {[len(rows), table.shape[0]]}"
        return
    stored = dequantize(table.data[list(rows)], table.type)
    size = np.linalg.norm(vectors, axis=1) * np.linalg.norm(stored, axis=1)
    alike = (vectors * stored).sum(1) / np.where(size > 0, size, 1)
    if other := [number for number, cosine in enumerate(alike, 1) if not cosine >= _ALIKE]:
        yield f"{len(other)} of {len(rows)} vectors are not those of {MODEL} (the first: {other[0]})"


def _trained(path: Path) -> Floats:
    """The vectors of PEFT's adapter of a soft prompt. Raises InputError when they cannot be read."""
    raw = read_data(path, _LARGEST_ADAPTER)
    try:
        (length,) = struct.unpack_from("<Q", raw)
        entry = json.loads(raw[8 : 8 + length])[_VECTORS]
        begin, end = entry["data_offsets"]
        if entry["dtype"] != "F32":
            raise ValueError(f"dtype {entry['dtype']}")
        return np.frombuffer(raw[8 + length :][begin:end], "<f4").reshape(entry["shape"])
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path.name} holds no float32 {_VECTORS} ({type(error).__name__}: {error})") from None


def _vocabulary(header: Header) -> Sequence[str]:
    return header.metadata.get("tokenizer.ggml.tokens", [])


def _name_of(token: str) -> str:
    return token.split(":")[1]
