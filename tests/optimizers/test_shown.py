"""What long work in Python shows on a terminal, without being asked to: bars on standard error."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import studysmith as ss

ENGINE = f"{Path(__file__).with_name('counting_engine.py')}:CountingEngine"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_is_watched_unless_it_is_asked_to_be_silent(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    model, out = tmp_path / "some.gguf", tmp_path / "run"
    model.write_bytes(b"the counting engine does not read it")
    where = {"model": model, "engine": ENGINE}
    few = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8, "seed": 0}
    task, budget = f"{tiny}:task", ss.Budget(lm_calls=40)
    with redirect_stderr(Terminal()) as screen:
        ss.compile(task, budget=budget, progress=False, out=tmp_path / "silent", **where, **few)
        assert screen.getvalue() == ""
        run = ss.compile(task, budget=budget, out=out, **where, **few)
        assert "search" in screen.getvalue()
        ss.why(run, learners=2)
        assert "why" in screen.getvalue()
        ss.compare([run], learners=2, out=tmp_path / "compare")
        assert "compare" in screen.getvalue()
        ss.headroom(task, budgets=[budget], wordings=3, sample=4, replies=0, out=tmp_path / "look", **where)
        assert "wordings" in screen.getvalue()
