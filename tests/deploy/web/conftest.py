"""A bundle as a site; tests that need what a page runs on, and it is not here, say how to get it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from studysmith.deploy.web import export as web
from studysmith.deploy.web.vendor import vendored
from studysmith.programs.errors import InputError

U_SUBSTITUTION = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
PAGE = Path(__file__).parent / "page"


@pytest.fixture(scope="session")
def site(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
        web.export_web(bundle, target)
    return target
