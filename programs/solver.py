"""Solving word problems, as a DSPy module."""

from __future__ import annotations

from typing import Annotated, Any

import dspy
from pydantic import Field, StringConstraints

from .outputs import Written

MAX_TOKENS = 320


class Worked(Written):
    """Steps first: a model that writes its answer first has not thought about it yet."""

    steps: Annotated[str, StringConstraints(min_length=1, max_length=600)]
    answer: Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,9}([.][0-9]{1,4})?$")] = Field(
        description="the answer as a plain number"
    )


class SolveProblem(dspy.Signature):
    """Solve the problem step by step, one short calculation at a time. Then give the answer as a plain number."""

    question: str = dspy.InputField()
    solution: Worked = dspy.OutputField()


class MathSolver(dspy.Module):
    """Solves one word problem; the prediction has `solution.steps` and `solution.answer`."""

    def __init__(self) -> None:
        super().__init__()
        # No repeat penalty: a calculation says its numbers again, digit by digit.
        self.solve = dspy.Predict(SolveProblem, max_tokens=MAX_TOKENS)

    def forward(self, question: str) -> dspy.Prediction:
        return self.solve(question=question)


def solved(example: dspy.Example, prediction: dspy.Prediction, trace: Any = None) -> float | bool:
    """The metric: 1.0 where the predicted answer equals `example.answer`, else 0.0; a bool while bootstrapping."""
    from .answers.parsing import equivalent

    solution = getattr(prediction, "solution", None)
    right = solution is not None and equivalent(solution.answer, str(example.answer))
    return right if trace is not None else float(right)
