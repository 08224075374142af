"""The tensors of a GGUF file as MLX has them: what both formats can say is carried over, not quantized again.

MLX's affine format is `code * scale + bias` for groups of 32, 64 or 128 weights. GGUF's Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0
are the same with groups of 32, so their values stay what they are to the last bit, and a soft prompt runs on the very
weights that it was trained on. Q4_K and Q5_K keep their codes; their scales are rounded to 16 bits. (`mx.load` reads
GGUF too, but of the quantized types only Q4_0, Q4_1 and Q8_0.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..gguf.tensors import Floats, GgufFile, RawTensor, dequantize, row_bytes, type_name
from ..gguf.torch_model import ROPE_FACTORS, in_torch_order, llama_settings, torch_name

Bits = int | str
"""4, 6, 8, 16 or 32, or "keep"."""

GROUP = 32
EMBEDDING, HEAD = "model.embed_tokens", "lm_head"
# Bits of the types that MLX can hold, and what a zero weight's code is; None where the file says the bias.
_SAME: dict[str, tuple[int, int | None]] = {
    "Q4_0": (4, 8),
    "Q4_1": (4, None),
    "Q5_0": (5, 16),
    "Q5_1": (5, None),
    "Q8_0": (8, 128),
    "Q4_K": (4, None),
    "Q5_K": (5, None),
}
_FLOATS = frozenset({"F32", "F16", "BF16", "F64"})
# What "keep" makes of the types that MLX cannot hold: their own error is far larger than that of 8 bits.
_ELSE = 8


@dataclass
class MlxWeights:
    """Arrays by name; the formats of quantized layers, by path; and which layers have the codes of the file."""

    arrays: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    formats: dict[str, dict[str, int]] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    parameters: int = 0

    @property
    def bits_per_weight(self) -> float:
        return sum(array.nbytes for array in self.arrays.values()) * 8 / self.parameters

    def bytes_of(self, path: str) -> int:
        return sum(array.nbytes for name, array in self.arrays.items() if name.rpartition(".")[0] == path)


def mlx_weights(file: GgufFile, bits: Bits, group_size: int, exempt: frozenset[str]) -> MlxWeights:
    """The weights of a llama-like file. Layers in `exempt` (paths) keep the precision that they have in the file; of a
    head of floats 8 bits are enough.

    Raises ModelError where `group_size` does not divide a row.
    """
    weights = MlxWeights()
    for name in file.names:
        if name == ROPE_FACTORS:
            continue
        tensor = file.raw(name)
        ours = torch_name(name)
        path, kind = ours.rpartition(".")[0], type_name(tensor.type)
        weights.parameters += int(np.prod(tensor.shape))
        bound = "keep" if path in exempt and bits != 32 else bits
        if bound == "keep" and bits != "keep" and path == HEAD and kind in _FLOATS:
            bound = max(_ELSE, int(bits))
        own, _ = _SAME.get(kind, (0, None))
        if len(tensor.shape) == 1 or bound in (16, 32) or (bound == "keep" and kind in _FLOATS):
            # Norms and biases too: one float32 among them would make MLX compute all that follows in float32.
            dtype = np.float32 if bound == 32 else np.float16
            weights.arrays[ours] = _ordered(file, name, file.floats(name)).astype(dtype)
            continue
        if own and bound in ("keep", own):
            codes, scales, biases = same_codes(tensor)
            size, width = GROUP, own
            weights.same.append(path)
        else:
            size, width = (GROUP, _ELSE) if bound == "keep" else (group_size, int(bound))
            codes, scales, biases = _quantized(file, tensor, path, size, width)
        weights.formats[path] = {"group_size": size, "bits": width}
        for part, array in (("weight", codes), ("scales", scales), ("biases", biases)):
            weights.arrays[f"{path}.{part}"] = _ordered(file, name, array)
    return weights


def same_codes(tensor: RawTensor) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Packed codes [rows, width * bits / 32], scales and biases [rows, width / 32] that say what the tensor says."""
    kind = type_name(tensor.type)
    bits, zero = _SAME[kind]
    scales, biases = _k_scales(tensor) if kind.endswith("_K") else _scales(tensor, zero)
    values = dequantize(tensor.data, tensor.type).reshape(*scales.shape, GROUP)
    steps = np.where(scales == 0, 1, scales)[..., None]
    codes = np.rint((values - biases[..., None]) / steps).astype(np.uint8).reshape(len(values), -1)
    return _packed(codes, bits), scales.astype(np.float16), biases.astype(np.float16)


def _scales(tensor: RawTensor, zero: int | None) -> tuple[Floats, Floats]:
    # Each block of 32 begins with its scale and, in the types that have one, its bias.
    blocks = tensor.data.reshape(len(tensor.data), -1, row_bytes(tensor.type, GROUP))
    head = np.ascontiguousarray(blocks[..., :4]).view(np.float16).astype(np.float32)
    return head[..., 0], head[..., 1] if zero is None else head[..., 0] * -zero


def _k_scales(tensor: RawTensor) -> tuple[Floats, Floats]:
    from gguf.quants import Q4_K

    # Blocks of 256: two numbers in 16 bits, then eight pairs of 6 bits that multiply them.
    blocks = tensor.data.reshape(-1, row_bytes(tensor.type, 256))
    head = np.ascontiguousarray(blocks[:, :4]).view(np.float16).astype(np.float32)
    scales, mins = Q4_K.get_scale_min(blocks[:, 4:16])
    rows = len(tensor.data)
    return (head[:, :1] * scales).reshape(rows, -1), (-head[:, 1:] * mins).reshape(rows, -1)


def _packed(codes: npt.NDArray[Any], bits: int) -> npt.NDArray[np.uint32]:
    """uint8 [rows, width] in words of 32 bits, the first code lowest."""
    if bits == 4:
        codes = codes[:, ::2] | codes[:, 1::2] << 4
    elif bits != 8:
        single = codes[..., None] >> np.arange(bits, dtype=np.uint8) & 1
        codes = np.packbits(single.reshape(len(codes), -1), axis=-1, bitorder="little")
    return np.ascontiguousarray(codes).view(np.uint32)


def _quantized(
    file: GgufFile, tensor: RawTensor, path: str, group_size: int, bits: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    import mlx.core as mx

    if tensor.shape[0] % group_size:
        raise ModelError(f"group_size: {path} has rows of {tensor.shape[0]}, which {group_size} does not divide")
    # From 16-bit floats, as mlx-lm's own conversion does: scales and codes then fit each other.
    rows = mx.array(dequantize(tensor.data, tensor.type)).astype(mx.float16)
    codes, scales, biases = (np.array(part) for part in mx.quantize(rows, group_size=group_size, bits=bits))
    return codes, scales, biases


def _ordered(file: GgufFile, name: str, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.ascontiguousarray(in_torch_order(file.header, name, rows))


def mlx_config(file: GgufFile) -> dict[str, Any]:
    """config.json of a llama-like file, without quantization. Raises ModelError for what MLX could not compute."""
    settings = llama_settings(file)
    header = file.header
    # mlx-lm's llama reads rope_theta at the top level only, and takes 10000 without a word where it is not there.
    theta = settings.pop("rope_parameters")["rope_theta"]
    ends = [header.token_id("eos"), header.token_id("eot")]
    config = {
        **{key: value for key, value in settings.items() if value is not None},
        "model_type": header.metadata["general.architecture"],
        "rope_theta": theta,
        "eos_token_id": sorted({end for end in ends if end is not None}),
    }
    if ROPE_FACTORS in file:
        config["rope_scaling"] = _rope_scaling(file, theta, config["head_dim"])
    return config


def _rope_scaling(file: GgufFile, theta: float, width: int) -> dict[str, Any]:
    """The parameters that Llama 3's factors came from: GGUF has the factors, MLX wants the parameters."""
    found = file.floats(ROPE_FACTORS)
    scaling = {"factor": float(found.max()), "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    for length in (8192, 4096, 16384, 32768):
        waves = 2 * pi * theta ** (np.arange(0, width, 2) / width)
        smooth = (length / waves - scaling["low_freq_factor"]) / 3
        made = 1 / ((1 - smooth) / scaling["factor"] + smooth)
        made = np.where(waves < length / 4, 1, np.where(waves > length, scaling["factor"], made))
        if np.allclose(made, found, rtol=1e-4):
            return {"rope_type": "llama3", "original_max_position_embeddings": length, **scaling}
    raise ModelError(f"{file.header.path} scales its rotary positions in a way that MLX does not know")
