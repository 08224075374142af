"""Predictions, on tables whose truth is known: searches are played with that truth, and meet the interval."""

import numpy as np
import pytest
from studysmith.metrics.sequential import evidence
from studysmith.optimizers.forecast import Power, Search, Table, power, predict, tilted

SEARCH = Search(runs=240, race=16, finalists=2, validation=12, confirm=24, test=40)


def seen(rng: np.random.Generator, levels: np.ndarray, start: float, examples: int) -> Table:
    """Right and wrong answers of wordings that are right so often; the same examples are hard for all."""
    ease = rng.normal(0, 0.1, examples)

    def answers(level: float) -> np.ndarray:
        return (rng.random(examples) < np.clip(level + ease, 0, 1)).astype(float)

    return Table(answers(start), np.array([answers(level) for level in levels]))


def realised(rng: np.random.Generator, spread: float, mean: float, start: float) -> float:
    """One search as the driver runs it, without its race: the best two of 15 meet the unchanged program."""
    levels = np.clip(rng.normal(mean, spread, 15), 0, 1)
    scores = rng.binomial(SEARCH.race, levels) / SEARCH.race
    finalists = levels[np.argsort(-scores, kind="stable")[: SEARCH.finalists]]
    checked = rng.binomial(SEARCH.validation, finalists)
    if checked.max() <= rng.binomial(SEARCH.validation, start):
        return 0.0
    winner = finalists[checked.argmax()]
    return float((rng.binomial(SEARCH.test, winner) - rng.binomial(SEARCH.test, start)) / SEARCH.test)


@pytest.mark.parametrize(("spread", "mean", "start"), [(0.15, 0.5, 0.5), (0.02, 0.6, 0.6), (0.2, 0.4, 0.7)])
def test_the_interval_of_90_percent_holds_the_gains_of_most_searches(spread: float, mean: float, start: float) -> None:
    rng = np.random.default_rng(0)
    held, errors = [], []
    known = power(np.array([-1.0, 0.0, 1.0]), SEARCH.confirm)
    for _ in range(40):
        levels = np.clip(rng.normal(mean, spread, 8), 0, 1)
        outlook = predict(seen(rng, levels, start, 16), SEARCH, known)
        gain = realised(rng, spread, mean, start)
        held.append(outlook.low - 1e-9 <= gain <= outlook.high + 1e-9)
        errors.append(outlook.gain - gain)
    assert np.mean(held) >= 0.8
    assert abs(np.mean(errors)) < 0.08


def test_more_wordings_and_more_spread_promise_more_and_no_spread_promises_nothing() -> None:
    rng = np.random.default_rng(1)
    wide = seen(rng, np.linspace(0.2, 0.9, 8), 0.5, 40)
    flat = seen(rng, np.full(8, 0.5), 0.5, 40)
    known = power(wide.differences, SEARCH.confirm)
    few = predict(wide, Search(**{**vars(SEARCH), "runs": 48}), known)
    many = predict(wide, SEARCH, known)
    assert few.wordings < many.wordings
    assert few.gain < many.gain
    assert predict(wide, Search(**{**vars(SEARCH), "race": 2}), known).runs <= SEARCH.runs
    assert predict(flat, SEARCH, known).gain < 0.07 < many.gain
    assert 0 <= predict(flat, SEARCH, known).confirmed < many.confirmed


def test_a_search_that_begins_with_a_bad_wording_and_has_no_time_for_another_gains_nothing() -> None:
    good, bad = np.ones(20), np.zeros(20)
    half = np.tile([0.0, 1.0], 10)
    one = Search(**{**vars(SEARCH), "runs": 16, "distinct": 1, "finalists": 1})
    known = power(np.array([-1.0, 0.0, 1.0]), SEARCH.confirm)
    begins_bad = predict(Table(half, np.array([bad, good, half]), first=1), one, known)
    begins_good = predict(Table(half, np.array([good, bad, half]), first=1), one, known)
    assert begins_bad.gain == pytest.approx(0.0, abs=0.05)
    assert begins_good.gain == pytest.approx(0.5, abs=0.1)


def test_plays_spend_what_they_may_and_the_race_drops_what_is_behind() -> None:
    rng = np.random.default_rng(2)
    wide = seen(rng, np.linspace(0.05, 0.95, 10), 0.5, 40)
    known = power(wide.differences, SEARCH.confirm)
    outlook = predict(wide, SEARCH, known)
    assert outlook.runs == pytest.approx(SEARCH.runs, abs=1)
    assert outlook.wordings > SEARCH.runs / SEARCH.race  # some ended at the first look
    limited = predict(wide, Search(**{**vars(SEARCH), "distinct": 3}), known)
    assert limited.wordings == 3
    assert limited.runs <= 3 * SEARCH.race


def test_the_smallest_effect_is_what_the_driver_s_own_test_confirms_four_times_in_five() -> None:
    differences = np.array([-1.0] * 3 + [0.0] * 10 + [1.0] * 3)
    found = power(differences, 24)
    assert found.smallest is not None
    rng = np.random.default_rng(3)
    support = np.array([-1.0, 0.0, 1.0])
    weights = tilted(support, np.array([3, 10, 3]) / 16, found.smallest)
    assert (weights * support).sum() == pytest.approx(found.smallest, abs=1e-6)
    confirmed = [evidence(rng.choice(support, 24, p=weights)).confirmed for _ in range(600)]
    assert np.mean(confirmed) == pytest.approx(0.8, abs=0.06)


def test_more_examples_show_smaller_effects_and_too_few_show_none() -> None:
    differences = np.array([-1.0, 0.0, 0.0, 1.0])
    smallest = [power(differences, n).smallest for n in (8, 16, 48)]
    assert smallest == sorted(smallest, reverse=True)
    assert power(differences, 4).smallest is None
    assert power(np.zeros(5), 48).smallest is None


def test_nothing_is_confirmed_more_often_than_the_test_allows_where_there_is_no_effect() -> None:
    found: Power = power(np.random.default_rng(4).normal(0, 0.2, 50).clip(-1, 1), 48)
    assert found.effects[0] == 0.0
    assert found.shown[0] <= 0.06
    assert (np.diff(found.seen) <= 1e-9).all()
