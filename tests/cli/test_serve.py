"""`serve` as a command: it says where it is, ends well, and refuses in one line what it cannot serve."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.engines.meter import Usage
from studysmith.optimizers.compare import DATA, MethodComparison, MethodResult, save
from studysmith.optimizers.compare_rows import rows_of

pytest.importorskip("uvicorn", reason="install studysmith[serve]")

START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);from studysmith.cli import main; main()"
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a comparison on five learners."""
    usage = Usage(lm_calls=2, prompt_tokens=100, completion_tokens=20, seconds=1.0)
    arms = {"base": ["base"], "text": ["text"]}
    results = {
        name: [MethodResult(id=f"test-{i}", score=score + i / 50, usage=usage) for i in range(5)]
        for name, score in (("base", 0.4), ("text", 0.6))
    }
    folder = tmp_path_factory.mktemp("compared")
    save(MethodComparison(task="plan", rows=rows_of(results, arms), results=results, arms=arms), folder / DATA)
    return folder


@contextmanager
def running(*args: object) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command in a process of its own, and what it says when it listens."""
    command = [sys.executable, "-c", START, "serve", "--port", "0", *map(str, args)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            lines = [process.stderr.readline()]
            if "--report" in args:
                lines.append(process.stderr.readline())
            yield process, lines
        finally:
            process.kill()


def port_of(line: str) -> int:
    found = re.fullmatch(r"The planner is at http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\n", line)
    assert found, line
    return int(found[1])


@pytest.mark.model
def test_ctrl_c_ends_it_well_and_the_report_is_there(compared: Path) -> None:
    with running("--report", compared) as (process, lines):
        port = port_of(lines[0])
        assert lines[1] == f"The report is at http://127.0.0.1:{port}/report\n"
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/report")
        page = connection.getresponse().read().decode()
        connection.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert "5 examples the smallest p that an exact test can give is 0.062" in page
    assert (process.returncode, out, err) == (0, "", "stopped\n")


@pytest.mark.model
def test_sigterm_in_the_middle_of_a_plan_ends_it_well() -> None:
    with running() as (process, lines):
        connection = HTTPConnection("127.0.0.1", port_of(lines[0]), timeout=30)
        body = '{"text": "calculus from the beginning", "profile": {"weeks": 12, "sessions_per_week": 5}}'
        connection.request("POST", "/api/plan", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert b'"progress"' in response.readline()
        process.send_signal(signal.SIGTERM)
        told = response.read().splitlines()[-1]
        connection.close()
        _, err = process.communicate(timeout=30)
    assert b"the server was stopped" in told
    assert (process.returncode, err) == (0, "stopped\n")


def test_what_cannot_be_served_is_one_line(
    studysmith: Callable[..., Any], refused: Callable[..., None], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(studysmith("serve", "--port", taken.getsockname()[1]), "port: cannot listen on 127.0.0.1, port ")
    refused(studysmith("serve", "--host", "no such name"), "host: a name or an address of this machine")
    refused(studysmith("serve", "--report", tmp_path), "report: a folder that `compare` has written")
    (tmp_path / DATA).write_text('{"task": 3}')
    refused(studysmith("serve", "--report", tmp_path), "task: Input should be a valid string")
    refused(studysmith("serve", tmp_path), "is no bundle")
