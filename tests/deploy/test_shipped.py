"""A compiled default: prompts in the package, weights made in the cache when they are first needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy import shipped
from studysmith.deploy.bundle.freeze import freeze
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.default_bundle import export_default
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.planner import default_planner
from studysmith.programs.planner import StudyPlanner

pytestmark = pytest.mark.model


@pytest.fixture
def compiled(tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package folder with a soft prompt for one step, and an empty cache; the cache's folder."""
    folder, cache = tmp_path / "shipped", tmp_path / "cache"
    folder.mkdir()
    program = StudyPlanner()
    signature = program.choose_way.signature.with_instructions(soft_prompt_text("choose_way", 4))
    program.choose_way.signature = signature
    freeze(program).save(folder / shipped.PROGRAM)
    vectors = np.random.default_rng(0).normal(0, 0.05, (4, 576)).astype(np.float32)
    np.savez(folder / shipped.VECTORS, choose_way=vectors)
    (folder / shipped.EVIDENCE).write_text(json.dumps({"model": sha256(model_path)}))
    monkeypatch.setattr(shipped, "FOLDER", folder)
    monkeypatch.setenv("STUDYSMITH_CACHE", str(cache))
    shipped.evidence.cache_clear()
    yield cache
    shipped.evidence.cache_clear()


def test_weights_are_made_once_and_the_default_plans_with_them(compiled: Path, model_path: Path) -> None:
    _, file = shipped.shipped(model_path)
    made = file.stat().st_mtime_ns
    assert file.parent == compiled
    with default_planner() as planner:
        assert planner.program.steps["choose_way"].messages[0]["content"].startswith("<|soft:choose_way:0|>")
        assert planner.plan("slope, one week, once a week 20 minutes", date(2026, 1, 5)).sessions
    assert file.stat().st_mtime_ns == made


def test_a_bundle_of_the_default_planner_has_them(
    compiled: Path, model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studysmith.deploy.default_bundle.GOLDEN", ())
    manifest = export_default(model_path, tmp_path / "bundle")
    assert manifest.soft_prompts == {"choose_way": 4}
    assert manifest.report == shipped.evidence()
    step = FrozenProgram.load(tmp_path / "bundle" / "program.json").steps["choose_way"]
    assert step.messages[0]["content"] == soft_prompt_text("choose_way", 4)
    _, served = shipped.shipped(model_path)
    assert sha256(tmp_path / "bundle" / "model.gguf") == sha256(served)


def test_another_model_is_left_as_it_is(compiled: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    assert not shipped.made_for(other)


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    compiled: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("STUDYSMITH_CACHE", str(blocked / "inside"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert shipped.shipped(model_path)[1].is_file()
