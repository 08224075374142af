"""A small task in a file of its own, as a user would write one, on an engine that takes no time."""

from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.result import Result

HERE = Path(__file__).parent
COUNTING = f"{HERE / 'counting_engine.py'}:CountingEngine"
Compile = Callable[..., Result]


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A file that stands for a model: the counting engine does not read it."""
    path = tmp_path / "some.gguf"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def quick(gguf: Path, tiny: str, tmp_path: Path) -> Compile:
    """Compiles a tiny task on the counting engine: ``quick(optimizer, lm_calls=...)``."""

    def run(optimizer: object = "text", task: object = f"{tiny}:task", out: str = "run", **settings: object) -> Result:
        budget = Budget(**{k: settings.pop(k) for k in ("lm_calls", "tokens", "seconds") if k in settings})
        given = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8, **settings}
        return compile(task, optimizer, model=gguf, budget=budget, out=tmp_path / out, engine=COUNTING, **given)

    return run
