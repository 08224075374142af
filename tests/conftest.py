"""The real embedded model, loaded once for all tests; a small bundle of it; a disk without room.

`make check` runs all tests but those marked `model`: whoever asks for `model_path` is, others say so themselves.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.deploy.planner import PROGRAMS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that get the model from a fixture, however many steps away, and run the others first."""
    for item in items:
        if "model_path" in getattr(item, "fixturenames", ()):
            item.add_marker("model")
    items.sort(key=lambda item: item.get_closest_marker("model") is not None)


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The GGUF file of the embedded model."""
    return resolve(DEFAULT_MODEL)


@pytest.fixture(scope="session")
def tiny_base(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base of two layers with the embedded model's tokenizer: torch code runs on it in seconds."""
    import torch
    from studysmith.deploy.gguf.torch_model import load_torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    _, tokenizer = load_torch(model_path)
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
def engine(model_path: Path) -> Iterator[LlamaCppEngine]:
    """The embedded model in exact mode."""
    with LlamaCppEngine(model_path) as engine:
        yield engine


@pytest.fixture(scope="session")
def fast_engine(model_path: Path) -> Iterator[LlamaCppEngine]:
    """The embedded model in fast mode, four requests at a time."""
    with LlamaCppEngine(model_path, "fast", slots=4) as engine:
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
