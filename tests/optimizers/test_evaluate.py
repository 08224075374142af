import threading

import dspy
import pydantic
import pytest
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.meter import Meter
from studysmith.deploy.errors import BudgetExceeded
from studysmith.optimizers.evaluate import Outcome, evaluate
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task


@pytest.fixture(scope="module")
def task(tiny: str) -> Task:
    return load_task(f"{tiny}:task")


def test_scores_come_in_the_order_of_the_examples_with_their_cost(
    task: Task, engine: LlamaCppEngine, fast_engine: LlamaCppEngine
) -> None:
    examples = task.train[:5]
    for each in (engine, fast_engine):
        seen: list[int] = []
        evaluation = evaluate(
            task.program(),
            examples,
            lambda example, prediction: float(len(example.thing)),
            each,
            on_score=lambda index, outcome, seen=seen: seen.append(index),
        )
        assert seen == [0, 1, 2, 3, 4]
        assert evaluation.scores == [len(e.thing) for e in examples]
        assert evaluation.mean == sum(evaluation.scores) / 5
        assert evaluation.failures == []
        assert evaluation.usage.lm_calls == 5
        assert evaluation.usage.prompt_tokens > evaluation.usage.completion_tokens > 0


@pytest.mark.parametrize("mode", ["engine", "fast_engine"])
def test_the_budget_ends_it_at_the_very_call(task: Task, mode: str, request: pytest.FixtureRequest) -> None:
    meter = Meter(max_calls=3)
    with pytest.raises(BudgetExceeded, match="3 calls"):
        evaluate(task.program(), task.train[:8], task.metric, request.getfixturevalue(mode), meter=meter)
    assert meter.usage.lm_calls == 3


def test_only_what_was_spent_here_counts(task: Task, engine: LlamaCppEngine) -> None:
    meter = Meter()
    evaluate(task.program(), task.train[:2], task.metric, engine, meter=meter)
    assert evaluate(task.program(), task.train[:1], task.metric, engine, meter=meter).usage.lm_calls == 1
    assert meter.usage.lm_calls == 3


class Story(pydantic.BaseModel):
    text: str = pydantic.Field(min_length=200)


class Endless(dspy.Signature):
    """Tell a story without an end."""

    thing: str = dspy.InputField()
    story: Story = dspy.OutputField()


class Storyteller(dspy.Module):
    def __init__(self, max_tokens: int) -> None:
        super().__init__()
        self.tell = dspy.Predict(Endless, max_tokens=max_tokens)

    def forward(self, thing: str) -> dspy.Prediction:
        return self.tell(thing=thing)


def test_a_reply_that_stays_cut_scores_zero_and_says_so(task: Task, engine: LlamaCppEngine) -> None:
    evaluation = evaluate(Storyteller(max_tokens=4), task.train[:1], lambda e, p: 1.0, engine)
    assert evaluation.scores == [0.0]
    assert "cut after" in evaluation.failures[0]
    assert evaluation.usage.lm_calls == 2  # asked once more, then reported


def test_a_prompt_longer_than_the_context_fails_that_example_alone(task: Task, engine: LlamaCppEngine) -> None:
    long = dspy.Example(id="long", thing="word " * 5000).with_inputs("thing")
    evaluation = evaluate(task.program(), [long, task.train[0]], lambda e, p: 1.0, engine)
    assert evaluation.scores == [0.0, 1.0]
    assert "context" in evaluation.failures[0]


def test_a_metric_that_breaks_is_not_taken_for_a_bad_score(task: Task, engine: LlamaCppEngine) -> None:
    with pytest.raises(AttributeError, match="no_such_field"):
        evaluate(task.program(), task.train[:1], lambda e, p: p.no_such_field, engine)


def test_an_interrupt_lets_no_further_call_start(task: Task, fast_engine: LlamaCppEngine) -> None:
    meter, first = Meter(), threading.Lock()

    def interrupted(example: dspy.Example, prediction: dspy.Prediction) -> float:
        if first.acquire(blocking=False):
            raise KeyboardInterrupt
        return 1.0

    def stop_on(index: int, outcome: Outcome) -> None:
        raise AssertionError("no score may come after the interrupt of the first")

    with pytest.raises(KeyboardInterrupt):
        evaluate(task.program(), task.train[:1], interrupted, fast_engine, meter=meter, on_score=stop_on)
    with pytest.raises(BudgetExceeded, match="interrupted"):
        meter.check()
