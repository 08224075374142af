"""What can be chosen, and how a choice becomes a candidate."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random

import dspy
import pytest
from studysmith.optimizers.candidate import Candidate
from studysmith.optimizers.knn import NearestSpace
from studysmith.optimizers.result import Result
from studysmith.optimizers.space import MOST_DEMOS, Space
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

Compile = Callable[..., Result]


@pytest.fixture(scope="module")
def plan_task() -> Task:
    return load_task("plan")


def space_of(task: Task, seed: int) -> Space:
    return Space(task.pools, Candidate.of(task.program()), seed)


def test_a_space_follows_from_its_seed(plan_task: Task) -> None:
    one, same, other = space_of(plan_task, 1), space_of(plan_task, 1), space_of(plan_task, 2)
    assert one.demo_sets == same.demo_sets
    assert one.demo_sets != other.demo_sets


def test_a_search_starts_from_the_program_as_it_is(plan_task: Task) -> None:
    space = space_of(plan_task, 0)
    with_demos, _, unchanged = (space.candidate(params) for params in space.defaults())
    assert unchanged == Candidate.of(plan_task.program())
    assert all(
        len(prompt.demos) == (MOST_DEMOS if plan_task.pools[step].demos else 0)
        for step, prompt in with_demos.prompts.items()
    )


def test_every_choice_of_the_space_is_one_of_its_task_s_pool(plan_task: Task) -> None:
    space, rng = space_of(plan_task, 0), Random(0)
    ids = set()
    for _ in range(20):
        candidate = space.sample(rng)
        ids.add(candidate.id)
        for step, prompt in candidate.prompts.items():
            pool = plan_task.pools[step]
            assert prompt.instructions in pool.instructions
            assert all(demo in pool.demos for demo in prompt.demos)
            shown = [json.dumps(demo, sort_keys=True) for demo in prompt.demos]
            assert len(set(shown)) == len(shown) <= MOST_DEMOS
    assert len(ids) > 15


def test_order_is_a_choice(plan_task: Task) -> None:
    space = space_of(plan_task, 0)
    params = space.defaults()[0]
    orders = {
        json.dumps(space.candidate({**params, "choose_topic.order": order}).prompts["choose_topic"].demos)
        for order in range(len(space.orders))
    }
    assert len(orders) == len(space.orders)


@pytest.mark.parametrize(("kind", "demos", "size"), [(Space, 1, 8), (Space, 2, 50), (NearestSpace, 3, 32)])
def test_the_size_of_a_space_is_how_many_candidates_can_be_drawn(
    kind: type[Space], demos: int, size: int, tiny: str
) -> None:
    task = load_task(f"{tiny}:two_steps")
    pools = {name: StepPool(pool.instructions, pool.demos[:demos]) for name, pool in task.pools.items()}
    space, rng = kind(pools, Candidate.of(task.program()), 0), Random(0)
    assert len({space.sample(rng).id for _ in range(40 * size)}) == space.size == size


def test_without_pools_the_labelled_training_examples_are_demonstrations(quick: Compile, tiny: str) -> None:
    task = load_task(f"{tiny}:task")
    labelled = [e.copy(colour="red") for e in task.train]
    result = quick("random", task=replace(task, pools={}, train=labelled), lm_calls=60)
    rows = [json.loads(line) for line in (result.folder / "journal.jsonl").read_text().splitlines()[1:]]
    shown = [d for r in rows if r["key"].startswith("candidate") for d in r["candidate"]["prompts"]["colour"]["demos"]]
    assert shown
    assert all(demo["colour"] == "red" and demo["thing"] in {e.id for e in task.train} for demo in shown)


class Steps(dspy.Module):
    """Two steps, the second of which has fields that no example labels."""

    def __init__(self) -> None:
        super().__init__()
        self.guess = dspy.Predict("thing -> colour: Literal['red', 'blue']")
        self.check = dspy.Predict("thing, colour -> sure: Literal['yes', 'no']")

    def forward(self, thing: str) -> dspy.Prediction:
        colour = self.guess(thing=thing).colour
        return dspy.Prediction(colour=colour, sure=self.check(thing=thing, colour=colour).sure)


def test_without_labels_the_best_runs_of_the_program_are_demonstrations(quick: Compile, tiny: str) -> None:
    task = replace(
        load_task(f"{tiny}:task"), program=Steps, pools={}, metric=lambda example, prediction: prediction.sure == "yes"
    )
    result = quick("random", task=task, lm_calls=150)
    rows = [json.loads(line) for line in (result.folder / "journal.jsonl").read_text().splitlines()[1:]]
    shown = [d for r in rows if r["key"].startswith("candidate") for d in r["candidate"]["prompts"]["check"]["demos"]]
    assert shown
    assert all(set(demo) == {"thing", "colour", "sure"} and demo["sure"] == "yes" for demo in shown)


def test_a_task_without_anything_to_search_is_refused(quick: Compile, tiny: str) -> None:
    task = replace(load_task(f"{tiny}:task"), pools={}, metric=lambda example, prediction: 0.0)
    with pytest.raises(InputError, match="task: there is nothing to search; give pools"):
        quick(task=task, lm_calls=60)
