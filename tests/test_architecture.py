"""The arrows between the rooms, held by the contracts in ``pyproject.toml``."""

from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parent.parent
ROOMS = ["cli", "programs", "metrics", "deploy", "optimizers", "finetune"]


def test_arrows_point_one_way_and_never_in_a_circle(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


def test_the_root_holds_no_python_but_its_face() -> None:
    assert sorted(path.name for path in ROOT.glob("*.py")) == ["__init__.py", "__main__.py"]
