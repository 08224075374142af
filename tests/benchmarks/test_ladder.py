"""The ladder on a small task and an engine that takes no time: what processes side by side make is what one makes."""

import json
import os
from pathlib import Path

import pytest

from benchmarks import ladder

OPTIMIZERS = Path(__file__).parents[1] / "optimizers"


def test_processes_side_by_side_make_what_compare_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from studysmith.optimizers.budget import Budget
    from studysmith.optimizers.compare_runs import compare

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(OPTIMIZERS.parents[1]), os.environ.get("PYTHONPATH", "")]))
    model = tmp_path / "some.gguf"
    model.write_bytes(b"weights")
    task, engine = f"{OPTIMIZERS / 'tiny_task.py'}:task", f"{OPTIMIZERS / 'counting_engine.py'}:CountingEngine"
    methods = "base,random,random-demos:random"
    given = ["--task", task, "--model", str(model), "--engine", engine, "--lm-calls", "60"]
    out = tmp_path / "ladder"
    how = ["--seeds", "1", "--cores", "2", "--threads", "2", "--score-threads", "1", "--parts", "2"]
    command = [*given, *how, "--methods", methods, "--out", str(out)]
    assert ladder.main(command) == 0
    assert "random-demos:random" in capsys.readouterr().out
    scored = {path.name for path in out.glob("*.jsonl")}
    together = json.loads((out / "compare.json").read_bytes())
    alone = compare(
        task=task,
        methods=methods,
        seeds=1,
        budget=Budget(lm_calls=60),
        model=model,
        engine=engine,
        out=tmp_path / "alone",
    )
    assert scored >= {path.name for path in (tmp_path / "alone").glob("*.jsonl")}
    assert [row["overall"] for row in together["rows"]] == [row.overall for row in alone.rows]
