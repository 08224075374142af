"""Progress on a terminal, in a log, and from Python."""

import os
import pty
import subprocess
import sys

import pytest
from studysmith.programs.progress import progress_bar, silent, told

CALL = """
from studysmith.programs.progress import told
with told({}) as report:
    report("judging", 3, 8, "best 0.5, " + "and more " * 20)
"""


def test_lines_where_nobody_watches_when_a_stage_begins_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as report:
        for done in range(1, 101):
            report("train", done, 100, f"loss {1 / done:.2g}")
        report("export", 1, 1, "")
    assert capsys.readouterr().err.splitlines() == [
        "train: 1 of 100, loss 1",
        "train: 100 of 100, loss 0.01",
        "export: 1 of 1",
    ]


def test_a_python_call_tells_a_function_of_the_users_own() -> None:
    heard: list[tuple[str, int, int, str]] = []
    with told(lambda *each: heard.append(each)) as report:
        report("search", 3, 8, "best 0.5")
    assert heard == [("search", 3, 8, "best 0.5")]


def test_a_python_call_tells_nobody_where_no_terminal_watches() -> None:
    with told(True) as report:
        assert report is silent


@pytest.mark.parametrize(("progress", "shown"), [(True, True), (False, False)])
def test_a_python_call_shows_bars_on_a_terminal(progress: bool, shown: bool) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", CALL.format(progress)],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=environment,
        timeout=60,
    )
    os.write(theirs, b"end")
    drawn = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, done.stdout) == (0, b"")
    assert all(said in drawn for said in ("judging", "3/8", "best 0.5")) == shown
    if not shown:
        assert drawn == "end"
