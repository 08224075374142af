"""Users' own files: the one way in which they are loaded."""

from __future__ import annotations

import importlib.util
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from .errors import InputError, Terminated


def load_attribute(name: str, field: str, folder: Path | str = ".") -> Any:
    """What ``path/to/file.py:name`` names; a relative path starts in ``folder``.

    Raises InputError, naming ``field``, when it is not there or does not load.
    """
    file, _, attribute = name.rpartition(":")
    if not file.endswith(".py") or not attribute:
        raise InputError(f"{field}: path/to/file.py:name (got {name!r})")
    path = Path(folder) / file
    if not path.is_file():
        raise InputError(f"{field}: no file {path}")
    # Two files of one name are two modules.
    unique = f"studysmith_user_{path.stem}_{sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(unique, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module  # dataclasses and pydantic look up annotations there
    try:
        spec.loader.exec_module(module)
    except Terminated:
        raise
    except (Exception, SystemExit) as error:
        del sys.modules[unique]
        raise InputError(f"{field}: {path} cannot be loaded: {type(error).__name__}: {error}") from error
    if not hasattr(module, attribute):
        raise InputError(f"{field}: {path} has no {attribute!r}")
    return getattr(module, attribute)
