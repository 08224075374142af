"""The planner in a page: what a worker's messages ask for, as JSON, and the questions that its model is asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from ...programs.errors import StudysmithError
from ...programs.steps import Call
from ..bundle.bundle import GOLDEN, PROGRAM
from ..bundle.frozen import FrozenProgram
from ..bundle.golden import Example, Golden, Ranking, Vector
from ..errors import SchemaError
from .asked import AskedEngine, AskedPlanner, ModelFacts, Question, Unanswered
from .desk import Tell, fault
from .service import SAID, FormatsGiven, PlanGiven, ReplanGiven, Service

T = TypeVar("T")
Checked = tuple[list[str], str]
"""What is wrong, if anything, and what is said where nothing is."""
FACTS = "model.json"
"""Beside a bundle in a site: what Python must know of its model."""
ROUNDING = 0.5
"""How far a log-likelihood may be from the one that was recorded on a laptop: activations are rounded to 8 bits before
they meet matrices of 4 or 8, and a browser rounds some of them the other way; see docs/web.md."""


class Stopped(Exception):  # noqa: N818 (reads as what happened)
    """The page interrupted, or its model failed: what the page is told."""

    def __init__(self, error: dict[str, str]):
        super().__init__(error["message"])
        self.error = error


class Session:
    """A planner, and the page that asks it.

    folder: a bundle's, without its model, and FACTS. ask: puts a question to the model, both as JSON; an answer of the
    form ``{"error": ...}`` ends what asked.
    """

    def __init__(self, folder: str, ask: Callable[[str], Awaitable[str]]):
        self._folder, self._ask = Path(folder), ask
        self._engine = AskedEngine(ModelFacts.load(self._folder / FACTS))
        program = FrozenProgram.load(self._folder / PROGRAM)
        self.planner = AskedPlanner(program, self._engine, self._folder)
        self._service = Service(self.planner)

    def names(self) -> str:
        """What concepts are called, by id, as JSON."""
        return json.dumps(self._service.names())

    async def handle(self, verb: str, body: str, say: Callable[[str], object]) -> str:
        """What a page asks for: plan, replan, formats or selftest. JSON with ``result`` or ``error``; ``say`` hears of
        progress, and of a plan's frame and weeks, as a served page does."""

        def tell(message: dict[str, Any]) -> None:
            say(json.dumps(message))

        try:
            return json.dumps({"result": await self._do(verb, body, tell)})
        except Stopped as stopped:
            return json.dumps({"error": stopped.error})
        except StudysmithError as error:
            return json.dumps({"error": fault(error)})
        except Exception as error:
            said = f"studysmith failed, which is a fault in studysmith: {error!r}"
            return json.dumps({"error": {"kind": "fault", "message": said}})

    async def _do(self, verb: str, body: str, tell: Tell) -> Any:
        if verb == "formats":
            return self._service.formats(FormatsGiven.read(body.encode()))
        if verb == "selftest":
            return await self._selftest(tell)
        if verb == "replan":
            marked = ReplanGiven.read(body.encode())
            return await self._made(lambda tell: self._service.replan(marked, tell, by_week=True), tell)
        given = PlanGiven.read(body.encode())
        return await self._made(lambda tell: self._service.plan(given, tell, by_week=True), tell)

    async def _made(self, make: Callable[[Tell], T], tell: Tell) -> T:
        """What ``make`` gives, once all that it asks is answered. What it tells is told once, however often it runs."""
        told = 0
        while True:
            said = count(1)

            def tell_new(message: dict[str, Any], said: Iterator[int] = said, before: int = told) -> None:
                nonlocal told
                told = max(told, number := next(said))
                if number > before:
                    tell(message)

            try:
                return make(tell_new)
            except Unanswered as more:
                for call, questions in more.calls:
                    if call is not None:
                        tell({"progress": _progress(call)})
                    for question in questions:
                        await self._answer(question)

    async def _answer(self, question: Question) -> None:
        answer = json.loads(await self._ask(json.dumps(question)))
        if "error" in answer:
            raise Stopped(answer["error"])
        self._engine.tell(question, answer)

    async def _selftest(self, tell: Tell) -> dict[str, Any]:
        """The bundle's golden vectors, asked again, and its golden plans, made again."""
        checks: list[dict[str, Any]] = []
        self._engine.forget()
        golden = Golden.load(self._folder / GOLDEN)
        tests = list(self._tests(golden))
        for number, (name, differences) in enumerate(tests, 1):
            wrong, said = await self._made(differences, lambda _: None)
            checks.append({"name": name, "ok": not wrong, "said": "; ".join(wrong) or said})
            told = f"Checked {name}."
            tell({"progress": {"stage": "check", "done": number, "total": len(tests), "said": told}})
        return {"passed": all(check["ok"] for check in checks), "checks": checks}

    def _tests(self, golden: Golden) -> Iterator[tuple[str, Callable[[Tell], Checked]]]:
        for number, vector in enumerate(golden.vectors, 1):
            yield f"golden vector {number} of {len(golden.vectors)}", partial(self._asked, vector)
        for number, example in enumerate(golden.examples, 1):
            yield f"golden plan {number} of {len(golden.examples)}", partial(self._planned, example)

    def _planned(self, example: Example, tell: Tell) -> Checked:
        same = self.planner.answer_golden(example.inputs) == example.outputs
        return [] if same else ["another plan than on the laptop"], "the same plan as on the laptop"

    def _asked(self, vector: Vector | Ranking, tell: Tell) -> Checked:
        if self._engine.render(vector.messages) != vector.prompt:
            return ["the chat template renders another prompt"], ""
        if isinstance(vector, Ranking):
            now = self._engine.score(vector.messages, vector.candidates).logprobs
            worst = max(abs(a - b) for a, b in zip(now, vector.logprobs, strict=True))
            said = f"log-likelihoods within {worst:.3f} of the laptop's"
            return ([said] if worst > ROUNDING else []), said
        if vector.temperature:
            return [], "a second attempt, which samples: not asked here"
        try:
            text = self._engine.complete(vector.request).text
        except SchemaError:
            return [], "the same prompt; its reply is free text, which a page does not write"
        return ([f"the reply is {text} instead of {vector.text}"] if text != vector.text else []), "the same reply"


def _progress(call: Call) -> dict[str, Any]:
    number, total = call.place
    said = SAID.get(call.step, "Planning.").format(number=number, total=total)
    return {"stage": "plan", "done": number - 1, "total": total, "said": said}
