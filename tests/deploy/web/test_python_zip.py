"""What is sent to a browser, and the stand-in for what Python's own patterns lack."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from studysmith.deploy.errors import ModelError
from studysmith.deploy.planner import PROGRAMS, READER
from studysmith.deploy.web import vendor
from studysmith.deploy.web.python_zip import STAND_INS, write_algebra, write_python
from studysmith.programs.errors import InputError

DATES = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
import dateparser, regex
from datetime import datetime
rules = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": datetime(2026, 1, 4), "REQUIRE_PARTS": ["day", "month"]}
texts = ("23 January 2026", "feb 3rd", "3 December", "monday 3 feb", "2nd of march at 5pm", "1 décembre", "in 3 weeks",
    "14. Februar", "3 de marzo", "20 de março", "il y a 3 jours", "3月20日", "30 march EST", "12 days from now", "soon")
read = [str(dateparser.parse(text, languages=[code], settings=rules)) for text in texts for code in ("en", "fr", "de",
    "es", "pt", "zh")]
print(json.dumps([regex.__file__, read]))
"""


def read_dates(*first: str) -> tuple[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", DATES, json.dumps(first)], capture_output=True, text=True, check=True)
    file, read = json.loads(done.stdout)
    return file, read


def test_dates_are_read_the_same_with_the_stand_in() -> None:
    folder = str(Path(vendor.__file__).parent / STAND_INS)
    (whole, wanted), (stand_in, found) = read_dates(), read_dates(folder)
    assert (whole.startswith(folder), stand_in.startswith(folder)) == (False, True)
    assert found == wanted
    assert len({*wanted}) > 8


def test_a_page_gets_our_code_and_what_it_imports_and_nothing_else(tmp_path: Path) -> None:
    try:
        packages = write_python(tmp_path / "python.zip")
    except InputError as missing:
        pytest.skip(str(missing))
    with zipfile.ZipFile(tmp_path / "python.zip") as file:
        names = set(file.namelist())
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        compiled = {name for name in names if name.endswith((".so", ".pyd", ".pyc"))}
        assert [name.partition("/")[0] for name in compiled] == ["pydantic_core"]
        senses = json.loads(file.read("studysmith/programs/data/senses.yaml"))
    assert senses
    assert "studysmith/deploy/web/session.py" in names
    assert {f"studysmith/deploy/data/{path.name}" for path in (*PROGRAMS.values(), READER)} <= names
    assert not [name for name in names if "/tests/" in name or name.startswith("studysmith/programs/data/teaching/")]
    assert all(package["licence"] for package in packages)
    assert (tmp_path / "python.zip").stat().st_size < 7_000_000
    assert [package["name"] for package in write_algebra(tmp_path / "sympy.zip")] == ["mpmath", "sympy"]


def test_what_is_not_the_pinned_package_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(b"another")
    with pytest.raises(ModelError, match="web: some is not the pinned one"):
        vendor._check("some", wheel, "0" * 64)
    assert not wheel.exists()


def test_without_what_a_page_runs_on_one_line_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    with pytest.raises(InputError, match=r"studysmith\.deploy\.web\.vendor"):
        vendor.vendored()
