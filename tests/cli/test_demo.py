"""What the demo says at its end; the demo itself takes minutes."""

from __future__ import annotations

from pathlib import Path

import pytest
from studysmith.cli.demo import summary_of
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.compare import MethodComparison, MethodRow
from studysmith.optimizers.result import Result
from studysmith.optimizers.run import Compiled
from studysmith.optimizers.tasks.load import load_task
from studysmith.optimizers.verdict import Verdict


@pytest.mark.parametrize(
    ("better", "confirmed", "said"),
    [
        (False, False, "holds the program as it was"),
        (True, False, "did not confirm"),
        (True, True, "was confirmed"),
    ],
)
def test_the_summary_says_one_thing_about_what_the_bundle_holds(
    better: bool, confirmed: bool, said: str, tmp_path: Path
) -> None:
    task = load_task("read")
    start = Candidate.of(task.program())
    other = Candidate(prompts={name: Prompt(instructions="Mark it.") for name in start.prompts})
    compiled = Compiled(
        task="read",
        optimizer="text",
        candidate=other if better else start,
        verdict=Verdict(confirmed=confirmed, reason="so it is"),
        base="model.gguf",
        budget=Budget(seconds=10),
        usage={},
        finished=True,
    )
    costs = {"lm_calls": 1, "prompt_tokens_per_plan": 1, "reply_tokens_per_plan": 1, "seconds": 1}
    rows = [
        MethodRow.model_validate({"method": name, "n": 8, "overall": score, "ci": (score, score), **costs})
        for name, score in (("baseline", 0.0), ("rules", 0.9), ("text", 0.3 * better))
    ]
    comparison = MethodComparison(task="read", rows=rows)
    lines = summary_of(comparison, {"text": Result(tmp_path, compiled, task)}, "text")
    assert lines[0].startswith("F1 on 8 held-out requests: baseline 0.00, rules 0.90, text ")
    assert "`rules` are those of the planner" in lines[1]
    [held] = [line for line in lines if "the bundle holds" in line.replace("The", "the")]
    assert said in held
