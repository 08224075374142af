"""Writes soft prompts into a GGUF file as tokens, so that any runtime serves them as text.

A soft prompt NAME of n vectors becomes n control tokens `<|soft:NAME:i|>`, whose rows are appended to the embedding
table. Every other tensor is copied byte for byte, so the model is the one that the soft prompt was trained on.

The tokens must never be sampled. The head is therefore untied from the embeddings, and the new tokens get half the
mean of its rows: their logit is half the mean logit of the vocabulary, which a softmax over many tokens always leaves
far below its top, whatever the hidden state is. (A zero row fails where all logits are small; a row against the usual
hidden state fails where the state is unusual.) llama.cpp is told to suppress them as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, RequestError
from .chat import soft_prompt_text
from .header import UINT32
from .quantize import EMBEDDING, HEAD, Quantization, check_quantization, converted, file_type, precise, tensor_type
from .templates import soft_template
from .tensors import Bytes, Floats, GgufFile, RawTensor, dequantize, encode, quantize, row_bytes, write

# Where vectors enter the first layer as they stand in the table, and where they are first scaled by the square root of
# the width: soft rows are divided by it. Others scale by a number of their own (Granite) and are refused.
_PLAIN = frozenset({"llama", "qwen2", "qwen3", "smollm3", "phi3"})
_SCALED = frozenset({"gemma3"})
_INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 5, 6, 7, 8, 9
_CONTROL = 3
_CHUNK = 4096


@dataclass(frozen=True)
class SoftBytes:
    """What soft prompts cost in a file, in bytes: their rows, the head that no longer is the table, and the table's
    finer type.
    """

    rows: int
    head: int
    table: int


def bake(
    source: str | Path,
    soft_prompts: Mapping[str, npt.NDArray[Any]],
    target: str | Path,
    quantization: Quantization = "keep",
) -> SoftBytes:
    """Writes the model in `source` with `soft_prompts` (name to vectors [n, width]) to `target`, whole or not at all.

    A soft prompt is used by sending `chat.soft_prompt_text(name, n)` as the system message. `quantization` other than
    "keep" requantizes every matrix, which moves the weights away from those that a soft prompt was trained on. Soft
    rows are stored in Q8_0 or finer, and so are the table that they join and a head that was the table.
    Raises ModelError or RequestError, one line, naming what is wrong.
    """
    source, target = Path(source), Path(target)
    check_quantization(quantization)
    file = GgufFile(source)
    if target.exists() and target.samefile(source):
        raise RequestError(f"target must be another file than the source {source}")
    vectors = _checked(file, soft_prompts)
    metadata = {**file.metadata, **file_type(quantization)}
    if vectors:
        metadata |= _vocabulary(file, [t for name, rows in vectors.items() for t in _tokens(name, len(rows))])
    rows = np.concatenate(list(vectors.values())) if vectors else None
    tensors = list(_tensors(file, rows, quantization))
    write(target, metadata, tensors)
    return _cost(file, tensors, rows, quantization)


def _cost(file: GgufFile, tensors: list[RawTensor], rows: Floats | None, quantization: Quantization) -> SoftBytes:
    if rows is None:
        return SoftBytes(0, 0, 0)
    sizes = {tensor.name: tensor.data.size for tensor in tensors}
    table = next(tensor for tensor in tensors if tensor.name == EMBEDDING)
    width, before = file.raw(EMBEDDING).shape
    added = len(rows) * table.data.shape[1]
    head = sizes[HEAD]
    if HEAD in file:
        head = head // (before + len(rows)) * len(rows)
    plain = before * row_bytes(tensor_type(file, EMBEDDING, quantization), width)
    return SoftBytes(rows=added, head=head, table=sizes[EMBEDDING] - added - plain)


def _tokens(name: str, n: int) -> list[str]:
    return [f"<|soft:{name}:{i}|>" for i in range(n)]


def _checked(file: GgufFile, soft_prompts: Mapping[str, npt.NDArray[Any]]) -> dict[str, Floats]:
    header = file.header
    architecture = header.metadata["general.architecture"]
    if soft_prompts and (
        architecture not in _PLAIN | _SCALED or header.metadata.get(f"{architecture}.embedding_scale", 1.0) != 1.0
    ):
        known = ", ".join(sorted(_PLAIN | _SCALED))
        raise ModelError(f"{header.path} is a {architecture} model; soft prompts can be baked into {known}")
    width, rows = file.raw(EMBEDDING).shape
    known = header.metadata.get("tokenizer.ggml.tokens", [])
    if soft_prompts and len(known) != rows:
        raise ModelError(f"{header.path} has {len(known)} tokens but {rows} rows of embeddings")
    present = set(known)
    checked = {}
    for name, vectors in soft_prompts.items():
        values = np.asarray(vectors)
        if values.ndim != 2 or values.shape[1] != width or len(values) == 0:
            raise RequestError(f"soft prompt {name}: vectors must have shape [n, {width}], not {list(values.shape)}")
        soft_prompt_text(name, len(values))  # refuses names that cannot be written
        if not np.issubdtype(values.dtype, np.floating) or not np.isfinite(values).all():
            raise RequestError(f"soft prompt {name}: vectors must be finite floating-point numbers")
        if f"<|soft:{name}:0|>" in present:
            raise RequestError(f"soft prompt {name}: the model already has one of this name")
        checked[name] = values.astype(np.float32) / (np.float32(width) ** 0.5 if architecture in _SCALED else 1)
    return checked


def _vocabulary(file: GgufFile, new: list[str]) -> dict[str, bytes]:
    """The metadata that changes with `new` tokens."""
    header = file.header
    known = header.metadata
    architecture, count = known["general.architecture"], len(known["tokenizer.ggml.tokens"])
    ids = list(range(count, count + len(new)))
    changed = {
        "tokenizer.ggml.tokens": encode([*known["tokenizer.ggml.tokens"], *new], _ARRAY, _STRING),
        "tokenizer.ggml.token_type": encode(
            [*known.get("tokenizer.ggml.token_type", [1] * count), *[_CONTROL] * len(new)], _ARRAY, _INT32
        ),
        "tokenizer.ggml.suppress_tokens": encode(
            [*known.get("tokenizer.ggml.suppress_tokens", []), *ids], _ARRAY, _INT32
        ),
        "tokenizer.ggml.add_bos_token": encode(False, _BOOL),
        "tokenizer.chat_template": encode(soft_template(header), _STRING),
    }
    if (key := "tokenizer.ggml.scores") in known:
        changed[key] = encode([*known[key], *[0.0] * len(new)], _ARRAY, _FLOAT32)
    if (key := f"{architecture}.vocab_size") in known:
        changed[key] = encode(count + len(new), UINT32)
    return changed


def _tensors(file: GgufFile, rows: Floats | None, quantization: Quantization) -> Iterator[RawTensor]:
    for name in file.names:
        kind = tensor_type(file, name, quantization)
        if rows is None or name not in (EMBEDDING, HEAD):
            yield converted(file.raw(name), kind)
        elif name == HEAD:
            yield _with_silent_rows(converted(file.raw(name), kind), len(rows))
        else:
            wide = converted(file.raw(name), precise(kind))
            yield _appended(wide, quantize(rows, wide.type))
            if HEAD not in file:
                # Of a kept file the head stays what it was, to the byte, also where the table must be widened.
                head = file.raw(name) if quantization == "keep" else wide
                yield _with_silent_rows(RawTensor(HEAD, head.shape, head.type, head.data), len(rows))


def _with_silent_rows(head: RawTensor, n: int) -> RawTensor:
    """The head with n rows whose tokens are as good as never sampled."""
    total = sum(dequantize(head.data[i : i + _CHUNK], head.type).sum(0) for i in range(0, len(head.data), _CHUNK))
    row = total / len(head.data) / 2
    return _appended(head, quantize(np.tile(row, (n, 1)), head.type))


def _appended(tensor: RawTensor, rows: Bytes) -> RawTensor:
    width, count = tensor.shape
    data = np.concatenate([tensor.data, rows])
    return RawTensor(tensor.name, (width, count + len(rows)), tensor.type, data)
