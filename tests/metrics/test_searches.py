"""Searches and learners as samples: intervals cover, tests keep their level, and both know when there is too little."""

import numpy as np
import pytest
from studysmith.metrics import searches
from studysmith.metrics.searches import crossed_interval, effect, holm, smallest_p
from studysmith.metrics.statistics import mean_interval, paired_difference


def drawn(rng: np.random.Generator, rows: int, columns: int, of_rows: float, of_columns: float) -> np.ndarray:
    """A table without any effect, whose rows and columns differ."""
    table = rng.normal(0, of_rows, (rows, 1)) + rng.normal(0, of_columns, (1, columns))
    return np.asarray(table + rng.normal(0, 0.1, (rows, columns)))


def test_one_search_is_judged_by_learners_alone() -> None:
    row = [0.1, 0.3, -0.1, 0.2, 0.2, 0.4]
    found = effect([row])
    assert (found.interval, found.p_searches) == (mean_interval(row), None)
    assert found.p_value == paired_difference(row, [0.0] * 6).p_value


def test_many_learners_do_not_make_up_for_few_searches() -> None:
    """Every learner sees the same two prompts, of which one is good: the next may be as bad as the other."""
    rng = np.random.default_rng(0)
    table = np.array([[0.3], [0.02]]) + rng.normal(0, 0.02, (2, 48))
    found = effect(table.tolist())
    naive = paired_difference(table.mean(0), [0.0] * 48)
    assert naive.p_value < 0.001
    assert found.p_value > 0.2
    assert found.p_searches == 0.5
    assert found.interval.high - found.interval.low > 5 * (naive.interval.high - naive.interval.low)


def test_a_gain_that_every_search_repeats_is_found() -> None:
    rng = np.random.default_rng(1)
    found = effect((0.2 + drawn(rng, 5, 48, 0.02, 0.1)).tolist())
    assert found.p_value < 0.001
    assert found.interval.low > 0.1
    assert found.p_searches == smallest_p(5) == 0.0625  # the exact test cannot say more with five


@pytest.mark.parametrize(("rows", "least"), [(3, 0.8), (5, 0.88)])
def test_intervals_cover_and_the_test_keeps_its_level(rows: int, least: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "RESAMPLES", 499)
    rng = np.random.default_rng(rows)
    covered = rejected = 0
    for _ in range(200):
        table = drawn(rng, rows, 30, 0.05, 0.1).tolist()
        interval = crossed_interval(table)
        covered += interval.low <= 0 <= interval.high
        rejected += searches._min_f(np.asarray(table)) < 0.05
    assert covered / 200 >= least
    assert rejected / 200 <= 0.09


def test_without_any_spread_the_learners_exact_test_decides() -> None:
    assert effect([[0.5] * 4] * 3).p_value == smallest_p(4) == 0.125
    assert effect([[0.0] * 4] * 3).p_value == 1.0


def test_searches_need_the_same_learners() -> None:
    with pytest.raises(ValueError, match="same learners"):
        effect([[0.1, 0.2], [0.1]])


def test_holm_steps_down_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_with_thousands_of_pairs_an_exact_test_can_say_anything() -> None:
    """2 / 2**1319 is no number that a float can be divided by; 1,319 problems were compared."""
    assert 0 <= smallest_p(1319) < 1e-100
