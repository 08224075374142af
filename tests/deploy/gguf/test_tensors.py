import hashlib
import resource
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.errors import ModelError
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.gguf.tensors import GgufFile, RawTensor, dequantize, encode, quantize, type_id, type_name, write


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def longest_file(size: int) -> Iterator[None]:
    """Makes writing fail past `size` bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_read_and_written_again_is_the_same_file(model_path: Path, tmp_path: Path) -> None:
    file = GgufFile(model_path)
    write(tmp_path / "copy.gguf", file.metadata, [file.raw(name) for name in file.names])
    assert digest(tmp_path / "copy.gguf") == digest(model_path)


def test_what_is_encoded_is_read_back(tmp_path: Path) -> None:
    values = {
        "general.architecture": encode("llama", 8),
        "a.text": encode("ün\n", 8),
        "a.number": encode(2**32 - 1, 4),
        "a.flag": encode(True, 7),
        "a.texts": encode(["x", "", "é"], 9, 8),
        "a.numbers": encode([1, -2], 9, 5),
    }
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    tensor = RawTensor("t.weight", (4, 3), type_id("F32"), quantize(rows, type_id("F32")))
    write(tmp_path / "small.gguf", values, [tensor])
    found = read_header(tmp_path / "small.gguf").metadata
    assert [found[key] for key in list(values)[1:]] == ["ün\n", 2**32 - 1, True, ["x", "", "é"], [1, -2]]
    assert (GgufFile(tmp_path / "small.gguf").floats("t.weight") == rows).all()


@pytest.mark.parametrize(("kind", "error"), [("F32", 0.0), ("F16", 1e-3), ("BF16", 8e-3), ("Q8_0", 8e-3)])
def test_quantized_numbers_come_back_close(kind: str, error: float) -> None:
    rows = np.random.default_rng(0).normal(size=(7, 64)).astype(np.float32)
    back = dequantize(quantize(rows, type_id(kind)), type_id(kind))
    assert back.shape == rows.shape
    assert np.abs(back - rows).max() <= error * np.abs(rows).max()
    assert type_name(type_id(kind)) == kind


def test_a_type_that_nothing_here_encodes_is_refused() -> None:
    with pytest.raises(ModelError, match=r"^tensors of type IQ2_XS cannot be written; use Q8_0, Q4_K, F16 or F32$"):
        quantize(np.zeros((1, 256)), type_id("IQ2_XS"))


def test_a_broken_file_is_refused_in_one_line(model_path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(model_path.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"^.*cut\.gguf is broken or cut short: [^\n]*$"):
        GgufFile(cut)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(model_path: Path, tmp_path: Path) -> None:
    file = GgufFile(model_path)
    target = tmp_path / "model.gguf"
    target.write_bytes(b"old")
    with longest_file(1_000_000), pytest.raises(ModelError, match=r"^cannot write .*model\.gguf: [^\n]+$"):
        write(target, file.metadata, [file.raw(name) for name in file.names])
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_an_unusable_folder_is_one_line(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"^cannot write .*m\.gguf: [^\n]+$"):
        write(tmp_path / folder / "m.gguf", {"general.architecture": encode("llama", 8)}, [])


def test_tensors_start_where_the_alignment_says(tmp_path: Path) -> None:
    metadata = {"general.architecture": encode("llama", 8), "general.alignment": encode(64, 4)}
    odd = [RawTensor(f"{i}.weight", (3, 1), 0, np.frombuffer(struct.pack("<3f", i, i, i), np.uint8)) for i in range(3)]
    write(tmp_path / "a.gguf", metadata, [RawTensor(t.name, t.shape, t.type, t.data.reshape(1, -1)) for t in odd])
    file = GgufFile(tmp_path / "a.gguf")
    assert [t.offset % 64 for t in file.header.tensors] == [0, 0, 0]
    assert [file.floats(name).tolist() for name in file.names] == [[[float(i)] * 3] for i in range(3)]
