"""DSPy's own optimizers, on the bench: its engine, its budget, its judging."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..deploy.engines.base import Engine
from ..deploy.engines.lm import language_model
from ..deploy.errors import BudgetExceeded
from ..programs.errors import InputError
from .candidate import Candidate
from .evaluate import running
from .proposer import Proposer
from .task import source_of

if TYPE_CHECKING:
    import dspy
    from dspy.teleprompt import Teleprompter

    from .bench import Bench
    from .dspy_session import EndingEngine, Watch
    from .whole_proposals import ProposingAdapter

ENDLESS = 1_000_000
"""Examples that may fail before DSPy gives up: a reply that cannot be used scores 0, however many there are."""
TEMPERATURE = 0.7
"""Of what proposes, where DSPy does not choose: the same question must not get the same proposal each time."""
ASKED = ("prompt_model", "reflection_lm")
"""What the model that proposes is called in a teleprompter."""


@dataclass(frozen=True)
class Work:
    """What a teleprompter is run with: the bench, its engine for this search, the metric, and who proposes."""

    bench: Bench
    engine: EndingEngine
    watch: Watch
    adapter: ProposingAdapter
    writer: dspy.LM

    @property
    def teacher(self) -> dspy.LM:
        """The proposer where it solves examples: greedy."""
        return self.writer.copy(temperature=0.0)


class DSPyOptimizer:
    """Any teleprompter of DSPy's; what it calls the model for is kept in the run, so that it can be begun again.

    Without a metric of its own it gets the task's, and without a model of its own for proposals the proposer. What it
    returns is the one candidate, or the best that it has scored on all examples when the budget ends it.
    """

    def __init__(self, teleprompter: Teleprompter, proposer: Proposer | None = None):
        self.teleprompter = teleprompter
        self.name = type(teleprompter).__name__
        self.place = next((name for name in (*ASKED, "teacher_settings") if name in vars(teleprompter)), None)
        self.proposer = (proposer or Proposer()) if self.place else None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The teleprompter's parameters: plain data as it is, functions by their source; and who proposes."""
        plain = (str, int, float, bool, type(None))
        given = {k: v for k, v in vars(self.teleprompter).items() if not k.startswith("_")}
        known = {
            k: v if isinstance(v, plain) else source_of(v)
            for k, v in given.items()
            if callable(v) or isinstance(v, plain)
        }
        return {**known, "prompt_model": self.proposer.identity if self.proposer else None}

    @property
    def asks(self) -> bool:
        """Whether instructions are written by the proposer, which must then pass its probe."""
        if self.place not in ASKED or self.proposer is None:
            return False
        return self.proposer.model is not None or not getattr(self.teleprompter, self.place)

    def examples(self, bench: Bench) -> list[dspy.Example]:
        """What a candidate must have been scored on to be the best one of a search that was cut."""
        return list(bench.examples)

    def compile(self, work: Work) -> dspy.Module:
        """Run the teleprompter."""
        teleprompter = copy.copy(self.teleprompter)
        if getattr(teleprompter, "metric", True) is None:
            teleprompter.metric = work.watch
        if self.place and self.asks:
            setattr(teleprompter, self.place, work.writer)
        elif self.place == "teacher_settings" and self.proposer and self.proposer.model is not None:
            teleprompter.teacher_settings = {**(teleprompter.teacher_settings or {}), "lm": work.teacher}
        accepted = inspect.signature(teleprompter.compile).parameters
        extra = {"requires_permission_to_run": False} if "requires_permission_to_run" in accepted else {}
        return teleprompter.compile(work.bench.task.program(), trainset=list(work.bench.examples), **extra)

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer."""
        import dspy

        from .dspy_session import EndingEngine, SearchEnded, Watch, left_alone, prompts_of
        from .whole_proposals import NoWholeProposal, ProposingAdapter

        start = bench.task.program()
        watch = Watch(bench, self.examples(bench))
        bench.read_labels(self.name, [str(example.id) for example in bench.examples])
        adapter = ProposingAdapter({tuple(predict.signature.fields) for _, predict in start.named_predictors()})
        ended: BaseException | None = None
        found: Candidate | None = None
        with ExitStack() as stack:
            engine = stack.enter_context(EndingEngine(bench.engine(), bench.folder / "calls.jsonl"))
            writer = self._writer(bench, engine, stack)
            stack.enter_context(left_alone(bench.folder / "dspy.log"))
            stack.enter_context(running(engine, language_model(engine, seed=bench.seed)))
            watched = [*dspy.settings.callbacks, watch]
            around = dspy.context(adapter=adapter, callbacks=watched, num_threads=engine.slots, max_errors=ENDLESS)
            stack.enter_context(around)
            work = Work(bench, engine, watch, adapter, writer)
            try:
                self._probe(work)
                found = prompts_of(self.compile(work))
            except InputError:
                raise
            except (SearchEnded, Exception) as error:
                # What was refused may have been wrapped, or given up over.
                known = isinstance(error, SearchEnded | NoWholeProposal)
                if not known and bench.ledger.spent_out is None:
                    raise
                ended, found = error, watch.best
        bench.notes.append(str(watch))
        if adapter.dropped:
            asked = adapter.dropped + adapter.whole
            bench.notes.append(f"{adapter.dropped} of {asked} proposals were cut or not to be read, and were dropped")
        if isinstance(ended, SearchEnded) and not isinstance(ended.cause, BudgetExceeded):
            raise ended.cause
        if found is not None:
            if set(found.prompts) != set(bench.start.prompts):
                raise InputError(
                    f"optimizer: {self.name} returns a program with other steps ({', '.join(found.prompts)}), "
                    "which is more than its prompts"
                )
            yield bench.start if found == prompts_of(start) else found
        if isinstance(ended, NoWholeProposal):
            bench.notes.append(f"the search was cut: {ended}")
        elif ended is not None:
            bench.ledger.check()

    def _writer(self, bench: Bench, engine: Engine, stack: ExitStack) -> dspy.LM:
        """The proposer as DSPy's language model."""
        from .dspy_session import EndingEngine

        if self.proposer and self.proposer.model is not None:
            own = stack.enter_context(self.proposer.engine(bench))
            engine = stack.enter_context(EndingEngine(own, bench.folder / "proposals.jsonl"))
        return language_model(engine, seed=bench.seed, temperature=TEMPERATURE)

    def _probe(self, work: Work) -> None:
        """Keep what the probe of the proposer says. Raises InputError where it is too small, unless it may be."""
        from .probe import probe

        if not self.asks or self.proposer is None:
            return
        probed = probe(work.writer)
        work.bench.notes.append(f"the proposer's probe: {probed}")
        if not probed.passed and not self.proposer.small:
            raise InputError(
                f"prompt_model: this model is too small to propose: {probed}; name a larger one (--prompt-model, with "
                "another --out), or go on with it (--small-proposer)"
            )
