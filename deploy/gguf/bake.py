"""Writes soft prompts into a GGUF file as tokens, so that any runtime serves them as text.

A soft prompt NAME of n vectors becomes n control tokens `<|soft:NAME:i|>`, whose rows are appended to the embedding
table. Every other tensor is copied byte for byte, so the model is the one that the soft prompt was trained on.

The tokens must never be sampled. The head is therefore untied from the embeddings, and the new tokens get half the
mean of its rows: their logit is half the mean logit of the vocabulary, which a softmax over many tokens always leaves
far below its top, whatever the hidden state is. (A zero row fails where all logits are small; a row against the usual
hidden state fails where the state is unusual.) llama.cpp is told to suppress them as well.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, RequestError
from .chat import soft_prompt_text
from .templates import soft_template
from .tensors import Bytes, Floats, GgufFile, RawTensor, dequantize, encode, quantize, type_id, type_name, write

Quantization = Literal["keep", "Q8_0", "F16", "F32"]

# Where vectors enter the first layer as they stand in the table. Gemma and Granite, say, scale them first.
_ARCHITECTURES = frozenset({"llama", "qwen2", "qwen3", "smollm3", "phi3"})
_EMBEDDING, _HEAD = "token_embd.weight", "output.weight"
# Types that hold a learned vector with a relative error below half a percent; other tables are widened to Q8_0.
_PRECISE = frozenset({"F32", "F16", "BF16", "Q8_0"})
_FILE_TYPES = {"F32": 0, "F16": 1, "Q8_0": 7}
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_CONTROL = 3
_CHUNK = 4096


def bake(
    source: str | Path,
    soft_prompts: Mapping[str, npt.NDArray[Any]],
    target: str | Path,
    quantization: Quantization = "keep",
) -> None:
    """Writes the model in `source` with `soft_prompts` (name to vectors [n, width]) to `target`, whole or not at all.

    A soft prompt is used by sending `chat.soft_prompt_text(name, n)` as the system message. `quantization` other than
    "keep" requantizes every matrix, which moves the weights away from those that a soft prompt was trained on.
    Raises ModelError or RequestError, one line, naming what is wrong.
    """
    source, target = Path(source), Path(target)
    if quantization not in ("keep", *_FILE_TYPES):
        raise RequestError(f"quantization must be keep, {', '.join(_FILE_TYPES)}, not {quantization!r}")
    file = GgufFile(source)
    if target.exists() and target.samefile(source):
        raise RequestError(f"target must be another file than the source {source}")
    vectors = _checked(file, soft_prompts)
    kind = None if quantization == "keep" else type_id(quantization)
    metadata = dict(file.metadata)
    if kind is not None:
        metadata["general.file_type"] = encode(_FILE_TYPES[quantization], _UINT32)
    if vectors:
        metadata |= _vocabulary(file, [t for name, rows in vectors.items() for t in _tokens(name, len(rows))])
    rows = np.concatenate(list(vectors.values())) if vectors else None
    write(target, metadata, _tensors(file, rows, kind))


def _tokens(name: str, n: int) -> list[str]:
    return [f"<|soft:{name}:{i}|>" for i in range(n)]


def _checked(file: GgufFile, soft_prompts: Mapping[str, npt.NDArray[Any]]) -> dict[str, Floats]:
    header = file.header
    architecture = header.metadata["general.architecture"]
    if soft_prompts and (
        architecture not in _ARCHITECTURES or header.metadata.get(f"{architecture}.embedding_scale", 1.0) != 1.0
    ):
        known = ", ".join(sorted(_ARCHITECTURES))
        raise ModelError(f"{header.path} is a {architecture} model; soft prompts can be baked into {known}")
    width, rows = file.raw(_EMBEDDING).shape
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
        checked[name] = values.astype(np.float32)
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
        changed[key] = encode(count + len(new), _UINT32)
    return changed


def _tensors(file: GgufFile, rows: Floats | None, kind: int | None) -> Iterator[RawTensor]:
    for name in file.names:
        tensor = _converted(file.raw(name), kind)
        if rows is None or name not in (_EMBEDDING, _HEAD):
            yield tensor
        elif name == _HEAD:
            yield _with_silent_rows(tensor, len(rows))
        else:
            wide = tensor if type_name(tensor.type) in _PRECISE else _converted(tensor, type_id("Q8_0"))
            yield _appended(wide, quantize(rows, wide.type))
            if _HEAD not in file:
                head = RawTensor(_HEAD, tensor.shape, tensor.type, tensor.data)
                yield _with_silent_rows(head, len(rows))


def _converted(tensor: RawTensor, kind: int | None) -> RawTensor:
    """The matrix in another type; vectors (norms, biases) stay as they are."""
    if kind is None or kind == tensor.type or len(tensor.shape) < 2:
        return tensor
    if type_name(kind) == "Q8_0" and tensor.shape[0] % 32:
        kind = type_id("F16")
    return RawTensor(tensor.name, tensor.shape, kind, quantize(dequantize(tensor.data, tensor.type), kind))


def _with_silent_rows(head: RawTensor, n: int) -> RawTensor:
    """The head with n rows whose tokens are as good as never sampled."""
    total = sum(dequantize(head.data[i : i + _CHUNK], head.type).sum(0) for i in range(0, len(head.data), _CHUNK))
    row = total / len(head.data) / 2
    try:
        rows = quantize(np.tile(row, (n, 1)), head.type)
    except ModelError:
        # Nothing here encodes the K types. Zero bytes are a zero row in all of them.
        rows = np.zeros((n, head.data.shape[1]), dtype=np.uint8)
    return _appended(head, rows)


def _appended(tensor: RawTensor, rows: Bytes) -> RawTensor:
    width, count = tensor.shape
    data = np.concatenate([tensor.data, rows])
    return RawTensor(tensor.name, (width, count + len(rows)), tensor.type, data)
