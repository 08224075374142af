import pytest
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.quantize import QUANTIZATIONS
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.deploy.quality import Loss, measured, stated

BEFORE = [0.6, 0.7, 0.8, 0.5, 0.9, 0.4, 0.7, 0.6]
WORSE = [score - 0.1 for score in BEFORE]


def test_a_format_that_is_worse_on_every_item_is_warned_of() -> None:
    loss = Loss.between("plan", "keep", WORSE, BEFORE, 0.5)
    assert loss.significant
    assert loss.kept == pytest.approx(0.55 / 0.65)
    assert loss.ci == pytest.approx((-0.1, -0.1))
    (line,) = stated("Q4_0", [loss], changed=True)
    assert line.startswith("Warning: Q4_0 loses. plan: 0.550 where keep has 0.650 (n = 8, ")


def test_a_difference_by_chance_and_a_gain_are_no_warning() -> None:
    chance = Loss.between("plan", "keep", [*BEFORE[:-1], 0.5], BEFORE)
    gain = Loss.between("plan", "keep", BEFORE, WORSE)
    assert not chance.significant
    assert not gain.significant
    assert not any("Warning" in line for line in stated("Q4_0", [chance, gain], changed=True))


def test_what_was_not_measured_is_said() -> None:
    assert stated("Q4_1", [], changed=False) == []
    (line,) = stated("Q4_0", [], changed=True)
    assert "was not measured" in line


def test_another_model_is_not_taken_for_a_known_one() -> None:
    assert measured("0" * 64, "Q4_0") == []


@pytest.mark.model
def test_the_embedded_model_is_measured_in_every_format() -> None:
    base = sha256(resolve(DEFAULT_MODEL))
    for form in QUANTIZATIONS:
        plans, problems = measured(base, form)
        assert (plans.measure, plans.n) == ("plan", 48)
        assert problems.n == 200
