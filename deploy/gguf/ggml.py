"""The K types, encoded by ggml itself: the very library that runs the model afterwards.

The gguf package encodes the plain block types in Python, bit for bit as ggml does, and has no encoder for the K types.
xllamacpp links all of ggml into one library and exports its functions, so nothing else has to be installed. Where it
exports none (a Windows module does not), the K types are refused by name and the plain types still work.
"""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..threads import sleeping_at_barriers

_CHUNK = 1 << 18
"""Numbers that one thread encodes at a time. ggml encodes each row by itself, so the bytes do not depend on it."""


def quantize_rows(values: npt.NDArray[np.float32], kind: int, name: str, size: int) -> npt.NDArray[np.uint8]:
    """float32 [rows, width] to uint8 [rows, size], without an importance matrix; `kind` is ggml's number of the type.

    Raises ModelError where this build of llama.cpp exports no encoder.
    """
    encode = _encoder()
    if encode is None:
        raise ModelError(
            f"tensors of type {name} cannot be written: this build of xllamacpp exports no encoder; use Q8_0, Q4_0, "
            "F16 or F32"
        )
    rows = np.ascontiguousarray(values, dtype=np.float32)
    made = np.empty((len(rows), size), dtype=np.uint8)
    width = rows.shape[1]
    step = max(1, _CHUNK // width)

    def chunk(first: int) -> None:
        count = min(step, len(rows) - first)
        encode(kind, rows.ctypes.data, made.ctypes.data, first * width, count, width, None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # ctypes lets go of the interpreter while ggml works
        list(pool.map(chunk, range(0, len(rows), step)))
    return made


@cache
def _encoder() -> Any:
    with sleeping_at_barriers():
        from xllamacpp import xllamacpp
    encode = getattr(ctypes.CDLL(xllamacpp.__file__), "ggml_quantize_chunk", None)
    if encode is not None:
        # type, numbers, encoded, first number, rows, numbers in a row, importance matrix; returns bytes written
        encode.restype = ctypes.c_size_t
        encode.argtypes = [ctypes.c_int, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 3, ctypes.c_void_p]
    return encode
