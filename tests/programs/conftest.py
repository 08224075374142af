"""Answers by rule, in the words of the expert demonstrations: the planner's interface without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import cycle
from typing import Any

import pytest
from hypothesis import settings
from studysmith.programs.demonstrations import demonstrations
from studysmith.programs.steps import Call

settings.register_profile("programs", deadline=None, derandomize=True, database=None, max_examples=100)
settings.load_profile("programs")


class Oracle:
    """Takes the first of several choices, and writes with experts' sentences; keeps the calls that it was asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.batches = 0
        self._sessions = cycle([s for d in demonstrations() for s in d.sessions])
        self._advice = cycle(demonstrations())

    def __call__(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        self.calls += calls
        self.batches += 1
        return [self._reply(call) for call in calls]

    def asked(self, step: str) -> list[Call]:
        return [call for call in self.calls if call.step == step]

    def _reply(self, call: Call) -> dict[str, Any]:
        if call.step == "write_week":
            written = [next(self._sessions) for _ in range(int(call.options["sessions"]))]
            words = [{"activity": s.activity, "why": s.why} for s in written]
            return {"week": {"sessions": words}}
        if call.step == "adapt":
            expert = next(self._advice)
            return {"advice": {"behind": expert.behind, "ahead": expert.ahead}}
        [(field, choices)] = call.options.items()
        return {field: choices[0]}


def _likeliest(calls: Sequence[Call]) -> list[dict[str, Any]]:
    replies = []
    for call in calls:
        [(field, options)] = call.options.items()
        scores = call.rank["prior"] if call.rank else [0.0] * len(options)
        replies.append({field: options[scores.index(max(scores))]})
    return replies


@pytest.fixture(scope="session")
def likeliest() -> Callable[[Sequence[Call]], list[dict[str, Any]]]:
    """Answers with what the prior puts first, as a model without an opinion would."""
    return _likeliest


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="session")
def new_oracle() -> Callable[[], Oracle]:
    """Makes oracles, for tests that plan many times."""
    return Oracle


@pytest.fixture(scope="session")
def today() -> date:
    """A Wednesday."""
    return date(2026, 3, 4)
