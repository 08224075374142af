"""Budgets that pay for no search: refused after one run of the program, with the least that does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import studysmith as ss
from studysmith.deploy.engines.meter import Usage
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.drive import FEWEST_TO_CONFIRM, share, too_small
from studysmith.programs.errors import InputError

COST = Usage(lm_calls=7, prompt_tokens=500, completion_tokens=46)
ENGINE = f"{Path(__file__).with_name('counting_engine.py')}:CountingEngine"


def test_the_line_names_the_least_budget_and_why() -> None:
    judged = (2, 16, 48)  # finalists, validation and confirmation examples
    assert too_small(Budget(lm_calls=40), COST, *judged) == (
        "lm_calls: 40 is too small a budget: one run of the program takes 7, and a search with its judging 8 runs, so "
        "give 65 or more; from 292 on a winner can be confirmed"
    )
    assert "tokens: 3,000 is too small" in str(too_small(Budget(lm_calls=999, tokens=3000), COST, *judged))
    assert too_small(Budget(seconds=1), COST, *judged) is None


@pytest.mark.parametrize(("finalists", "validation", "confirming"), [(2, 16, 48), (1, 2, 8), (4, 3, 6), (2, 5, 5)])
def test_the_least_scores_a_candidate_and_the_other_number_can_confirm_one(
    finalists: int, validation: int, confirming: int
) -> None:
    refusal = str(too_small(Budget(lm_calls=1), COST, finalists, validation, confirming))
    found = re.search(r"give ([\d,]+) or more; from ([\d,]+) on", refusal)
    assert found
    least, confirms = (int(number.replace(",", "")) for number in found.groups())
    assert too_small(Budget(lm_calls=least - 1), COST, finalists, validation, confirming)
    assert too_small(Budget(lm_calls=least), COST, finalists, validation, confirming) is None
    have = (finalists, 24, validation, confirming)
    plan = share(Budget(lm_calls=least), COST, *have)
    assert least - plan["reserve"]["lm_calls"] - plan["spare"] >= 2 * COST.lm_calls  # a candidate on two examples
    assert share(Budget(lm_calls=confirms), COST, *have)["confirm"] >= FEWEST_TO_CONFIRM


@pytest.fixture
def given(tiny: str, tmp_path: Path) -> dict[str, Any]:
    model = tmp_path / "some.gguf"
    model.write_bytes(b"the counting engine does not read it")
    return {"task": f"{tiny}:two_steps", "model": model, "engine": ENGINE, "out": tmp_path / "run"}


@pytest.mark.parametrize(
    "work",
    [
        lambda calls, **given: ss.compile(budget=Budget(lm_calls=calls), **given),
        lambda calls, **given: ss.headroom(budgets=[Budget(lm_calls=calls)], **given),
    ],
    ids=["compile", "headroom"],
)
def test_it_is_refused_after_one_run_of_the_program(work: Callable[..., Any], given: dict[str, Any]) -> None:
    with pytest.raises(
        InputError, match=r"^lm_calls: 6 is too small a budget: one run of the program takes 2, .* 19 or"
    ):
        work(6, **given)
    spent = [json.loads(line) for line in (given["out"] / "spent.jsonl").read_text().splitlines()]
    assert sum(line.get("lm_calls", 0) for line in spent) == 2


def test_one_that_does_not_even_pay_for_one_run_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="budget: the budget of 1 calls is spent before one run of the program had"):
        ss.compile(budget=Budget(lm_calls=1), **given)
    with pytest.raises(InputError, match="lm_calls: 6 is too small"):  # the same folder, more to spend
        ss.compile(budget=Budget(lm_calls=6), **given)


def test_a_look_at_several_budgets_refuses_only_if_none_is_enough(given: dict[str, Any]) -> None:
    budgets = [Budget(lm_calls=6), Budget(lm_calls=200)]
    found = ss.headroom(budgets=budgets, wordings=3, sample=4, replies=0, **given)
    assert found.forecasts[0].run is False
    assert "not enough for one wording" in found.forecasts[0].reason
