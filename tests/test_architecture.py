"""The arrows between the rooms, held by the contracts in ``pyproject.toml``."""

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parent.parent
ROOMS = ["cli", "programs", "metrics", "deploy", "optimizers", "finetune"]


def test_arrows_point_one_way_and_never_in_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


def test_the_root_holds_no_python_but_its_face() -> None:
    assert sorted(path.name for path in ROOT.glob("*.py")) == ["__init__.py", "__main__.py"]


@pytest.mark.parametrize("init", sorted(p for r in ROOMS for p in (ROOT / r).rglob("__init__.py")), ids=str)
def test_a_room_names_all_that_is_in_it(init: Path) -> None:
    tree = ast.parse(init.read_text("utf-8"))
    assert "\n" not in (ast.get_docstring(tree) or "\n")
    inside = {p.stem for p in init.parent.glob("*.py")} | {p.parent.name for p in init.parent.glob("*/__init__.py")}
    named = next(node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
    listed = set(ast.literal_eval(named))
    if listed & inside:  # a family lists its files; one with a face of its own lists names
        assert listed == inside - {"__init__"}


def test_every_package_is_installed() -> None:
    """A folder that nobody lists works in the repository and is missing for everybody who installs it."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    there = {file.parent for room in ROOMS for file in (ROOT / room).rglob("__init__.py")}
    assert {"studysmith", *(".".join(("studysmith", *p.relative_to(ROOT).parts)) for p in there)} == set(listed)
