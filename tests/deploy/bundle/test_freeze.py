"""What can be frozen, and that all else is refused in one line, by its name, before any model is called."""

import datetime
import enum
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import dspy
import jsonschema
import pytest
from pydantic import AfterValidator, BaseModel, Field, field_validator
from studysmith.deploy.bundle.freeze import freeze, frozen_steps
from studysmith.deploy.bundle.frozen import Constant
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.lm import language_model
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.errors import InputError
from studysmith.programs.steps import value_text


class Person(BaseModel):
    name: str
    born: datetime.date
    note: Optional[str] = None  # noqa: UP045 (as users write it)


class Even(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def even(cls, number: int) -> int:
        assert number % 2 == 0
        return number


class Mood(enum.Enum):
    GOOD = "très bien"
    BAD = 'so "so"'


class Two(dspy.Module):
    """Summarize, then answer; what it hands on besides is for a test to say."""

    def __init__(self) -> None:
        super().__init__()
        self.summarize = dspy.Predict("text -> summary", max_tokens=20, repeat_penalty=1.2)
        self.answer = dspy.ChainOfThought("summary, question, style -> answer: bool")

    def forward(self, text: str, question: str) -> dspy.Prediction:
        summary = self.summarize(text=text).summary
        answered = self.answer(summary=summary, question=question, style="formal")
        return dspy.Prediction(answer=answered.answer, summary=summary, question=question)


def test_the_wiring_is_found_without_a_model() -> None:
    program = freeze(Two())
    assert program.inputs == ["text", "question"]
    assert program.wiring == {
        "summarize": {"text": "text"},
        "answer.predict": {
            "summary": "summarize.summary",
            "question": "question",
            "style": Constant(value="formal"),
        },
    }
    assert program.outputs == {
        "answer": "answer.predict.answer",
        "summary": "summarize.summary",
        "question": "question",
    }
    limits = {name: (step.max_tokens, step.repeat_penalty) for name, step in program.steps.items()}
    assert limits == {"summarize": (20, 1.2), "answer.predict": (512, 1.0)}


@pytest.mark.parametrize("make", [dspy.Predict, dspy.ChainOfThought])
def test_a_predictor_alone_is_a_program(make: Callable[..., dspy.Module]) -> None:
    program = freeze(make("größe, q_2 -> a: int"))
    assert program.inputs == ["größe", "q_2"]
    (step,) = program.steps.values()
    assert step.slots == ["größe", "q_2"]
    assert list(program.outputs)[-1] == "a"


def test_a_program_with_a_model_of_its_own_is_left_as_it_is() -> None:
    program = Two()
    lm = dspy.LM("openai/none", api_key="none")
    program.set_lm(lm)
    freeze(program)
    assert program.get_lm() is lm


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        (Literal["a b", "l'été", 'é "q"'], 'é "q"'),
        (Mood, 'so "so"'),
        (Optional[str], None),  # noqa: UP045
        (list[str], ["a", "b"]),
        (dict[str, int], {"a": 1}),
        (bool, True),
        (float, 2),
        (Decimal, "2.50"),
        (tuple[int, str], [1, "a"]),
        (Person, {"name": "Zoë", "born": "2024-02-29", "note": None}),
        (list[Person], [{"name": "Zoë", "born": "1999-12-31", "note": "n"}]),
        (datetime.date, "2026-11-30"),
        (datetime.datetime, "2026-01-31T23:59:59"),
        (datetime.time, "07:05:00"),
        (datetime.date | None, "2026-01-05"),
        (uuid.UUID, "123e4567-e89b-12d3-a456-426614174000"),
        (Annotated[str, Field(pattern="^a+$")], "aa"),
    ],
)
def test_a_type_is_held_by_a_grammar_and_reads_back_as_it_was_written(kind: Any, reply: Any) -> None:
    signature = dspy.Signature({"q": (str, dspy.InputField()), "r": (kind, dspy.OutputField())})
    (step,) = freeze(dspy.Predict(signature)).steps.values()
    jsonschema.validate({"r": reply}, step.reply_schema)
    typed = LeanAdapter().parse(signature, json.dumps({"r": reply}))["r"]
    assert value_text(typed) == value_text(reply)  # so the next step's prompt is the same, live and frozen


def test_the_embedded_model_writes_every_kind(engine: LlamaCppEngine) -> None:
    """One reply of all types whose grammar ends by itself; DSPy's ``Prediction`` has them as Python's."""
    kinds = [Literal["l'été", 'é "q"'], Mood, bool, datetime.datetime, datetime.time, datetime.date | None, Decimal]
    fields = {f"r{i}": (kind, dspy.OutputField()) for i, kind in enumerate(kinds)}
    signature = dspy.Signature({"q": (str, dspy.InputField()), **fields})
    with dspy.context(lm=language_model(engine, max_tokens=160), adapter=LeanAdapter()):
        prediction = dspy.Predict(signature)(q="When is the party?")
    assert isinstance(prediction.r1, Mood)
    assert isinstance(prediction.r2, bool)
    assert isinstance(prediction.r3, datetime.datetime)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (datetime.date, ["2026-02-30", "2026-13-01", "2025-02-29", "0000-01-01", "2026-1-5", "2026-04-31"]),
        (datetime.datetime, ["2026-01-05", "2026-01-05T24:00:00", "2026-01-05 10:00:00"]),
        (Person, [{"name": "x", "born": "2026-01-05"}]),
        (Annotated[str, Field(pattern="^a+$")], ["b"]),
    ],
)
def test_what_could_not_be_read_cannot_be_written(kind: Any, wrong: list[Any]) -> None:
    signature = dspy.Signature({"q": (str, dspy.InputField()), "r": (kind, dspy.OutputField())})
    (step,) = freeze(dspy.Predict(signature)).steps.values()
    for reply in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"r": reply}, step.reply_schema)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (dict, "r: no grammar can hold a reply to this type"),
        (list, "r: no grammar can hold"),
        (Any, "r: no grammar can hold"),
        (set[str], "r: no grammar can hold .*uniqueItems"),
        (bytes, "r: no grammar can hold .*format"),
        (datetime.timedelta, "r: no grammar can hold .*format"),
        (Annotated[float, Field(ge=0, le=1)], "r: no grammar can hold .*m[ai][xn]imum"),
        (Annotated[Decimal, Field(ge=0)], "r: no grammar can hold .*ge of type decimal"),
        (Annotated[str, AfterValidator(str.lower)], "r: a bundle cannot run a validator of your own"),
        (list[Annotated[str, AfterValidator(str.lower)]], "r: a bundle cannot run a validator of your own"),
        (Even | None, "r: a bundle cannot run a validator of your own"),
        (dspy.Image, "r: a bundle holds text and JSON, not dspy.Image"),
        (list[dspy.Image], "r: a bundle holds text and JSON, not dspy.Image"),
        (dspy.ToolCalls, "r: a bundle holds text and JSON, not dspy.ToolCalls"),
    ],
)
def test_a_type_that_no_grammar_holds_is_refused_by_its_field(kind: Any, said: str) -> None:
    signature = dspy.Signature({"q": (str, dspy.InputField()), "r": (kind, dspy.OutputField())})
    program = Two()
    program.answer = dspy.ChainOfThought(signature)
    with pytest.raises(InputError, match=rf"^answer\.predict\.{said}") as refused:
        frozen_steps(program)
    assert "\n" not in str(refused.value)


def test_an_image_as_input_or_in_a_demonstration_is_refused() -> None:
    with pytest.raises(InputError, match=r"^self\.picture: a bundle holds text and JSON, not dspy\.Image"):
        freeze(dspy.Predict("picture: dspy.Image -> a"))
    predict = dspy.Predict("q -> a")
    predict.demos = [dspy.Example(q=dspy.Image("https://example.org/a.png"), a="x")]
    with pytest.raises(InputError, match=r"^self\.q: a demonstration holds Image"):
        freeze(predict)


def computed(forward: Callable[..., Any]) -> dspy.Module:
    return type("Computed", (Two,), {"forward": forward})()


def hidden(self: Any, text: Any) -> Any:
    """Its own ``except`` must not hide the refusal."""
    try:
        return self.summarize(text=text.upper())
    except Exception:
        return self.summarize(text=text)


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda self, text: self.summarize(text=f"About: {text}"), "text: forward makes text of it"),
        (lambda self, text: self.summarize(text="About " + text), "text: forward calculates with it"),
        (lambda self, text: self.summarize(text=text[:9]), "text: forward takes a part of it"),
        (lambda self, text: [self.summarize(text=line) for line in text], "text: forward loops over it"),
        (hidden, "text: forward reads its upper"),
        (lambda self, text: self.summarize(text="".join([text])), "forward: must only hand inputs and outputs on"),
        (lambda self, text: self.summarize(text=object()), "summarize.text: text or what JSON can hold"),
        (lambda self, text: self.summarize(), "summarize.text: forward does not give it"),
        (
            lambda self, text: self.summarize(text=text) if self.summarize(text=text).summary else None,
            "summarize.summary: forward decides by it",
        ),
        (
            lambda self, text: self.summarize(text=self.summarize(text=text).summary),
            "summarize: forward calls this step more than once",
        ),
        (
            lambda self, text: self.summarize(text=text, config={"temperature": 1.0}),
            "summarize: config is given at the call",
        ),
        (lambda self, text: self.summarize(text=text), "answer.predict: forward does not call this step"),
        (lambda self, text: self.summarize(text=text).summary, "forward: must return a dspy.Prediction"),
        (lambda self, text: dspy.Predict("q -> a")(q=text), "forward: must only hand inputs and outputs on"),
    ],
)
def test_what_python_does_between_the_steps_is_refused(forward: Callable[..., Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        freeze(computed(forward))
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def tool(x: str) -> str:
    return x


class Own(dspy.Predict):
    """A predictor of a user's own kind."""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (dspy.ReAct("q -> a", tools=[tool]), "program: dspy.ReAct does more"),
        (dspy.ProgramOfThought("q -> a"), "program: dspy.ProgramOfThought does more"),
        (Own("q -> a"), "program: Own is a predictor of its own kind"),
        (dspy.Module(), "program: it has no predictor"),
        (dspy.Predict("q -> a", temperature=0.7), "self: temperature=0.7 cannot be frozen"),
        (dspy.Predict("q -> a", n=3), "self: n=3 cannot be frozen"),
    ],
)
def test_what_is_no_predictor_is_refused(program: dspy.Module, said: str) -> None:
    with pytest.raises(InputError) as refused:
        freeze(program)
    assert str(refused.value).startswith(said)
