"""The comparison of engines: its rows on a model of two layers, its table and its resuming on rows as they are kept."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.programs.errors import InputError

from benchmarks import engine_rows, engines
from benchmarks.engine_bundle import BUNDLE, CASES, _asked_of, cases_of, prepare
from benchmarks.engine_rows import make, row


def found(name: str, speed: float = 20.0, **more: Any) -> dict[str, Any]:
    counts = {"prompts": 5, "prompt_ids_golden": 5, "reply_golden": 2, "reply_peft": 1}
    compared = {"parted": ["prompt 2, token 9: 3 instead of 4, 0.1 nats less likely"], "places": 640, "top1": 0.98}
    rates = {"kl_mean": 0.0012, "kl_max": 0.1, "prompt_per_second": 100.0, "reply_per_second": speed, "cpu_ms": None}
    sizes = {"peak_mb": 400, "file_mb": 128.5, "notes": ["a note"]}
    return {"row": name, **counts, **compared, **rates, **sizes, **more}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file of rows, one of them cut off, with the files that a run leaves beside it."""
    out = tmp_path / "rows.jsonl"
    rows = [found("peft", 5.0), found("llamacpp-own"), {"row": "ollama", "missing": "no Ollama server answers"}]
    out.write_text("\n".join(map(json.dumps, rows)) + '\n{"row": "mlx-4", "pro', "utf-8")
    (tmp_path / "rows.files").mkdir()
    (tmp_path / "rows.files" / CASES).write_text('{"base": "", "cases": []}', "utf-8")
    return out


def test_the_table_has_a_line_for_each_row_and_speed_as_a_multiple_of_llama_cpp(kept: Path) -> None:
    rows = engines._read(kept)
    lines = engines.table(rows).splitlines()
    assert lines[2].startswith("| PEFT float32 (the reference) | 5 of 5 | 2 of 5 | 1 of 5 | 640 | 0.980 | 0.00120 | ")
    assert "| 5.0 | 0.25 | ? | 400 | 128 |" in lines[2]
    assert "| 20.0 | 1.00 |" in lines[3]
    assert lines[4].startswith("| Ollama, the base's own codes | not run: no Ollama server answers |")
    assert len({line.count("|") for line in lines[:5]}) == 1
    assert "- llama.cpp, the base's own codes: prompt 2, token 9: 3 instead of 4, 0.1 nats less likely" in lines


def test_a_bundle_that_should_not_pass_is_told() -> None:
    assert "with its last soft vector zeroed and hashed anew: passes, and should not" in engines.table(
        [{"row": "verify", "clean": [], "zeroed": [], "notes": []}]
    )


def test_rows_that_are_there_are_not_measured_again(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def measured(given: object, step: str, name: str) -> dict[str, Any]:
        asked.append((step, name))
        return {"row": name, "notes": ["made"]} if step == "make" else found(name)

    monkeypatch.setattr(engines, "_run", measured)
    assert engines.main(["--out", str(kept), "--engines", "peft", "llamacpp-own", "ollama", "mlx-4"]) == 0
    assert asked == [("make", "ollama"), ("row", "ollama"), ("make", "mlx-4"), ("row", "mlx-4")]
    assert [one["row"] for one in engines._read(kept)] == ["peft", "llamacpp-own", "ollama", "ollama", "mlx-4"]
    assert "- MLX 4 bits, the base's own codes where it has 4: made" in capsys.readouterr().out.splitlines()


def test_rows_of_another_soft_prompt_are_refused_in_one_line(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--out", str(kept), "--engines", "peft"]
    assert engines.main(words) == 0
    capsys.readouterr()
    assert engines.main([*words, "--tokens", "8"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("out: ")
    assert said.err.count("\n") == 1


def test_an_engine_that_tells_its_likeliest_tokens_only_is_compared_on_these_and_the_rest() -> None:
    reference = np.log(np.array([0.5, 0.3, 0.1, 0.1], np.float32))
    ours, theirs, same = engine_rows._columns(reference, {1: math.log(0.6), 0: math.log(0.3)})
    assert not same
    assert np.exp(ours) == pytest.approx([0.3, 0.5, 0.2])
    assert np.exp(theirs) == pytest.approx([0.6, 0.3, 0.1])
    # A token that the reference does not have (a part of a character) is in the rest, and no agreement.
    ours, theirs, same = engine_rows._columns(reference, {-1: math.log(0.6), 0: math.log(0.3)})
    assert not same
    assert np.exp(theirs) == pytest.approx([0.3, 0.7])
    assert np.exp(ours) == pytest.approx([0.5, 0.5])


@pytest.fixture(scope="module")
def files(tiny_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is measured on: two vectors, trained for two steps on a model of two layers; the reference's row."""
    pytest.importorskip("peft", reason="peft is not installed")
    folder = tmp_path_factory.mktemp("engines")
    base = str(tiny_gguf.with_name("base.gguf"))
    prepare(folder, None, base, tokens=2, examples=2, reply=12, say=lambda line: None)
    return folder


@pytest.fixture(scope="module")
def reference(files: Path) -> dict[str, Any]:
    return row("peft", files, 12, lambda line: None)


def test_the_reference_agrees_with_itself(reference: dict[str, Any]) -> None:
    assert (reference["prompt_ids_golden"], reference["reply_peft"], reference["top1"]) == (5, 5, 1.0)
    assert reference["kl_mean"] < 1e-9
    assert reference["peak_mb"] > 100


@pytest.mark.parametrize("name", ["transformers", "llamacpp-f32"])
def test_in_floats_a_baked_soft_prompt_gives_the_tokens_of_peft(
    name: str, files: Path, reference: dict[str, Any]
) -> None:
    notes = make(name, files)
    measured = row(name, files, 12, lambda line: None)
    assert (measured["prompt_ids_golden"], measured["reply_peft"]) == (5, 5), measured["parted"]
    assert (measured["places"], measured["top1"]) == (reference["places"], 1.0)
    assert measured["kl_mean"] < 1e-4  # llama.cpp keeps keys and values in 16 bits
    # 2 norms of 2 layers and the last one are floats in both files.
    assert notes == (["tensors of the base: 5 to the byte, 16 in value"] if name == "llamacpp-f32" else [])


def test_on_its_own_codes_the_bundle_repeats_its_golden_replies(files: Path, reference: dict[str, Any]) -> None:
    assert make("llamacpp-own", files) == ["tensors of the base: 21 to the byte"]
    measured = row("llamacpp-own", files, 12, lambda line: None)
    assert (measured["prompt_ids_golden"], measured["reply_golden"]) == (5, 5)
    assert measured["kl_mean"] < 0.1
    assert measured["prompt_per_second"] > 0
    assert measured["cpu_ms"] > 0
    # Writing 12 tokens with two layers takes less than what two timings differ by: the machine may see no time at all.
    assert measured["reply_per_second"] is None or measured["reply_per_second"] > 0


def test_a_rate_of_no_time_is_not_told() -> None:
    assert engine_rows._rate(11, 0.5) == 22
    assert engine_rows._rate(11, 0.0) is None
    assert engine_rows._rate(11, -0.003) is None
    rows = [found("peft") | {"reply_per_second": None}, found("llamacpp-own")]
    assert "| 100.0 | ? |  | ? | 400 |" in engines.table(rows).splitlines()[2]


def test_the_bundle_passes_and_with_a_zeroed_vector_fails(files: Path) -> None:
    measured = row("verify", files, 12, lambda line: None)
    assert measured["clean"] == []
    assert measured["zeroed"][0].startswith("step explain: soft vector 2 of 2 changed")


def test_an_engine_that_cannot_run_here_is_a_row_that_says_why(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    (tmp_path / "rows.files").symlink_to(files)
    engines.main(["--out", str(tmp_path / "rows.jsonl"), "--step", "row", "--engines", "ollama"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["missing"].startswith("no Ollama server answers at http://127.0.0.1:9")


def test_a_run_without_soft_prompts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run"):
        prepare(tmp_path / "files", tmp_path, "", tokens=2, examples=2, reply=12, say=lambda line: None)
    assert not (tmp_path / "files" / CASES).exists()


def test_the_golden_prompts_begin_with_the_soft_prompt(files: Path) -> None:
    cases = cases_of(files)
    assert len(cases) == 5
    assert all(case["prompt_ids"][:2] == [49152, 49153] for case in cases)
    assert all(1 <= len(case["golden"]) <= 12 for case in cases)
    # Of a run, the prompts are those of its bundle's golden requests.
    assert _asked_of(files / BUNDLE) == [case["messages"] for case in cases]
