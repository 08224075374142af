"""The built-in task "solve": word problems, with the solve rate as the metric."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..task import StepPool, Task

if TYPE_CHECKING:
    from ...programs.problems.formats import Problem

TRAIN, VALIDATION, CONFIRM, TEST = 64, 64, 64, 200


def solve_task(demonstrations: int = TRAIN, tested: int = TEST, validated: int = VALIDATION) -> Task:
    """GSM8K from the folder that STUDYSMITH_DATA names; without one, generated problems.

    demonstrations: how many training problems with their gold rationales, at most; none is one to validate or confirm
    on. tested: how many problems of the set's own test split, at most. validated: how many training problems to choose
    a winner on; where few are solved, it takes many to see a difference.
    """
    from ...programs.solver import MathSolver, solved

    chosen = TRAIN + validated
    judged = chosen + CONFIRM
    train, test = _problems(judged)
    demos = [
        {"question": p.question, "solution": {"steps": p.rationale.replace("\n", " ")[:600], "answer": p.answer}}
        for p in (*train[:TRAIN], *train[judged:])
        if p.rationale
    ]
    instructions = [
        "Solve the problem step by step, one short calculation at a time. Then give the answer as a plain number.",
        "Write down what is known, then calculate in small steps. The answer is a number without unit.",
        "Read the problem twice. Do one operation per sentence, check it, and give the number asked for.",
    ]
    return Task(
        name="solve",
        program=MathSolver,
        metric=solved,
        train=_examples(train[:TRAIN]),
        validation=_examples(train[TRAIN:chosen]),
        confirm=_examples(train[chosen:judged]),
        test=_examples(test[:tested]),
        pools={"solve": StepPool(instructions, demos[:demonstrations])},
    )


def _problems(needed: int) -> tuple[Sequence[Problem], Sequence[Problem]]:
    from ...programs.problems.generator import generate
    from ...programs.problems.sources import Source, load_problems

    folder = Path(os.environ.get("STUDYSMITH_DATA", "")) / "gsm8k"
    if (folder / "train.jsonl").is_file():
        train, test = (load_problems(Source(set="gsm8k", path=folder / f"{s}.jsonl")) for s in ("train", "test"))
        return train, test
    return list(generate(needed, seed=0)), list(generate(TEST, seed=1))


def _examples(problems: Sequence[Problem]) -> list[Any]:
    import dspy

    return [dspy.Example(id=p.id, question=p.question, answer=p.answer).with_inputs("question") for p in problems]
