"""Soft prompts by reinforcement (GRPO, by TRL): replies of a step are sampled, and the task's metric rewards them.

A reply is rewarded by what becomes of the whole program: it runs on the example with that reply in that place, all its
other calls greedy under the unchanged prompts, and is scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from ...deploy.engines.lm import language_model
from ...deploy.engines.recorded import RecordedEngine
from ...programs.errors import InputError
from ...programs.steps import DEFAULT_MAX_TOKENS, OPTIONS, RANK, narrow
from ...programs.verbatim import quoting
from ..candidate import Candidate
from ..evaluate import evaluate
from ..weights import ADAPTERS
from .adapters import token_name
from .allowance import Allowance
from .optimizer import SoftOptimizer
from .policy import Question, Rewards, reinforce
from .runs import recorded
from .served_text import ServedText
from .soft_prompt import SoftPrompt, SoftPromptConfig
from .trainer import Weights, baked, is_kept

if TYPE_CHECKING:
    import dspy

    from ..bench import Bench
    from ..task import Task


@dataclass(frozen=True)
class Place:
    """Call number `number` of a step in the program's run on an example, and what is asked there."""

    example: dspy.Example
    number: int
    question: Question


class Grpo(SoftOptimizer):
    """Soft prompts whose sampled replies the metric rewards, each against the mean of its group (GRPO, by TRL).

    samples: replies to one call, which are a group and a step; a group of equal rewards teaches nothing. steps: for
    each predictor, at most. temperature: at which they are sampled. No demonstration is looked at, and calls that are
    ranked are not sampled. Of the training's settings, epochs, batch_size, schedule and patience mean nothing here.
    """

    name = "grpo"
    defaults: ClassVar[Mapping[str, Any]] = {"learning_rate": 1e-2}
    needs = (*SoftOptimizer.needs, "trl", "datasets", "llguidance")

    class Own(SoftOptimizer.Own):
        """Settings beside those of the training itself."""

        samples: int = Field(default=8, ge=2)
        steps: int = Field(default=48, ge=1)
        temperature: float = Field(default=1.0, gt=0, le=10)

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        if len(self.trainings) > 1 or self.trainings[0].get("encoder", "none") != "none":
            raise InputError(f"optimizer: {self.name}: one learning_rate, one init and no encoder")

    def check_examples(self, task: Task) -> None:
        """See SoftOptimizer. What is learned from will be sampled."""

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer. One candidate, once all are trained as far as the budget lets them."""
        bench.ledger.check()
        places = self._places(bench)
        if not places:
            raise InputError(f"optimizer: {self.name}: {bench.task.name} has no step whose replies are sampled")
        weights, done = Weights(bench), {}
        for number, (name, found) in enumerate(places.items()):
            path = bench.folder / ADAPTERS / token_name(name)
            known = SoftPrompt.load(path, bench.model) if is_kept(path) else None
            if known is None or known.interrupted:
                known = self._one(bench, weights, name, found, 1 / (len(places) - number))
                if bench.interrupted:
                    return
                known.save(path, bench.model)
            done[name] = known
        prompts = {name: prompt for name, prompt in done.items() if len(prompt.history) > 1}
        if prompts:
            yield baked(bench, prompts)

    def _places(self, bench: Bench) -> dict[str, list[Place]]:
        """Every call of the unchanged program on the examples whose reply can be sampled, by step."""
        from ...programs.adapter import LeanAdapter

        served, adapter = ServedText(bench.model), LeanAdapter()
        steps = dict(bench.task.program().named_predictors())
        bench.read_labels("rewards", [str(example.id) for example in bench.examples])
        rows = recorded(bench, bench.start, bench.examples, "greedy")
        places: dict[str, list[Place]] = {}
        for example, row in zip(bench.examples, rows, strict=True):
            made = dict.fromkeys(steps, 0)
            for name, fields in row["calls"]:
                number, made[name] = made[name], made[name] + 1
                if fields.get(RANK):
                    continue
                signature = steps[name].signature
                schema = quoting(narrow(adapter.schema(signature), fields.get(OPTIONS, {})), fields)
                prompt = served.pair(signature, fields).prompt
                places.setdefault(name, []).append(Place(example, number, Question(prompt, schema)))
        return places

    def _one(self, bench: Bench, weights: Weights, name: str, places: list[Place], share: float) -> SoftPrompt:
        texts = self.runs.get("init_run", bench.start)
        config = SoftPromptConfig(
            name=token_name(name), init_text=texts.prompts[name].instructions, seed=bench.seed, **self.trainings[0]
        )
        predict = dict(bench.task.program().named_predictors())[name]
        with RecordedEngine(bench.engine(), bench.folder / f"{config.name}.calls.jsonl") as calls:
            return reinforce(
                *weights(),
                [place.question for place in places],
                self._rewards(bench, name, places, language_model(calls)),
                config,
                samples=self.own.samples,
                steps=self.own.steps,
                temperature=self.own.temperature,
                max_tokens=predict.config.get("max_tokens", DEFAULT_MAX_TOKENS),
                allowance=Allowance(bench.ledger, share),
                stop=lambda: bench.interrupted,
                on_step=lambda step, reward: bench.progress(
                    "train", step, self.own.steps, f"{name}, reward {reward:.3f}"
                ),
                folder=bench.folder / f"{config.name}.grpo",
            )

    def _rewards(self, bench: Bench, name: str, places: list[Place], model: Any) -> Rewards:
        """Scores of the program with each of these replies in the place of one call."""
        from .watched import Placing

        program = bench.task.program()
        signature = dict(program.named_predictors())[name].signature

        def rewards(number: int, replies: list[str]) -> list[float]:
            place, scores = places[number], {}
            for reply in dict.fromkeys(replies):
                adapter = Placing(signature, place.number, reply)
                runs = evaluate(
                    program, [place.example], bench.task, bench.engine(), model=lambda _: model, adapter=adapter
                )
                scores[reply] = next(iter(runs)).score
            return [scores[reply] for reply in replies]

        return rewards
