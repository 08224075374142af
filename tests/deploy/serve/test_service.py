"""What the page gets is what Python gives; who waits is told, who leaves makes room, and faults are one sentence."""

import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.bundle.bundle import MODEL
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.base import Likelihoods, Message
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.planner import PROGRAMS, Planner
from studysmith.deploy.web.desk import MOST, fault
from studysmith.deploy.web.service import Service
from studysmith.programs.ics import to_icalendar
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown
from studysmith.programs.replan import Marks

SHORT = {"text": "adding fractions, 2 weeks, one session a week of 20 minutes", "today": "2026-01-05"}
DAY = date(2026, 1, 5)


def planner(engine: Any) -> Planner:
    return Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine)


@pytest.fixture(scope="module")
def plan(engine: LlamaCppEngine) -> StudyPlan:
    return planner(engine).plan(str(SHORT["text"]), DAY)


def test_a_plan_comes_week_by_week_and_is_what_python_gives(client: Any, plan: StudyPlan) -> None:
    status, _, lines = client.ask("/api/plan", SHORT)
    assert status == 200
    *told, last = lines
    assert last == {"result": plan.model_dump(mode="json")}
    steps = [line["progress"] for line in told if "progress" in line]
    assert [step["done"] for step in steps if step["total"] == len(plan.sessions)] == list(range(len(plan.sessions)))
    assert steps[-1]["said"] == f"Choosing how to work in session {len(plan.sessions)} of {len(plan.sessions)}."
    weeks = [week for line in told if (week := line.get("week"))]
    assert weeks == [week for phase in last["result"]["phases"] for week in phase["weeks"]]
    # The first week is there before the model is asked for the second one.
    kinds = [next(iter(line)) for line in told]
    assert kinds.index("week") < len(kinds) - 1 - kinds[::-1].index("progress")
    assert [line["frame"]["title"] for line in told if "frame" in line] == [plan.title] * len(weeks)


def test_fields_win_over_the_text_and_a_sheet_is_added(client: Any) -> None:
    asked = {"text": "slope", "profile": {"weeks": 1, "minutes_per_week": 20}, "practice": 3, "today": "2026-01-05"}
    made = StudyPlan.model_validate(client.ask("/api/plan", asked)[2][-1]["result"])
    assert (len(made.weeks), len(made.practice)) == (1, 3)


def test_what_is_unclear_is_asked(client: Any) -> None:
    made = client.ask("/api/plan", {"text": "please help me", "today": "2026-01-05"})[2][-1]["result"]
    assert made["needs"]["question"].startswith("Which topic")


def test_the_rest_is_planned_anew(client: Any, plan: StudyPlan, engine: LlamaCppEngine) -> None:
    marks = {"done": ["1.1"], "missed": [], "hard": []}
    asked = {"plan": plan.model_dump(mode="json"), "marks": marks, "today": "2026-01-08"}
    found = client.ask("/api/replan", asked)[2][-1]["result"]
    assert found == planner(engine).replan(plan, Marks(done=["1.1"]), date(2026, 1, 8)).model_dump(mode="json")


def test_files_are_those_of_the_command_line(client: Any, plan: StudyPlan) -> None:
    _, _, found = client.ask("/api/formats", {"plan": plan.model_dump(mode="json")})
    assert found["markdown"] == to_markdown(plan)
    assert StudyPlan.model_validate_json(found["json"]) == plan
    assert found["ical"].count("BEGIN:VEVENT") == to_icalendar(plan).decode().count("BEGIN:VEVENT")


REFUSED = [
    ("/api/plan", {"text": ""}, "text", "say in a sentence what you want to learn"),
    ("/api/plan", {"text": "slope", "profile": {"weeks": 99}}, "weeks", "less than or equal to 52"),
    ("/api/plan", {"text": "slope", "profile": {"wekes": 9}}, "wekes", "did you mean weeks?"),
    ("/api/plan", {"text": "slope", "practice": 900}, "practice", "less than or equal to 200"),
    ("/api/plan", {"text": "slope", "today": "soon"}, "today", "valid date"),
    ("/api/plan", {"text": "slope", "today": "0001-01-01"}, "today", ""),
    ("/api/plan", {"text": 3}, "text", "valid string"),
    ("/api/plan", {"text": "slope", "evil": 1}, "evil", "not permitted"),
    ("/api/plan", b"{", "input", "Invalid JSON"),
    ("/api/plan", b"[" * 100_000, "input", "Invalid JSON"),
    ("/api/replan", {"plan": {}, "marks": {}}, "plan.title", "required"),
    ("/api/formats", {"plan": 3}, "plan", ""),
]


@pytest.mark.parametrize(("path", "body", "field", "said"), REFUSED)
def test_what_cannot_be_used_is_one_sentence_that_names_the_field(
    client: Any, path: str, body: Any, field: str, said: str
) -> None:
    _, _, answer = client.ask(path, body)
    error = (answer[-1] if isinstance(answer, list) else answer)["error"]
    assert (error["kind"], error["field"]) == ("input", field)
    assert said in error["message"]
    assert "\n" not in error["message"]


class Slow:
    """The engine, which counts what it scores and waits to be let through."""

    def __init__(self, engine: LlamaCppEngine):
        self.engine, self.scored = engine, 0
        self.asked, self.go = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        self.scored += 1
        self.asked.set()
        assert self.go.wait(30)
        return self.engine.score(messages, candidates)


def test_one_plan_at_a_time_and_who_waits_is_told(serve: Callable[..., Any], engine: LlamaCppEngine) -> None:
    slow = Slow(engine)
    with serve(Service(planner(slow))) as client, client.opened("/api/plan", SHORT) as first:
        assert slow.asked.wait(30)
        with client.opened("/api/plan", SHORT) as second:
            assert b'"said": "Waiting: 1 other plan is made first."' in second.readline()
            slow.go.set()
            results = [response.read().splitlines()[-1] for response in (first, second)]
    assert results[0] == results[1]
    assert results[0].startswith(b'{"result": {"title": ')


def test_who_leaves_makes_room(serve: Callable[..., Any], engine: LlamaCppEngine) -> None:
    slow = Slow(engine)
    long = {**SHORT, "profile": {"weeks": 12, "sessions_per_week": 3}, "text": "calculus from the beginning"}
    with serve(Service(planner(slow))) as client:
        with client.opened("/api/plan", long) as left:
            assert slow.asked.wait(30)
            assert left.readline()
            left.close()
        with client.opened("/api/plan", SHORT) as stays:
            assert b"Waiting" in stays.readline()
            slow.go.set()
            assert b'{"result"' in stays.read()
    assert slow.scored <= 1 + 2  # the one that was being scored, and the two sessions of the other plan


def test_a_server_that_stops_says_so(serve: Callable[..., Any], engine: LlamaCppEngine) -> None:
    slow = Slow(engine)
    with serve(Service(planner(slow))) as client:
        response = client.opened("/api/plan", SHORT)
        opened = response.__enter__()
        assert slow.asked.wait(30)
        threading.Timer(0.2, slow.go.set).start()
    assert b"the server was stopped" in opened.read().splitlines()[-1]
    response.__exit__(None, None, None)


def test_too_many_are_turned_away(serve: Callable[..., Any], engine: LlamaCppEngine) -> None:
    slow = Slow(engine)
    with serve(Service(planner(slow))) as client:
        waiting = [client.opened("/api/plan", SHORT) for _ in range(MOST)]
        for each in waiting:
            each.__enter__().readline()
        _, _, [line] = client.ask("/api/plan", SHORT)
        assert line == {"error": {"kind": "busy", "message": f"{MOST} plans are waiting already; try again later"}}
        for each in waiting:
            each.__exit__(None, None, None)
        slow.go.set()


def test_a_fault_of_ours_is_a_sentence_without_a_traceback(
    serve: Callable[..., Any], engine: LlamaCppEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Slow):
        def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
            raise RuntimeError("a secret path")

    with serve(Service(planner(Broken(engine)))) as client:
        status, _, lines = client.ask("/api/plan", SHORT)
    assert (status, lines[-1]["error"]["kind"]) == (200, "fault")
    assert "secret" not in str(lines)
    assert "RuntimeError('a secret path')" in capsys.readouterr().err


def test_a_sentence_without_a_field_names_none() -> None:
    from studysmith.deploy.errors import EngineError
    from studysmith.programs.errors import InputError

    assert fault(InputError("two words: no field")) == {"kind": "input", "message": "two words: no field"}
    assert fault(EngineError("the engine is closed")) == {"kind": "fault", "message": "the engine is closed"}


def test_a_bundle_is_named_and_checked(serve: Callable[..., Any], bundle: Path) -> None:
    from studysmith.deploy.planner import load_planner

    with load_planner(bundle) as loaded, serve(Service(loaded, bundle)) as client:
        _, _, about = client.ask("/api/about")
        _, _, lines = client.ask("/api/selftest", {})
    assert (about["name"], about["bytes"]) == ("small", (bundle / MODEL).stat().st_size)
    assert lines[-1]["result"]["passed"]
    assert len(lines) == 1 + len(lines[-1]["result"]["checks"])
