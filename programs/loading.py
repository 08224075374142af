"""Users' own files: the one way in which they are loaded."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from .errors import InputError


def load_attribute(name: str, field: str) -> Any:
    """What ``path/to/file.py:name`` names. Raises InputError, naming `field`, when it is not there or does not load."""
    path, _, attribute = name.rpartition(":")
    if not path.endswith(".py") or not attribute:
        raise InputError(f"{field}: path/to/file.py:name (got {name!r})")
    if not Path(path).is_file():
        raise InputError(f"{field}: no file {path}")
    spec = importlib.util.spec_from_file_location(f"studysmith_user_{Path(path).stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pydantic look up annotations there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{field}: {path} cannot be loaded: {type(error).__name__}: {error}") from error
    if not hasattr(module, attribute):
        raise InputError(f"{field}: {path} has no {attribute}")
    return getattr(module, attribute)
