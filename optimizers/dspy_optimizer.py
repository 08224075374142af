"""DSPy's own optimizers, on the bench: its engine, its budget, its judging."""

from __future__ import annotations

import copy
import inspect
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..deploy.engines.recorded import RecordedEngine
from ..programs.errors import InputError
from .candidate import Candidate
from .evaluate import running
from .task import source_of

if TYPE_CHECKING:
    from dspy.teleprompt import Teleprompter

    from .bench import Bench


class DSPyOptimizer:
    """Any teleprompter of DSPy's; what it calls the model for is kept in the run, so that it can be begun again.

    Without a metric of its own it gets the task's. What it returns is the one candidate.
    """

    def __init__(self, teleprompter: Teleprompter):
        self.teleprompter = teleprompter
        self.name = type(teleprompter).__name__

    @property
    def settings(self) -> Mapping[str, Any]:
        """The teleprompter's parameters: plain data as it is, functions by their source."""
        plain = (str, int, float, bool, type(None))
        given = {k: v for k, v in vars(self.teleprompter).items() if not k.startswith("_")}
        return {
            k: v if isinstance(v, plain) else source_of(v)
            for k, v in given.items()
            if callable(v) or isinstance(v, plain)
        }

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer."""
        teleprompter = copy.copy(self.teleprompter)
        if getattr(teleprompter, "metric", True) is None:
            teleprompter.metric = lambda example, prediction, *_: bench.task.score(example, prediction)
        accepted = inspect.signature(teleprompter.compile).parameters
        extra = {"requires_permission_to_run": False} if "requires_permission_to_run" in accepted else {}
        with RecordedEngine(bench.engine(), bench.folder / "calls.jsonl") as engine, running(engine), _quiet():
            compiled = teleprompter.compile(bench.task.program(), trainset=list(bench.examples), **extra)
        candidate = Candidate.of(compiled)
        if set(candidate.prompts) != set(bench.start.prompts):
            raise InputError(
                f"optimizer: {self.name} returns a program with other steps ({', '.join(candidate.prompts)}), "
                "which is more than its prompts"
            )
        yield candidate


class _quiet:  # noqa: N801 (used as a statement)
    """DSPy reports its trials and every refused call as warnings; the bench says what matters."""

    def __enter__(self) -> None:
        self._level = logging.getLogger("dspy").level
        logging.getLogger("dspy").setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("dspy").setLevel(self._level)
