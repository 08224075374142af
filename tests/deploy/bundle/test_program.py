"""A program that has nothing to do with plans: exported, loaded without DSPy, and the same as it was live."""

import datetime
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import dspy
import pytest
from pydantic import BaseModel
from studysmith.deploy.bundle.bundle import GOLDEN, Bundle, load
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.manifest import Manifest
from studysmith.deploy.bundle.verify import verify
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.lm import language_model
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.errors import InputError


class Summary(BaseModel):
    topic: Literal["l'été", "the winter", 'a "storm"']
    words: int
    day: datetime.date


class Summarize(dspy.Signature):
    """Say what {{text}} is about."""

    text: str = dspy.InputField()
    on: datetime.date = dspy.InputField()
    summary: Summary = dspy.OutputField()


class Answer(dspy.Signature):
    """Answer the question from the summary."""

    summary: Summary = dspy.InputField()
    question: str = dspy.InputField()
    warm: bool = dspy.OutputField()


class Weather(dspy.Module):
    def __init__(self) -> None:
        super().__init__()
        self.summarize = dspy.Predict(Summarize, max_tokens=60)
        self.answer = dspy.Predict(Answer, max_tokens=12, repeat_penalty=1.1)
        summary = Summary(topic="the winter", words=3, day=datetime.date(2025, 1, 1))
        self.answer.demos = [dspy.Example(summary=summary, question="{{question}}?", warm=False)]

    def forward(self, text: str, on: datetime.date, question: str) -> dspy.Prediction:
        summary = self.summarize(text=text, on=on).summary
        return dspy.Prediction(summary=summary, warm=self.answer(summary=summary, question=question).warm)


DAY = datetime.date(2026, 7, 14)
GIVEN = {"text": "Hot days at the sea, and {{on}}.", "on": DAY, "question": "Is it “warm”?"}


@pytest.fixture(scope="module")
def base(tiny_gguf: Path) -> Path:
    """A model of two layers: what a program asks does not depend on what is answered."""
    return tiny_gguf.with_name("base.gguf")


@pytest.fixture(scope="module")
def folder(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundles") / "weather"
    export(Weather(), base, target, name="weather", method="text", golden=[GIVEN], verdict={"confirmed": False})
    return target


@pytest.fixture(scope="module")
def weather(folder: Path) -> Iterator[Bundle]:
    with load(folder) as bundle:
        yield bundle


def test_it_says_what_the_live_program_says(weather: Bundle, small_engine: LlamaCppEngine) -> None:
    given = {**GIVEN, "text": "It snowed all night."}
    with dspy.context(lm=language_model(small_engine), adapter=LeanAdapter()):
        live = Weather()(**given)
    frozen = weather(**given)
    assert frozen.warm is live.warm is frozen["warm"]
    assert Summary.model_validate(frozen.summary) == live.summary
    with pytest.raises(AttributeError, match=r"^cold is no output of this program \(summary, warm\)"):
        _ = frozen.cold


def test_its_golden_example_is_the_task_s_own(folder: Path) -> None:
    golden = json.loads((folder / GOLDEN).read_text("utf-8"))
    assert len(golden["vectors"]) == 2  # what the live program asked, and nothing else
    (example,) = golden["examples"]
    assert example["inputs"] == {**GIVEN, "on": "2026-07-14"}
    assert set(example["outputs"]) == {"summary", "warm"}
    assert verify(folder) == []
    manifest = Manifest.load(folder)
    assert (manifest.kind, manifest.verdict) == ("program", {"confirmed": False})


def test_what_looks_like_a_slot_is_text(folder: Path) -> None:
    vectors = json.loads((folder / GOLDEN).read_text("utf-8"))["vectors"]
    assert vectors[0]["messages"][0]["content"] == "Say what {{text}} is about."
    assert vectors[0]["messages"][-1]["content"] == "text: Hot days at the sea, and {{on}}.\non: 2026-07-14"
    assert vectors[1]["messages"][1]["content"].endswith("question: {{question}}?")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": None}, "text: is missing; call it with text, on, question"),
        ({"tone": "kind"}, "tone: is no input of this program; call it with text, on, question"),
        ({"on": object()}, "on: text or what JSON can hold (got object"),
    ],
)
def test_an_input_that_cannot_be_used_is_named(weather: Bundle, change: dict[str, Any], said: str) -> None:
    given = {name: value for name, value in {**GIVEN, **change}.items() if value is not None}
    with pytest.raises(InputError) as refused:
        weather(**given)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_it_has_no_plans(weather: Bundle) -> None:
    with pytest.raises(InputError, match=r"^plan: this bundle holds no planner; call it with text, on, question"):
        weather.plan("fractions")


def test_it_runs_without_dspy(folder: Path) -> None:
    """In a process where none of what training needs can be imported."""
    code = """
import json, sys
sys.modules.update(dict.fromkeys(["dspy", "torch", "optuna", "transformers", "peft", "datasets"]))
import studysmith
with studysmith.load(sys.argv[1]) as bundle:
    print(json.dumps(bundle(**json.loads(sys.argv[2]))))
"""
    (example,) = json.loads((folder / GOLDEN).read_text("utf-8"))["examples"]
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), json.dumps(example["inputs"])],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert json.loads(done.stdout) == example["outputs"]


def test_an_output_that_is_not_met_is_named(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy", copy_function=os.link))
    golden = json.loads((copy / GOLDEN).read_text("utf-8"))
    golden["examples"][0]["outputs"]["warm"] = "maybe"
    (copy / GOLDEN).unlink()
    (copy / GOLDEN).write_text(json.dumps(golden), "utf-8")
    manifest = Manifest.model_validate_json((copy / "manifest.json").read_bytes())
    (copy / "manifest.json").unlink()
    manifest.add_files(copy)
    manifest.save(copy)
    assert verify(copy) == ["golden example 1: warm differs"]


class Otherwise(Weather):
    """What it asks is not what its steps say, which only running it shows."""

    def forward(self, text: str, on: datetime.date, question: str) -> dspy.Prediction:
        if isinstance(text, str):
            text = text.upper()
        return super().forward(text, on, question)


class Invented(Weather):
    def forward(self, text: str, on: datetime.date, question: str) -> dspy.Prediction:
        found = super().forward(text, on, question)
        return dspy.Prediction(summary=found.summary, warm=found.warm, sure=isinstance(text, str))


@pytest.mark.parametrize(
    ("program", "golden", "said"),
    [
        (Otherwise(), [GIVEN], "summarize: forward does not send this step's own prompt"),
        (Invented(), [GIVEN], "outputs.sure: the frozen program puts out something else than forward does"),
        (Weather(), [{**GIVEN, "on": object()}], "golden[0].on: text or what JSON can hold"),
        (Weather(), [GIVEN, {**GIVEN, "tone": "kind"}], "golden[1].tone: every example must have the same inputs"),
        (Weather(), [{"text": "x"}], "forward: must only hand inputs and outputs on"),
    ],
)
def test_a_program_that_would_not_be_the_same_is_not_exported(
    program: dspy.Module, golden: list[dict[str, Any]], said: str, base: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        export(program, base, tmp_path / "b", name="n", method="m", golden=golden)
    assert str(refused.value).startswith(said)
    assert list(tmp_path.iterdir()) == []


def ollama_modelfile(bundle: Path) -> str:
    """Another format takes what it needs from the folder: here, a model file of Ollama for a program of one step."""
    (step,) = FrozenProgram.load(bundle / "program.json").steps.values()
    lines = [f"FROM {bundle / 'model.gguf'}", f"PARAMETER repeat_penalty {step.repeat_penalty}"]
    lines += [f'MESSAGE {m["role"]} """{m["content"]}"""' for m in step.messages]
    return "\n".join(lines) + "\n"


def test_another_format_is_a_few_lines(tmp_path: Path, base: Path) -> None:
    program = dspy.Predict(dspy.Signature("text -> mood: bool", "Is it a happy text?"), max_tokens=12)
    export(program, base, tmp_path / "b", name="mood", method="baseline", golden=[{"text": "Hooray"}])
    assert 'MESSAGE system """Is it a happy text?"""' in ollama_modelfile(tmp_path / "b")
