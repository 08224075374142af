"""`export` as a user meets it: of a run, of a model, and what is made of a bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.bundle.manifest import Manifest
from studysmith.deploy.files import sha256
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.deploy.planner import GOLDEN

Command = Callable[..., Any]
Refused = Callable[..., None]


@pytest.mark.model
def test_export_writes_a_bundle(
    studysmith: Command, refused: Refused, planner_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studysmith.deploy.planner.GOLDEN", ())  # what a golden plan is, test_bundle says
    out = tmp_path / "bundle"
    manifest = studysmith("export", planner_run, "--out", out, "--name", "mine", "--json").json
    assert manifest.pop("digest") == sha256(out / "manifest.json")
    assert Manifest.model_validate(manifest) == Manifest.load(out)
    assert (manifest["name"], manifest["method"]) == ("mine", "unchanged")
    refused(studysmith("export", planner_run, "--out", out), "exists and is not empty")


@pytest.mark.model
def test_export_of_a_model_writes_the_default_planner_with_it(
    studysmith: Command, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studysmith.deploy.default_bundle.GOLDEN", GOLDEN[:1])
    out = tmp_path / "bundle"
    done = studysmith("export", DEFAULT_MODEL, "--out", out)
    assert done.code == 0, done.err
    assert "the default planner, as `plan` runs it with this model; nothing was searched for" in done.out
    manifest = Manifest.load(out)
    assert (manifest.name, manifest.kind, manifest.method) == ("planner", "planner", "default")
    assert manifest.base == sha256(resolve(DEFAULT_MODEL))
    assert studysmith("verify", out, "--fast").code == 0
    request = ("plan", "slope, one week, 20 minutes", "--today", "2026-01-05", "--json")
    assert studysmith(*request, "--bundle", out).json == studysmith(*request).json
    refused(studysmith("export", out), f"source: {out} is a bundle already; `export --to` makes other things of it")


@pytest.mark.model
def test_a_model_goes_on_to_what_is_made_of_a_bundle_in_one_step(
    studysmith: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studysmith.deploy.default_bundle.GOLDEN", ())
    made = studysmith("export", DEFAULT_MODEL, "--to", "messages", "--out", tmp_path / "plain", "--json").json["made"]
    assert made[0] == f"{tmp_path / 'plain' / 'messages.json'}: 3 steps"
    assert sorted(p.name for p in (tmp_path / "plain").iterdir()) == ["golden.json", "messages.json"]


@pytest.mark.model
def test_export_puts_a_bundle_into_a_modelfile(
    studysmith: Command, refused: Refused, bundle: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ollama"
    said = studysmith("export", bundle, "--to", "modelfile", "--out", out).out
    assert f"ollama create NAME -f {out}/Modelfile." in said
    assert (out / "model.gguf").is_file()
    refused(studysmith("export", bundle, "--to", "ollama://127.0.0.1:9/a"), "no Ollama server answers")


@pytest.mark.model
def test_a_full_disk_is_one_line_and_leaves_nothing(studysmith: Command, planner_run: Path, full_disk: Path) -> None:
    done = studysmith("export", planner_run, "--out", full_disk / "bundle")
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("error: out: cannot write ")
    assert "No space left" in done.err
    assert list(full_disk.iterdir()) == []
