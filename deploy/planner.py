"""The planner that works without any compile: the embedded model under the prompts that ship with the package."""

from __future__ import annotations

from pathlib import Path

from .bundle.bundle import Planner
from .bundle.frozen import FrozenProgram
from .engines.open import open_engine
from .models import DEFAULT_MODEL

PROGRAM = Path(__file__).parent / "data" / "default_program.json"


def default_planner(model: str = DEFAULT_MODEL) -> Planner:
    """A planner on a model of the registry, in exact mode. Raises ModelError when the model is not to be had."""
    return Planner(FrozenProgram.load(PROGRAM), open_engine(model))
