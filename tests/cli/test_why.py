"""`studysmith why`: a table, JSON, and one line for what cannot be explained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget

Command = Callable[..., Any]
COUNTING = f"{Path(__file__).parents[1] / 'optimizers' / 'counting_engine.py'}:CountingEngine"


@pytest.fixture
def run(tiny: str, tmp_path: Path) -> Path:
    (tmp_path / "some.gguf").write_bytes(b"weights")
    settings = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8}
    given = {"model": tmp_path / "some.gguf", "engine": COUNTING, "out": tmp_path / "run", **settings}
    return compile(f"{tiny}:task", "text", budget=Budget(lm_calls=120), **given).folder


def test_it_prints_a_table_or_json(run: Path, studysmith: Command) -> None:
    found = studysmith("why", run, "--engine", COUNTING, "--learners", 4, "--json").json
    assert found["n"] == 4
    assert found["parts"][0]["text"] == "Always answer red."
    done = studysmith("why", run, "--engine", COUNTING, "--learners", 4)
    assert done.code == 0, done.err
    assert done.out.startswith("colour, winner of text (confirmed): ")
    for said in ("colour, sentence 1:", "instruction 2 of the pool", "4 examples can show nothing at 5 %"):
        assert said in " ".join(done.out.split())
    assert f"measuring took {found['usage']['lm_calls']:.0f} calls" in done.out


def test_what_cannot_be_explained_is_said_in_one_line(
    run: Path, tmp_path: Path, studysmith: Command, refused: Callable[..., None]
) -> None:
    refused(studysmith("why", tmp_path), "holds no finished compile")
    refused(studysmith("why", run, "--task", "plan"), "was compiled for other steps than those of plan")
    (tmp_path / "some.gguf").unlink()
    refused(studysmith("why", run, "--engine", COUNTING), "which is gone; compile again")
