"""Running a program over examples, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..deploy.engines.base import Engine
from ..deploy.engines.lm import language_model
from ..deploy.engines.meter import Meter, MeteredEngine, Usage
from ..deploy.errors import BudgetExceeded, OutputError
from ..programs.steps import REPEAT_PENALTY
from .task import Metric

if TYPE_CHECKING:
    import dspy


@dataclass(frozen=True)
class Outcome:
    """One example: its score (0 when there was no usable reply), and the prediction or the failure."""

    score: float
    prediction: Any = None
    failure: str | None = None


@dataclass
class Evaluation:
    """The outcomes in the order of the examples, and what they cost."""

    outcomes: list[Outcome] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)

    @property
    def scores(self) -> list[float]:
        return [outcome.score for outcome in self.outcomes]

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores)

    @property
    def failures(self) -> list[str]:
        return [outcome.failure for outcome in self.outcomes if outcome.failure]


def evaluate(
    program: dspy.Module,
    examples: Sequence[dspy.Example],
    metric: Metric,
    engine: Engine,
    *,
    meter: Meter | None = None,
    on_score: Callable[[int, Outcome], None] | None = None,
) -> Evaluation:
    """Score a program on examples: one by one in exact mode, a batch at a time in fast mode.

    ``on_score(index, outcome)`` is called in the order of the examples and may raise to end the evaluation early.
    Raises BudgetExceeded when the meter's limit is reached.
    """
    meter = meter or Meter()
    before = meter.usage
    result = Evaluation()
    for index, outcome in enumerate(_outcomes(program, examples, metric, MeteredEngine(engine, meter))):
        result.outcomes.append(outcome)
        result.usage = meter.usage - before
        if on_score:
            on_score(index, outcome)
    return result


def _outcomes(
    program: dspy.Module, examples: Sequence[dspy.Example], metric: Metric, engine: MeteredEngine
) -> Iterator[Outcome]:
    import dspy
    from dspy.utils.exceptions import ContextWindowExceededError

    lm = language_model(engine, repeat_penalty=REPEAT_PENALTY)

    def run(example: dspy.Example) -> Outcome:
        with dspy.context(lm=lm, trace=None):
            try:
                prediction = program(**example.inputs())
            except BudgetExceeded:
                raise
            except (OutputError, ContextWindowExceededError) as error:
                return Outcome(0.0, failure=str(error))
        return Outcome(float(metric(example, prediction)), prediction)

    if engine.mode == "exact":
        yield from map(run, examples)
        return
    with ThreadPoolExecutor(engine.slots) as pool:
        for start in range(0, len(examples), engine.slots):
            batch = [pool.submit(copy_context().run, run, e) for e in examples[start : start + engine.slots]]
            try:
                yield from (future.result() for future in batch)
            except KeyboardInterrupt:
                engine.meter.stop("interrupted")  # so that the rest of the batch ends with the calls that are running
                raise
