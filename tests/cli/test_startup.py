"""What starting costs: which libraries are imported, and that the table of commands says what their files hold."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from studysmith.cli.app import COMMANDS, app
from typer.main import get_group

HEAVY = {"dspy", "matplotlib", "networkx", "numpy", "optuna", "rich", "scipy", "sympy", "torch", "xllamacpp"}
FILES = sorted({file for file, _ in COMMANDS.values()})


def imported_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has imported after `code`."""
    show = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {code}"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True, timeout=60)
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


def test_the_package_imports_only_itself() -> None:
    assert not imported_by("import studysmith") & (HEAVY | {"pydantic", "typer"})


def test_help_imports_nothing_heavy() -> None:
    def run(*arguments: str) -> set[str]:
        return imported_by(f"sys.argv[1:] = {arguments}; from studysmith.cli import main; main()")

    assert not run("--help") & (HEAVY | {"pydantic"})
    assert not run("compile", "--help") & HEAVY  # pydantic is what Typer checks parameters with


def test_a_request_without_formulas_is_planned_without_algebra() -> None:
    code = (
        "from studysmith.deploy import planner; from studysmith.programs.curriculum import curriculum; "
        "from studysmith.programs.request.topics.work import pasted_work; "
        "curriculum().ancestors('slope'); pasted_work('I mix up slope and intercept. Two weeks.', curriculum())"
    )
    assert not imported_by(code) & {"dspy", "networkx", "sympy", "torch"}


@pytest.mark.parametrize("file", FILES)
def test_the_table_of_commands_is_what_the_files_hold(file: str) -> None:
    held = get_group(import_module(f"studysmith.cli.{file}").app).commands
    assert set(held) == {name for name, (where, _) in COMMANDS.items() if where == file}
    for name, command in held.items():
        assert app.get_command(None, name).name == name
        assert command.get_short_help_str()


def test_every_file_of_the_command_line_is_in_the_table() -> None:
    folder = Path(sys.modules["studysmith.cli"].__file__ or "").parent
    others = {"__init__", "app", "files", "options", "question", "sentence", "tables", "tuning"}
    assert sorted(path.stem for path in folder.glob("*.py") if path.stem not in others) == FILES
