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
from .reader import MAX_TOKENS as READ_TOKENS
from .signatures import Adapt, ChooseTopic, ChooseWay, Diagnose, ReadRequest, WriteWeek
from .steps import REPEAT_PENALTY, Call, ReadingMode, WordingMode, ranked

MAX_TOKENS = {
    "read_request": READ_TOKENS,
    "choose_topic": 48,
    "diagnose": 48,
    "choose_way": 16,
    "write_week": 640,
    "adapt": 200,
}
STEPS: dict[str, type[dspy.Signature]] = {
    "read_request": ReadRequest,
    "choose_topic": ChooseTopic,
    "diagnose": Diagnose,
    "choose_way": ChooseWay,
    "write_week": WriteWeek,
    "adapt": Adapt,
}
STEPS_OF: dict[WordingMode, tuple[str, ...]] = {
    "chosen": ("choose_topic", "diagnose", "choose_way"),
    "free": ("choose_topic", "diagnose", "write_week", "adapt"),
}
"""The steps of each mode of wording, which is how a frozen planner is known for one or the other."""


class StudyPlanner(dspy.Module):
    """Plans in steps: the model decides and words, code counts and orders.

    threads: how many weeks are written at once; more than 1 only helps an engine in fast mode.
    source: the curriculum to plan with; the built-in one if left out. wording: "chosen" among written sentences, or
    "free", for models that can write. reading: by "rules" alone, or by a "model" beside them, which costs a call.
    Call it with a LearnerProfile and, for a reproducible plan, the date it is made on.
    """

    kind = "planner"
    """How a bundle runs it: the steps are data, the flow around them is code (see ``deploy.planner``)."""

    def __init__(
        self,
        threads: int = 4,
        source: Curriculum | None = None,
        wording: WordingMode = "chosen",
        reading: ReadingMode = "rules",
    ):
        super().__init__()
        self.threads, self.source, self.wording, self.reading = threads, source, wording, reading
        for name in (*STEPS_OF[wording], *(["read_request"] if reading == "model" else [])):
            # What is quoted from a request must be said again.
            penalty = 1.0 if name == "read_request" else REPEAT_PENALTY
            setattr(self, name, dspy.Predict(STEPS[name], max_tokens=MAX_TOKENS[name], repeat_penalty=penalty))

    def forward(self, given: LearnerProfile, today: date | None = None) -> dspy.Prediction:
        made = plan_study(given, self._answer, today, self.source, wording=self.wording, reading=self.reading)
        return dspy.Prediction(plan=made)

    def _answer(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        if len(calls) == 1 or self.threads == 1:
            return [self._ask(call) for call in calls]
        with ThreadPoolExecutor(self.threads) as pool:
            # DSPy keeps its settings and trace in context variables, which threads do not inherit.
            futures = [pool.submit(copy_context().run, self._ask, call) for call in calls]
            return [future.result() for future in futures]

    def _ask(self, call: Call) -> dict[str, Any]:
        predict: dspy.Predict = getattr(self, call.step)
        rank = ranked(call.rank, predict.signature.instructions)
        reply = predict(**call.inputs, config={"options": dict(call.options), **({"rank": rank} if rank else {})})
        return {
            name: value.model_dump() if isinstance(value := reply[name], BaseModel) else value
            for name in predict.signature.output_fields
        }
