"""`plan`, `practice` and `score` as a user meets them."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studysmith.programs.plan import StudyPlan

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
