"""A race of settings, without a model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from studysmith.optimizers.prompt_tuning.race import LEAST, MOST, race, trials
from studysmith.optimizers.prompt_tuning.soft_prompt import Point, SoftPrompt


def learned(loss: float, mark: float = 0.0) -> SoftPrompt:
    return SoftPrompt("x", np.full((1, 1), mark, np.float32), (Point(1, 0.0, None, loss),))


@pytest.mark.parametrize(("settings", "running"), [(2, [2]), (3, [3, 2]), (6, [6, 3, 2]), (8, [8, 4, 2])])
def test_each_round_halves_what_runs(settings: int, running: list[int]) -> None:
    plan = trials(settings, looks=4, reads=10_000)
    assert [count for count, _ in plan] == running
    assert sum(count * (examples + 4) for count, examples in plan) == pytest.approx(2500, rel=0.01)


def test_a_small_budget_has_short_trials_or_none() -> None:
    assert trials(4, looks=4, reads=(4 + 2) * (LEAST + 4) / MOST) == [(4, LEAST), (2, LEAST)]
    assert trials(4, looks=4, reads=(4 + 2) * (LEAST + 4) / MOST - 1) == []


def test_the_best_wins_and_goes_on_from_its_vectors() -> None:
    asked: list[tuple[int, int, Any]] = []

    def trial(number: int, examples: int, start: Any, place: int) -> SoftPrompt:
        asked.append((number, examples, None if start is None else float(start[0, 0])))
        # Setting 3 is best at first, setting 1 in the end.
        return learned([5, 4, 6, 3][number] if place == 0 else [9, 1, 9, 2][number], mark=number)

    won = race(4, [(4, 20), (2, 50)], trial)
    assert won is not None
    assert won[0] == 1
    assert won[1] is not None
    assert won[1].best_loss == 1
    assert asked == [(0, 20, None), (1, 20, None), (2, 20, None), (3, 20, None), (3, 50, 3.0), (1, 50, 1.0)]


def test_of_equals_the_first_wins() -> None:
    won = race(3, [(3, 20), (2, 20)], lambda number, examples, start, place: learned(1.0))
    assert won is not None
    assert won[0] == 0


@pytest.mark.parametrize("plan", [[], [(2, 16)]])
def test_without_a_race_the_first_is_taken_and_an_interrupted_one_has_no_winner(plan: Sequence[Any]) -> None:
    won = race(2, plan, lambda number, examples, start, place: None)
    assert won == (None if plan else (0, None))
