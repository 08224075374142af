"""Engines for optimizers that ask for prompts: one answers the colour task, the other writes instructions."""

from __future__ import annotations

import json
import random
import time
import zlib
from itertools import count

from studysmith.deploy.engines.base import BaseEngine, Completion, Mode, Request

BEST = "Always answer red."


class ColourEngine(BaseEngine):
    """Answers red where it is told to or the thing's name is long; sampled, anything, after a while."""

    slots = 4

    def __init__(self, model: str, mode: Mode = "exact") -> None:
        self.id, self.mode = f"colour-{mode}", mode
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        told, thing = request.messages[0]["content"], request.messages[-1]["content"]
        colour = "red" if "red" in told or len(thing) > len("thing: boat") else "blue"
        if request.temperature:
            time.sleep(random.random() / 100)
            colour = random.Random(request.seed).choice(["red", "blue"])
        return reply({"colour": colour, "size": "big"}, request)


class WritingEngine(BaseEngine):
    """Writes a good instruction for whatever it is asked; ``cut`` says of which calls, by their number, it is not
    finished: all that it wrote then is "unfinished"."""

    slots = 1
    mode: Mode = "fast"

    def __init__(self, cut: set[int] | None = None, every: bool = False) -> None:
        self.id, self._cut, self._every, self._number = "writing", cut or set(), every, count(1)
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        number = next(self._number)
        question = request.messages[-1]["content"]
        good = (
            "Decide whether the verdict on the place is positive or negative."
            if "verdict" in question
            else "Name the country in which the city lies."
            if "country" in question
            else f"{BEST} {zlib.crc32(repr(request).encode())}"
        )
        if self._every or number in self._cut:
            good = f"unfinished {BEST}"
        fields = dict.fromkeys((request.schema or {}).get("properties", {}), good)
        if "module_advice" in fields:
            fields["module_advice"] = {"colour": good}  # type: ignore[assignment]
        return reply(fields, request, cut=good.startswith("unfinished"))


def reply(fields: dict[str, object], request: Request, cut: bool = False) -> Completion:
    wanted = (request.schema or {}).get("properties", fields)
    text = json.dumps({name: value for name, value in fields.items() if name in wanted})
    return Completion(
        text=text,
        finish_reason="length" if cut else "stop",
        prompt_tokens=10,
        completion_tokens=5,
        prompt_ids=[],
        token_ids=[],
        seconds=0.0,
    )
