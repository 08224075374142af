"""The tokenizer of a GGUF file without its weights: to see a server's tokens, a model need not be loaded twice."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from .header import Header
from .tensors import GgufFile, RawTensor, encode, row_bytes, type_id, write

_UINT32, _FLOAT32, _STRING = 4, 6, 8
_WIDTH = 32
_UNKNOWN = -1


def write_vocabulary(source: str | Path, target: Path) -> None:
    """Write a model of one layer of zeros with the tokenizer and the chat template of `source`, a few megabytes.

    Raises ModelError when `source` is not a whole GGUF file, or `target` cannot be written.
    """
    file = GgufFile(source)
    count = len(file.header.metadata.get("tokenizer.ggml.tokens", []))
    kept = {key: value for key, value in file.metadata.items() if key.startswith("tokenizer.")}
    numbers = {
        "context_length": 512, "embedding_length": _WIDTH, "block_count": 1, "feed_forward_length": _WIDTH,
        "attention.head_count": 1, "attention.head_count_kv": 1, "rope.dimension_count": _WIDTH, "vocab_size": count,
    }  # fmt: skip
    metadata = {
        "general.architecture": encode("llama", _STRING),
        "general.name": encode(str(file.header.metadata.get("general.name", "vocabulary")), _STRING),
        **{f"llama.{key}": encode(number, _UINT32) for key, number in numbers.items()},
        "llama.attention.layer_norm_rms_epsilon": encode(1e-5, _FLOAT32),
        **kept,
    }
    matrices = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    write(
        target,
        metadata,
        [
            _zeros("token_embd.weight", "Q8_0", count),
            _zeros("output_norm.weight", "F32"),
            *(_zeros(f"blk.0.{name}.weight", "F32") for name in ("attn_norm", "ffn_norm")),
            *(_zeros(f"blk.0.{name}.weight", "F32", _WIDTH) for name in matrices),
        ],
    )


def _zeros(name: str, kind: str, rows: int | None = None) -> RawTensor:
    number = type_id(kind)
    data = np.zeros((rows or 1, row_bytes(number, _WIDTH)), dtype=np.uint8)
    return RawTensor(name, (_WIDTH,) if rows is None else (_WIDTH, rows), number, data)


class Pieces:
    """Ids of single tokens by the text that they stand for, as servers report them."""

    def __init__(self, header: Header) -> None:
        self._header = header

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {text: index for index, text in enumerate(self._header.metadata["tokenizer.ggml.tokens"])}

    @cached_property
    def _letters(self) -> Mapping[int, str]:
        # GPT-2's alphabet: each byte that prints is itself, the others are moved behind the first 256.
        plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
        others = [byte for byte in range(256) if byte not in plain]
        return {byte: chr(byte) for byte in plain} | {byte: chr(256 + n) for n, byte in enumerate(others)}

    def __call__(self, piece: str) -> int:
        """The id, or -1 for what cannot be told: a part of a character, which JSON does not carry."""
        if "\ufffd" in piece:
            return _UNKNOWN
        if piece in self._ids and self._ids[piece] in self._special:
            return self._ids[piece]
        if self._header.metadata.get("tokenizer.ggml.model") == "gpt2":
            piece = "".join(self._letters[byte] for byte in piece.encode())
        else:
            piece = piece.replace(" ", "\u2581")
        return self._ids.get(piece, _UNKNOWN)

    @cached_property
    def _special(self) -> frozenset[int]:
        return frozenset(self._header.special_tokens.values())
