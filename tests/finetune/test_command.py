"""Training from the command line, as on a machine that has torch but not DSPy."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

WITHOUT_DSPY = "import sys; sys.modules.update(dict.fromkeys(('dspy', 'optuna', 'xllamacpp'))); "


def test_training_needs_no_dspy(tiny_base: str, problems_file: Path, tmp_path: Path) -> None:
    config = {
        "base": tiny_base,
        "data": [{"path": str(problems_file)}],
        "max_steps": 2,
        "batch_size": 4,
        "device": "cpu",
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config))
    arguments = ["finetune", str(tmp_path / "c.yaml"), "--out", str(tmp_path / "run"), "--seed", "3", "--json"]
    code = f"{WITHOUT_DSPY} sys.argv[1:] = {arguments}; from studysmith.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 2
    assert "train: 2 of 2, loss" in done.stderr
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["seed"] == 3
