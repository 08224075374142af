"""Where a run keeps its soft prompts."""

from __future__ import annotations

import re
from pathlib import Path

from ..weights import ADAPTERS
from .soft_prompt import SoftPrompt


def token_name(predictor: str) -> str:
    """The name that a predictor's soft tokens have: a-z, 0-9 and _ only."""
    return re.sub(r"[^a-z0-9_]+", "_", predictor.lower())


def load_adapters(folder: Path, base: Path) -> dict[str, SoftPrompt]:
    """The soft prompts in a run folder by name; none for a run that trained none."""
    adapters = folder / ADAPTERS
    return {p.name: SoftPrompt.load(p, base) for p in sorted(adapters.iterdir())} if adapters.is_dir() else {}
