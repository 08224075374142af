import json
from pathlib import Path

import pytest
from studysmith.deploy.engines.base import Completion
from studysmith.deploy.engines.meter import Meter, Usage
from studysmith.deploy.errors import BudgetExceeded
from studysmith.optimizers.budget import Budget, Ledger, budget_of
from studysmith.programs.errors import InputError


def call(meter: Meter, tokens: int = 10) -> None:
    meter.begin()
    completion = Completion(
        text="", finish_reason="stop", prompt_tokens=tokens - 1, completion_tokens=1, prompt_ids=[], token_ids=[],
        seconds=0.0,
    )  # fmt: skip
    meter.end([completion])


def test_the_first_limit_that_is_reached_ends_it(tmp_path: Path) -> None:
    ledger = Ledger(Budget(lm_calls=9, tokens=25, seconds=1000), tmp_path / "spent")
    for _ in range(3):
        call(ledger)
    with pytest.raises(BudgetExceeded, match="25 tokens"):
        call(ledger, 1)
    assert ledger.usage.lm_calls == 3


def test_what_was_spent_before_a_kill_counts_after_it(tmp_path: Path) -> None:
    path = tmp_path / "spent"
    first = Ledger(Budget(lm_calls=3), path)
    call(first)
    first.begin()  # and then the process was killed, in the middle of the call
    with path.open("ab") as file:
        file.write(b'{"lm_ca')
    again = Ledger(Budget(lm_calls=3), path)
    assert again.usage.lm_calls == 2
    assert again.usage.prompt_tokens == 9
    call(again)
    with pytest.raises(BudgetExceeded, match="3 calls"):
        again.begin()
    again.close()
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_what_is_kept_back_can_be_spent_later(tmp_path: Path) -> None:
    ledger = Ledger(Budget(lm_calls=5), tmp_path / "spent")
    ledger.keep_back(Usage(lm_calls=3))
    assert ledger.left.lm_calls == 2
    call(ledger)
    call(ledger)
    assert ledger.spent_out == "the budget of 2 calls is spent"
    ledger.keep_back(Usage())
    assert ledger.spent_out is None


def test_what_is_spent_together_is_spent_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(Budget(lm_calls=5), tmp_path / "spent")
    ledger.spend(4, 100)
    with pytest.raises(BudgetExceeded):
        ledger.spend(2, 50)
    assert (ledger.usage.lm_calls, ledger.usage.prompt_tokens) == (4, 100)


def test_training_is_written_down_beside_the_tokens_of_the_budget(tmp_path: Path) -> None:
    path = tmp_path / "spent"
    ledger = Ledger(Budget(tokens=150), path)
    ledger.spend(4, 100, 300)
    ledger.spend(1, 20)
    assert ledger.usage.prompt_tokens == 120
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("training_tokens") for line in lines] == [300, None]
    assert Ledger(Budget(tokens=150), path).usage.prompt_tokens == 120


def test_one_budget_exceeds_another_where_it_allows_more() -> None:
    assert Budget(lm_calls=6).exceeds(Budget(lm_calls=5))
    assert Budget(seconds=5).exceeds(Budget(lm_calls=5))
    assert not Budget(lm_calls=5, tokens=9).exceeds(Budget(lm_calls=5))


def test_no_limit_is_no_budget() -> None:
    assert budget_of(seconds=None, lm_calls=None) is None
    with pytest.raises(InputError, match="budget: lm_calls: "):
        budget_of(lm_calls=0)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "needs a limit: lm_calls, tokens or seconds"),
        ({"lm_calls": 0}, "lm_calls: "),
        ({"tokens": -5}, "tokens: "),
        ({"seconds": 0}, "seconds: "),
        ({"minutes": 3}, "minutes: "),
    ],
)
def test_what_is_no_budget_is_refused_by_name(limits: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=f"budget: .*{said}"):
        Budget(**limits)


def test_two_budgets_are_never_called_the_same() -> None:
    one, other = (str(Budget(lm_calls=calls, tokens=2_500_000, seconds=0.1)) for calls in (1_234_567, 1_234_568))
    assert one == "1234567 calls, 2500000 tokens, 0.1 s"
    assert one != other
