"""`plan`, `practice` and `score` as a user meets them."""

import contextlib
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from studysmith.cli.files import put_out
from studysmith.cli.question import ask
from studysmith.programs.curriculum import curriculum
from studysmith.programs.plan import Question, StudyPlan

Command = Callable[..., Any]
Refused = Callable[..., None]


@pytest.mark.model
def test_plan_prints_a_study_plan(plan_file: Path) -> None:
    plan = StudyPlan.model_validate_json(plan_file.read_text("utf-8"))
    assert len(plan.weeks) == len(plan.sessions) == 1
    assert plan.sessions[0].minutes == 20
    assert "<|" not in plan_file.read_text("utf-8")


def test_plan_takes_a_profile_and_a_bundle_and_prints_markdown(
    studysmith: Command, bundle: Path, profile_file: Path
) -> None:
    done = studysmith("plan", "--profile", profile_file, "--bundle", bundle, "--today", "2026-01-05")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("# ")
    assert "Slope" in done.out


@pytest.mark.model
def test_options_win_over_the_text(studysmith: Command, short: tuple[str, ...], bundle: Path) -> None:
    options = ("--deadline", "2026-01-20", "--course", "Grade 9", "--struggle", "Chain rule", "--prefer", "flash cards")
    times = ("--days", "mon,wed", "--away", "2026-01-12..2026-01-13", "--total", "2h", "--hours", "5 to 6 pm")
    done = studysmith("plan", "slope", *short, *options, *times, "--need", "dyslexia", "--json", "--bundle", bundle)
    profile = StudyPlan.model_validate(done.json).profile
    assert profile
    assert (profile.course, profile.struggles, profile.preferences) == ("Grade 9", ["chain-rule"], ["flash cards"])
    assert (profile.days, profile.hours, profile.needs) == (["mon", "wed"], "5 to 6 pm", ["dyslexia"])
    assert (profile.deadline, profile.total_minutes) == (date(2026, 1, 20), 120)
    assert profile.away == [(date(2026, 1, 12), date(2026, 1, 13))]


@pytest.mark.model
def test_a_plan_is_planned_anew_from_its_file(studysmith: Command, bundle: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "plan.json", tmp_path / "new.json"
    text = "slope, 3 weeks, 3 times a week for 30 minutes"
    studysmith("plan", text, "--today", "2026-11-25", "--bundle", bundle, "--json", "--out", old)
    marks = ("--done", "1.1,1.2", "--missed", "2", "--hard", "slope", "--today", "2026-12-05")
    done = studysmith("replan", old, *marks, "--bundle", bundle, "--json", "--out", new)
    assert (done.code, done.out) == (0, "")
    plan = StudyPlan.model_validate_json(new.read_text("utf-8"))
    assert "2 of 8 sessions are done" in plan.assumptions[0]
    assert "slope" in {s.concept for s in plan.sessions}


class Terminal(io.StringIO):
    """A file that somebody sits at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "meant"), [("2\n", "slope"), ("\n", None), ("7\nx\n1\n", "chain-rule")], ids=["2", "Enter", "wrong first"]
)
def test_which_topic_is_meant_is_asked_on_a_terminal(
    typed: str, meant: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = Question(field="topics", question="Which of these is meant?", options=["chain-rule", "slope"])
    screen, errors = Terminal(), io.StringIO()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(errors):
        assert ask(needs, curriculum()) == meant
    assert "Which of these is meant?\n  1. Chain rule\n  2. Slope of a line\n" in errors.getvalue()


def test_nothing_is_asked_where_nobody_sits_or_there_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = Question(field="topics", question="Which of these is meant?", options=["slope"])
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    with contextlib.redirect_stdout(Terminal()):
        assert ask(needs, curriculum()) is None
    monkeypatch.setattr("sys.stdin", Terminal("1\n"))
    with contextlib.redirect_stdout(io.StringIO()):
        assert ask(needs, curriculum()) is None
    with contextlib.redirect_stdout(Terminal()):
        assert ask(needs.model_copy(update={"options": []}), curriculum()) is None


@pytest.mark.model
def test_score_says_why(studysmith: Command, plan_file: Path, profile_file: Path) -> None:
    card = studysmith("score", plan_file, "--profile", profile_file, "--json").json
    assert set(card) == {"overall", "dimensions"}
    assert 0 <= card["overall"] <= 1
    assert len(card["dimensions"]) == 8
    for dimension in card["dimensions"].values():
        assert {"score", "level", "evidence"} <= set(dimension)
        assert 0 <= dimension["score"] <= 1
        assert dimension["level"] in (-1, 0, 1)
        assert isinstance(dimension["evidence"], list)
    both = studysmith("score", plan_file, "--profile", profile_file, "--compare", plan_file, "--json").json
    assert both == {"plan": card, "other": card}
    table = studysmith("score", plan_file, "--profile", profile_file)
    assert table.code == 0
    assert table.out.startswith("Overall ")
    assert all(name.capitalize() in table.out for name in card["dimensions"])


def test_a_plan_that_was_there_survives_a_failed_write(
    studysmith: Command, refused: Refused, short: tuple[str, ...], bundle: Path, full_disk: Path
) -> None:
    out = full_disk / "plan.ics"
    out.write_text("the old plan")
    with (full_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    done = studysmith("plan", "adding fractions", *short, "--bundle", bundle, "--format", "ical", "--out", out)
    refused(done, "out: cannot write ")
    assert out.read_text() == "the old plan"


def test_practice_prints_a_sheet_with_answers_apart(studysmith: Command, refused: Refused) -> None:
    rows = studysmith("practice", "slope", "--count", "20", "--seed", "3", "--json").json
    assert len({row["task"] for row in rows}) == 20
    assert all(set(row) == {"task", "answer"} for row in rows)
    done = studysmith("practice", "slope of a line", "--count", "3")
    tasks, answers = done.out.split("## Answers")
    assert (tasks.count("\n1. "), answers.count("\n3. ")) == (1, 1)
    refused(studysmith("practice", "juggling"), "concept: ")
    refused(studysmith("practice", "slope", "--count", "201"), "count: 1 to 200")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--practice", "0"), "practice: 1 to 200"),
        (("--minutes", "4"), "--minutes: Input should be greater than or equal to 5 (got 4)"),
        (("--sessions", "9"), "--sessions: Input should be less than or equal to 7 (got 9)"),
        (("--course", "blah"), "course: a course, an exam or a grade, such as Calculus 1, GCSE or Grade 7"),
        (("--today", "9999-12-31"), "today: a day from 1900-01-01 to 9000-12-31 (got 9999-12-31)"),
        (("--today", ""), "today: a date as YYYY-MM-DD (got '')"),
        (("--wording", "sung"), "wording: chosen or free (got 'sung')"),
        (("--wording", "free", "--bundle", "anywhere"), "wording: a bundle has its own"),
        (("--reading", "tea"), "reading: rules or model (got 'tea')"),
        (("--reading", "model", "--bundle", "anywhere"), "reading: a bundle has its own"),
    ],
)
def test_what_plan_cannot_add_is_refused_before_anything_is_loaded(
    studysmith: Command, refused: Refused, options: tuple[str, ...], said: str
) -> None:
    refused(studysmith("plan", "slope", *options), said)


@pytest.mark.parametrize(("form", "begin"), [("markdown", "# Slope"), ("ical", "BEGIN:VCALENDAR"), ("json", "{")])
def test_that_a_file_was_written_is_said(
    form: str, begin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = StudyPlan(title="Slope", start=date(2026, 1, 5)), tmp_path / "plan"
    put_out(study, form, None, out)
    assert out.read_text("utf-8").startswith(begin)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"wrote {out}\n")


def test_a_folder_is_refused_as_a_file_before_anything_is_loaded(
    studysmith: Command, refused: Refused, tmp_path: Path
) -> None:
    refused(studysmith("plan", "slope", "--out", tmp_path), "out: a file, not a folder")


@pytest.mark.model
def test_a_plan_is_scored_for_the_learner_that_it_names(studysmith: Command, refused: Refused, plan_file: Path) -> None:
    assert 0 < studysmith("score", plan_file, "--json").json["overall"] < 1
    nameless = plan_file.with_name("nameless.json")
    nameless.write_text(json.dumps({**json.loads(plan_file.read_text("utf-8")), "profile": None}))
    refused(studysmith("score", nameless), "profile: ")


@pytest.mark.model
def test_a_sheet_is_added_to_a_plan(studysmith: Command, short: tuple[str, ...], bundle: Path) -> None:
    done = studysmith("plan", "slope", *short, "--practice", "5", "--json", "--bundle", bundle)
    plan = StudyPlan.model_validate(done.json)
    shown = {a.task for s in plan.sessions for a in s.activities}
    assert len(plan.practice) == 5
    assert not shown & {task.task for task in plan.practice}
