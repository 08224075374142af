"""Reads the header of a GGUF file and checks that its tensors fit into the file.

llama.cpp aborts the process on some broken files, so a file is checked here first. The gguf package's reader takes
seconds for a large vocabulary, because it keeps every string as an array; this one takes a tenth of that.
"""

import mmap
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from ..errors import ModelError

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
UINT32, STRING, ARRAY = 4, 8, 9
"""How numbers of a GGUF type are packed, the type of most of them, and the two types that are no numbers."""
_MOST_DIMENSIONS, _MOST_ITEMS = 4, 2**22
"""Of a tensor, and of all arrays of a header together: the largest vocabularies have a tenth of that."""
_MOST_BYTES, _MOST_ENTRIES = 2**26, 2**16
"""Of a header, and of its values and its tensors: several times what the largest models have."""
_SIZES = {"context_length": (2, 2**31 - 1), "block_count": (1, 1024), "embedding_length": (1, 2**20)}
"""What llama.cpp takes for granted of these values: outside of it, it aborts the process or fills the memory."""
_LENGTH = struct.Struct("<Q")
# Token types that the tokenizer takes out of text before anything else: unknown, control, user defined.
_SPECIAL_TYPES = frozenset({2, 3, 4})


@dataclass(frozen=True)
class Tensor:
    """One tensor's entry; `shape` is in GGUF order (innermost first), `offset` in bytes from the start of the file."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int
    size: int


@dataclass(frozen=True)
class Header:
    """Metadata and tensor entries of a GGUF file; `places` says where in the file each value is, type and all."""

    path: Path
    metadata: dict[str, Any]
    tensors: tuple[Tensor, ...]
    places: dict[str, slice] = field(default_factory=dict)

    @property
    def chat_template(self) -> str | None:
        return self.metadata.get("tokenizer.chat_template")

    @property
    def context_length(self) -> int:
        """The longest context the model was trained for, in tokens."""
        length = self.metadata.get(f"{self.metadata['general.architecture']}.context_length", 0)
        return length if isinstance(length, int) else 0

    @property
    def special_tokens(self) -> dict[str, int]:
        """Text to id of every token that the tokenizer cuts out of text before it splits words."""
        types = self.metadata.get("tokenizer.ggml.token_type", [])
        tokens = self.metadata.get("tokenizer.ggml.tokens", [])
        return {tokens[i]: i for i, kind in enumerate(types) if kind in _SPECIAL_TYPES}

    @property
    def role_tokens(self) -> dict[str, int]:
        """Text to id of the tokens that begin a text, or end a text, a turn or a message, whatever their type."""
        roles = {role: self.token_id(role) for role in ("bos", "eos", "eot", "eom")}
        return {self.token(role): index for role, index in roles.items() if index is not None}

    @property
    def adds_bos(self) -> bool:
        """Whether prompts of this model start with the beginning-of-sequence token."""
        # What llama.cpp assumes when the key is missing: SentencePiece models have one, byte-level BPE has none.
        default = self.metadata.get("tokenizer.ggml.model") == "llama"
        return bool(self.metadata.get("tokenizer.ggml.add_bos_token", default)) and self.token("bos") != ""

    @property
    def added_bos(self) -> str:
        """Text of the token that the tokenizer itself puts before a prompt, or the empty string."""
        return self.token("bos") if self.adds_bos else ""

    def token_id(self, role: str) -> int | None:
        """Id of the `bos`, `eos`, `eot`, `eom`, `unknown` or `padding` token, if the model names one."""
        return self.metadata.get(f"tokenizer.ggml.{role}_token_id")

    def token(self, role: str) -> str:
        """Text of that token, or the empty string."""
        index = self.token_id(role)
        return "" if index is None else self.metadata["tokenizer.ggml.tokens"][index]


class _Reader:
    """A cursor over the mapped file; running off its end raises struct.error or ValueError."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at, self.items = data, 0, 0

    def scalar(self, code: str) -> Any:
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def string(self) -> str:
        end = self.scalar("Q") + self.at
        if end > len(self.data):
            raise ValueError("a string runs past the end")
        if end > _MOST_BYTES:
            raise ValueError(f"its header goes on beyond {_MOST_BYTES} bytes")
        text = self.data[self.at : end].decode("utf-8", errors="backslashreplace")
        self.at = end
        return text

    def strings(self, count: int) -> list[str]:
        """As many strings, read in one go: a vocabulary has a hundred thousand."""
        data, at, end, size = self.data, self.at, min(len(self.data), _MOST_BYTES), _LENGTH.size
        texts = []
        for _ in range(count):
            start = at + size
            at = start + _LENGTH.unpack_from(data, at)[0]
            if at > end:
                raise ValueError(f"a string runs past the end or beyond {_MOST_BYTES} bytes")
            texts.append(data[start:at].decode("utf-8", errors="backslashreplace"))
        self.at = at
        return texts

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            item, count = self.scalar("I"), self.scalar("Q")
            if count > len(self.data):
                raise ValueError("an array runs past the end")
            self.items += count
            if self.items > _MOST_ITEMS:
                raise ValueError(f"its arrays hold {self.items} items, more than the {_MOST_ITEMS} of any vocabulary")
            if item in SCALARS:
                code = f"<{count}{SCALARS[item]}"
                values = list(struct.unpack_from(code, self.data, self.at))
                self.at += struct.calcsize(code)
                return values
            return self.strings(count) if item == STRING else [self.value(item) for _ in range(count)]
        if kind not in SCALARS:
            raise ValueError(f"unknown value type {kind}")
        return self.scalar(SCALARS[kind])


def read_header(path: str | Path) -> Header:
    """The header of the GGUF file at `path`. Raises ModelError, one line, if the file is not whole."""
    path = Path(path)
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a GGUF file")
    if path.exists() and not path.is_file():
        raise ModelError(f"{path} is a pipe or a device, not a GGUF file")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            if magic != b"GGUF":
                raise ModelError(f"{path} is not a GGUF file: it starts with {magic!r}")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _parse(path, _Reader(data))
    except FileNotFoundError:
        raise ModelError(f"no model file at {path}") from None
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    except ModelError:
        raise
    except struct.error:
        raise ModelError(f"{path} is broken or cut short: it ends within its header") from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise ModelError(f"{path} is broken or cut short: {error}") from error


def _parse(path: Path, reader: _Reader) -> Header:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    reader.at = 4
    version = reader.scalar("I")
    if version not in (2, 3):
        raise ValueError(f"GGUF version {version} is not 2 or 3")
    tensor_count, value_count = reader.scalar("Q"), reader.scalar("Q")
    if max(tensor_count, value_count) > _MOST_ENTRIES:
        raise ValueError(f"its header says {value_count} values and {tensor_count} tensors, more than {_MOST_ENTRIES}")
    metadata: dict[str, Any] = {}
    places = {}
    for _ in range(value_count):
        key, start = reader.string(), reader.at
        metadata[key] = reader.value(reader.scalar("I"))
        places[key] = slice(start, reader.at)
    _check_metadata(metadata)
    entries = []
    for _ in range(tensor_count):
        name, dimensions = reader.string(), reader.scalar("I")
        if dimensions > _MOST_DIMENSIONS:
            raise ValueError(f"tensor {name} has {dimensions} dimensions")
        entries.append(
            (name, tuple(reader.scalar("Q") for _ in range(dimensions)), reader.scalar("I"), reader.scalar("Q"))
        )
    if not entries:
        raise ValueError("it holds no tensors")
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment <= 0:
        raise ValueError(f"general.alignment is {alignment!r}")
    start = -(-reader.at // alignment) * alignment
    tensors = []
    for name, shape, kind, offset in entries:
        block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        size = prod(shape) // block * block_bytes
        if offset % alignment or start + offset + size > len(reader.data):
            raise ValueError(
                f"tensor {name} ends at byte {start + offset + size}, the file has {len(reader.data)} bytes"
            )
        tensors.append(Tensor(name, shape, kind, start + offset, size))
    return Header(path, metadata, tuple(tensors), places)


def _check_metadata(metadata: dict[str, Any]) -> None:
    """Raise ValueError where the properties of Header, and llama.cpp, would trip over what they find."""
    if not isinstance(metadata.get("general.architecture"), str):
        raise ValueError("general.architecture is missing")
    for name, (least, most) in _SIZES.items():
        value = metadata.get(f"{metadata['general.architecture']}.{name}", least)
        if not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{name} is {value!r}, and has to be from {least} to {most}")
    if not isinstance(metadata.get("tokenizer.chat_template", ""), str):
        raise ValueError("tokenizer.chat_template is not text")
    tokens, types = metadata.get("tokenizer.ggml.tokens", []), metadata.get("tokenizer.ggml.token_type", [])
    if not isinstance(tokens, list) or not isinstance(types, list) or len(types) not in (0, len(tokens)):
        raise ValueError("its vocabulary does not fit together")
    # llama.cpp reads each token up to a zero byte, and aborts the process when two are the same.
    if len({str(token).split("\0")[0] for token in tokens}) != len(tokens):
        raise ValueError("two tokens of its vocabulary are the same")
    for role in ("bos", "eos", "eot", "eom", "unknown", "padding"):
        index = metadata.get(f"tokenizer.ggml.{role}_token_id", 0)
        if not isinstance(index, int) or (tokens and not 0 <= index < len(tokens)):
            raise ValueError(f"its {role} token {index!r} is not in the vocabulary")
