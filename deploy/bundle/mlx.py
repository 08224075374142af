"""A bundle or a GGUF file as a folder for MLX: mlx-lm on a Mac or on Linux, mlx-swift on an iPhone."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ...programs.progress import Progress, silent
from ..engines.open import MLX_REPORT
from ..errors import ModelError, RequestError
from ..files import sha256, whole_folder
from ..gguf.chat import SOFT_TOKEN
from ..gguf.header import Header
from ..gguf.tensors import GgufFile
from .bundle import MODEL, PROGRAM, check
from .manifest import NAME as MANIFEST
from .mlx_tokenizer import write_tokenizer
from .mlx_weights import EMBEDDING, GROUP, HEAD, Bits, MlxWeights, mlx_config, mlx_weights

# In 4 bits the head alone changes one choice in eight of a soft prompt that is trained on 8.
_SOFT_LAYERS = (EMBEDDING, HEAD)
_BITS: tuple[Bits, ...] = ("keep", 4, 6, 8, 16, 32)


class MlxReport(BaseModel):
    """What became of the weights. Sizes in bytes."""

    studysmith: str
    mlx: str
    source_sha256: str
    bits: Bits
    group_size: int
    bits_per_weight: float
    bytes: int
    same_layers: int
    """Layers whose codes are those of the GGUF file: not quantized again."""
    requantized_layers: int
    soft_tokens: int
    exempt_bytes: int
    """Of the embedding table, whose rows are the soft prompts, and of the head; 0 without soft prompts."""
    exempt_cost: int
    """How many of them `bits` for these two as well would have saved."""
    notes: list[str]
    """What an app has to know, such as statements of the template that swift-jinja lacks."""


def export_mlx(
    source: str | Path,
    target: str | Path,
    *,
    bits: Bits = "keep",
    group_size: int = GROUP,
    progress: Progress = silent,
) -> MlxReport:
    """Write the model of a bundle, or a GGUF file, to a new folder `target` in MLX's format, whole or not at all.

    bits: "keep" carries over what the file has (see `mlx_weights`); 4, 6 and 8 quantize every matrix that does not have
    so many bits already; 16 and 32 are floats. A table that holds soft prompts keeps its precision in all of them, and
    so does its head. group_size: 32 or 64 weights to a scale, for what is quantized here. A bundle's program comes
    along, as its prompts are what the soft prompts were trained with.
    Raises RequestError for settings, BundleError for a bundle that was changed, and ModelError, naming it, for what is
    no llama-like GGUF file or for a folder that MLX would read otherwise than it was written.
    """
    if bits not in _BITS:
        raise RequestError(f"bits: {', '.join(map(str, _BITS))} (got {bits!r})")
    if group_size not in (32, 64):
        raise RequestError(f"group_size: 32 or 64 (got {group_size!r})")
    source = Path(source)
    if (source / MANIFEST).is_file():
        check(source)
    file = GgufFile(source / MODEL if source.is_dir() else source)
    _need_mlx()
    soft = _soft_ids(file.header)
    with whole_folder(Path(target), "out") as work:
        progress("export", 0, 3, "weights")
        config = mlx_config(file)
        weights = mlx_weights(file, bits, group_size, frozenset(_SOFT_LAYERS if soft else ()))
        _write_weights(weights, work / "model.safetensors")
        progress("export", 1, 3, "tokenizer")
        notes = write_tokenizer(file.header, work)
        _write_config(work, config, weights)
        generation = {"eos_token_id": config["eos_token_id"], "suppress_tokens": soft}
        _write_json(work / "generation_config.json", {key: ids for key, ids in generation.items() if ids})
        if (source / PROGRAM).is_file():
            shutil.copyfile(source / PROGRAM, work / PROGRAM)
        progress("export", 2, 3, "check")
        check_loads(work, weights.bits_per_weight)
        report = MlxReport(
            studysmith=version("studysmith"),
            mlx=version("mlx"),
            source_sha256=sha256(file.header.path),
            bits=bits,
            group_size=group_size,
            bits_per_weight=round(weights.bits_per_weight, 6),
            bytes=sum(path.stat().st_size for path in work.iterdir()),
            same_layers=len(weights.same),
            requantized_layers=len(weights.formats) - len(weights.same),
            soft_tokens=len(soft),
            exempt_bytes=sum(map(weights.bytes_of, _SOFT_LAYERS)) if soft else 0,
            exempt_cost=_cost(file, weights, bits, group_size) if soft else 0,
            notes=notes,
        )
        _write_json(work / MLX_REPORT, report.model_dump())
    return report


def _need_mlx() -> None:
    try:
        import mlx_lm  # noqa: F401
    except ImportError as error:
        raise ModelError(f'MLX is not installed: pip install "studysmith[mlx]" ({error})') from error


def _soft_ids(header: Header) -> list[int]:
    return [index for text, index in header.special_tokens.items() if SOFT_TOKEN.fullmatch(text)]


def _write_weights(weights: MlxWeights, path: Path) -> None:
    # Not mx.save_safetensors: what it writes is in the order of a hash table.
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(dict(sorted(weights.arrays.items())), path, metadata={"format": "mlx"})
    except SafetensorError as error:
        raise OSError(str(error)) from error
    path.chmod(0o644)  # it writes files for their owner alone


def _write_config(folder: Path, config: dict[str, Any], weights: MlxWeights) -> None:
    if weights.formats:
        forms = [tuple(form.items()) for form in weights.formats.values()]
        usual = dict(Counter(forms).most_common(1)[0][0])
        own = {path: form for path, form in weights.formats.items() if form != usual}
        config = {**config, "quantization": {**usual, **own}}
    _write_json(folder / "config.json", config)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def check_loads(folder: Path, bits_per_weight: float) -> None:
    """Raises ModelError unless mlx-lm finds each weight that it wants in `folder`, in the format that was meant."""
    from mlx_lm.utils import compute_bits_per_weight, load_model

    try:
        model, _ = load_model(folder, lazy=True)
    except ValueError as error:
        raise ModelError(f"MLX does not take what was written: {str(error).partition(chr(10))[0]}") from error
    found = compute_bits_per_weight(model)
    if abs(found - bits_per_weight) > 1e-5:
        raise ModelError(f"MLX reads {found:.4f} bits per weight, and {bits_per_weight:.4f} were written")


def _cost(file: GgufFile, weights: MlxWeights, bits: Bits, group_size: int) -> int:
    """Bytes that quantizing the exempt table to `bits`, with scale and bias in 16 bits, would have saved."""
    if bits in ("keep", 16, 32):
        return 0
    width, rows = file.raw("token_embd.weight").shape
    each = rows * width * int(bits) // 8 + rows * width // group_size * 4
    return sum(weights.bytes_of(path) - each for path in _SOFT_LAYERS if weights.bytes_of(path))
