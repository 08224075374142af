"""A shuffled soft prompt has the same vectors in another order, and all else as it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.gguf.tensors import GgufFile
from studysmith.deploy.journal import Journal
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.candidate import Candidate
from studysmith.optimizers.controls import shuffled_soft
from studysmith.optimizers.result import Result

SMALL = {"examples": 2, "finalists": 1, "validation": 2, "confirm": 2}


@pytest.fixture(scope="module")
def soft(tiny_gguf: Path, tiny: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A soft prompt on a base of two layers as the winner, as good or bad as it may be."""
    out, base = tmp_path_factory.mktemp("soft") / "run", tiny_gguf.with_name("base.gguf")
    result = compile(f"{tiny}:task", "soft", model=base, budget=Budget(lm_calls=60), out=out, **SMALL)  # type: ignore[arg-type]
    rows = [row["candidate"] for row in Journal.read(out / "journal.jsonl") if "candidate" in row]
    [trained] = [Candidate.model_validate(row) for row in rows if row["weights"]]
    return replace(result, compiled=result.compiled.model_copy(update={"candidate": trained}))


def test_the_vectors_change_places_and_nothing_else(soft: Result, tmp_path: Path) -> None:
    candidate, model = shuffled_soft(soft, 0, tmp_path / "a")
    assert candidate.prompts == soft.compiled.candidate.prompts
    assert candidate.weights != soft.compiled.candidate.weights
    before, after = GgufFile(soft.folder / "model.gguf"), GgufFile(model)
    name = "token_embd.weight"
    ours, theirs = (file.raw(name).data[-32:] for file in (before, after))
    assert not np.array_equal(ours, theirs)
    assert sorted(map(bytes, ours)) == sorted(map(bytes, theirs))
    for each in before.names:
        if each != name:
            assert np.array_equal(before.raw(each).data, after.raw(each).data)
    again, same = shuffled_soft(soft, 0, tmp_path / "a")
    assert (again, same) == (candidate, model)
    assert shuffled_soft(soft, 1, tmp_path / "b")[0].weights != candidate.weights
