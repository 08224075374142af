"""Every optimizer passes the contract, on an engine that takes no time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dspy
import pytest
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.dspy_named import Bootstrap, Copro, Gepa, Mipro, Simba
from studysmith.optimizers.dspy_optimizer import DSPyOptimizer
from studysmith.optimizers.feedback import FeedbackOptimizer
from studysmith.optimizers.knn import KNNOptimizer
from studysmith.optimizers.proposer import Proposer
from studysmith.optimizers.random_search import RandomSearch
from studysmith.optimizers.result import Result
from studysmith.optimizers.testing import CompileWith, OptimizerContract
from studysmith.optimizers.text import TextOptimizer
from studysmith.programs.progress import silent


@pytest.fixture
def compile_with(quick: Callable[..., Result]) -> CompileWith:
    def run(optimizer: Any, folder: Path, budget: Budget, progress: Any = silent) -> Result:
        return quick(optimizer, out=str(folder), lm_calls=budget.lm_calls, progress=progress)

    return run


class TestText(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> type[TextOptimizer]:
        return TextOptimizer


class TestKNN(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> type[KNNOptimizer]:
        return KNNOptimizer


class TestFeedback(OptimizerContract):
    enough = 60

    @pytest.fixture
    def compile_with(self, quick: Callable[..., Result], tiny: str) -> CompileWith:
        def run(optimizer: Any, folder: Path, budget: Budget, progress: Any = silent) -> Result:
            return quick(optimizer, f"{tiny}:told", out=str(folder), lm_calls=budget.lm_calls, progress=progress)

        return run

    @pytest.fixture
    def make(self) -> type[FeedbackOptimizer]:
        return FeedbackOptimizer


class TestRandom(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> type[RandomSearch]:
        return RandomSearch


class TestBootstrapFewShot(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> Callable[[], DSPyOptimizer]:
        return lambda: DSPyOptimizer(dspy.BootstrapFewShot(max_bootstrapped_demos=2, max_labeled_demos=2))


class TestATeleprompterThatProposes(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> Callable[[], DSPyOptimizer]:
        return lambda: DSPyOptimizer(dspy.COPRO(breadth=2, depth=1), Proposer(small=True))


class TestBootstrap(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> type[Bootstrap]:
        return Bootstrap


class TestCopro(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> Callable[[], Copro]:
        return lambda: Copro(Proposer(small=True))


class TestGepa(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> Callable[[], Gepa]:
        return lambda: Gepa(Proposer(small=True))


class TestMipro(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> Callable[[], Mipro]:
        return lambda: Mipro(Proposer(small=True))


class TestSimba(OptimizerContract):
    enough = 60

    @pytest.fixture
    def make(self) -> Callable[[], Simba]:
        return lambda: Simba(Proposer(small=True))
