"""The planner as DSPy modules: ``StudyPlanner`` in steps, ``DirectPlanner`` in one call."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from typing import Any

import dspy
from pydantic import BaseModel

from .curriculum import Curriculum
from .flow import plan_study
from .learner import LearnerProfile
from .signatures import Adapt, ChooseTopic, Diagnose, WriteWeek
from .steps import REPEAT_PENALTY, Call

MAX_TOKENS = {"choose_topic": 48, "diagnose": 48, "write_week": 640, "adapt": 200}
STEPS: dict[str, type[dspy.Signature]] = {
    "choose_topic": ChooseTopic,
    "diagnose": Diagnose,
    "write_week": WriteWeek,
    "adapt": Adapt,
}


class StudyPlanner(dspy.Module):
    """Plans in steps: the model decides and words, code counts and orders.

    threads: how many weeks are written at once; more than 1 only helps an engine in fast mode.
    source: the curriculum to plan with; the built-in one if left out.
    Call it with a LearnerProfile and, for a reproducible plan, the date it is made on.
    """

    kind = "planner"
    """How a bundle runs it: the steps are data, the flow around them is code (see ``deploy.planner``)."""

    def __init__(self, threads: int = 4, source: Curriculum | None = None):
        super().__init__()
        self.threads, self.source = threads, source
        for name, signature in STEPS.items():
            predict = dspy.Predict(signature, max_tokens=MAX_TOKENS[name], repeat_penalty=REPEAT_PENALTY)
            setattr(self, name, predict)

    def forward(self, given: LearnerProfile, today: date | None = None) -> dspy.Prediction:
        return dspy.Prediction(plan=plan_study(given, self._answer, today, self.source))

    def _answer(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        if len(calls) == 1 or self.threads == 1:
            return [self._ask(call) for call in calls]
        with ThreadPoolExecutor(self.threads) as pool:
            # DSPy keeps its settings and trace in context variables, which threads do not inherit.
            futures = [pool.submit(copy_context().run, self._ask, call) for call in calls]
            return [future.result() for future in futures]

    def _ask(self, call: Call) -> dict[str, Any]:
        predict: dspy.Predict = getattr(self, call.step)
        reply = predict(**call.inputs, config={"options": dict(call.options)})
        return {
            name: value.model_dump() if isinstance(value := reply[name], BaseModel) else value
            for name in predict.signature.output_fields
        }
