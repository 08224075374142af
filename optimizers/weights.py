"""Where the weights of a run's candidates are: what was confirmed stays when a run that goes on makes others."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..deploy.files import sha256

MODEL, ADAPTERS = "model.gguf", "adapters"
"""In a run's folder: the model with the soft prompts of its last candidate baked in, and these soft prompts."""
CONFIRMED = "confirmed"
"""In a run's folder: the same two of an earlier winner that was confirmed, once the search goes on."""


def folder_of(run: Path, weights: str | None) -> Path:
    """The folder that has these weights as ``MODEL``, if any has: the run's own, or that of what was confirmed."""
    kept = run / CONFIRMED
    return kept if weights and (kept / MODEL).is_file() and sha256(kept / MODEL) == weights else run


def set_aside(run: Path, weights: str) -> None:
    """Keep a confirmed winner's weights and soft prompts from what a search that goes on will write."""
    if not (run / MODEL).is_file() or sha256(run / MODEL) != weights:
        return
    kept = run / CONFIRMED
    shutil.rmtree(kept, ignore_errors=True)
    if (run / ADAPTERS).is_dir():
        shutil.copytree(run / ADAPTERS, kept / ADAPTERS)  # the training goes on from them
    kept.mkdir(exist_ok=True)
    (run / MODEL).replace(kept / MODEL)


def forget(run: Path) -> None:
    """Another winner was confirmed."""
    shutil.rmtree(run / CONFIRMED, ignore_errors=True)
