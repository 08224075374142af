"""Users' own task files with a mistake in them: what is said of each, in one line, and the exit code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMON = '''
import datetime, decimal, sys
from typing import Annotated, Literal
import dspy
import studysmith as ss
from pydantic import AfterValidator, BaseModel, Field, field_validator
from studysmith.deploy.engines.base import BaseEngine, Completion


class Mood(dspy.Signature):
    """Say it."""

    text: str = dspy.InputField()
    mood: Literal["happy", "sad"] = dspy.OutputField()


class Engine(BaseEngine):
    """Says that it is sad, or what `says` makes of the schema."""

    slots, says, finish = 4, staticmethod(lambda fields: {name: "sad" for name in fields}), "stop"

    def __init__(self, model, mode="exact"):
        self.id, self.mode = f"sad-{mode}", mode

    def complete(self, request):
        import json

        text = json.dumps(self.says(request.schema["properties"]))
        return Completion(text=text, finish_reason=self.finish, prompt_tokens=9, completion_tokens=4, prompt_ids=[],
                          token_ids=[], seconds=0.0)


class Own(dspy.Module):
    def __init__(self):
        super().__init__()
        self.mood = dspy.Predict(Mood)


def right(example, prediction, trace=None):
    return prediction.mood == example.mood


def Task(program=None, metric=right, **given):
    texts = [dspy.Example(text=f"text {i}", mood="sad").with_inputs("text") for i in range(16)]
    return ss.Task(program or dspy.Predict(Mood), metric, texts, name="mood", **given)


def typed(annotation, **bounds):
    return dspy.Predict(type("Typed", (dspy.Signature,), {
        "__doc__": "Say it.", "__annotations__": {"text": str, "mood": annotation},
        "text": dspy.InputField(), "mood": dspy.OutputField(**bounds)}))
'''
POOL = "task = Task(pools={'self': %s})"
EXIT_IN_PROGRAM = """
class Leaves(Own):
    def forward(self, text):
        sys.exit(0)
task = Task(Leaves)
"""
EXIT_IN_INIT = """
class Leaves(Own):
    def __init__(self):
        sys.exit(0)
task = Task(Leaves)
"""
EXIT_IN_METRIC = """
def leave(example, prediction, trace=None):
    sys.exit(0)
task = Task(metric=leave)
"""
SIGNATURE_VALIDATOR = """
class Strict(Mood):
    @field_validator("mood")
    @classmethod
    def never(cls, value):
        raise ValueError
task = Task(dspy.Predict(Strict))
"""
NO_GRAMMAR = "self.mood: no grammar can hold a reply to this type ("
ROWS = [
    (
        "task = Task(pools={'tone': ss.StepPool(['a'])})",
        "task: pools name 'tone', which is no step of the program (self)",
    ),
    (POOL % "['a', 'b']", "pools must be a StepPool for each predictor's name (got {'self': ['a', 'b']})"),
    ("task = Task(pools=['a'])", "pools must be a StepPool for each predictor's name (got ['a'])"),
    (POOL % "ss.StepPool('Be kind.')", "pool: instructions must be a list of texts (got 'Be kind.')"),
    (POOL % "ss.StepPool(['a'], {'text': 'x'})", "pool: demos must be a list of dictionaries (got {'text': 'x'})"),
    (POOL % "ss.StepPool(['a'], [{'text': 'x'}])", "task: demonstration 1 of step self lacks mood"),
    (
        POOL % "ss.StepPool(['a'], [{'text': 'x', 'mood': 'angry'}])",
        "task: demonstration 1 of step self: mood is 'angry', which is no answer (Input should be 'happy' or 'sad')",
    ),
    ("sys.exit(0)", "cannot be loaded: SystemExit: 0"),
    ("def task():\n    sys.exit(0)", "case.py:task cannot be made: SystemExit: 0"),
    (EXIT_IN_INIT, "task: the program cannot be made: SystemExit: 0"),
    (EXIT_IN_PROGRAM, "task: the program raised SystemExit: 0 on example '"),
    (EXIT_IN_METRIC, "metric: raised SystemExit: 0 on example '"),
    (
        "task = Task(); Engine.finish = 'length'",
        "gave a usable reply; the first: the reply was cut after ",
    ),
    ("task = Task(typed(int, multiple_of=5))", NO_GRAMMAR + "schema at $.mood: multipleOf is not supported"),
    ("task = Task(typed(float, ge=0))", NO_GRAMMAR + "schema at $.mood: minimum is not supported"),
    ("task = Task(typed(decimal.Decimal, ge=0))", NO_GRAMMAR + "ge of type decimal is not supported)"),
    ("task = Task(typed(datetime.date, gt=datetime.date(2020, 1, 1)))", NO_GRAMMAR + "gt of type date is not"),
    ("task = Task(typed(str, max_length=2))", "mood is 'sad', which is no answer (String should have at most 2 char"),
    (SIGNATURE_VALIDATOR, "self: DSPy does not run the validator never of a signature; put it into the field's type"),
]
Command = Callable[..., Any]


@pytest.fixture
def compiled(studysmith: Command, tmp_path: Path) -> Command:
    """Compiles the task of a file on the engine of the same file."""

    def run(code: str) -> Any:
        (tmp_path / "case.py").write_text(COMMON + code)
        (tmp_path / "some.gguf").write_bytes(b"the engine does not read it")
        file, out = tmp_path / "case.py", tmp_path / "run"
        given = ("--model", tmp_path / "some.gguf", "--engine", f"{file}:Engine", "--lm-calls", 30, "--out", out)
        return studysmith("compile", "--task", f"{file}:task", *given)

    return run


@pytest.mark.parametrize(("code", "said"), ROWS, ids=[said[:40] for _, said in ROWS])
def test_a_mistake_is_one_line_and_exit_code_2(compiled: Command, code: str, said: str) -> None:
    done = compiled(code)
    assert done.code == 2, done
    assert done.out == ""
    errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert said in errors[0]
    assert "Traceback" not in done.err


def test_bounds_of_an_output_field_are_in_the_grammar_of_every_call(compiled: Command, tmp_path: Path) -> None:
    code = """
def noted(fields):
    with open(__file__ + ".seen", "a") as file:
        print(fields["mood"]["maxLength"], file=file)
    return {"mood": "sad"}
Engine.says = staticmethod(noted)
task = Task(typed(str, max_length=5), pools={"self": ss.StepPool(["a", "b"])})
"""
    assert compiled(code).code == 0
    assert set((tmp_path / "case.py.seen").read_text().split()) == {"5"}


def test_a_validator_in_a_type_counts_while_a_program_is_compiled(compiled: Command) -> None:
    code = """
def glad(value):
    assert value == "happy"
    return value
task = Task(typed(Annotated[str, AfterValidator(glad)]), pools={"self": ss.StepPool(["a", "b"])})
"""
    done = compiled(code)
    assert done.code == 2
    assert "gave a usable reply; the first: the reply could not be parsed: " in done.err
