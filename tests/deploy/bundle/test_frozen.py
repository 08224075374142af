"""A frozen program sends what its DSPy program sends, message for message, and runs without DSPy."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.golden import Recorder
from studysmith.deploy.engines.base import Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.planner import PROGRAMS
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.demonstrations import solved_calls
from studysmith.programs.errors import InputError
from studysmith.programs.planner import STEPS_OF, StudyPlanner
from studysmith.programs.steps import REPEAT_PENALTY, WordingMode


def compiled() -> StudyPlanner:
    """A program with an instruction of its own, and a demonstration."""
    program = StudyPlanner(threads=1, wording="free")
    call, reply = solved_calls("write_week")[0]
    program.write_week.demos = [{**call.inputs, **reply}]
    program.adapt.signature = program.adapt.signature.with_instructions("Two sentences: when {{behind}}, when ahead.")
    return program


@pytest.fixture(scope="module")
def program() -> FrozenProgram:
    return freeze(compiled())


@pytest.mark.parametrize("wording", PROGRAMS)
def test_the_programs_that_ship_are_the_planner_as_it_is(wording: WordingMode) -> None:
    assert FrozenProgram.load(PROGRAMS[wording]) == freeze(StudyPlanner(wording=wording))


@pytest.mark.parametrize("step", STEPS_OF["free"])
def test_every_step_s_prompt_is_the_adapter_s(program: FrozenProgram, step: str) -> None:
    live = compiled()
    predict: Any = getattr(live, step)
    # Braces, slots and quotes in what a user wrote are text like any other.
    inputs = {name: f"{{{{topics}}}} {{x}} \\1 “{name}” {{{{{name}}}}}" for name in predict.signature.input_fields}
    request = program.steps[step].request(inputs)
    assert list(request.messages) == LeanAdapter().format(predict.signature, predict.demos, inputs)
    assert request.schema == LeanAdapter.schema(predict.signature)
    assert (request.max_tokens, request.repeat_penalty) == (predict.config["max_tokens"], REPEAT_PENALTY)


def test_a_choice_narrows_the_schema_and_leaves_the_program_alone(program: FrozenProgram) -> None:
    step = program.steps["choose_topic"]
    request = step.request({"request": "r", "topics": "a; b"}, {"topic": ["a", "b"]})
    assert request.schema is not None
    assert request.schema["properties"]["topic"]["enum"] == ["a", "b"]
    assert "enum" not in step.reply_schema["properties"]["topic"]


def test_a_missing_input_is_not_sent_as_a_slot(program: FrozenProgram) -> None:
    with pytest.raises(KeyError, match="topics"):
        program.steps["choose_topic"].request({"request": "r"})


def test_it_is_read_as_it_was_saved(program: FrozenProgram, tmp_path: Path) -> None:
    program.save(tmp_path / "program.json")
    assert FrozenProgram.load(tmp_path / "program.json") == program


STEP = '{"messages": [], "question": "{{q}}", "reply_schema": {"properties": {"a": {}}}}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"format": 1, "steps": {}}',
        '{"steps": {"adapt": {"question": "q"}}}',
        f'{{"steps": {{"s": {STEP}}}}}',  # not wired
        f'{{"steps": {{"s": {STEP}}}, "wiring": {{"s": {{}}}}}}',  # a slot without a source
        f'{{"steps": {{"s": {STEP}}}, "wiring": {{"s": {{"q": "s.a"}}}}}}',  # from itself
        f'{{"steps": {{"s": {STEP}}}, "wiring": {{"s": {{"q": "question"}}}}}}',  # from nowhere
        '{"steps": {}, "inputs": ["q"], "outputs": {"a": "s.a"}}',
    ],
)
def test_what_is_no_frozen_program_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "program.json").write_text(content)
    with pytest.raises(InputError, match=r"^program\.json: ") as refused:
        FrozenProgram.load(tmp_path / "program.json")
    assert "\n" not in str(refused.value)


def test_a_bundle_needs_neither_dspy_nor_torch() -> None:
    blocked = "import sys; sys.modules.update(dict.fromkeys(['dspy', 'torch', 'optuna', 'transformers']));"
    use = "import studysmith.deploy.bundle.bundle, studysmith.deploy.planner"
    subprocess.run([sys.executable, "-c", f"{blocked}{use}"], check=True, timeout=60)


def test_a_golden_vector_says_what_differs(engine: LlamaCppEngine) -> None:
    recorder = Recorder(engine)
    messages = [{"role": "user", "content": "Count to three."}]
    recorder.complete(Request(messages=messages, max_tokens=6))  # type: ignore[arg-type]
    (vector,) = recorder.vectors
    assert vector.differences(engine) == []

    def said(**changed: Any) -> str:
        (difference,) = vector.model_copy(update=changed).differences(engine)
        return difference

    assert said(prompt=vector.prompt + " ") == "the chat template renders another prompt"
    assert said(prompt_ids=vector.prompt_ids[:-1]) == "the tokenizer gives other ids for the same prompt"
    ids = vector.token_ids
    assert said(token_ids=[*ids[:2], ids[2] + 1, *ids[3:]]).startswith("the reply differs from token 3 of 6 on")
    assert said(token_ids=[*ids, 5]).startswith("the reply differs from token 7 of 7 on")


def test_a_recorder_is_its_engine_otherwise(engine: LlamaCppEngine) -> None:
    recorder = Recorder(engine)
    assert (recorder.id, recorder.context, recorder.slots) == (engine.id, engine.context, engine.slots)
