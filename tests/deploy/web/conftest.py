"""A bundle as a site, and a browser to open it; tests that need what is not here say how to get it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.planner import PROGRAMS
from studysmith.deploy.web import export as web
from studysmith.deploy.web.vendor import vendored
from studysmith.programs.errors import InputError

U_SUBSTITUTION = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
PAGE = Path(__file__).parent / "page"


@pytest.fixture(scope="session")
def planner_bundle(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "planner"
    golden = [{"text": "I am stuck on adding fractions, 1 week, once for 20 minutes.", "today": "2026-01-05"}]
    export(FrozenProgram.load(PROGRAMS["chosen"]), model_path, folder, name="pocket", method="baseline", golden=golden)
    return folder


@pytest.fixture(scope="session")
def site(planner_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a bundle, with one more page, ``try.html``, which does nothing but pass on what a test asks."""
    try:
        vendored()
    except InputError as missing:
        pytest.skip(str(missing))
    target = tmp_path_factory.mktemp("sites") / "site"
    pages = tmp_path_factory.mktemp("pages")
    for folder in (web.PAGE, PAGE):
        shutil.copytree(folder, pages, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web, "PAGE", pages)
        web.export_web(planner_bundle, target)
    return target


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("needs Chromium, by apt-get install chromium, or its path in CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()
