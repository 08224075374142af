"""E-processes on paired differences: exact martingale checks, and rates over 2,000 simulated confirmations each."""

import itertools
import json
import math

import numpy as np
import pytest
from studysmith.metrics.sequential import LAMBDAS, Evidence, betting_e_process, evidence, symmetric_e_process
from studysmith.programs.errors import InputError

RUNS = 2000
ALPHA = 0.05


def ever(e: np.ndarray) -> float:
    """The share of runs in which a caller who looks after each learner confirms."""
    return float((e.max(axis=-1) >= 1 / ALPHA).mean())


def normal(mean: float, sd: float, n: int, seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(mean, sd, (RUNS, n)), -1, 1)


def two_points(win: float, loss: float, n: int, seed: int) -> np.ndarray:
    """Mean 0 whatever the two: the win comes with probability loss / (win + loss)."""
    return np.where(np.random.default_rng(seed).random((RUNS, n)) < loss / (win + loss), win, -loss)


def twins(n: int, seed: int) -> np.ndarray:
    """Skewed scores of one program, drawn twice for the same learners of different difficulty."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.2, 0.7, (RUNS, n))
    return (level + 0.3 * rng.beta(0.5, 3, (RUNS, n))) - (level + 0.3 * rng.beta(0.5, 3, (RUNS, n)))


def mostly_ties(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random((RUNS, n)) < 0.8, 0.0, rng.normal(0, 0.1, (RUNS, n)))


def test_it_is_the_formula():
    d = np.array([0.05, -0.1, 0.0, 0.3])
    products = [np.cumprod(np.exp(x * d) / np.cosh(x * d)) for x in LAMBDAS]
    np.testing.assert_allclose(symmetric_e_process(d), np.mean(products, axis=0))
    wealth, before = 1.0, [0.0]
    for i, difference in enumerate(d):
        assert betting_e_process(d)[i] == pytest.approx(wealth := wealth * (1 + before[0] * difference))
        running = [d[: k + 1].sum() / (k + 2) for k in range(i + 1)]
        variance = (0.04 + sum((d[k] - running[k]) ** 2 for k in range(i + 1))) / (i + 2)
        before = [min(max(running[-1] / (variance + running[-1] ** 2), 0), 0.9)]


def test_symmetric_means_exactly_one_over_all_signs_even_when_stopped_early():
    size = np.array([0.3, 0.02, 1.0, 0.0, 0.11, 0.07, 0.4, 0.05, 0.2, 0.6])
    e = symmetric_e_process(np.array(list(itertools.product([1, -1], repeat=len(size)))) * size)
    np.testing.assert_allclose(e.mean(axis=0), 1)
    crossed = e >= 3
    stop = np.where(crossed.any(axis=1), crossed.argmax(axis=1), len(size) - 1)
    assert e[np.arange(len(e)), stop].mean() == pytest.approx(1)


def test_betting_means_exactly_one_over_all_paths_of_an_asymmetric_difference_of_mean_zero():
    paths = np.array(list(itertools.product([0.1, -0.9], repeat=10)))
    chance = np.where(paths > 0, 0.9, 0.1).prod(axis=1)
    np.testing.assert_allclose(chance @ betting_e_process(paths), 1)


@pytest.mark.parametrize(
    "differences",
    [twins(48, 1), twins(150, 2), normal(0, 0.1, 150, 3), normal(0, 0.4, 100, 4), mostly_ties(100, 5)],
    ids=["twins to 48", "twins to 150", "sd .1 to 150", "sd .4 to 100", "mostly ties to 100"],
)
def test_a_twin_is_confirmed_at_any_n_in_at_most_five_percent(differences):
    assert ever(symmetric_e_process(differences)) <= ALPHA
    assert ever(betting_e_process(differences)) <= ALPHA


@pytest.mark.parametrize(
    ("mean", "sd", "symmetric", "betting"),
    # At least this share by 48 learners. Betting cannot bet more than 1, so it is slow on small differences.
    [
        (0.05, 0.1, 0.7, 0.0),
        (0.02, 0.02, 0.99, 0.0),
        (0.1, 0.1, 0.99, 0.9),
        (0.1, 0.2, 0.7, 0.55),
        (0.2, 0.4, 0.7, 0.7),
    ],
)
def test_what_is_better_is_confirmed_by_48_learners(mean, sd, symmetric, betting):
    differences = normal(mean, sd, 48, 6)
    assert ever(symmetric_e_process(differences)) >= symmetric
    assert ever(betting_e_process(differences)) >= betting


def test_betting_gets_there_with_more_learners():
    differences = normal(0.05, 0.1, 144, 7)
    assert ever(betting_e_process(differences[:, :48])) < 0.1
    assert ever(betting_e_process(differences)) >= 0.95


@pytest.mark.parametrize(("win", "loss"), [(0.05, 0.45), (0.1, 0.9), (0.45, 0.05)])
def test_betting_holds_for_asymmetric_differences_of_mean_zero(win, loss):
    assert ever(betting_e_process(two_points(win, loss, 200, 8))) <= ALPHA


def test_symmetric_does_not_claim_to_hold_for_many_small_wins_and_few_large_losses():
    assert ever(symmetric_e_process(two_points(0.05, 0.45, 48, 8))) > 0.4
    assert ever(symmetric_e_process(two_points(0.45, 0.05, 48, 8))) <= ALPHA


def test_evidence_recomputed_from_the_journal_is_the_same_number():
    new, old = np.random.default_rng(9).uniform(0, 1, (2, 30))
    seen: list[float] = []
    journal = []
    for a, b in zip(new.tolist(), old.tolist(), strict=True):
        seen.append(a - b)
        journal.append(json.dumps({"new": a, "old": b, "evidence": evidence(seen).model_dump()}))
    rows = [json.loads(line) for line in journal]
    again = [row["new"] - row["old"] for row in rows]
    for n, row in enumerate(rows, start=1):
        assert evidence(again[:n]) == Evidence.model_validate(row["evidence"])
    # One pass over all of them holds what was seen after each.
    np.testing.assert_allclose(symmetric_e_process(again), [row["evidence"]["e_value"] for row in rows], rtol=1e-12)
    np.testing.assert_allclose(betting_e_process(again), [row["evidence"]["betting"] for row in rows], rtol=1e-12)


def test_confirmed_once_is_confirmed_though_the_value_falls_again():
    up = evidence([0.3] * 10)
    assert up.confirmed
    down = evidence([0.3] * 10 + [-0.3] * 10)
    assert down.e_value < 20 <= down.e_max == up.e_max
    assert down.confirmed
    assert not evidence([-0.3] * 10 + [0.3] * 10).confirmed
    assert not evidence([0.3] * 10, alpha=1e-4).confirmed


def test_a_tie_says_nothing():
    tie = evidence([0.0] * 50)
    assert (tie.e_value, tie.e_max, tie.betting) == (1, 1, 1)
    assert not tie.confirmed
    assert evidence([0.1, 0.0, 0.2]).e_value == evidence([0.1, 0.2]).e_value


def test_long_runs_neither_overflow_nor_leave_the_numbers():
    for sign in (1.0, -1.0):
        result = evidence([sign] * 5000)
        assert all(math.isfinite(value) for value in (result.e_value, result.e_max, result.betting))
        assert result.confirmed is (sign > 0)


@pytest.mark.parametrize("values", [[0.1, float("nan")], [float("inf")], [1.01], [0.2, -1.5]])
def test_what_is_no_difference_of_two_scores_is_refused(values):
    for process in (symmetric_e_process, betting_e_process, evidence):
        with pytest.raises(InputError, match="from -1 to 1"):
            process(values)


def test_other_shapes_and_levels_are_refused():
    assert symmetric_e_process([]).shape == betting_e_process([]).shape == (0,)
    for values in ([], [[0.1, 0.2]], 0.1):
        with pytest.raises(InputError, match="differences: a list"):
            evidence(values)
    for alpha in (0, 1, float("nan")):
        with pytest.raises(InputError, match="alpha"):
            evidence([0.1], alpha)
