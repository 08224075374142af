"""A program whose demonstrations depend on the question: frozen, it asks what it asked live."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import dspy
import pytest
from pydantic import ValidationError
from studysmith.deploy.bundle.bundle import load
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.bundle.frozen import FrozenProgram, FrozenStep
from studysmith.deploy.bundle.golden import Golden, Vector
from studysmith.deploy.bundle.messages import export_messages
from studysmith.deploy.bundle.ollama import to_modelfile
from studysmith.deploy.bundle.verify import verify
from studysmith.deploy.engines.base import BaseEngine, Completion, Mode, Request
from studysmith.deploy.engines.lm import language_model
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.demonstrations import demonstrations_of
from studysmith.programs.errors import InputError
from studysmith.programs.planner import StudyPlanner

DEMOS = [
    {"thing": "a ripe red apple", "size": 3, "colour": "red"},
    {"thing": "the sky at noon", "colour": "blue"},
    {"thing": "an unripe green apple", "size": 3, "colour": "green"},
    {"thing": "the sea at noon", "size": 9, "colour": "blue"},
    {"thing": "the sea at night"},  # without a reply it is never shown
]
ASKED = [{"thing": "an apple", "size": 3}, {"thing": "the sea", "size": 10}, {"thing": "a ripe red apple", "size": 3}]


class Sort(dspy.Signature):
    """Name the colour."""

    thing: str = dspy.InputField()
    size: int = dspy.InputField()
    colour: Literal["red", "green", "blue"] = dspy.OutputField()


class Colours(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.sort = dspy.Predict(Sort, max_tokens=12)

    def forward(self, thing: str, size: int) -> dspy.Prediction:
        return dspy.Prediction(colour=self.sort(thing=thing, size=size).colour)


class Keeping(BaseEngine):
    """Says red, and keeps what it was asked."""

    id, mode, slots = "keeping", "exact", 1

    def __init__(self, model: str = "", mode: Mode = "exact") -> None:
        self.asked: list[list[dict[str, str]]] = []

    def complete(self, request: Request) -> Completion:
        self.asked.append([dict(message) for message in request.messages])
        counts = {"prompt_tokens": 0, "completion_tokens": 0, "prompt_ids": [], "token_ids": []}
        text = json.dumps(dict.fromkeys((request.schema or {})["properties"], "red"))
        return Completion(text=text, finish_reason="stop", seconds=0.0, **counts)


def with_nearest(count: int) -> Colours:
    prompt = Prompt(instructions="Name the colour.", demos=DEMOS, nearest=count)
    program: Colours = Candidate(prompts={"sort": prompt}).apply(Colours())
    return program


@pytest.mark.parametrize("count", [1, 2, 9])
def test_live_and_frozen_show_the_same_demonstrations(count: int) -> None:
    program, live, frozen = with_nearest(count), Keeping(), Keeping()
    for inputs in ASKED:
        with dspy.context(lm=language_model(live), adapter=LeanAdapter()):
            program(**inputs)
        freeze(program).run(frozen, inputs)
    assert live.asked == frozen.asked
    assert [len(asked) for asked in live.asked] == [2 + 2 * min(count, n) for n in (4, 4, 3)]


def test_what_is_shown_is_near() -> None:
    step = freeze(with_nearest(1)).steps["sort"]
    shown = [step.request(inputs).messages[1]["content"] for inputs in ASKED]
    assert shown[0].startswith("thing: an unripe green apple")
    assert shown[1].startswith("thing: the sea at noon")
    assert shown[2].startswith("thing: an unripe green apple")  # not the question itself, whose answer it has


def test_a_planner_asks_the_same_of_each_step(tmp_path: Path) -> None:
    program = StudyPlanner(threads=1)
    prompts = Candidate.of(program).prompts
    prompts["choose_way"] = Prompt(instructions="Choose.", demos=demonstrations_of("choose_way")[:40], nearest=3)
    program = Candidate(prompts=prompts).apply(program)
    freeze(program).save(tmp_path / "program.json")
    step = FrozenProgram.load(tmp_path / "program.json").steps["choose_way"]
    inputs = {"learner": "student, Grade 8; likes chess", "session": "learn Adding fractions"}
    kept = Keeping()
    with dspy.context(lm=language_model(kept), adapter=LeanAdapter()):
        program.choose_way(**inputs)
    assert kept.asked == [[dict(message) for message in step.request(inputs).messages]]
    assert len(kept.asked[0]) == 2 + 2 * 3


def test_without_it_the_data_are_as_they_were() -> None:
    assert "nearest" not in freeze(Colours()).model_dump()["steps"]["sort"]
    assert "nearest" not in Candidate.of(Colours()).model_dump_json()


def test_a_program_file_with_other_messages_is_refused() -> None:
    step = freeze(with_nearest(1)).steps["sort"].model_dump()
    with pytest.raises(ValidationError, match="nearest: messages must be an instruction and pairs"):
        FrozenStep.model_validate({**step, "messages": step["messages"][:-1]})


@pytest.fixture(scope="module")
def bundle(tiny_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundles") / "colours"
    export(with_nearest(2), tiny_gguf, target, name="colours", method="knn", golden=ASKED[:2])
    return target


def test_a_bundle_of_it_is_verified_and_runs(bundle: Path) -> None:
    assert verify(bundle) == []
    asked = [v.messages for v in Golden.load(bundle / "golden.json").vectors if isinstance(v, Vector)]
    live = Keeping()
    with dspy.context(lm=language_model(live), adapter=LeanAdapter()):
        for inputs in ASKED[:2]:
            with_nearest(2)(**inputs)
    assert [[dict(m) for m in messages] for messages in asked] == live.asked
    with load(bundle) as opened:
        assert opened(**ASKED[0]).colour in ("red", "green", "blue")


@pytest.mark.parametrize(
    "write",
    [lambda b, out: export_messages(b, out), lambda b, out: to_modelfile(b, out)],
    ids=["messages", "modelfile"],
)
def test_where_prompts_are_fixed_it_is_refused(bundle: Path, tmp_path: Path, write: Callable[..., object]) -> None:
    with pytest.raises(InputError, match=r"^sort: shows the 2 demonstrations nearest to each question, which a bundle"):
        write(bundle, tmp_path / "out")
    assert not (tmp_path / "out").exists()
