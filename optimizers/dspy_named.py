"""DSPy's optimizers by name, each with settings that fit a small model and what the budget can pay for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..deploy.engines.meter import Usage
from .budget import Ledger
from .dspy_optimizer import TEMPERATURE, DSPyOptimizer, Work
from .proposer import Proposer
from .space import MOST_DEMOS

if TYPE_CHECKING:
    import dspy
    from dspy.teleprompt import Teleprompter

    from .bench import Bench

SHARE = 0.9
"""Of the runs that can be paid for; an optimizer that plans for all of them is cut before its last comparison."""
TRAIN_PART = 3
"""One example in so many is for demonstrations and reflection, where an optimizer compares on others."""
MOST_RUNS = 100_000


class NamedOptimizer(DSPyOptimizer):
    """The unchanged program is scored first. That tells what a run costs, and is free: all of them score it later, and
    a greedy call that was made before is known."""

    apart = True
    """Whether it compares on other examples than it learns from."""

    def __init__(self, proposer: Proposer | None = None):
        self.proposer = proposer or Proposer()

    @property
    def settings(self) -> Mapping[str, Any]:
        """See Optimizer. All else follows from budget and task."""
        return {"prompt_model": self.proposer.identity if self.proposer else None}

    @property
    def asks(self) -> bool:
        """See DSPyOptimizer."""
        return True

    def train(self, bench: Bench) -> list[dspy.Example]:
        """What it learns from."""
        return list(bench.examples[: self._cut(bench)]) if self.apart else list(bench.examples)

    def examples(self, bench: Bench) -> list[dspy.Example]:
        """What it compares on."""
        return list(bench.examples[self._cut(bench) :]) if self.apart else list(bench.examples)

    def _cut(self, bench: Bench) -> int:
        return max(1, len(bench.examples) // TRAIN_PART)

    def compile(self, work: Work) -> dspy.Module:
        """See DSPyOptimizer."""
        import dspy

        bench, examples = work.bench, self.examples(work.bench)
        before = work.engine.served
        dspy.Evaluate(devset=examples, metric=work.watch)(bench.task.program())
        work.watch.raise_bar()
        runs = _affordable(bench.ledger, work.engine.served, work.engine.served - before, len(examples))
        work.watch.planned = work.watch.runs + runs
        teleprompter, given = self.build(work, max(1, int(SHARE * runs)))
        return teleprompter.compile(bench.task.program(), trainset=self.train(bench), **given)

    def build(self, work: Work, runs: int) -> tuple[Teleprompter, dict[str, Any]]:
        """The teleprompter for so many runs of the program, and what its ``compile`` takes beside the train set."""
        raise NotImplementedError


class Mipro(NamedOptimizer):
    """DSPy's MIPROv2: instructions written from data and program, and demonstrations, by Bayesian optimization."""

    name = "miprov2"

    def build(self, work: Work, runs: int) -> tuple[Teleprompter, dict[str, Any]]:
        import dspy

        examples = self.examples(work.bench)
        trials = max(1, runs // len(examples))
        teleprompter = dspy.MIPROv2(
            metric=work.watch,
            prompt_model=work.writer,
            auto=None,
            num_candidates=min(12, max(3, trials // 2)),
            max_bootstrapped_demos=MOST_DEMOS,
            max_labeled_demos=MOST_DEMOS,
            init_temperature=TEMPERATURE,
            seed=work.bench.seed,
            track_stats=False,
        )
        return teleprompter, {
            "valset": examples,
            "num_trials": trials,
            "minibatch": False,
            "view_data_batch_size": 3,  # so that what is told of the data fits a small context
        }


class Gepa(NamedOptimizer):
    """DSPy's GEPA: reads what went wrong on a few examples and rewrites the instruction; keeps a Pareto front."""

    name = "gepa"

    def build(self, work: Work, runs: int) -> tuple[Teleprompter, dict[str, Any]]:
        import dspy
        from dspy.teleprompt.gepa import InstructionProposer

        teleprompter = dspy.GEPA(
            metric=_Feedback(work),
            max_metric_calls=runs,
            reflection_minibatch_size=min(3, len(self.train(work.bench))),
            reflection_lm=work.writer,
            instruction_proposer=InstructionProposer(adapter=work.adapter),
            seed=work.bench.seed,
        )
        return teleprompter, {"valset": self.examples(work.bench)}


class Simba(NamedOptimizer):
    """DSPy's SIMBA: samples runs, and where they differ most adds the good one, or a rule drawn from both."""

    name = "simba"
    apart = False

    def build(self, work: Work, runs: int) -> tuple[Teleprompter, dict[str, Any]]:
        import dspy

        examples = self.examples(work.bench)
        for candidates, batch in ((6, 12), (4, 8), (2, 4)):
            batch = min(batch, len(examples))
            steps = (runs - (candidates + 1) * len(examples)) // (batch * (2 * candidates + 1))
            if steps >= 2:
                break
        teleprompter = dspy.SIMBA(
            metric=work.watch,
            bsize=batch,
            num_candidates=candidates,
            max_steps=max(1, steps),
            max_demos=MOST_DEMOS,
            prompt_model=work.writer,
        )
        return teleprompter, {"seed": work.bench.seed}


class Copro(NamedOptimizer):
    """DSPy's COPRO: writes instructions, scores them, and writes others in view of the scores."""

    name = "copro"
    apart = False

    def build(self, work: Work, runs: int) -> tuple[Teleprompter, dict[str, Any]]:
        import dspy

        each = len(self.examples(work.bench)) * len(work.bench.start.prompts)
        depth = max(1, min(3, runs // (3 * each)))
        teleprompter = dspy.COPRO(
            metric=work.watch,
            prompt_model=work.writer,
            breadth=max(2, min(10, runs // (depth * each))),
            depth=depth,
            init_temperature=TEMPERATURE,
        )
        return teleprompter, {"eval_kwargs": {"num_threads": work.engine.slots}}


class Bootstrap(NamedOptimizer):
    """DSPy's BootstrapFewShotWithRandomSearch: the program's own good runs as demonstrations, in random sets."""

    name = "bootstrap"

    @property
    def asks(self) -> bool:
        """It writes no instructions: a proposer only solves the examples that are shown."""
        return False

    def build(self, work: Work, runs: int) -> tuple[Teleprompter, dict[str, Any]]:
        import dspy

        examples, train = self.examples(work.bench), self.train(work.bench)
        sets = runs // (len(examples) + min(len(train), MOST_DEMOS))
        stronger = self.proposer is not None and self.proposer.model is not None
        teleprompter = dspy.BootstrapFewShotWithRandomSearch(
            metric=work.watch,
            teacher_settings={"lm": work.teacher} if stronger else None,
            max_bootstrapped_demos=MOST_DEMOS,
            max_labeled_demos=MOST_DEMOS,
            num_candidate_programs=max(0, sets - 2),  # beside labelled ones and those in the given order
        )
        return teleprompter, {"valset": examples}


def _affordable(ledger: Ledger, begun: Usage, spent: Usage, runs: int) -> int:
    """How many runs of the program the search may still make, by what some of them have cost.

    It follows from the budget and from replies alone, so that a search that is begun again plans the same.
    """
    left, usage = ledger.left, ledger.usage
    limits = (
        (left.lm_calls + usage.lm_calls - begun.lm_calls, spent.lm_calls),
        (left.prompt_tokens + usage.tokens - begun.tokens, spent.tokens),
        (left.seconds + usage.seconds - begun.seconds, spent.seconds),
    )
    return int(max(0, min([MOST_RUNS, *(limit * runs / cost for limit, cost in limits if cost > 0)])))


class _Feedback:
    """GEPA's metric: where it reflects on a run, also what the score is made of, and the right answer."""

    def __init__(self, work: Work):
        self._watch, self._task = work.watch, work.bench.task

    def __call__(self, gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> Any:
        import dspy

        if pred_name is None:
            return self._watch(gold, pred)
        score = self._task.score(gold, pred)
        return dspy.Prediction(score=score, feedback=self._told(gold, pred, score))

    def _told(self, gold: Any, pred: Any, score: float) -> str:
        own = getattr(self._task.metric(gold, pred), "feedback", None)
        told = [own or f"The score is {score:.2f} of 1."]
        if self._task.explain is not None:
            parts = self._task.explain(gold, pred)
            weakest = sorted(parts, key=parts.__getitem__)[:2]
            told.append("Weakest: " + ", ".join(f"{name} {parts[name]:.2f}" for name in weakest) + ".")
        wrong = {name: value for name, value in gold.labels().items() if name in pred and pred[name] != value}
        told += [f"The right {name} is: {value}" for name, value in wrong.items()]
        return " ".join(told)
