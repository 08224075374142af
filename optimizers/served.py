"""A compiled program as a DSPy module that brings its own engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dspy

from ..deploy.engines.base import Engine
from ..deploy.engines.open import open_engine
from .evaluate import running


class ServedProgram(dspy.Module):
    """Runs on its own engine, in exact mode, opened at the first call; ``close`` frees the model."""

    def __init__(self, program: dspy.Module, model: Path, engine: str | Callable[..., Engine] | None = None):
        super().__init__()
        self.program = program
        self._open = lambda: open_engine(model, "exact", engine=engine)
        self._engine: Engine | None = None

    def forward(self, **inputs: Any) -> dspy.Prediction:
        """The program's prediction for its inputs."""
        if self._engine is None:
            self._engine = self._open()
        with running(self._engine):
            return self.program(**inputs)

    def close(self) -> None:
        """Free the model; the next call opens it again."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
