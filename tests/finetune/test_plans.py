"""Replay asks as the planner does, and a reply that the model never finishes is left out and counted."""

import json
from dataclasses import replace
from typing import Any

from studysmith.deploy.engines.base import Completion, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.finetune.data.plans import replay
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.steps import REPEAT_PENALTY

LEARNER = LearnerProfile(topics=["slope"], weeks=1, minutes_per_week=20, sessions_per_week=1)


class Watched:
    """The real engine; keeps what it was asked, and cuts replies to `longest` tokens."""

    def __init__(self, engine: LlamaCppEngine, longest: int = 10_000) -> None:
        self.engine, self.longest, self.asked = engine, longest, list[Request]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        return self.engine.complete(replace(request, max_tokens=min(request.max_tokens, self.longest)))


def test_replay_asks_as_the_planner_does(fast_engine: LlamaCppEngine) -> None:
    engine = Watched(fast_engine)
    stages: list[tuple[str, int, int, str]] = []
    examples, left_out = replay(engine, [LEARNER], lambda *stage: stages.append(stage))
    assert left_out == 0
    assert stages == [("replay", 1, 1, "")]
    assert all(request.repeat_penalty == REPEAT_PENALTY for request in engine.asked)
    assert {example.source for example in examples} == {"replay"}
    assert all(json.loads(example.completion) for example in examples)
    assert all(list(example.prompt) in [list(request.messages) for request in engine.asked] for example in examples)


def test_a_reply_that_is_cut_twice_is_left_out_and_counted(fast_engine: LlamaCppEngine) -> None:
    engine = Watched(fast_engine, longest=2)
    stages: list[tuple[str, int, int, str]] = []
    examples, left_out = replay(engine, [LEARNER, LEARNER], lambda *stage: stages.append(stage))
    assert examples == []
    assert left_out >= 2
    assert len(engine.asked) == 2 * left_out  # each once more, as everywhere
    assert stages[-1] == ("replay", 2, 2, f"{left_out} replies left out")
