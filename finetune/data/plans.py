"""Study plans as training data, so that a base that learns to solve does not forget how to plan.

Two kinds: the expert demonstrations, and replay: what the untuned base itself answers to the planner's calls for the
train learners. Trained on its own answers, a model stays where it was.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ...deploy.engines.base import Message, Request
from .mixture import Example

if TYPE_CHECKING:
    from ...deploy.engines.base import Engine
    from ...programs.learner import LearnerProfile
    from ...programs.steps import Call

_DAY = date(2026, 1, 5)


def demonstrations() -> list[Example]:
    """Each expert-written week and its advice, as the planner asks for them and as the grammar writes them."""
    from ...programs.demonstrations import demonstrations as written
    from ...programs.steps import compact

    pairs = [pair for demo in written() for pair in (demo.week(), demo.advice())]
    return [Example(_messages(call), compact(answer), "plans") for call, answer in pairs]


def replay(engine: "Engine", learners: "Sequence[LearnerProfile] | None" = None) -> list[Example]:
    """The planner's calls for `learners` (the train split if None) with this engine's greedy answers."""
    from ...programs.flow import plan_study
    from ...programs.synthetic_learners import learners as split

    found: list[Example] = []

    def answer(calls: "Sequence[Call]") -> list[dict[str, Any]]:
        asked = [_messages(call) for call in calls]
        requests = [_request(call, messages) for call, messages in zip(calls, asked, strict=True)]
        replies = engine.complete_many(requests)
        pairs = zip(asked, replies, strict=True)
        found.extend(Example(m, r.text, "replay") for m, r in pairs if r.finish_reason == "stop")
        return [json.loads(reply.text) for reply in replies]

    for profile in learners if learners is not None else [learner.given for learner in split("train")]:
        plan_study(profile, answer, _DAY)
    return found


def _messages(call: "Call") -> tuple[Message, ...]:
    from ...programs.adapter import LeanAdapter
    from ...programs.planner import STEPS

    turns = LeanAdapter().format(STEPS[call.step], [], dict(call.inputs))
    return tuple({"role": turn["role"], "content": turn["content"]} for turn in turns)


def _request(call: "Call", messages: tuple[Message, ...]) -> Request:
    from ...programs.adapter import LeanAdapter
    from ...programs.planner import MAX_TOKENS, STEPS
    from ...programs.steps import narrow

    schema = narrow(LeanAdapter.schema(STEPS[call.step]), dict(call.options))
    return Request(messages=messages, schema=schema, max_tokens=MAX_TOKENS[call.step])
