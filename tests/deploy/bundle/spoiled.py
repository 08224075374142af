"""A small bundle on a model of two layers, and ways to spoil it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from studysmith.deploy.bundle.manifest import NAME, Manifest

Change = Callable[[Any], object]


def copy_of(bundle: Path, target: Path) -> Path:
    """A copy whose files are links to the bundle's: replace one, never write into it."""
    return Path(shutil.copytree(bundle, target, copy_function=os.link))


def replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def reseal(folder: Path, change: Change | None = None) -> None:
    """Make the manifest agree with the files, as whoever makes all hashes anew can."""
    manifest = Manifest.model_validate_json((folder / NAME).read_bytes())
    (folder / NAME).unlink()
    if change:
        change(manifest)
    manifest.add_files(folder)
    manifest.save(folder)


def edit(folder: Path, name: str, change: Change) -> None:
    """Change what a JSON file says, and make the manifest agree."""
    content = json.loads((folder / name).read_bytes())
    change(content)
    replace(folder / name, json.dumps(content).encode())
    reseal(folder)


def set_vectors(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the vectors of an adapter."""
    from safetensors.numpy import load, save

    ((name, vectors),) = load(path.read_bytes()).items()
    replace(path, save({name: change(vectors)}))
