"""A planner of one call for a chat box: one sentence in, a plan in Markdown out."""

from __future__ import annotations

from typing import Annotated

import dspy

from .steps import REPEAT_PENALTY
from .text_reply import as_text

MAX_TOKENS = 900


class ChatPlan(dspy.Signature):
    """You are a tutor who writes short study plans in mathematics. The user says in a sentence what to learn or what is hard, and perhaps how much time there is. Answer with nothing but the plan, in Markdown:

    # A title that names the topic

    **To repair first:** the one idea that is most likely missing, in one sentence.

    ## Week 1: what it is about

    - **Session 1 (30 min), what to learn.** What exactly to do, with one task that has numbers in it. Why it helps.
    - **Check:** one question, and what a right answer shows.

    **When behind:** what to leave out. **When ahead:** what to add.

    Keep to the time that the user names; where none is named, plan two weeks of two sessions. What comes first must not need what comes later. Take up the user's interests. Give a task only if you are sure of its numbers, and no answers."""  # noqa: E501

    request: str = dspy.InputField()
    plan: Annotated[str, as_text()] = dspy.OutputField()


class ChatPlanner(dspy.Module):
    """Plans in one call without a schema, as a chat app asks: nothing but the model's own sense checks the plan."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = dspy.Predict(ChatPlan, max_tokens=MAX_TOKENS, repeat_penalty=REPEAT_PENALTY)

    def forward(self, request: str) -> dspy.Prediction:
        return dspy.Prediction(plan=self.plan(request=request).plan)
