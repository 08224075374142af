"""The planner that ships: compiled soft prompts, put into the embedded model when they are first needed.

The package holds the prompts and what was measured of them, not the weights: those are the embedded model's own, and
are copied with the prompts' rows into the user's cache.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..programs.cache import cache_dir
from .bundle.frozen import FrozenProgram
from .files import sha256
from .gguf.bake import bake

FOLDER = Path(__file__).parent / "data" / "shipped"
PROGRAM, VECTORS, EVIDENCE = "program.json", "soft.npz", "evidence.json"


@cache
def evidence() -> dict[str, Any]:
    """How the shipped prompts came about: the run's configuration, its verdict, what was measured."""
    found: dict[str, Any] = json.loads((FOLDER / EVIDENCE).read_text("utf-8"))
    return found


def made_for(model: Path) -> bool:
    """Whether the shipped prompts belong to this model file."""
    return (FOLDER / EVIDENCE).is_file() and sha256(model) == evidence()["model"]


def shipped(model: Path) -> tuple[FrozenProgram, Path]:
    """The compiled program, and the model file that knows its prompts; made in the cache if it is not there."""
    name = f"planner-{sha256(model)[:12]}-{sha256(FOLDER / VECTORS)[:12]}.gguf"
    folder = _writable(cache_dir())
    target = folder / name
    if not target.is_file():  # two at a time may make it: each writes a file of its own and moves it into place
        bake(model, vectors(), target)
    return FrozenProgram.load(FOLDER / PROGRAM), target


def vectors() -> dict[str, np.ndarray]:
    """The soft prompts by name, [n, width] each."""
    with np.load(FOLDER / VECTORS, allow_pickle=False) as kept:
        return {prompt: kept[prompt].astype(np.float32) for prompt in kept.files}


def _writable(folder: Path) -> Path:
    """The folder, or one among temporary files where nothing can be kept there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        folder = Path(tempfile.gettempdir()) / "studysmith"
        folder.mkdir(exist_ok=True)
    return folder
