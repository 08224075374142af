"""The space of text prompts: for each predictor an instruction, demonstrations, and their order."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

from ..programs.errors import InputError
from .candidate import Candidate, Prompt
from .task import StepPool, Task

if TYPE_CHECKING:
    import optuna

MOST_DEMOS = 2
"""More of them do not fit the time of a plan: exact mode reads every prompt anew."""
DEMO_SETS = 12
"""Random demonstration sets per predictor: enough to choose from, few enough for TPE to learn which are good."""


class Space:
    """What can be chosen for each predictor, and how a choice becomes a candidate.

    Raises InputError where there is no choice at all.
    """

    def __init__(self, pools: Mapping[str, StepPool], start: Candidate, seed: int):
        self.pools = {name: pool for name, pool in pools.items() if len(pool.instructions) > 1 or pool.demos}
        if not self.pools:
            raise InputError(
                "task: there is nothing to search; give pools of instructions or demonstrations, or labelled training "
                "examples (with the fields of a predictor)"
            )
        self.start = start
        self.demo_sets = {name: _demo_sets(pool, seed, name) for name, pool in self.pools.items()}
        self.orders = list(permutations(range(MOST_DEMOS)))

    def suggest(self, trial: optuna.Trial) -> Candidate:
        """The candidate of a new trial."""
        for name, highest in self._choices().items():
            trial.suggest_int(name, 0, highest)
        return self.candidate(trial.params)

    def sample(self, rng: random.Random) -> Candidate:
        """A candidate drawn at random."""
        return self.candidate({name: rng.randint(0, highest) for name, highest in self._choices().items()})

    @property
    def size(self) -> int:
        """How many different candidates there are: without demonstrations, their order makes no other one."""
        parts: dict[str, dict[str, range]] = {name: {} for name in self.pools}
        for parameter, highest in self._choices().items():
            parts[parameter.rpartition(".")[0]][parameter] = range(highest + 1)
        size = 1
        for name, own in parts.items():
            params = (dict(zip(own, values, strict=True)) for values in product(*own.values()))
            size *= len({self._prompt(name, each).model_dump_json() for each in params})
        return size

    def _choices(self) -> dict[str, int]:
        """Every parameter, and its highest value."""
        return {
            f"{name}.{part}": highest
            for name, pool in self.pools.items()
            for part, highest in (
                ("instruction", len(pool.instructions) - 1),
                ("demos", MOST_DEMOS if pool.demos else 0),
                ("set", max(0, len(self.demo_sets[name]) - 1)),
                ("order", len(self.orders) - 1),
            )
        }

    def candidate(self, params: Mapping[str, Any]) -> Candidate:
        """The candidate that parameters stand for."""
        return Candidate(prompts={**self.start.prompts, **{name: self._prompt(name, params) for name in self.pools}})

    def _prompt(self, name: str, params: Mapping[str, Any]) -> Prompt:
        """What parameters mean for one predictor."""
        count = params[f"{name}.demos"]
        chosen = self.demo_sets[name][params[f"{name}.set"]] if count else []
        order = [i for i in self.orders[params[f"{name}.order"]] if i < min(count, len(chosen))]
        instructions = self.pools[name].instructions[params[f"{name}.instruction"]]
        return Prompt(instructions=instructions, demos=[chosen[i] for i in order])

    def defaults(self) -> list[dict[str, int]]:
        """Where a search starts: the default instructions with demonstrations, then the program as it is.

        In that order, so that even the shortest search has something to compare with the unchanged program.
        """
        zero = dict.fromkeys(self._choices(), 0)
        with_demos = {**zero, **{f"{n}.demos": MOST_DEMOS for n, pool in self.pools.items() if pool.demos}}
        other_set = {**with_demos, **{f"{n}.set": min(1, len(s) - 1) for n, s in self.demo_sets.items() if s}}
        return [with_demos, other_set, zero]


def pools_for(task: Task, bootstrapped: Callable[[str], list[dict[str, Any]]]) -> dict[str, StepPool]:
    """The task's pools; for a predictor without one, its own instruction and what can serve as demonstrations.

    These are the training examples that have all its fields, or else the calls of runs that the program itself did
    best on, which ``bootstrapped`` gives by the predictor's name.
    """
    pools, predictors = dict(task.pools), dict(task.program().named_predictors())
    for name, predict in predictors.items():
        if name in pools:
            continue
        fields = list(predict.signature.fields)
        demos = [{field: example[field] for field in fields} for example in labelled_examples(task, fields)]
        pools[name] = StepPool([predict.signature.instructions], demos or bootstrapped(name))
    return pools


def labelled_examples(task: Task, fields: Sequence[str]) -> list[Any]:
    """The training examples that have all fields of a predictor, and so can serve as its demonstrations."""
    return [example for example in task.train if all(field in example for field in fields)]


def _demo_sets(pool: StepPool, seed: int, name: str) -> list[list[dict[str, Any]]]:
    rng = random.Random(f"demos/{name}/{seed}")
    size = min(MOST_DEMOS, len(pool.demos))
    return [rng.sample(list(pool.demos), size) for _ in range(DEMO_SETS)] if size else []
