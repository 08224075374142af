"""The contract of optimizers, to be run on one's own: subclass ``OptimizerContract`` in a test and give it fixtures.

    class TestMine(OptimizerContract):
        @pytest.fixture
        def make(self):
            return MyOptimizer

Beside ``make`` it needs a fixture ``compile_with``: ``(optimizer, folder, budget, progress) -> Result``, on a task and
an engine of one's choice, the quicker the better.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ..programs.errors import InputError
from .base import Optimizer
from .budget import Budget
from .ledger import SPENT
from .result import Result

Make = Callable[[], Optimizer]
CompileWith = Callable[..., Result]


class OptimizerContract:
    """What the bench and its users rely on."""

    caps = (1, 7, 40)
    """Budgets, in calls, that are tried; a slow optimizer may name fewer."""
    enough = 120
    """Calls within which it proposes something."""

    def test_it_has_a_name_and_settings_that_are_json(self, make: Make) -> None:
        optimizer = make()
        assert optimizer.name
        assert json.loads(json.dumps(dict(optimizer.settings))) == dict(optimizer.settings)

    def test_it_never_spends_more_than_the_budget(self, make: Make, compile_with: CompileWith, tmp_path: Path) -> None:
        for cap in self.caps:
            try:
                compile_with(make(), tmp_path / str(cap), Budget(lm_calls=cap))
            except InputError as refused:  # a budget may be too small for any search
                if "budget" not in str(refused):
                    raise
            assert _spent(tmp_path / str(cap) / SPENT) <= cap

    def test_the_same_seed_proposes_the_same(self, make: Make, compile_with: CompileWith, tmp_path: Path) -> None:
        one, two = (
            compile_with(make(), tmp_path / name, Budget(lm_calls=self.enough)).folder / "journal.jsonl"
            for name in ("one", "two")
        )
        assert _proposed(one) == _proposed(two)

    def test_stopped_it_ends_and_begun_again_it_goes_on_to_the_same(
        self, make: Make, compile_with: CompileWith, tmp_path: Path
    ) -> None:
        whole = compile_with(make(), tmp_path / "whole", Budget(lm_calls=self.enough))
        asked = 0

        def stop(stage: str, done: int, total: int, detail: str) -> None:
            nonlocal asked
            asked += stage in ("search", "train")
            if asked == 3:
                raise KeyboardInterrupt

        compile_with(make(), tmp_path / "stopped", Budget(lm_calls=self.enough), stop)
        again = compile_with(make(), tmp_path / "stopped", Budget(lm_calls=self.enough))
        assert again.compiled.finished
        # What ran when it was stopped was paid for, so the budget may end the second search a little earlier.
        proposed = _proposed(again.folder / "journal.jsonl")
        assert proposed == _proposed(whole.folder / "journal.jsonl")[: len(proposed)]


def _spent(ledger: Path) -> int:
    """Calls that were made, by the file that is written before each."""
    return sum(json.loads(line).get("lm_calls", 0) for line in ledger.read_text("utf-8").splitlines())


def _proposed(journal: Path) -> list[str]:
    """Ids of the candidates in a journal, in the order in which they were first scored."""
    rows = [json.loads(line) for line in journal.read_text("utf-8").splitlines()[1:]]
    return [row["key"] for row in rows if row["key"].startswith("candidate ")]
