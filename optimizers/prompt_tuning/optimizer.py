"""Soft prompts for every predictor of a program, trained on demonstrations, baked into the model that ships.

The base is the dequantized weights of that very GGUF and stays frozen. Each predictor gets its own soft prompt,
initialised from its instruction's text; afterwards the instruction *is* the soft prompt: words of a larger vocabulary.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...deploy.errors import BudgetExceeded
from ...programs.errors import InputError, explain
from ..candidate import Candidate
from ..ledger import trained_on
from ..space import pools_for
from ..weights import ADAPTERS
from .adapters import token_name
from .runs import check_same_program, text_winner
from .served_text import ServedText
from .soft_prompt import SoftPrompt, SoftPromptConfig
from .trainer import Pairs, Trainer, Weights, baked

if TYPE_CHECKING:
    from ..bench import Bench
    from ..task import Task

SWEPT = ("learning_rate", "init")
"""Settings of which there may be several values; a race decides among them."""
OURS = ("name", "init_text", "seed", "max_seconds")
"""What follows from the task, the run and the budget."""


class SoftOptimizer:
    """Soft prompts: one for each predictor, learned by gradient descent on its demonstrations.

    settings: anything of SoftPromptConfig but name, init_text, seed and max_seconds, for all predictors alike; of
    learning_rate and init a list, to be raced. init_run: the folder of a finished text run, from whose winner's
    instructions the vectors start. Raises InputError naming what is no setting.
    """

    name = "soft"
    defaults: ClassVar[Mapping[str, Any]] = {}
    needs: ClassVar[tuple[str, ...]] = ("torch", "transformers", "peft")
    rounds = 1
    lesson: ClassVar[str] = "demonstration"
    """What one of the examples that it learns from is called."""

    class Own(BaseModel):
        """Settings beside those of the training itself."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        init_run: str | None = Field(default=None, min_length=1)

    def __init__(self, **settings: Any):
        self._given = {**self.defaults, **settings}
        own = {name: value for name, value in self._given.items() if name in self.Own.model_fields}
        training = {name: value for name, value in self._given.items() if name not in own}
        if taken := next((name for name in OURS if name in training), None):
            raise InputError(f"optimizer: {self.name}: {taken} follows from the task, the run and the budget")
        swept = {
            name: training[name] if isinstance(training[name], list) else [training[name]]
            for name in SWEPT
            if name in training
        }
        self.trainings = [{**training, **dict(zip(swept, values, strict=True))} for values in product(*swept.values())]
        if not self.trainings:
            raise InputError(f"optimizer: {self.name}: {' and '.join(swept)} must hold at least one value")
        try:
            self.own: Any = self.Own(**own)
            for each in self.trainings:
                SoftPromptConfig(name="x", init_text="x", **each)
        except ValidationError as error:
            raise InputError(f"optimizer: {self.name}: {explain(error)}") from None
        folders = {name: folder for name, folder in self.own if name.endswith("_run") and folder is not None}
        self.runs = {name: text_winner(name, folder) for name, folder in folders.items()}

    @property
    def settings(self) -> Mapping[str, Any]:
        """See Optimizer. A run is known by its winner, wherever it lies."""
        return {**self._given, **{name: winner.id for name, winner in self.runs.items()}}

    def check(self, task: Task) -> None:
        """Refuse what can be refused before a model is loaded. Raises InputError."""
        if missing := next((package for package in self.needs if find_spec(package) is None), None):
            raise InputError(f"optimizer: {self.name} needs {missing}: pip install 'studysmith[train]'")
        tokens: dict[str, str] = {}
        for step, _ in task.program().named_predictors():
            if (other := tokens.setdefault(token_name(step), step)) != step:
                raise InputError(f"task: steps {other} and {step} would have the same soft tokens; rename one")
        for name in self.runs:
            check_same_program(name, getattr(self.own, name), task)
        self.check_examples(task)

    def check_examples(self, task: Task) -> None:
        """Refuse a task that has too little to learn from, as far as that is known beforehand."""
        check_counts(known_demonstrations(task))

    def search(self, bench: Bench) -> Iterator[Candidate]:
        """See Optimizer. One candidate, once all are trained as far as the budget lets them.

        What may be spent is shared among the predictors by how much text they learn to write. Each finished soft prompt
        is kept in the run, and each unfinished one's last epoch.
        """
        bench.ledger.check()  # before seconds go into loading weights
        served, candidate = ServedText(bench.model), bench.start
        trainer = Trainer(bench, self.trainings, self.runs.get("init_run", bench.start), Weights(bench))
        learned: Pairs = {}
        prompts: dict[str, SoftPrompt] = {}
        for number in range(self.rounds):
            try:
                data = self.pairs(bench, served, candidate, number)
            except BudgetExceeded:
                if bench.interrupted or number == 0:
                    raise
                break
            if data == learned:  # it would lead to the same prompts again
                break
            learned = {name: list(pairs) for name, pairs in data.items()}
            check_counts({name: len(pairs) for name, pairs in data.items()}, self.lesson)
            for name, pairs in data.items():
                random.Random(f"soft/{name}/{bench.seed}").shuffle(pairs)
            folder = bench.folder / (ADAPTERS if self.rounds == 1 else f"round-{number}")
            trained = trainer.train(data, folder, 1 / (self.rounds - number))
            if bench.interrupted:
                return
            if not trained:
                break
            prompts |= trained
            candidate = baked(bench, prompts)
        if candidate is not bench.start:
            yield candidate

    def pairs(self, bench: Bench, served: ServedText, before: Candidate, number: int) -> Pairs:
        """What to learn from in a round, by predictor: its demonstrations, exactly as the baked model's template will
        serve them. before: what the round before has led to."""
        predictors = {n: p for n, p in bench.task.program().named_predictors() if bench.pools[n].demos}
        if not predictors:
            raise InputError(f"task: {bench.task.name} has no demonstrations to train soft prompts on")
        bench.read_labels("demonstrations", trained_on(bench.task, predictors))
        return {n: [served.pair(p.signature, demo) for demo in bench.pools[n].demos] for n, p in predictors.items()}


def known_demonstrations(task: Task) -> dict[str, int]:
    """How many demonstrations there are, by predictor, without those that runs of the program would have to give.
    Raises InputError where there are and will be none."""
    pools = pools_for(task, lambda _: [])
    known = {name: len(pool.demos) for name, pool in pools.items() if pool.demos or name in task.pools}
    if len(known) == len(pools) and not any(known.values()):
        raise InputError(f"task: {task.name} has no demonstrations to train soft prompts on")
    return known


def check_counts(counts: Mapping[str, int], lesson: str = SoftOptimizer.lesson) -> None:
    """Refuse a single example, with which nothing can be both learned and watched."""
    for name, count in counts.items():
        if count == 1:
            raise InputError(f"task: {name} has 1 {lesson}; a soft prompt needs one to learn and one to watch")
