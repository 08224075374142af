"""What surrounds an optimizer of DSPy's: an end that it cannot swallow, scores by candidate, and quiet."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import dspy
from dspy.utils.callback import BaseCallback

from ..deploy.engines.base import Completion, Engine, Likelihoods
from ..deploy.engines.meter import Usage
from ..deploy.engines.recorded import RecordedEngine
from ..deploy.errors import BudgetExceeded, ContextOverflow, OutputError
from ..programs.errors import InputError, StudysmithError
from .candidate import Candidate

if TYPE_CHECKING:
    from .bench import Bench


class SearchEnded(BaseException):
    """No further call may be made. No ``Exception``: DSPy takes those for a failed example, and goes on."""

    def __init__(self, cause: StudysmithError):
        super().__init__(str(cause))
        self.cause = cause


class EndingEngine(RecordedEngine):
    """A recorded engine that ends the search where evaluating would end: at anything but one example's own matter.

    DSPy leaves threads behind when it is stopped; none of them makes a call once this is closed. ``served`` is what its
    replies have cost when they were made, those that were known included: begun again, a search sees the same.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        super().__init__(engine, path)
        self._running, self._lock = threading.Semaphore(engine.slots), threading.Lock()
        self._closed = False
        self.served = Usage()

    def _kept(self, asked: Any, ask: Callable[[], Completion | Likelihoods]) -> dict[str, Any]:
        with self._running:
            if self._closed:
                raise SearchEnded(BudgetExceeded("the search has ended"))
            try:
                reply = super()._kept(asked, ask)
            except (ContextOverflow, OutputError):
                raise
            except StudysmithError as error:
                raise SearchEnded(error) from error
        with self._lock:
            self.served = Usage(
                lm_calls=self.served.lm_calls + 1,
                prompt_tokens=self.served.prompt_tokens + reply["prompt_tokens"],
                completion_tokens=self.served.completion_tokens + reply["completion_tokens"],
                seconds=self.served.seconds + reply["seconds"] / self.slots,
            )
        return reply

    def close(self) -> None:
        """Close the file when the calls that are running have come back."""
        self._closed = True
        for _ in range(self.slots):
            self._running.acquire()
        super().close()
        self._running.release(self.slots)


class Watch(BaseCallback):
    """The metric for DSPy's optimizers, which knows what they do not tell it: under which prompts a run was made.

    So the best candidate is known whenever a search is cut: of those that were scored on all of ``examples``.
    ``planned`` are the runs of the program that are expected, 0 if that is not known.
    """

    def __init__(self, bench: Bench, examples: Sequence[dspy.Example]):
        self._bench, self._kind = bench, type(bench.task.program())
        self._examples, self._ids = examples, [example.id for example in examples]
        self._now, self._lock = threading.local(), threading.Lock()
        self._candidates: dict[str, Candidate] = {}
        self._scores: dict[str, dict[str, float]] = {}
        self.planned = self.runs = 0
        self.bar = 0.0

    def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Remember what runs in this thread; what is sampled, or on a model of its own, says nothing of the prompts."""
        if type(instance) is self._kind:
            own = all(predict.lm is None for predict in instance.predictors())
            self._now.candidate = prompts_of(instance) if own else None
            self._now.call, self._now.inputs = call_id, inputs["kwargs"]

    def on_module_end(self, call_id: str, outputs: Any, exception: BaseException | None = None) -> None:
        """A run without a usable reply scores 0; DSPy asks no metric."""
        if isinstance(exception, Exception) and call_id == getattr(self._now, "call", None):
            of = (example.id for example in self._examples if example.inputs().toDict() == self._now.inputs)
            if (example := next(of, None)) is not None:
                self._note(example, 0.0)

    def __call__(self, example: dspy.Example, prediction: Any, trace: Any = None) -> float | bool:
        """The task's score; where a trace is given, whether the run is good enough to be shown as a demonstration."""
        if prediction is None:  # SIMBA's way of saying that there is none
            return 0.0
        try:
            score = self._bench.task.score(example, prediction)
        except InputError as error:
            raise SearchEnded(error) from error
        if trace is not None:
            return score >= self.bar and score > 0
        self._note(example.id, score)
        return score

    def _note(self, example: str, score: float) -> None:
        with self._lock:
            self.runs += 1
            if candidate := getattr(self._now, "candidate", None):
                self._candidates[candidate.id] = candidate
                self._scores.setdefault(candidate.id, {})[example] = score
            best = max(self._means().values(), default=0.0)
            tried = f"{len(self._scores)} prompts tried, best {best:.3f}"
            self._bench.progress("search", self.runs, max(self.planned, self.runs + 1), tried)

    def raise_bar(self) -> None:
        """From now on a demonstration is a run that scored as the upper half of the unchanged program's."""
        if scores := self._scores.get(self._bench.start.id):
            self.bar = median(scores.values())

    def __str__(self) -> str:
        """What the search has compared; of what was cut, it is chance how far it came."""
        return f"{len(self._means())} prompts scored on all of {len(self._ids)} examples"

    @property
    def best(self) -> Candidate | None:
        """The best candidate so far."""
        means = self._means()
        return self._candidates[max(means, key=means.__getitem__)] if means else None

    def _means(self) -> dict[str, float]:
        whole = {key: rows for key, rows in self._scores.items() if all(each in rows for each in self._ids)}
        return {key: fmean(rows[each] for each in self._ids) for key, rows in whole.items()}


def prompts_of(program: dspy.Module) -> Candidate:
    """The prompts of a program, and of its demonstrations what they show: the step's fields, where there is a reply."""
    candidate = Candidate.of(program)
    for name, predict in program.named_predictors():
        fields, replies = list(predict.signature.fields), list(predict.signature.output_fields)
        candidate.prompts[name].demos = [
            {field: demo[field] for field in fields if field in demo}
            for demo in candidate.prompts[name].demos
            if any(reply in demo for reply in replies)
        ]
    return candidate


@contextmanager
def left_alone(log: Path) -> Iterator[None]:
    """In this block DSPy draws no bars, prints into a log, warns of nothing, and asks for nothing twice.

    What runs for two minutes it gives to a second thread; that would be paid for again.
    """
    from dspy.utils.parallelizer import ParallelExecutor
    from tqdm import tqdm

    logger = logging.getLogger("dspy")
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(stack.enter_context(log.open("a", encoding="utf-8"))))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(_made_with(tqdm, disable=True))
        stack.enter_context(_made_with(ParallelExecutor, timeout=0))
        stack.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)
        yield


@contextmanager
def _made_with(kind: Any, **settings: Any) -> Iterator[None]:
    """In this block every object of a class is made with these settings, whatever else is said."""
    made = kind.__init__

    def make(self: Any, *given: Any, **named: Any) -> None:
        made(self, *given, **{**named, **settings})

    kind.__init__ = make
    try:
        yield
    finally:
        kind.__init__ = made
