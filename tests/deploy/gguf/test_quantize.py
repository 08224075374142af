"""Fewer bits, as llama.cpp itself would write them."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.engines.base import Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError, RequestError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.ggml import quantize_rows
from studysmith.deploy.gguf.quantize import quantize_file, quantized
from studysmith.deploy.gguf.tensors import (
    GgufFile,
    RawTensor,
    dequantize,
    encode,
    quantize,
    row_bytes,
    type_id,
    type_name,
    write,
)

FORMATS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "F16", "F32")
LAYERS = 9


def small_gguf(path: Path, *, width: int = 256, tied: bool = True, **more: int) -> Path:
    """A random llama of nine layers, its matrices F16; `more` is further metadata of the architecture."""
    inner, words = 512, 64
    numbers = {"block_count": LAYERS, "embedding_length": width, "feed_forward_length": inner, "context_length": 64}
    numbers |= {"attention.head_count": 4, "attention.head_count_kv": 2, "vocab_size": words, **more}
    metadata = {
        "general.architecture": encode("llama", 8),
        **{f"llama.{key}": encode(value, 4) for key, value in numbers.items()},
        "llama.attention.layer_norm_rms_epsilon": encode(1e-5, 6),
        "tokenizer.ggml.model": encode("none", 8),
    }
    block = {"attn_norm": (width,), "attn_q": (width, width), "attn_k": (width, width // 2)}
    block |= {"attn_v": (width, width // 2), "attn_output": (width, width), "ffn_norm": (width,)}
    block |= {"ffn_gate": (width, inner), "ffn_up": (width, inner), "ffn_down": (inner, width)}
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (width, words), "output_norm.weight": (width,)}
    shapes |= {} if tied else {"output.weight": (width, words)}
    shapes |= {f"blk.{i}.{name}.weight": shape for i in range(LAYERS) for name, shape in block.items()}
    random = np.random.default_rng(11)
    tensors = []
    for name, shape in shapes.items():
        kind = type_id("F16" if len(shape) > 1 else "F32")
        # Sums of small whole numbers: the same floats from every version of numpy and of its processor's code.
        values = random.integers(-64, 64, (4, *shape[::-1])).sum(0).astype(np.float32) / 1024
        tensors.append(RawTensor(name, shape, kind, quantize(values.reshape(-1, shape[0]), kind)))
    write(path, metadata, tensors)
    return path


def digest(path: Path) -> str:
    """Of types and bytes of all tensors, by name."""
    file, total = GgufFile(path), hashlib.sha256()
    for tensor in sorted((file.raw(name) for name in file.names), key=lambda tensor: tensor.name):
        total.update(f"{tensor.name} {type_name(tensor.type)} ".encode() + tensor.data.tobytes())
    return total.hexdigest()[:16]


def kinds(path: Path) -> Counter[str]:
    return Counter(type_name(tensor.type) for tensor in GgufFile(path).header.tensors if len(tensor.shape) > 1)


# Types and bytes of all tensors as llama.cpp's own `llama_model_quantize` (release v0.5.0) wrote them of these files.
OF_LLAMA_CPP = {
    ("tied", "Q8_0"): "bed54c82bf04a837",
    ("tied", "Q6_K"): "c980f7e447c911e0",
    ("tied", "Q5_K_M"): "8bb921e456f5d482",
    ("tied", "Q4_K_M"): "c5e0899199ae6256",
    ("tied", "Q4_0"): "84e0e3ce8b429b56",
    ("untied", "Q8_0"): "796ede30cbc220a8",
    ("untied", "Q6_K"): "6e40650ccb3afeb4",
    ("untied", "Q5_K_M"): "0c6cf2a85dfd77ab",
    ("untied", "Q4_K_M"): "73bcb5b567b6fe96",
    ("untied", "Q4_0"): "fad7849608726425",
    ("narrow", "Q8_0"): "a462972f9945261d",
    ("narrow", "Q6_K"): "ca23ccad62cd37d6",
    ("narrow", "Q5_K_M"): "5692978db9d0c0ae",
    ("narrow", "Q4_K_M"): "d62435a0a8a76587",
    ("narrow", "Q4_0"): "4f93e69aebe7fcce",
}
SHAPES: dict[str, dict[str, Any]] = {"tied": {}, "untied": {"tied": False}, "narrow": {"width": 96}}


@pytest.mark.parametrize(("shape", "quantization"), OF_LLAMA_CPP)
def test_every_byte_is_what_llama_cpp_writes(shape: str, quantization: Any, tmp_path: Path) -> None:
    source = small_gguf(tmp_path / "source.gguf", **SHAPES[shape])
    quantize_file(source, tmp_path / "made.gguf", quantization)
    assert digest(tmp_path / "made.gguf") == OF_LLAMA_CPP[shape, quantization]


def test_the_mixed_recipes_spend_more_bits_where_errors_weigh_most(tmp_path: Path) -> None:
    source = small_gguf(tmp_path / "source.gguf", tied=False)
    quantize_file(source, tmp_path / "made.gguf", "Q4_K_M")
    types = {t.name: type_name(t.type) for t in GgufFile(tmp_path / "made.gguf").header.tensors}
    finer = {name for name, kind in types.items() if kind == "Q6_K"}
    layers = (0, 3, 6, 7, 8)
    assert finer == {"output.weight", *(f"blk.{i}.{name}.weight" for i in layers for name in ("attn_v", "ffn_down"))}
    assert {types[name] for name in types if "norm" in name} == {"F32"}


@pytest.mark.parametrize("name", ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_the_gguf_package_encodes_plain_types_as_ggml_does(name: str) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 96)).astype(np.float32)
    kind = type_id(name)
    assert (quantize(rows, kind) == quantize_rows(rows, kind, name, row_bytes(kind, 96))).all()


@pytest.mark.parametrize(("name", "error"), [("Q6_K", 0.03), ("Q5_K", 0.06), ("Q4_K", 0.12)])
def test_k_types_come_back_close_however_they_are_split_among_threads(name: str, error: float) -> None:
    rows = np.random.default_rng(0).normal(size=(1100, 512)).astype(np.float32)
    made = quantize(rows, type_id(name))
    assert (made[700:703] == quantize(rows[700:703], type_id(name))).all()
    assert np.abs(dequantize(made, type_id(name)) - rows).max() < error * np.abs(rows).max()


def test_rows_that_no_block_divides_stay_at_16_bits(tmp_path: Path) -> None:
    source = small_gguf(tmp_path / "source.gguf", width=36)
    for quantization in ("Q4_K_M", "Q8_0"):
        quantize_file(source, tmp_path / "made.gguf", quantization)
        types = {t.name: type_name(t.type) for t in GgufFile(tmp_path / "made.gguf").header.tensors}
        assert types["blk.4.attn_q.weight"] == types["token_embd.weight"] == "F16"
        assert types["blk.4.ffn_down.weight"] == ("Q4_K" if quantization == "Q4_K_M" else "Q8_0")
    with pytest.raises(ModelError, match=r"^rows of 36 numbers cannot be stored as Q4_K, in blocks of 256$"):
        quantize(np.zeros((1, 36)), type_id("Q4_K"))


def test_a_mixture_of_experts_is_refused_where_its_recipe_is_another(tmp_path: Path) -> None:
    source = small_gguf(tmp_path / "source.gguf", expert_count=8)
    with pytest.raises(ModelError, match=r"source\.gguf is a mixture of experts; use Q8_0, Q6_K, Q4_0, F16 or F32$"):
        quantize_file(source, tmp_path / "made.gguf", "Q4_K_M")
    assert not (tmp_path / "made.gguf").exists()


def test_the_source_is_not_overwritten(tmp_path: Path) -> None:
    source = small_gguf(tmp_path / "source.gguf")
    with pytest.raises(RequestError, match=r"^target must be another file than the source "):
        quantize_file(source, source, "Q8_0")


def test_a_model_is_quantized_once_and_found_by_its_content(tmp_path: Path) -> None:
    source = small_gguf(tmp_path / "source.gguf")
    made = quantized(source, "Q4_K_M", tmp_path / "cache")
    stamp = made.stat().st_mtime_ns
    moved = source.rename(tmp_path / "moved.gguf")
    assert quantized(moved, "Q4_K_M", tmp_path / "cache") == made
    assert made.stat().st_mtime_ns == stamp
    assert quantized(moved, "Q6_K", tmp_path / "cache") != made
    assert quantized(moved, "keep", tmp_path / "cache") == moved
    types = {t.name: type_name(t.type) for t in GgufFile(made).header.tensors}
    assert types["token_embd.weight"] == "Q8_0"  # so that soft rows can join it and no row is rounded again


@pytest.mark.model
@pytest.mark.parametrize("quantization", FORMATS)
def test_the_embedded_model_with_soft_prompts_answers_in_every_format(
    quantization: Any, model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path: Path
) -> None:
    cost = bake(model_path, soft_vectors, tmp_path / "m.gguf", quantization)
    file = GgufFile(tmp_path / "m.gguf")
    table = file.raw("token_embd.weight")
    assert type_name(table.type) == (quantization if quantization in ("F16", "F32") else "Q8_0")
    wanted = np.concatenate(list(soft_vectors.values()))
    assert np.abs(file.floats("token_embd.weight")[-40:] - wanted).max() < 0.005 * np.abs(wanted).max()
    assert cost.rows == 40 * table.data.shape[1]
    assert cost.head == table.data.size
    assert cost.table == 0  # 576 numbers: the recipes keep such a table at Q8_0 by themselves
    with LlamaCppEngine(tmp_path / "m.gguf", context=256) as engine:
        soft = "".join(f"<|soft:week:{i}|>" for i in range(32))
        asked = Request(messages=[{"role": "system", "content": soft}, {"role": "user", "content": "Hi"}], max_tokens=4)
        done = engine.complete(asked)
    assert done.prompt_ids[:32] == list(range(49152, 49184))
    assert len(done.token_ids) == 4


@pytest.mark.model
def test_two_bakes_are_the_same_file(model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path: Path) -> None:
    for name in ("a", "b"):
        bake(model_path, soft_vectors, tmp_path / name, "Q4_K_M")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
