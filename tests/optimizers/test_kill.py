"""kill -9, at many places, of a search that its budget ends: what is resumed comes to what was never interrupted."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.deploy.journal import Journal
from studysmith.optimizers.result import Result

Compile = Callable[..., Result]
CAP = 120


def dies(work: Callable[[], object], **environment: str) -> bool:
    """Whether the work, in a process of its own under this environment, was killed."""
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a fork of a process with threads may hang; then it is killed as well
        os.environ |= environment
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def scores(result: Result) -> dict[str, float]:
    rows = (json.loads(line) for line in (result.folder / "journal.jsonl").read_text("utf-8").splitlines()[1:])
    return {row["key"]: row["score"] for row in rows if "score" in row}


def same(again: Result, whole: Result) -> None:
    for name in ("candidate", "verdict"):
        assert getattr(again.compiled, name) == getattr(whole.compiled, name)
    assert scores(again) == scores(whole)
    said = [note for note in again.notes if "calls were lost" not in note]
    assert [note for note in said if "kept back" not in note] == [n for n in whole.notes if "kept back" not in n]
    assert whole.compiled.usage["lm_calls"] <= again.compiled.usage["lm_calls"] <= CAP


@pytest.fixture
def compiled(quick: Compile, tiny: str) -> Callable[[str, str], Result]:
    """A compile whose search ends because the budget does."""

    def run(optimizer: str, out: str) -> Result:
        return quick(optimizer, task=f"{tiny}:sized", lm_calls=CAP, out=out, finalists=2)

    return run


@pytest.mark.parametrize(
    ("optimizer", "shares"),
    [("text", (0.01, 0.1, 0.4, 0.7, 0.9, 0.98)), ("random", (0.3, 0.75))],
)
def test_a_kill_in_the_middle_of_a_call(
    compiled: Callable[[str, str], Result], tmp_path: Path, optimizer: str, shares: tuple[float, ...]
) -> None:
    """Everywhere in a run: in the search, among the finalists' calls and in the confirmation."""
    whole = compiled(optimizer, "whole")
    for share in shares:
        at = max(1, round(share * whole.compiled.usage["lm_calls"]))
        run, count = f"run-{at}", str(tmp_path / f"count-{at}")
        assert dies(lambda run=run: compiled(optimizer, run), COUNT_FILE=count, KILL_AT=str(at))
        same(compiled(optimizer, run), whole)


def test_a_kill_in_the_middle_of_a_line_of_the_journal(
    compiled: Callable[[str, str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compiled("text", "whole")
    write = Journal._write
    lines = len((whole.folder / "journal.jsonl").read_bytes().splitlines())
    for at in (1, 3, 14, lines - 1):
        left = at

        def cut(journal: Journal, row: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                journal._file.write(json.dumps(row).encode()[:-5])
                os.kill(os.getpid(), signal.SIGKILL)
            write(journal, row)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(Journal, "_write", cut)
            assert dies(lambda at=at: compiled("text", f"run-{at}"))
        same(compiled("text", f"run-{at}"), whole)


def test_a_kill_between_the_last_score_and_the_result(
    compiled: Callable[[str, str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compiled("text", "whole")
    with monkeypatch.context() as patched:
        patched.setattr("studysmith.optimizers.run.write_atomically", lambda path, content: (
            os.kill(os.getpid(), signal.SIGKILL) if path.name == "compiled.json" else path.write_text(content)
        ))  # fmt: skip
        assert dies(lambda: compiled("text", "run"))
    same(compiled("text", "run"), whole)
