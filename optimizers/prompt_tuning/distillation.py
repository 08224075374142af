"""A long text prompt, distilled into a soft one: what the model says under it, without its tokens."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ..candidate import Candidate, Prompt
from ..ledger import labels_shown
from ..task import StepPool
from .optimizer import SoftOptimizer, known_demonstrations
from .runs import by_step, recorded
from .served_text import ServedText
from .trainer import Pairs

if TYPE_CHECKING:
    from ..bench import Bench
    from ..task import Task


class Distillation(SoftOptimizer):
    """Soft prompts that learn to predict what the model predicts under a long text prompt (KL).

    teacher_run: the folder of a finished text run, whose winner is the prompt; else it is each step's instruction with
    some of its demonstrations. demonstrations: how many. The training examples are what it is asked; their labels are
    not looked at.
    """

    name = "distill"
    lesson = "reply of the teacher"

    class Own(SoftOptimizer.Own):
        """Settings beside those of the training itself."""

        teacher_run: str | None = Field(default=None, min_length=1)
        demonstrations: int = Field(default=4, ge=1)

    def check_examples(self, task: Task) -> None:
        """See SoftOptimizer. What a teacher says is learned from, so one demonstration is enough."""
        if "teacher_run" not in self.runs:
            known_demonstrations(task)

    def pairs(self, bench: Bench, served: ServedText, before: Candidate, number: int) -> Pairs:
        """See SoftOptimizer: the calls of the program under the teacher's prompts, each beside its long prompt."""
        from ...programs.adapter import LeanAdapter

        teacher = self.runs.get("teacher_run") or taught(bench.start, bench.pools, self.own.demonstrations, bench.seed)
        bench.read_labels("teacher", labels_shown(bench.task, [teacher]))
        rows = recorded(bench, teacher, bench.examples, "teacher")
        engine, adapter = bench.engine("fast"), LeanAdapter()
        steps = dict(bench.task.program().named_predictors())
        found: Pairs = {}
        for name, calls in by_step([call for row in rows for call in row["calls"]]).items():
            prompt, signature = teacher.prompts[name], steps[name].signature
            shown = [_inputs(signature, demo) for demo in prompt.demos]
            if not prompt.demos and prompt == bench.start.prompts[name]:
                continue  # there is nothing that a shorter prompt could take over
            found[name] = [
                replace(
                    served.pair(signature, call),
                    teacher=engine.render(
                        adapter.format(signature.with_instructions(prompt.instructions), prompt.demos, call)  # type: ignore[arg-type]
                    ),
                    others=(),
                    prior=(),
                )
                for call in calls
                if _inputs(signature, call) not in shown  # it would copy the answer
            ]
        return found


def taught(start: Candidate, pools: Mapping[str, StepPool], count: int, seed: int) -> Candidate:
    """The unchanged prompts with demonstrations, drawn with the seed."""
    prompts = dict(start.prompts)
    for name, pool in pools.items():
        demos = random.Random(f"teacher/{name}/{seed}").sample(list(pool.demos), min(count, len(pool.demos)))
        prompts[name] = Prompt(instructions=prompts[name].instructions, demos=demos)
    return Candidate(prompts=prompts)


def _inputs(signature: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields.get(name) for name in signature.input_fields}
