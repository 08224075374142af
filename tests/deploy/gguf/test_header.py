"""Headers of whole files, and every way in which a file can be broken."""

import os
import random
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from studysmith.deploy.errors import ModelError
from studysmith.deploy.gguf.header import read_header


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A whole GGUF file of two tensors."""
    return write(tmp_path / "small.gguf")


def write(path: Path, tokens: tuple[str, ...] = ("<s>", "</s>", "a"), **extra: int | str) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    if "llama__context_length" not in extra:
        writer.add_context_length(64)
    writer.add_chat_template("{{ messages }}")
    writer.add_token_list(list(tokens))
    writer.add_token_types([3, 4, 1])
    writer.add_bos_token_id(0)
    for key, value in extra.items():
        (writer.add_string if isinstance(value, str) else writer.add_uint32)(key.replace("__", "."), value)
    writer.add_tensor("a.weight", np.ones((2, 32), np.float16))
    writer.add_tensor("b.weight", np.zeros(3, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_header_tells_what_the_engine_needs(small: Path) -> None:
    header = read_header(small)
    assert header.context_length == 64
    assert header.chat_template == "{{ messages }}"
    assert header.special_tokens == {"<s>": 0, "</s>": 1}
    assert (header.token("bos"), header.token("eos"), header.token_id("eos")) == ("<s>", "", None)
    first, second = header.tensors
    assert (first.name, first.shape, first.size) == ("a.weight", (32, 2), 128)
    content = small.read_bytes()
    assert content[first.offset : first.offset + first.size] == np.ones(64, np.float16).tobytes()
    assert content[second.offset : second.offset + second.size] == bytes(12)


def test_the_embedded_model_agrees_with_the_gguf_package(model_path: Path) -> None:
    header, theirs = read_header(model_path), gguf.GGUFReader(model_path)
    assert [(t.name, t.offset, t.size) for t in header.tensors] == [
        (t.name, t.data_offset, t.n_bytes) for t in theirs.tensors
    ]
    assert {k for k in theirs.fields if not k.startswith("GGUF.")} == set(header.metadata)
    assert header.metadata["llama.rope.freq_base"] == theirs.fields["llama.rope.freq_base"].contents()
    assert header.metadata["tokenizer.ggml.merges"][:50] == theirs.fields["tokenizer.ggml.merges"].contents()[:50]


def test_every_cut_is_noticed(small: Path) -> None:
    content = small.read_bytes()
    end = read_header(small).tensors[-1]
    for kept in range(end.offset + end.size):
        small.write_bytes(content[:kept])
        with pytest.raises(ModelError) as caught:
            read_header(small)
        assert "\n" not in str(caught.value)


def test_no_changed_byte_raises_anything_else(small: Path) -> None:
    content = small.read_bytes()
    rng = random.Random(0)
    refused = 0
    for _ in range(1000):
        broken = bytearray(content)
        for _ in range(rng.choice((1, 1, 3))):
            broken[rng.randrange(len(broken))] = rng.choice((0, 1, 255, rng.randrange(256)))
        small.write_bytes(broken)
        try:
            header = read_header(small)
        except ModelError as error:
            refused += 1
            lines = str(error).count("\n")
        else:
            lines = 0
            assert isinstance(header.special_tokens, dict)
            assert isinstance(header.adds_bos, bool)
            assert isinstance(header.context_length, int)
        assert lines == 0
    assert refused > 300


@pytest.mark.parametrize(
    ("tokens", "extra", "reason"),
    [
        (("<s>", "a", "a"), {}, "the same"),
        (("<s>", "a\0b", "a"), {}, "the same"),
        (("<s>", "a"), {}, "vocabulary"),
        (("<s>", "</s>", "a"), {"tokenizer__ggml__eos_token_id": 3}, "eos token 3"),
        (("<s>", "</s>", "a"), {"tokenizer__ggml__eos_token_id": "2"}, "eos token '2'"),
    ],
)
def test_vocabularies_that_abort_llama_cpp_are_refused(
    tmp_path: Path, tokens: tuple[str, ...], extra: dict[str, int | str], reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        read_header(write(tmp_path / "odd.gguf", tokens, **extra))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("context_length", 0),
        ("context_length", 1),
        ("context_length", "64"),
        ("block_count", 0),
        ("block_count", 10**9),
    ],
)
def test_sizes_that_abort_llama_cpp_are_refused(tmp_path: Path, name: str, value: int | str) -> None:
    with pytest.raises(ModelError, match=f"{name} is {value!r}, and has to be from"):
        read_header(write(tmp_path / "odd.gguf", **{f"llama__{name}": value}))


def test_an_array_beyond_any_vocabulary_is_refused_before_it_is_read(small: Path, tmp_path: Path) -> None:
    content = small.read_bytes()
    odd = struct.pack("<Q1sIIQ", 1, b"x", 9, 0, 2**23)  # an array of bytes
    count = struct.unpack_from("<Q", content, 16)[0]
    (tmp_path / "odd.gguf").write_bytes(content[:16] + struct.pack("<Q", count + 1) + odd + bytes(2**23) + content[24:])
    with pytest.raises(ModelError, match="its arrays hold 8388608 items, more than the 4194304 of any vocabulary"):
        read_header(tmp_path / "odd.gguf")


def test_a_header_larger_than_any_is_refused_before_it_is_read(small: Path, tmp_path: Path) -> None:
    content, odd = small.read_bytes(), tmp_path / "odd.gguf"
    for at, count in ((8, 2**16 + 1), (16, 2**60)):
        odd.write_bytes(content[:at] + struct.pack("<Q", count) + content[at + 8 :])
        with pytest.raises(ModelError, match=f"{count}.* more than 65536"):
            read_header(odd)
    for kind, size in ((struct.pack("<I", 8), 2**27), (struct.pack("<IIQ", 9, 8, 1), 2**27)):
        with odd.open("wb") as file:  # a text of zeros that take no room on the disk
            file.write(content[:24] + struct.pack("<Q1s", 1, b"x") + kind + struct.pack("<Q", size))
            file.truncate(2**28)
        with pytest.raises(ModelError, match="beyond 67108864 bytes"):
            read_header(odd)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a folder"):
        read_header(tmp_path)
    os.mkfifo(tmp_path / "pipe.gguf")
    (tmp_path / "endless.gguf").symlink_to("/dev/zero")
    for name in ("pipe", "endless"):
        with pytest.raises(ModelError, match=rf"{name}\.gguf is a pipe or a device"):
            read_header(tmp_path / f"{name}.gguf")
    with pytest.raises(ModelError, match=r"no model file at .*absent\.gguf"):
        read_header(tmp_path / "absent.gguf")
    (tmp_path / "note.gguf").write_text("hello there")
    with pytest.raises(ModelError, match="starts with b'hell'"):
        read_header(tmp_path / "note.gguf")
