"""A bundle runs with the core dependencies alone, and in little memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLANNED = r"""
import json, re, sys
from pathlib import Path
import studysmith
with studysmith.load(sys.argv[1]) as bundle:
    title = bundle.plan("I keep mixing up slope and intercept. Two weeks.").title
status = Path("/proc/self/status")  # getrusage would tell the peak of whoever started this process
peak = int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) * 1024 if status.exists() else 0
print(json.dumps({"title": title, "peak": peak, "loaded": sorted(sys.modules)}))
"""
NEVER = {"torch", "dspy", "transformers", "peft", "litellm", "openai", "optuna", "mlx"}


@pytest.fixture(scope="module")
def planned(bundle: Path) -> dict[str, object]:
    """What a new process says that opens a bundle and plans once."""
    command = [sys.executable, "-c", PLANNED, str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_running_a_bundle_imports_neither_torch_nor_dspy_nor_transformers(planned: dict[str, list[str]]) -> None:
    assert planned["title"]
    assert NEVER & {name.partition(".")[0] for name in planned["loaded"]} == set()


def test_it_needs_less_than_600_megabytes(planned: dict[str, int]) -> None:
    if not planned["peak"]:
        pytest.skip("only Linux says how much memory a process had at most")
    assert 100e6 < planned["peak"] < 600e6
