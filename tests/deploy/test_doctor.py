from pathlib import Path

import pytest
from studysmith.deploy import doctor
from studysmith.deploy.doctor import examine


@pytest.mark.model
def test_a_machine_that_runs_these_tests_is_well() -> None:
    findings = {finding.what: finding for finding in examine()}
    assert {"python", "cores", "disk", "xllamacpp", "dspy", "torch", "uvicorn", "embedded model"} <= set(findings)
    assert findings["xllamacpp"].ok
    assert findings["embedded model"].ok
    assert "answers, about " in findings["embedded model"].said
    assert all("\n" not in finding.said for finding in findings.values())


def test_what_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    needed = doctor._package("no-such-package", "the engine", needed=True)
    assert needed == ("no-such-package", False, "not installed (the engine)")
    assert doctor._package("no-such-package", "fine-tuning; install studysmith[train]", needed=False).ok
    monkeypatch.setattr("studysmith.deploy.models.DEFAULT_MODEL", str(tmp_path / "absent.gguf"))
    finding = doctor._embedded()
    assert not finding.ok
    assert "absent.gguf" in finding.said


def test_a_cache_that_cannot_be_written_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STUDYSMITH_CACHE", str(tmp_path / "not" / "there" / "yet"))
    assert "not/there/yet" in doctor._disk().said
    monkeypatch.setenv("STUDYSMITH_CACHE", "/proc/studysmith")
    assert not doctor._disk().ok
