"""Writes a GGUF file in fewer bits: which type each tensor gets is llama.cpp's own recipe, to the byte.

The recipes are those of `llama-quantize` for dense models, without an importance matrix. A soft prompt is trained on
such a file and then appended to it (`bake`), so the weights it was trained on are the weights that ship.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from math import prod
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ..errors import ModelError, RequestError
from ..files import sha256
from .header import UINT32, read_header
from .tensors import Bytes, GgufFile, RawTensor, block_size, dequantize, encode, quantize, type_id, type_name, write

Quantization = Literal["keep", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "F16", "F32"]
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)
"""How a model can be stored. "keep" copies every tensor byte for byte; the others are llama.cpp's names."""

EMBEDDING, HEAD = "token_embd.weight", "output.weight"
# Types that hold a learned vector with a relative error below half a percent.
PRECISE = frozenset({"F32", "F16", "BF16", "Q8_0"})

# llama.cpp's numbers for "mostly this type", and the type that most tensors get.
_FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18}
_MOSTLY = {"Q4_K_M": "Q4_K", "Q5_K_M": "Q5_K"}
# Rows that a type's blocks do not divide get the next type whose blocks are shorter.
_SHORTER = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
_SENSITIVE = re.compile(r"blk\.(\d+)\.(?:attn_v|attn_qkv|ffn_down)\.weight")
_NEVER = ("_norm.weight", "ffn_gate_inp.weight", "position_embd.weight")
_CHUNK = 4096  # rows that are unpacked at a time, so that a large vocabulary takes little memory


def check_quantization(name: str) -> Quantization:
    """`name` as a Quantization. Raises RequestError listing what there is."""
    if name not in QUANTIZATIONS:
        raise RequestError(f"quantize: {', '.join(QUANTIZATIONS)} (got {name!r})")
    return name


def quantize_file(source: str | Path, target: str | Path, quantization: Quantization, soft: bool = False) -> None:
    """Writes the model in `source` to `target` in another format, whole or not at all.

    soft: for a file that soft prompts will be trained on and appended to: its embedding table is kept at Q8_0 where the
    recipe has fewer bits, so that later no row of it has to be rounded a second time.
    Raises ModelError or RequestError, one line, naming what is wrong.
    """
    file = GgufFile(source)
    if Path(target).exists() and Path(target).samefile(source):
        raise RequestError(f"target must be another file than the source {source}")
    write(Path(target), {**file.metadata, **file_type(quantization)}, _tensors(file, quantization, soft))


def quantized(source: Path, quantization: Quantization, cache: Path) -> Path:
    """The model in `source` in another format with a precise table (see `quantize_file`), made once and kept in
    `cache` by the content of `source`.
    """
    if quantization == "keep":
        return source
    target = cache / "gguf" / f"{sha256(source)[:32]}-{quantization}-llama.cpp-{version('xllamacpp')}.gguf"
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(f"cannot write {target}: {error.strerror}") from error
        quantize_file(source, target, quantization, soft=True)
    return target


def file_type(quantization: Quantization) -> dict[str, bytes]:
    """The metadata that names a format; none for "keep"."""
    if quantization == "keep":
        return {}
    return {
        "general.file_type": encode(_FILE_TYPES[quantization], UINT32),
        "general.quantization_version": encode(2, UINT32),
    }


def format_of(path: str | Path) -> str:
    """llama.cpp's name for the format that most weights of a model file have: Q4_K_M, Q4_1, F32.

    What the file says; the type with the most weights where it says nothing. Raises ModelError when it is not whole.
    """
    from gguf import LlamaFileType

    header = read_header(path)
    with suppress(KeyError, ValueError):
        return LlamaFileType(header.metadata["general.file_type"]).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    held = Counter[str]()
    for tensor in header.tensors:
        held[type_name(tensor.type)] += prod(tensor.shape)
    return held.most_common(1)[0][0]


def tensor_type(file: GgufFile, name: str, quantization: Quantization) -> int:
    """The type that a tensor of the model gets. Raises ModelError for a mixture of experts in a mixed format."""
    tensor, metadata = file.raw(name), file.header.metadata
    matrix = any(size > 1 for size in tensor.shape[1:])
    if quantization == "keep" or not matrix or not name.endswith(".weight") or name.endswith(_NEVER):
        return tensor.type
    architecture, width = metadata["general.architecture"], tensor.shape[0]
    wanted = _MOSTLY.get(quantization, quantization)
    if quantization in _MOSTLY and metadata.get(f"{architecture}.expert_count", 0):
        raise ModelError(f"{file.header.path} is a mixture of experts; use Q8_0, Q6_K, Q4_0, F16 or F32")
    if wanted not in PRECISE and (name == HEAD or (name == EMBEDDING and HEAD not in file)):
        wanted = "Q6_K" if width % block_size(type_id(wanted)) == 0 else "Q8_0"
    elif quantization in _MOSTLY and (match := _SENSITIVE.fullmatch(name)):
        wanted = "Q6_K" if _more_bits(int(match[1]), metadata[f"{architecture}.block_count"]) else wanted
    return type_id(_fitting(wanted, width))


def _more_bits(layer: int, layers: int) -> bool:
    """Layers whose errors weigh most: the first and last eighth, and every third between them."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def _fitting(wanted: str, width: int) -> str:
    if width % block_size(type_id(wanted)) == 0:
        return wanted
    shorter = _SHORTER.get(wanted, "F16")
    return shorter if width % block_size(type_id(shorter)) == 0 else "F16"


def converted(tensor: RawTensor, kind: int) -> RawTensor:
    """The tensor in another type."""
    if kind == tensor.type:
        return tensor
    starts = range(0, len(tensor.data), _CHUNK)
    parts: list[Bytes] = [quantize(dequantize(tensor.data[i : i + _CHUNK], tensor.type), kind) for i in starts]
    return RawTensor(tensor.name, tensor.shape, kind, np.concatenate(parts))


def _tensors(file: GgufFile, quantization: Quantization, soft: bool) -> Iterator[RawTensor]:
    for name in file.names:
        kind = tensor_type(file, name, quantization)
        yield converted(file.raw(name), precise(kind) if soft and name == EMBEDDING else kind)


def precise(kind: int) -> int:
    """The type itself if learned rows can be stored in it, else Q8_0."""
    return kind if type_name(kind) in PRECISE else type_id("Q8_0")
