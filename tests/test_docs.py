"""What the documents show works: Python examples run, command lines parse.

A block marked ``python long`` takes minutes or a person's answers, and is not run.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from studysmith.cli.app import app
from studysmith.metrics.validity.cases import expert_cases

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NEEDS_A_BUNDLE = "studysmith.load("


def blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for document in DOCUMENTS:
        for block in re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.M | re.S):
            found.append((document.name, block))
    return found


@pytest.mark.model
@pytest.mark.parametrize(("document", "code"), [b for b in blocks("python") if NEEDS_A_BUNDLE not in b[1]])
def test_python_examples_run(document: str, code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    known = expert_cases()[0]
    exec(compile(code, document, "exec"), {"__name__": "example", "plan": known.plan, "profile": known.profile})


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (document, line.removeprefix("$ "))
        for document, block in blocks("console")
        for line in block.replace("\\\n", " ").splitlines()
        if line.removeprefix("$ ").startswith("studysmith ")
    ],
)
def test_command_lines_parse(document: str, line: str) -> None:
    command, words = app, shlex.split(line, comments=True)[1:]
    while hasattr(command, "get_command"):
        command = command.get_command(None, words.pop(0))
    command.make_context(document, words)
