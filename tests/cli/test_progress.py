"""Progress where nobody watches: lines, not bars."""

import pytest
from studysmith.cli.progress import progress_bar


def test_lines_when_a_stage_begins_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as report:
        for done in range(1, 101):
            report("train", done, 100, f"loss {1 / done:.2g}")
        report("export", 1, 1, "")
    assert capsys.readouterr().err.splitlines() == [
        "train: 1 of 100, loss 1",
        "train: 100 of 100, loss 0.01",
        "export: 1 of 1",
    ]
