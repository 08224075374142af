"""Ctrl-C and other signals: one line, an exit code, and what is done is kept."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studysmith.optimizers.run import Compiled

Command = Callable[..., Any]


START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);from studysmith.cli import main; main()"
)


def interrupted(
    ready: Callable[[], bool], *args: object, by: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, and press Ctrl-C, or send another signal, once it is ready."""
    command = [sys.executable, "-c", START, *map(str, args)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 120
            while not ready() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(by)
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.model
def test_ctrl_c_ends_a_search_with_the_best_so_far(tiny: str, tmp_path: Path) -> None:
    journal = tmp_path / "run" / "journal.jsonl"
    much = ("--lm-calls", 100_000, "--examples", 4, "--validation", 2, "--confirm", 2)
    command = ("compile", "--task", f"{tiny}:task", *much, "--out", tmp_path / "run", "--json")
    done = interrupted(lambda: journal.exists() and b'"score":' in journal.read_bytes(), *command)
    assert done.returncode == 130, done.stderr
    compiled = Compiled.model_validate_json(done.stdout)
    assert not compiled.finished
    assert "Traceback" not in done.stderr


SIGNALS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]


@pytest.mark.model
@pytest.mark.parametrize(("by", "code", "said"), SIGNALS)
def test_a_signal_ends_a_comparison_with_one_line(by: signal.Signals, code: int, said: str, tmp_path: Path) -> None:
    command = ("compare", "--learners", 2, "--out", tmp_path)
    done = interrupted(lambda: any(tmp_path.glob("baseline-*.jsonl")), *command, by=by)
    assert done.returncode == code
    again = f"run the same command again to continue: studysmith compare --learners 2 --out {tmp_path}"
    assert done.stderr.splitlines()[-1] == f"error: {said}; {again}"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "code", "said"), SIGNALS)
def test_a_command_that_keeps_nothing_does_not_promise_to_continue(
    studysmith: Command, number: signal.Signals, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studysmith.programs.curriculum.curriculum", lambda: signal.raise_signal(number))
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
    try:
        assert studysmith("concepts") == (code, "", f"error: {said}\n")
    finally:
        signal.signal(signal.SIGINT, usual)
