"""Reads tensors of a GGUF file as bytes or as floats, and writes GGUF files.

Metadata is copied as the bytes it was, so a file that is read and written again is the same file; only what is put in
anew is encoded here. Quantization formats are the gguf package's, and the K types ggml's own.
"""

import errno
import os
import shutil
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .ggml import quantize_rows
from .header import ARRAY, SCALARS, STRING, Header, read_header

_ALIGNMENT = 32
_K_TYPES = frozenset({"Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RawTensor:
    """A tensor ready to be written: `data` is uint8 [rows, bytes per row], `shape` in GGUF order, innermost first."""

    name: str
    shape: tuple[int, ...]
    type: int
    data: Bytes


class GgufFile:
    """An open GGUF file. Raises ModelError, one line, if it is missing or not whole."""

    def __init__(self, path: str | Path) -> None:
        self.header: Header = read_header(path)
        self.data: Bytes = np.memmap(self.header.path, dtype=np.uint8, mode="r")
        self._tensors = {tensor.name: tensor for tensor in self.header.tensors}

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    @property
    def names(self) -> list[str]:
        """Tensor names in the order of the file."""
        return list(self._tensors)

    @cached_property
    def metadata(self) -> dict[str, bytes]:
        """Every metadata value as it is encoded: its type, then the value. `encode` makes such bytes."""
        return {key: self.data[place].tobytes() for key, place in self.header.places.items()}

    def raw(self, name: str) -> RawTensor:
        """The tensor's own bytes, mapped, not read."""
        tensor = self._tensors[name]
        data = self.data[tensor.offset : tensor.offset + tensor.size]
        rows = tensor.size // row_bytes(tensor.type, tensor.shape[0])
        return RawTensor(name, tensor.shape, tensor.type, data.reshape(rows, -1))

    def floats(self, name: str) -> Floats:
        """The tensor as float32, outermost dimension first (the order of numpy and torch)."""
        tensor = self.raw(name)
        return dequantize(tensor.data, tensor.type).reshape(tensor.shape[::-1])


def type_name(kind: int) -> str:
    """`Q8_0`, `F32`, ..."""
    from gguf.constants import GGMLQuantizationType

    return GGMLQuantizationType(kind).name


def type_id(name: str) -> int:
    from gguf.constants import GGMLQuantizationType

    return int(GGMLQuantizationType[name])


def block_size(kind: int) -> int:
    """How many numbers are stored together; the width of a row is a multiple of it."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    return GGML_QUANT_SIZES[GGMLQuantizationType(kind)][0]


def row_bytes(kind: int, width: int) -> int:
    """Bytes of one row of `width` numbers."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    return width // block * size


def dequantize(data: Bytes, kind: int) -> Floats:
    """uint8 [rows, bytes per row] to float32 [rows, width]."""
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize as unpack

    try:
        return np.asarray(unpack(data, GGMLQuantizationType(kind)), dtype=np.float32)
    except NotImplementedError:
        raise ModelError(f"tensors of type {type_name(kind)} cannot be read; use another quantization") from None


def quantize(values: npt.NDArray[Any], kind: int) -> Bytes:
    """float32 [rows, width] to uint8 [rows, bytes per row].

    Raises ModelError where nothing here encodes `kind`, and where its blocks do not divide the rows.
    """
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import quantize as pack

    rows = np.ascontiguousarray(values, dtype=np.float32)
    name = type_name(kind)
    if rows.shape[1] % block_size(kind):
        raise ModelError(f"rows of {rows.shape[1]} numbers cannot be stored as {name}, in blocks of {block_size(kind)}")
    if name in _K_TYPES:
        return quantize_rows(rows, kind, name, row_bytes(kind, rows.shape[1]))
    try:
        return pack(rows, GGMLQuantizationType(kind)).view(np.uint8).reshape(len(rows), -1)
    except NotImplementedError:
        raise ModelError(f"tensors of type {name} cannot be written; use Q8_0, Q4_K, F16 or F32") from None


def encode(value: Any, kind: int, item: int = 0) -> bytes:
    """A metadata value as GGUF stores it; `kind` 8 is a string, 9 an array of `item`, the rest are numbers."""
    return struct.pack("<I", kind) + _encode_value(value, kind, item)


def _encode_value(value: Any, kind: int, item: int = 0) -> bytes:
    if kind == STRING:
        text = value.encode()
        return struct.pack("<Q", len(text)) + text
    if kind == ARRAY:
        return struct.pack("<IQ", item, len(value)) + b"".join(_encode_value(each, item) for each in value)
    return struct.pack("<" + SCALARS[kind], value)


def write(path: Path, metadata: Mapping[str, bytes], tensors: Iterable[RawTensor]) -> None:
    """Writes a GGUF file, whole or not at all: into a temporary file beside `path` that then takes its place.

    Raises ModelError, one line, if the folder is missing or read-only or the disk is full.
    """
    alignment = (
        struct.unpack("<II", metadata["general.alignment"])[1] if "general.alignment" in metadata else _ALIGNMENT
    )
    tensors = list(tensors)
    head = bytearray(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        head += _encode_value(key, STRING) + value
    offset = 0
    for tensor in tensors:
        head += _encode_value(tensor.name, STRING) + struct.pack("<I", len(tensor.shape))
        head += struct.pack(f"<{len(tensor.shape)}QIQ", *tensor.shape, tensor.type, offset)
        offset += tensor.data.size + -tensor.data.size % alignment
    head += bytes(-len(head) % alignment)
    with _replacing(path, len(head) + offset) as file:
        file.write(head)
        for tensor in tensors:
            file.write(tensor.data.tobytes())
            file.write(bytes(-tensor.data.size % alignment))


@contextmanager
def _replacing(path: Path, size: int) -> Iterator[BinaryIO]:
    """A file of `size` bytes that appears at `path` when it is complete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        free = shutil.disk_usage(path.parent).free
        if free < size:
            raise ModelError(f"not enough disk space for {path}: {size / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free")
        try:
            with temporary.open("wb") as file:
                yield file
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise ModelError(f"cannot write {path}: {reason}") from error
