"""The user's cache folder: what was made once and can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """Where such files are kept: $STUDYSMITH_CACHE, or `studysmith` in the user's cache folder."""
    own = os.environ.get("STUDYSMITH_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "studysmith"
