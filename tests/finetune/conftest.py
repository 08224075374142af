"""Word problems to train and test on."""

import json
from pathlib import Path

import pytest
from studysmith.programs.problems.generator import generate


@pytest.fixture(scope="session")
def problems_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 generated problems in normal form."""
    file = tmp_path_factory.mktemp("problems") / "problems.jsonl"
    file.write_text("".join(f"{json.dumps(p.model_dump())}\n" for p in generate(40, seed=3)))
    return file
