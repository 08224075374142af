"""The best of several sampled runs: which is kept, what it costs, what it follows from."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import dspy
import pytest
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.engines.base import BaseEngine, Completion, Request
from studysmith.deploy.engines.lm import language_model
from studysmith.deploy.engines.meter import Meter, MeteredEngine
from studysmith.deploy.errors import BudgetExceeded, OutputError
from studysmith.metrics.rubric import default_rubric
from studysmith.optimizers.best_of import BestOf, rubric_reward
from studysmith.optimizers.compare import Method, compare_methods
from studysmith.optimizers.evaluate import evaluate, running
from studysmith.optimizers.task import Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

NUMBERS = tuple("0123456789")


class Throw(dspy.Signature):
    """Throw a dice."""

    player: str = dspy.InputField()
    number: Literal[NUMBERS] = dspy.OutputField()  # type: ignore[valid-type]


class Twice(dspy.Module):
    """Asks the same twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = dspy.Predict(Throw), dspy.Predict(Throw)

    def forward(self, player: str) -> dspy.Prediction:
        numbers = [self.first(player=player).number, self.second(player=player).number]
        return dspy.Prediction(numbers=numbers, total=sum(map(int, numbers)))


class Dice(BaseEngine):
    """Answers by the seed alone; with ``broken`` the first so many replies are cut."""

    def __init__(self, broken: int = 0) -> None:
        self.id, self.broken, self.seeds = "dice", broken, list[int]()

    def complete(self, request: Request) -> Completion:
        assert request.temperature > 0
        self.seeds.append(request.seed)
        cut = len(self.seeds) <= self.broken
        text = '{"number":"' if cut else json.dumps({"number": NUMBERS[request.seed % 10]})
        counts = {"prompt_tokens": 3, "completion_tokens": 2, "prompt_ids": [], "token_ids": []}
        return Completion(text=text, finish_reason="length" if cut else "stop", seconds=0.0, **counts)


def total(inputs: Mapping[str, Any], prediction: Any) -> float:
    return float(prediction.total)


def examples(*players: str) -> list[dspy.Example]:
    return [dspy.Example(id=player, player=player).with_inputs("player") for player in players]


TASK = Task(
    program=Twice,
    metric=lambda example, prediction: prediction.total / 18,
    train=examples("a", "b"),
    validation=examples("c", "d"),
    confirm=examples("e", "f"),
    test=examples("g", "h"),
)


def test_the_best_of_the_runs_is_kept_and_paid_for() -> None:
    seen: list[int] = []

    def noted(inputs: Mapping[str, Any], prediction: Any) -> float:
        assert inputs == {"player": "Ann"}
        seen.append(prediction.total)
        return float(prediction.total)

    engine = Dice()
    with running(engine):
        best = BestOf(Twice(), 5, noted)(player="Ann")
    assert len(seen) == 5
    assert len(set(seen)) > 2
    assert best.total == max(seen)
    assert len(engine.seeds) == 10


def test_run_k_draws_what_the_kth_repetition_draws_and_again_the_same() -> None:
    engine = Dice()
    with running(engine):
        program = BestOf(dspy.Predict(Throw, temperature=0.7), 3, lambda inputs, prediction: 0.0)
        first, again = program(player="Ann"), program(player="Ann")
    assert first.number == again.number == NUMBERS[engine.seeds[0] % 10]  # of equals, the first
    assert engine.seeds[:3] == engine.seeds[3:]
    assert len(set(engine.seeds)) == 3
    plain = Dice()
    with running(plain, language_model(plain, temperature=0.7)):
        for _ in range(3):
            dspy.Predict(Throw)(player="Ann")
    assert plain.seeds == engine.seeds[:3]


def test_a_run_without_a_usable_reply_is_passed_over_and_none_at_all_is_a_failure() -> None:
    with running(Dice(broken=2)):  # a reply that is cut is asked for once more
        assert BestOf(Twice(), 2, total)(player="Ann").total >= 0
    with running(Dice(broken=1000)), pytest.raises(OutputError):
        BestOf(Twice(), 2, total)(player="Ann")


def test_a_spent_budget_ends_it() -> None:
    metered = MeteredEngine(Dice(), Meter(max_calls=5))
    with pytest.raises(BudgetExceeded):
        next(evaluate(BestOf(Twice(), 3, total), examples("Ann"), TASK, metered))
    assert metered.meter.usage.lm_calls == 5


def test_the_trace_holds_the_calls_of_the_best_run_alone() -> None:
    (outcome,) = evaluate(BestOf(Twice(), 4, total), examples("Ann"), TASK, MeteredEngine(Dice(), Meter()))
    assert [name for name, _ in outcome.trace] == ["program.first", "program.second"]
    assert [fields["number"] for _, fields in outcome.trace] == outcome.prediction.numbers


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"n": 0}, "n: "), ({"temperature": 0}, "temperature: "), ({"reward": 3}, "reward: ")],
)
def test_a_setting_that_cannot_be_used_is_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        BestOf(Twice(), **{"n": 2, "reward": total, **settings})


def test_a_reward_that_says_nothing_is_named() -> None:
    with running(Dice()):
        with pytest.raises(InputError, match=r"reward: must return a finite number \(got nan\)"):
            BestOf(Twice(), 2, lambda inputs, prediction: float("nan"))(player="Ann")
        with pytest.raises(InputError, match="reward: raised KeyError"):
            BestOf(Twice(), 2, lambda inputs, prediction: inputs["nobody"])(player="Ann")


def test_a_bundle_refuses_it_in_one_line() -> None:
    with pytest.raises(InputError, match=r"^program: BestOf runs its program several times[^\n]*$"):
        freeze(BestOf(Twice(), 2, total), ["player"])


def test_another_n_is_another_program(tmp_path: Path) -> None:
    def make(n: int) -> BestOf:
        return BestOf(Twice(), n, total)

    two, three = (replace(TASK, program=lambda n=n: make(n)).identity()["program"] for n in (2, 3))
    assert two != three
    task = replace(TASK, baselines={"two": lambda: make(2), "three": lambda: make(3)})
    methods = [Method(name, make, tmp_path, lambda model, mode: Dice()) for name, make in task.baselines.items()]
    (tmp_path / "config.json").touch()  # what stands for a model
    rows = compare_methods(task, methods, tmp_path / "out").rows
    assert [row.lm_calls for row in rows] == [8, 12]


def test_it_is_a_baseline_of_free_plans_by_the_profile_that_the_plan_names() -> None:
    assert "best-of-4" not in load_task("plan").baselines
    best = load_task("plan-free").baselines["best-of-4"]()
    assert isinstance(best, BestOf)
    assert (best.n, best.settings["n"]) == (4, 4)


def test_plans_are_judged_for_the_learner_as_they_were_read(tiny: str) -> None:
    from studysmith.metrics.validity.cases import expert_cases

    case = expert_cases()[0]
    read = case.profile.model_copy(update={"interests": ["chess"]})
    plan = case.plan.model_copy(update={"profile": read})
    wanted = default_rubric().score(plan, read).overall
    assert rubric_reward({"given": case.profile}, dspy.Prediction(plan=plan)) == wanted
    assert wanted != default_rubric().score(plan, case.profile).overall
