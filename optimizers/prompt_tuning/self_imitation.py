"""Learning from one's own best: sample, score, keep the best, train on it, and again (rejection sampling)."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ...deploy.engines.base import MAX_SEED
from ...deploy.engines.meter import Usage
from ...programs.errors import InputError
from ..candidate import Candidate
from .optimizer import SoftOptimizer
from .runs import by_step, recorded
from .served_text import ServedText
from .trainer import Pairs

if TYPE_CHECKING:
    from ..bench import Bench
    from ..task import Task

SAMPLING = 0.5
"""Of what a round may spend; the rest is for training."""


class SelfImitation(SoftOptimizer):
    """Soft prompts that learn from the model's own best runs: sampled, scored by the metric, trained on, in rounds.

    samples: runs of each training example (``examples`` of a compile), fewer where the budget is short; the best is
    learned from, if it scored above 0. temperature: at which they are sampled. rounds: each samples with the soft
    prompts of the one before. No demonstration is looked at.
    """

    name = "self-imitation"
    lesson = "sample that scored well"

    class Own(SoftOptimizer.Own):
        """Settings beside those of the training itself."""

        samples: int = Field(default=4, ge=2)
        rounds: int = Field(default=2, ge=1)
        temperature: float = Field(default=0.8, gt=0, le=10)

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.rounds = self.own.rounds

    def check_examples(self, task: Task) -> None:
        """See SoftOptimizer. What is learned from will be sampled."""

    def pairs(self, bench: Bench, served: ServedText, before: Candidate, number: int) -> Pairs:
        """See SoftOptimizer: the calls of the best run of each example."""
        runs = self._sampled(bench, before, number)
        best = [max(each, key=lambda row: row["score"]) for each in zip(*runs, strict=True)]
        kept = [row for row in best if row["score"] > 0]
        mean = sum(row["score"] for run in runs for row in run) / (len(runs) * len(best))
        top = sum(row["score"] for row in best) / len(best)
        bench.progress("sample", 1, 1, f"round {number + 1}: mean {mean:.3f}, best of {len(runs)} {top:.3f}")
        steps = dict(bench.task.program().named_predictors())
        calls = by_step([call for row in kept for call in row["calls"]])
        pairs = {n: [*dict.fromkeys(served.pair(steps[n].signature, c) for c in found)] for n, found in calls.items()}
        enough = {name: found for name, found in pairs.items() if len(found) > 1}
        if not enough and number == 0:
            raise InputError(
                f"optimizer: {self.name}: {len(kept)} of {len(best)} examples had a sample that scored above 0, which "
                "is too little to learn from; give it more examples or samples, or use soft with demonstrations"
            )
        return enough

    def _sampled(self, bench: Bench, before: Candidate, number: int) -> list[list[dict[str, Any]]]:
        """Rows of every run, for each sample in the order of the examples; as many samples as can be paid for."""
        bench.read_labels("rewards", [str(example.id) for example in bench.examples])
        key = f"{self.name} {number}"
        bench.journal.add(f"{key} begins", asdict(bench.ledger.usage))
        began = Usage(**_fields(bench.journal.rows[f"{key} begins"]))
        runs: list[list[dict[str, Any]]] = []
        while len(runs) < (bench.journal.rows[key]["samples"] if runs else 1):
            label = f"sample {number}.{len(runs)}"
            seed = random.Random(f"{label}/{bench.seed}").randrange(MAX_SEED)
            runs.append(recorded(bench, before, bench.examples, label, temperature=self.own.temperature, seed=seed))
            if key not in bench.journal.rows:  # what the first sample of each took says how many there can be
                part = SAMPLING / (self.rounds - number)
                bench.journal.add(key, {"samples": self._affordable(bench, began, part)})
        return runs

    def _affordable(self, bench: Bench, began: Usage, part: float) -> int:
        spent, left = bench.ledger.usage - began, bench.ledger.left
        pairs = (
            (left.lm_calls, spent.lm_calls),
            (left.prompt_tokens, spent.tokens),
            (left.seconds, spent.seconds),
        )
        more = min(part * (there + cost) / cost - 1 for there, cost in pairs if cost > 0)
        return max(1, min(self.own.samples, 1 + int(max(0.0, more))))


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "key"}
