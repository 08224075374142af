import pytest
from pydantic import ValidationError
from studysmith.deploy.engines.base import Completion
from studysmith.deploy.engines.meter import Meter
from studysmith.deploy.errors import BudgetExceeded
from studysmith.optimizers.budget import Budget
from studysmith.programs.errors import explain


def spend(meter: Meter, tokens: int = 10) -> None:
    meter.begin()
    meter.end(
        Completion(
            text="",
            finish_reason="stop",
            prompt_tokens=tokens - 1,
            completion_tokens=1,
            prompt_ids=[],
            token_ids=[],
            seconds=0.0,
        )
    )


def test_the_first_limit_that_is_reached_ends_it() -> None:
    meter = Budget(lm_calls=9, tokens=25, seconds=1000).meter()
    for _ in range(3):
        spend(meter)
    with pytest.raises(BudgetExceeded, match="25 tokens"):
        spend(meter, 1)
    assert meter.usage.lm_calls == 3


def test_calls_end_at_their_limit() -> None:
    meter = Budget(lm_calls=2).meter()
    spend(meter)
    spend(meter)
    with pytest.raises(BudgetExceeded, match="2 calls"):
        meter.begin()


def test_every_meter_is_fresh() -> None:
    budget = Budget(lm_calls=1)
    spend(budget.meter())
    spend(budget.meter())


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
    with pytest.raises(ValidationError) as refused:
        Budget(**limits)
    assert said in explain(refused.value)
