"""A small task in a file of its own, as a user would write one, and runs of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.deploy.files import sha256
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.run import Run, RunConfig

Configure = Callable[..., RunConfig]


@pytest.fixture(scope="session")
def configure(tiny: str, model_path: Path) -> Configure:
    """Makes the configuration of a run: its limits, seed, optimizer and task."""

    def make(seed: int = 0, optimizer: str = "pool", task: str = "task", **budget: float) -> RunConfig:
        model = sha256(model_path)
        return RunConfig(task=f"{tiny}:{task}", optimizer=optimizer, model=model, budget=Budget(**budget), seed=seed)

    return make


@pytest.fixture
def run(tmp_path: Path, configure: Configure) -> Run:
    """A fresh run with a budget of 40 calls."""
    return Run(tmp_path / "run", configure(lm_calls=40))
