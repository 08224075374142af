"""The real embedded model, loaded once for all tests; a small bundle of it; a disk without room.

`make check` runs all tests but those marked `model`: whoever asks for `model_path` is, others say so themselves.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.gguf.tensors import GgufFile, RawTensor, encode, quantize, type_id, write
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.deploy.planner import PROGRAMS

# Tests load torch and llama.cpp in one process. Whichever loads OpenMP first decides how the threads of both wait for
# each other; those that spin cost seven times as much, and a hundred times where another process wants their core.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that get the model from a fixture, however many steps away, and run the others first.

    Of several processes each begins with an equal run of the list, so each such run has its share of both.
    """
    for item in items:
        if "model_path" in getattr(item, "fixturenames", ()):
            item.add_marker("model")
    slow = [item for item in items if item.get_closest_marker("model")]
    fast = [item for item in items if not item.get_closest_marker("model")]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [
        item
        for worker in range(workers)
        for part in (fast, slow)
        for item in part[len(part) * worker // workers : len(part) * (worker + 1) // workers]
    ]


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The GGUF file of the embedded model."""
    return resolve(DEFAULT_MODEL)


@pytest.fixture(scope="session")
def tiny_base(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base of two layers with the embedded model's tokenizer: torch code runs on it in seconds."""
    import torch
    from studysmith.deploy.gguf.torch_model import load_tokenizer
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    tokenizer = load_tokenizer(read_header(model_path))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("base") / "tiny"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


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
    counts = {"block_count": 2, "embedding_length": width, "feed_forward_length": hidden, "context_length": 4096}
    counts |= {"attention.head_count": heads, "attention.head_count_kv": kv, "rope.dimension_count": width // heads}
    folder = tmp_path_factory.mktemp("tiny")
    write(folder / "base.gguf", {**file.metadata, **{f"llama.{k}": encode(n, 4) for k, n in counts.items()}}, tensors)
    soft = {"week": random.normal(0, 0.3, (4, width)).astype(np.float32)}
    bake(folder / "base.gguf", soft, folder / "model.gguf")
    return folder / "model.gguf"


@pytest.fixture(scope="session")
def engine(model_path: Path) -> Iterator[LlamaCppEngine]:
    """The embedded model in exact mode."""
    with LlamaCppEngine(model_path) as engine:
        yield engine


@pytest.fixture(scope="session")
def small_engine(tiny_gguf: Path) -> Iterator[LlamaCppEngine]:
    """The model of two layers in exact mode, for what is done with replies, whatever they say."""
    with LlamaCppEngine(tiny_gguf.with_name("base.gguf")) as engine:
        yield engine


@pytest.fixture(scope="session")
def fast_engine(model_path: Path) -> Iterator[LlamaCppEngine]:
    """The embedded model in fast mode, four requests at a time, which also answers as a stock server."""
    with LlamaCppEngine(model_path, "fast", slots=4, serves_chat=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def bundle(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model under the default program, with one short golden request. Copy it to change it."""
    folder = tmp_path_factory.mktemp("bundles") / "small"
    golden = [{"text": "I am stuck on adding fractions, 1 week, 20 minutes.", "today": "2026-01-05"}]
    export(FrozenProgram.load(PROGRAMS["chosen"]), model_path, folder, name="small", method="baseline", golden=golden)
    return folder


@pytest.fixture(scope="session")
def tiny() -> str:
    """A user's own task: the file with `task`, `best_first` and `two_steps`."""
    return str(Path(__file__).parent / "optimizers" / "tiny_task.py")


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], check=True, capture_output=True, timeout=10
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root on Linux can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, capture_output=True, timeout=10)
