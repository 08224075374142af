"""A scripted model with known skills, for benchmarks that need many searches: no weights, no time.

Its model file holds, as JSON, ``skill`` (log-odds of a right label), ``spread`` (sd over instructions, and again over
demonstrations), ``ease`` (sd over texts) and a ``seed``. Whether it is right follows from the prompt by hashing alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from pathlib import Path
from statistics import NormalDist

from studysmith.deploy.engines.base import BaseEngine, Completion, Mode, Request

from benchmarks.small_tasks import SPLITS, small_tasks


@cache
def labels() -> dict[str, str]:
    """The right label of every text."""
    tasks = [make() for make in small_tasks().values()]
    return {example.text: example.label for task in tasks for split in SPLITS for example in getattr(task, split)}


class SkilledEngine(BaseEngine):
    """Says the right label as often as its skill, the wording and the text make it, and else another one."""

    slots = 8

    def __init__(self, model: str | Path, mode: Mode = "exact") -> None:
        self._skills = json.loads(Path(model).read_text("utf-8"))
        self.id, self.mode = f"skilled-{mode}", mode

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        system, *demos, asked = [message["content"] for message in request.messages]
        text = asked.partition(": ")[2]
        right = labels()[text]
        options = (request.schema or {})["properties"]["label"]["enum"]
        wrong = [label for label in options if label != right]
        chance = NormalDist().cdf(
            self._skills["skill"]
            + self._skills["spread"] * (self._normal(system) + self._normal(str(demos)))
            + self._skills["ease"] * self._normal(text)
        )
        sampled = request.seed if request.temperature > 0 else 0
        luck = self._uniform(f"{system}{demos}{text}{sampled}")
        label = right if luck < chance or not wrong else wrong[math.floor(luck * 1e6) % len(wrong)]
        reply = json.dumps({"label": label})
        counts = {"prompt_tokens": sum(map(len, (system, asked, *demos))) // 4, "completion_tokens": len(reply) // 4}
        return Completion(text=reply, finish_reason="stop", prompt_ids=[], token_ids=[], seconds=0.0, **counts)

    def _uniform(self, said: str) -> float:
        digest = hashlib.sha256(f"{self._skills['seed']}{said}".encode()).digest()
        return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48

    def _normal(self, said: str) -> float:
        return NormalDist().inv_cdf(self._uniform(said))
