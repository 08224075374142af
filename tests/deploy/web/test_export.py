"""What ``export --to web`` writes, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from studysmith.deploy.bundle.bundle import check
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.targets import export_to
from studysmith.deploy.errors import BundleError
from studysmith.deploy.planner import PROGRAMS, READER
from studysmith.deploy.web.asked import ModelFacts
from studysmith.deploy.web.export import POLICY
from studysmith.programs.errors import InputError, StudysmithError


def test_a_site_holds_the_bundle_and_lists_all_its_files(site: Path) -> None:
    assert check(site / "bundle").name == "small"
    listed = json.loads((site / "site.json").read_text())
    there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert there == {*listed["files"], listed["model"]["path"], "site.json", "sw.js"}
    for name, about in listed["files"].items():
        raw = (site / name).read_bytes()
        assert about["bytes"] == len(raw)
        assert about["integrity"] == f"sha256-{base64.b64encode(hashlib.sha256(raw).digest()).decode()}"
    compat = sum(about["bytes"] for name, about in listed["files"].items() if name.startswith("wllama/compat"))
    assert sum(about["bytes"] for about in listed["files"].values()) - compat < 40e6
    worker = (site / "sw.js").read_text()
    assert hashlib.sha256((site / "site.json").read_bytes()).hexdigest()[:16] in worker
    assert POLICY in worker
    assert all(path.stat().st_mode & 0o005 == 0o005 for path in site.rglob("*") if path.is_dir())


def test_nothing_in_it_is_from_elsewhere(site: Path) -> None:
    pages = list(site.glob("*.html"))
    assert {"index.html", "selftest.html"} <= {page.name for page in pages}
    for page in pages:
        assert page.read_text().count(f'content="{POLICY}"') == 1
    for path in (*pages, *site.glob("*.js"), *site.glob("*.css")):
        text = path.read_text().replace("http://www.w3.org/", "")
        assert not re.search(r"https?://|(?:src|href|url|URL|import|from)[=( ]*[\"']/|style=\"", text), path.name
    assert "MIT" in (site / "licences.txt").read_text()


def test_what_python_knows_of_the_model_is_what_it_is_scored_by(site: Path) -> None:
    facts = ModelFacts.load(site / "model.json")
    assert len(facts.spellings) > 190
    for candidate, spelt in facts.spellings.items():
        assert len(spelt.ids) == len(spelt.ends)
        assert spelt.ends[-1] == len(candidate)
        assert spelt.ends == sorted(spelt.ends)


def test_what_a_page_cannot_do_is_refused_in_one_line(site: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    """The fixture ``site`` is there to skip without what a page runs on."""
    for name, program, said in (
        ("free", PROGRAMS["free"], "write_week: a model in a page chooses and does not write"),
        ("reader", READER, "holds no planner, and a site plans"),
    ):
        folder = tmp_path / name
        base = tiny_gguf.with_name("base.gguf")
        export(FrozenProgram.load(program), base, folder, name=name, method="baseline", golden=[])
        with pytest.raises(StudysmithError, match=said):
            export_to("web", folder, tmp_path / "out")
    with pytest.raises(BundleError, match="no bundle"):
        export_to("web", tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match=r"out: .* is not empty"):
        export_to("web", site / "bundle", site)
    with pytest.raises(InputError, match="bits: is no option of --to web"):
        export_to("web", site / "bundle", tmp_path / "out", bits="4")
    assert not (tmp_path / "out").exists()
