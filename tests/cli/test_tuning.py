"""What `compare` fine-tunes with, on a base of two layers."""

from pathlib import Path

import pytest
from studysmith.cli.tuning import tune
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.tensors import GgufFile, type_name
from studysmith.optimizers.arms import SolvedCall, Tuned
from studysmith.optimizers.budget import Budget
from studysmith.programs.errors import InputError
from studysmith.programs.progress import silent

CALLS: list[SolvedCall] = [
    (
        [{"role": "system", "content": "Say the colour."}, {"role": "user", "content": f"Thing: {thing}"}],
        '{"colour":"red"}',
    )
    for thing in ("apple", "brick", "cherry", "rose")
]


@pytest.fixture(scope="module")
def base(tiny_gguf: Path) -> Path:
    return tiny_gguf.with_name("base.gguf")


@pytest.fixture(scope="module")
def tuned(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    return tune(CALLS, base, 0, tmp_path_factory.mktemp("arms") / "lora-0", Budget(lm_calls=8), silent)


def test_it_reads_no_more_examples_than_the_budget_allows(tuned: Tuned) -> None:
    spent = tuned.spent
    assert spent.lm_calls == 8
    assert spent.prompt_tokens > 8 * 10
    assert spent.training_tokens == pytest.approx(3 * spent.prompt_tokens, abs=3)
    assert spent.seconds > 0
    assert "cores" in spent.machine


def test_the_weights_are_other_ones_in_types_that_keep_what_is_learned(tuned: Tuned, base: Path) -> None:
    before, after = GgufFile(base), GgufFile(tuned.model)
    matrices = [name for name in after.names if len(after.raw(name).shape) > 1]
    assert {type_name(after.raw(name).type) for name in matrices} == {"Q8_0"}
    assert any((before.floats(name) != after.floats(name)).any() for name in before.names)


def test_what_is_there_is_not_trained_again(tuned: Tuned, base: Path) -> None:
    before = tuned.model.stat().st_mtime_ns
    assert tune(CALLS, base, 0, tuned.model.parent, Budget(lm_calls=8), silent) == tuned
    assert tuned.model.stat().st_mtime_ns == before


def test_another_seed_makes_other_weights(tuned: Tuned, base: Path, tmp_path: Path) -> None:
    other = tune(CALLS, base, 1, tmp_path / "lora-1", Budget(lm_calls=8), silent)
    assert sha256(other.model) != sha256(tuned.model)


def test_a_budget_that_reads_nothing_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="budget: 5 tokens is not enough to read one example"):
        tune(CALLS, base, 0, tmp_path, Budget(tokens=5), silent)
