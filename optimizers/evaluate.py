"""Running a program over examples on an engine, and scoring what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..deploy.engines.base import Engine
from ..deploy.engines.lm import language_model
from ..deploy.engines.meter import MeteredEngine, Usage
from ..deploy.errors import BudgetExceeded, EngineError, OutputError
from ..programs.errors import InputError, StudysmithError, Terminated

if TYPE_CHECKING:
    import dspy

    from .task import Task

Trace = list[tuple[str, dict[str, Any]]]
"""Calls of one run: a predictor's name, and its input and output fields as plain data."""


@dataclass(frozen=True)
class Outcome:
    """One example: its score (0 when there was no usable reply), the prediction or the failure, and what it cost."""

    score: float
    prediction: Any = None
    failure: str | None = None
    trace: Trace = field(default_factory=list)
    cost: Usage = field(default_factory=Usage)


def running(engine: Engine, lm: Any = None, adapter: Any = None) -> AbstractContextManager[None]:
    """DSPy programs in this block run on ``engine``, under the adapter that makes its grammar."""
    import dspy

    from ..programs.adapter import LeanAdapter

    return dspy.context(lm=lm or language_model(engine), adapter=adapter or LeanAdapter(), trace=[])


def evaluate(
    program: dspy.Module,
    examples: Sequence[dspy.Example],
    task: Task,
    engine: MeteredEngine,
    keep: Callable[[dspy.Example, Outcome], None] = lambda example, outcome: None,
    *,
    model: Callable[[Engine], Any] = language_model,
    adapter: Any = None,
) -> Iterator[Outcome]:
    """Outcomes in the order of the examples: one by one in exact mode, a batch at a time in fast mode.

    keep: called with each outcome as soon as it is there, whatever else of its batch is still running, in the thread
    that made it. model: makes what an example's calls go to of its engine. adapter: one that watches calls, or stands
    in for them.
    A reply that cannot be used scores 0 and keeps its reason. Raises BudgetExceeded when the meter's limit is reached,
    after the outcomes of the same batch that were paid for; InputError that names the example when the program or the
    metric raises; EngineError when the engine fails.
    """
    names = {id(predict): name for name, predict in program.named_predictors()}

    def run(example: dspy.Example) -> Outcome:
        import dspy

        # A model of its own: what an example costs, and what is sampled for it, follows from nothing that runs beside.
        own, began = MeteredEngine(engine.engine, engine.meter.part()), time.perf_counter()

        def cost() -> Usage:
            return replace(own.meter.usage, seconds=time.perf_counter() - began)

        with running(own, model(own), adapter):
            try:
                prediction = program(**example.inputs())
            except (Exception, SystemExit) as error:
                return Outcome(0.0, failure=_failure(error, example), cost=cost())
            trace = _plain(dspy.settings.trace, names)
        if own.meter.refusals:  # the program went on without the reply, and its answer says nothing
            own.meter.check()
        return Outcome(task.score(example, prediction), prediction, trace=trace, cost=cost())

    def run_and_keep(example: dspy.Example) -> Outcome:
        outcome = run(example)
        keep(example, outcome)
        return outcome

    if engine.mode == "exact":
        yield from map(run_and_keep, examples)
        return
    with ThreadPoolExecutor(engine.slots) as pool:
        for start in range(0, len(examples), engine.slots):
            batch = [pool.submit(copy_context().run, run_and_keep, e) for e in examples[start : start + engine.slots]]
            yield from _paid_for(batch, engine)


def _paid_for(batch: Sequence[Future[Outcome]], engine: MeteredEngine) -> Iterator[Outcome]:
    """Results in order; the first error comes after all results that stand before it."""
    try:
        for future in batch:
            yield future.result()
    except KeyboardInterrupt:
        engine.meter.stop("interrupted")  # so that the rest of the batch ends with the calls that are running
        raise


def _failure(error: Exception | SystemExit, example: dspy.Example) -> str:
    """Why there is no reply, where that is the example's own matter. Raises the error where it is not."""
    from dspy.utils.exceptions import AdapterParseError, ContextWindowExceededError, LMError

    if isinstance(error, BudgetExceeded | Terminated):
        raise error
    if isinstance(error, OutputError | ContextWindowExceededError):
        return str(error)
    if isinstance(error, AdapterParseError):
        reply = " ".join(str(getattr(error, "lm_response", "")).split())
        return f"the reply could not be parsed: {reply[:200]}"
    if isinstance(error, StudysmithError):
        raise error
    if isinstance(error, LMError):
        raise EngineError(str(error)) from error
    raise InputError(f"task: the program raised {type(error).__name__}: {error} on example {example.id!r}") from error


def _plain(trace: Sequence[Any], names: dict[int, str]) -> Trace:
    from dspy.adapters.utils import serialize_for_json

    return [
        (names[id(predict)], {k: serialize_for_json(v) for k, v in {**inputs, **dict(outputs)}.items()})
        for predict, inputs, outputs in trace
        if id(predict) in names
    ]
