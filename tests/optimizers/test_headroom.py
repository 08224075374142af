"""A look before a search, on an engine that takes no time: what is seen, what it costs, what is advised."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dspy
import pytest
from studysmith.deploy.engines.base import BaseEngine, Completion, Mode, Request
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.headroom import Headroom, headroom
from studysmith.optimizers.pilot import TEMPERATURE
from studysmith.optimizers.task import StepPool, Task
from studysmith.programs.errors import InputError

HERE = Path(__file__).parent
COUNTING = f"{HERE / 'counting_engine.py'}:CountingEngine"
SMALL = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8}
Look = Callable[..., Headroom]


@pytest.fixture
def look(gguf: Path, tiny: str, tmp_path: Path) -> Look:
    """Looks at a tiny task on the counting engine: ``look(calls, ...)``, for budgets of so many calls."""

    def run(*calls: int, task: object = f"{tiny}:task", out: str = "look", **settings: Any) -> Headroom:
        budgets = [Budget(lm_calls=n) for n in calls]
        return headroom(
            task, model=gguf, budgets=budgets, out=tmp_path / out, **{"engine": COUNTING, **SMALL, **settings}
        )

    return run


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many calls the engine has seen, by its own count."""
    path = tmp_path / "count"
    monkeypatch.setenv("COUNT_FILE", str(path))
    return lambda: path.stat().st_size if path.exists() else 0


def test_what_is_seen_is_what_the_task_was_made_to_show(look: Look, count: Callable[[], int]) -> None:
    found = look(200)
    # Nine tenths of a score are for the right prompt, the rest for saying red.
    assert found.unchanged <= 0.1
    assert {round(mean, 1) >= 0.9 for mean in found.means} == {True, False}
    assert found.components is not None
    assert found.components.wordings == pytest.approx(0.45, abs=0.15)
    assert found.components.rest < 0.1
    assert found.replies is not None
    assert found.replies.mean <= found.replies.best <= 0.1
    assert found.floor.random == pytest.approx(0.05, abs=0.03)
    assert found.floor.first == pytest.approx(0.1)
    assert found.usage["lm_calls"] == count()


def test_other_budgets_cost_nothing_more_and_more_calls_promise_no_less(look: Look, count: Callable[[], int]) -> None:
    look(60)
    spent = count()
    few, many = look(60, 400).forecasts
    assert count() == spent
    assert few.wordings < many.wordings
    assert few.gain <= many.gain
    assert few.chance < many.chance
    assert few.lm_calls <= 60 < many.lm_calls <= 400


def test_a_search_ends_where_it_was_predicted_to(look: Look, quick: Callable[..., Any]) -> None:
    [said] = look(200).forecasts
    result = quick(lm_calls=200)
    winner = result.compiled.candidate.prompts["colour"].instructions
    gain = 0.9 * (winner == "Always answer red.")  # but for the tenth that is the model's answer
    assert said.run
    assert said.low - 0.1 <= gain <= said.high + 0.1
    assert result.verdict.confirmed
    assert said.chance > 0.8
    assert said.lm_calls == pytest.approx(result.compiled.usage["lm_calls"], rel=0.25)


def test_interrupted_it_goes_on_to_the_same(look: Look, count: Callable[[], int]) -> None:
    whole = look(60, out="whole")
    spent, asked = count(), 0

    def stop(stage: str, done: int, total: int, detail: str) -> None:
        nonlocal asked
        asked += stage in ("wordings", "replies")
        if asked == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(60, progress=stop)
    again = look(60)
    assert count() == 2 * spent
    assert again.model_dump(exclude={"usage", "forecasts"}) == whole.model_dump(exclude={"usage", "forecasts"})
    assert again.forecasts[0].gain == whole.forecasts[0].gain


def test_where_nothing_is_better_it_advises_not_to_run(look: Look, tiny: str) -> None:
    [said] = look(120, task=f"{tiny}:best_first", out="best").forecasts
    assert not said.run
    assert said.chance < 0.05


def test_what_cannot_be_shown_is_not_advised(look: Look) -> None:
    [found] = look(200, confirm=4).forecasts
    assert not found.run
    assert "4 confirmation examples can confirm nothing, at least 5 can" in found.reason


class Always(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pick = dspy.Predict(dspy.Signature("thing -> colour: str", "Say red."))

    def forward(self, thing: str) -> dspy.Prediction:
        return self.pick(thing=thing)


def bare(pool: list[str] | None = None) -> Task:
    things = [dspy.Example(thing=f"thing {n}").with_inputs("thing") for n in range(40)]
    pools = {"pick": StepPool(pool or ["Say red."])}
    return Task(program=Always, metric=lambda e, p: "4" in p.colour, train=things, name="bare", pools=pools)


def test_without_a_choice_there_is_nothing_to_search(look: Look) -> None:
    found = look(100, task=bare())
    [said] = found.forecasts
    assert found.components is None
    assert not said.run
    assert said.reason.startswith("there is nothing to search")
    assert said.lm_calls == 0


def test_one_other_wording_is_enough_to_look_at(look: Look) -> None:
    found = look(100, task=bare(["Say red.", "Say blue."]))
    [said] = found.forecasts
    assert found.wordings == said.wordings == 1
    assert found.components is not None


def test_what_a_model_would_have_to_write_has_no_floor(look: Look) -> None:
    floor = look(100, task=bare()).floor
    assert floor.random is None
    assert floor.reason is not None
    assert "reply.colour cannot be guessed: free text" in floor.reason


class Dice(BaseEngine):
    """Answers by the seed where it samples, and red where it does not."""

    def __init__(self, model: Path, mode: Mode = "exact") -> None:
        self.id, self.mode = f"dice-{mode}", mode

    def complete(self, request: Request) -> Completion:
        assert request.temperature in (0, TEMPERATURE)
        colour = "red" if not request.temperature or request.seed % 2 else "blue"
        counts = {"prompt_tokens": 1, "completion_tokens": 1, "prompt_ids": [], "token_ids": []}
        return Completion(text=json.dumps({"colour": colour}), finish_reason="stop", seconds=0.0, **counts)


def test_the_best_of_several_sampled_replies_is_above_one_of_them(look: Look, tiny: str) -> None:
    found = look(100, engine=Dice, replies=6)
    assert found.unchanged == pytest.approx(0.1)  # always red
    assert found.replies is not None
    assert found.replies.mean == pytest.approx(0.05, abs=0.03)
    assert found.replies.best == pytest.approx(0.1, abs=0.02)


def test_no_wording_is_looked_at_on_an_example_that_it_shows(look: Look, gguf: Path, tmp_path: Path) -> None:
    colours = [dspy.Example(thing=f"thing {n}", colour=("red", "blue")[n % 2]).with_inputs("thing") for n in range(60)]
    task = Task(
        program=dspy.Predict("thing -> colour: Literal['red', 'blue']"),
        metric=lambda e, p: 1.0,
        train=colours,
        name="own",
    )
    look(100, task=task, wordings=4, sample=30)
    rows = [json.loads(line) for line in (tmp_path / "look" / "journal.jsonl").read_text("utf-8").splitlines()[1:]]
    shown = {
        demo["thing"]
        for row in rows
        if "candidate" in row
        for prompt in row["candidate"]["prompts"].values()
        for demo in prompt["demos"]
    }
    ids = {row["key"].split()[2] for row in rows if row["key"].startswith("fast ")}
    seen = {example.thing for split in (task.train, task.validation) for example in split or () if example.id in ids}
    untouched = {example.id for split in (task.confirm, task.test) for example in split or ()}
    assert shown
    assert len(seen) >= 20
    assert not shown & seen
    assert not ids & untouched


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"wordings": 2}, "wordings: at least 3 (got 2)"),
        ({"sample": 1}, "sample: at least 4 (got 1)"),
        ({"replies": -1}, "replies: at least 0 (got -1)"),
        ({"minutes": 0}, "minutes: a number above 0 (got 0)"),
        ({"optimizer": "soft"}, "optimizer: text or random, whose wordings are of the pools (got 'soft')"),
        ({"finalists": 0}, "finalists: "),
        ({"minutes": 1e-9}, "minutes: the budget of "),
    ],
)
def test_what_cannot_be_used_is_named(look: Look, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        look(100, **settings)
    assert str(error.value).startswith(said)


class Mute(Always):
    def forward(self, thing: str) -> dspy.Prediction:
        return dspy.Prediction(colour=thing)


def test_a_program_that_asks_nobody_is_refused(look: Look) -> None:
    things = [dspy.Example(thing=f"thing {n}").with_inputs("thing") for n in range(40)]
    with pytest.raises(InputError, match="made no call of the model"):
        look(60, task=Task(program=Mute, metric=lambda e, p: 1.0, train=things, name="mute"))


def test_a_folder_of_another_look_is_refused(look: Look) -> None:
    look(60)
    with pytest.raises(InputError, match="holds a run with wordings 8 instead of 5; name another"):
        look(60, wordings=5)
