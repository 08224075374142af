"""A tuned model as one file or folder of its own: the adapter added to its base, quantized for llama.cpp if asked.

A soft prompt goes on top of the result, not beside the adapter: it is trained on the weights that ship.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel

from ..deploy import torch_models as models
from ..deploy.files import sha256
from ..deploy.gguf.header import UINT32
from ..deploy.gguf.quantize import Quantization, file_type, precise, tensor_type
from ..deploy.gguf.tensors import GgufFile, RawTensor, dequantize, encode, quantize, type_id, write
from ..deploy.gguf.torch_model import torch_name
from ..programs.errors import InputError

Format = Literal["hf", "F32", "F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_1", "Q4_0", "same"]
FORMATS: tuple[Format, ...] = get_args(Format)

# Formats in which the type of a tensor follows from its name, by llama.cpp's recipe.
_MIXED: dict[str, Quantization] = {"Q6_K": "Q6_K", "Q5_K_M": "Q5_K_M", "Q4_K_M": "Q4_K_M"}
# Formats in which all matrices have one type, and llama.cpp's own numbers for them.
_FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7}

ENOUGH = 0.9
"""What a file keeps of what was learned, so that it is not worth a warning."""


class Merged(BaseModel):
    """Where the merged model is, what it was made of, and its size in bytes; `sha256` of a GGUF file.

    `kept`: of what was learned, the part that the file holds: the change of all weights as it was written,
    projected on the change as it was learned. Rounding to small steps adds noise but keeps it, at 1; where steps are
    larger than the change, weights return to where they were, at 0.
    """

    tuned: tuple[str, ...]
    base: str
    out: Path
    format: str
    scale: float
    bytes: int
    sha256: str
    kept: float

    @property
    def warning(self) -> str:
        """What to know before the file is used; empty where there is nothing."""
        if self.kept >= ENOUGH:
            return ""
        return f"rounding to {self.format} kept {self.kept:.0%} of what was learned; Q8_0 keeps it"


def merge(tuned: str | Sequence[str], out: str | Path, format: Format = "Q8_0", scale: float = 1.0) -> Merged:
    """Write a tuned model (run folder, adapter, or fully tuned folder) as a GGUF file, or as a Hugging Face folder.

    Several tuned models of one base are averaged weight by weight (a model soup, Wortsman et al. 2022). `same` keeps
    the type of every tensor of the base's file; with 4 bits, what is learned is often smaller than a step between two
    values, and lost (see ``Merged.kept``). `scale` from 0 to 1 goes only a part of the way from base to tuned: less
    solving, less forgetting. Raises InputError when a model is not a tuned one or of another base, for a GGUF of
    a base that is no GGUF file, and for values out of range.
    """
    tuned = (tuned,) if isinstance(tuned, str) else tuple(tuned)
    if format not in FORMATS:
        raise InputError(f"format: {format!r} is unknown; accepted are {', '.join(FORMATS)}")
    if not 0 <= scale <= 1:
        raise InputError(f"scale: must be from 0 to 1, not {scale}")
    base = _common_base(tuned)
    models.quiet_libraries()
    out = Path(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        opened, weights = _average(tuned)
        if scale < 1:
            untuned = models.open_model(base).model.state_dict()
            weights = {name: untuned[name].lerp(new, scale) for name, new in weights.items()}
        kept = 1.0
        if format == "hf":
            _write_folder(opened, weights, out, base)
            size, digest = sum(f.stat().st_size for f in out.iterdir()), ""
        else:
            kept = _write_gguf(weights, base, out, format)
            made_of = {"base": base, "from": tuned, "scale": scale}
            out.with_suffix(".tuned.json").write_text(json.dumps(made_of), encoding="utf-8")
            size, digest = out.stat().st_size, sha256(out)
    except OSError as error:
        raise InputError(f"out: cannot write {out}: {error.strerror}") from error
    return Merged(tuned=tuned, base=base, out=out, format=format, scale=scale, bytes=size, sha256=digest, kept=kept)


def _common_base(tuned: Sequence[str]) -> str:
    if not tuned:
        raise InputError("model: give at least one tuned model")
    bases = {model: models.base_of(model) for model in tuned}
    for model, base in bases.items():
        if not base:
            raise InputError(f"model: {model} is not a tuned model; give a run folder, an adapter, or a tuned model")
        if base != (first := bases[tuned[0]]):
            raise InputError(f"model: {model} was tuned from {base}, {tuned[0]} from {first}; their bases must be one")
    return bases[tuned[0]]


def _average(tuned: Sequence[str]) -> tuple[models.Opened, dict[str, Any]]:
    """The first model, and the mean of all models' weights."""
    first = models.open_model(tuned[0])
    weights = dict(first.model.state_dict())
    for count, model in enumerate(tuned[1:], 2):
        other = models.open_model(model).model.state_dict()
        weights = {name: mean.lerp(other[name], 1 / count) for name, mean in weights.items()}
    return first, weights


def _write_folder(opened: models.Opened, weights: dict[str, Any], out: Path, base: str) -> None:
    import torch

    opened.model.load_state_dict(weights)
    opened.model.to(torch.bfloat16).save_pretrained(out)
    opened.tokenizer.save_pretrained(out)
    (out / "tuned.json").write_text(json.dumps({"base": base}), encoding="utf-8")


def fine_enough(base: str) -> Format:
    """The smallest format that keeps what is learned on top of a base: the types of its file where all of its matrices
    have 8 bits or more, else Q8_0."""
    path = models.find_gguf(base, models.artefact(base))
    if path is None:
        return "Q8_0"
    file = GgufFile(path)
    matrices = (file.raw(name).type for name in file.names if len(file.raw(name).shape) > 1)
    return "same" if all(precise(kind) == kind for kind in matrices) else "Q8_0"


def _write_gguf(weights: dict[str, Any], base: str, out: Path, format: Format) -> float:
    """Returns what is kept (see Merged)."""
    path = models.find_gguf(base, models.artefact(base))
    if path is None:
        raise InputError(f"format: the base {base} is no GGUF file; use hf, which can be converted to GGUF afterwards")
    file = GgufFile(path)
    metadata = dict(file.metadata)
    if format in _MIXED:
        metadata |= file_type(_MIXED[format])
    elif format in _FILE_TYPES:
        metadata["general.file_type"] = encode(_FILE_TYPES[format], UINT32)
    rounding = Rounding()
    tensors = [_tensor(file, name, weights, format, rounding) for name in file.names]
    write(out, metadata, tensors)
    return rounding.kept


class Rounding:
    """How much was learned, and how much of it was written, over all tensors that it is told of."""

    def __init__(self) -> None:
        self._learned = self._written = 0.0

    def add(self, before: Any, tuned: Any, written: Any) -> None:
        """Weights of one tensor, in one layout: those of the base, the tuned ones, and what the file holds of them."""
        learned = tuned - before
        self._learned += float((learned**2).sum())
        self._written += float((learned * (written - before)).sum())

    @property
    def kept(self) -> float:
        return self._written / self._learned if self._learned else 1.0


def _tensor(file: GgufFile, name: str, weights: dict[str, Any], format: Format, rounding: Rounding) -> RawTensor:
    """The base's tensor with the tuned values, in the base's layout; copied as it is where there are none."""
    there = file.raw(name)
    key = torch_name(name) if name.endswith((".weight", ".bias")) and "rope" not in name else ""
    if key not in weights:
        return there
    values = weights[key].float().cpu().numpy()
    architecture = file.header.metadata["general.architecture"]
    heads = {"attn_q": "attention.head_count", "attn_k": "attention.head_count_kv"}.get(name.split(".")[-2])
    if architecture == "llama" and heads:
        # The inverse of what loading does: llama's files hold rotary pairs side by side.
        count = file.header.metadata[f"llama.{heads}"]
        values = values.reshape(count, 2, len(values) // count // 2, -1).swapaxes(1, 2).reshape(values.shape)
    if format in _MIXED:
        kind = tensor_type(file, name, _MIXED[format])
    else:
        kind = there.type if values.ndim == 1 or format == "same" else type_id(format)
    rows = values.reshape(1, -1) if values.ndim == 1 else values
    packed = quantize(rows, kind)
    rounding.add(file.floats(name), values, dequantize(packed, kind).reshape(values.shape))
    return RawTensor(name, there.shape, kind, packed)
