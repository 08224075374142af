"""Programs as users write them, on the embedded model, or one of two layers where it fails in any case."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

import dspy
import pydantic
import pytest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.errors import BudgetExceeded
from studysmith.optimizers.evaluate import Outcome, evaluate
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError


@pytest.fixture(scope="module")
def task(tiny: str) -> Task:
    return load_task(f"{tiny}:task")


def outcomes(
    task: Task, engine: LlamaCppEngine, program: dspy.Module, examples: list[dspy.Example], meter: Meter | None = None
) -> list[Outcome]:
    return list(evaluate(program, examples, task, MeteredEngine(engine, meter or Meter())))


def test_scores_come_in_the_order_of_the_examples_with_what_was_said(
    task: Task, engine: LlamaCppEngine, fast_engine: LlamaCppEngine
) -> None:
    task = replace(task, metric=lambda example, prediction: len(example.thing) / 10)
    for each in (engine, fast_engine):
        meter = Meter()
        found = outcomes(task, each, task.program(), list(task.train[:5]), meter)
        assert [o.score for o in found] == [len(e.thing) / 10 for e in task.train[:5]]
        assert [o.failure for o in found] == [None] * 5
        assert [o.trace[0][0] for o in found] == ["colour"] * 5
        assert found[0].trace[0][1] == {"thing": "apple", "colour": found[0].prediction.colour}
        assert meter.usage.lm_calls == 5


@pytest.mark.parametrize("mode", ["small_engine", "fast_engine"])
def test_the_budget_ends_it_at_the_very_call(task: Task, mode: str, request: pytest.FixtureRequest) -> None:
    meter = Meter(max_calls=3)
    with pytest.raises(BudgetExceeded, match="3 calls"):
        outcomes(task, request.getfixturevalue(mode), task.program(), list(task.train[:6]), meter)
    assert meter.usage.lm_calls == 3


class Story(pydantic.BaseModel):
    text: str = pydantic.Field(min_length=200)


class Endless(dspy.Signature):
    """Tell a story without an end."""

    thing: str = dspy.InputField()
    story: Story = dspy.OutputField()


def test_a_reply_that_stays_cut_scores_zero_and_says_so(task: Task, small_engine: LlamaCppEngine) -> None:
    meter = Meter()
    (outcome,) = outcomes(task, small_engine, dspy.Predict(Endless, max_tokens=4), list(task.train[:1]), meter)
    assert (outcome.score, outcome.prediction) == (0.0, None)
    assert "cut after" in str(outcome.failure)
    assert meter.usage.lm_calls == 2  # asked once more, then reported


def test_a_prompt_longer_than_the_context_fails_that_example_alone(task: Task, small_engine: LlamaCppEngine) -> None:
    long = dspy.Example(id="long", thing="word " * 5000).with_inputs("thing")
    task = replace(task, metric=lambda example, prediction: 1.0)
    found = outcomes(task, small_engine, task.program(), [long, task.train[0]])
    assert [o.score for o in found] == [0.0, 1.0]
    assert "context" in str(found[0].failure)


class Own(dspy.Module):
    """A program that sets an adapter of DSPy's itself: no grammar helps the small model then."""

    def __init__(self, adapter: dspy.Adapter) -> None:
        super().__init__()
        self.adapter = adapter
        self.colour = dspy.ChainOfThought("thing -> colour: Literal['red', 'blue']", max_tokens=40)

    def forward(self, thing: str) -> dspy.Prediction:
        with dspy.context(adapter=self.adapter):
            return self.colour(thing=thing)


@pytest.mark.parametrize("adapter", [dspy.ChatAdapter(use_json_adapter_fallback=False), dspy.JSONAdapter()])
def test_a_reply_that_cannot_be_parsed_is_a_score_of_zero_with_its_reason(
    task: Task, small_engine: LlamaCppEngine, adapter: dspy.Adapter
) -> None:
    task = replace(task, metric=lambda example, prediction: 1.0)
    (outcome,) = outcomes(task, small_engine, Own(adapter), list(task.train[:1]))
    assert outcome.score == (0.0 if outcome.failure else 1.0)
    assert outcome.failure is None or "pars" in outcome.failure or "cut after" in outcome.failure
    if type(adapter) is dspy.ChatAdapter:
        assert outcome.failure


class Point(pydantic.BaseModel):
    x: int = pydantic.Field(ge=0, le=9)
    labels: list[Literal["déjà vu", 'say "hi"', "two words"]] = pydantic.Field(min_length=1, max_length=2)


class Everything(dspy.Signature):
    """Fill the form."""

    thing: str = dspy.InputField()
    point: Point = dspy.OutputField()
    maybe: Literal["a b", "ü"] | None = dspy.OutputField()
    sure: bool = dspy.OutputField()
    when: datetime = dspy.OutputField()
    counts: dict[str, int] = dspy.OutputField()


@pytest.mark.parametrize("module", [dspy.Predict, dspy.ChainOfThought])
def test_every_type_that_dspy_users_have_comes_back_typed(task: Task, engine: LlamaCppEngine, module: type) -> None:
    task = replace(task, metric=lambda example, prediction: isinstance(prediction.when, datetime))
    (outcome,) = outcomes(task, engine, module(Everything, max_tokens=200, repeat_penalty=1.1), list(task.train[:1]))
    assert outcome.failure is None or "cut after" in outcome.failure
    if outcome.failure is None:
        assert outcome.score == 1.0
        assert isinstance(outcome.prediction.point, Point)


class Broken(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.colour = dspy.Predict("thing -> colour: Literal['red', 'blue']", max_tokens=12)

    def forward(self, thing: str) -> dspy.Prediction:
        return dspy.Prediction(colour={}[thing])


def test_a_program_that_raises_names_the_example(task: Task, small_engine: LlamaCppEngine) -> None:
    with pytest.raises(InputError, match="task: the program raised KeyError: 'apple' on example 'apple'"):
        outcomes(task, small_engine, Broken(), list(task.train[:1]))
