"""Variance components, on tables whose truth is known."""

import numpy as np
import pytest
from studysmith.metrics.variance import components, plausible


def table(rng: np.random.Generator, wordings: int, examples: int, sds: tuple[float, float, float]) -> np.ndarray:
    between, of_examples, rest = sds
    return (
        0.5
        + rng.normal(0, between, (wordings, 1))
        + rng.normal(0, of_examples, (1, examples))
        + rng.normal(0, rest, (wordings, examples))
    )


@pytest.mark.parametrize("sds", [(0.2, 0.1, 0.05), (0.05, 0.3, 0.1), (0.0, 0.1, 0.3)])
def test_a_large_table_gives_back_what_it_was_made_of(sds: tuple[float, float, float]) -> None:
    rng = np.random.default_rng(0)
    scores = table(rng, 400, 200, sds)
    found = components(scores)
    assert (found.wordings, found.examples, found.rest) == pytest.approx(sds, abs=0.03)
    assert found.paired == pytest.approx(2**0.5 * sds[2], abs=0.01)
    assert found.scores == pytest.approx(np.hypot(sds[1], sds[2]), abs=0.03)


def test_the_classical_example_by_hand() -> None:
    found = components([[1.0, 1.0], [0.0, 1.0]])
    # The means of rows differ by .5, those of columns too, and .25 is left in each cell: every mean square is .25.
    assert (found.wordings, found.examples) == (0.0, 0.0)
    assert found.rest == pytest.approx(0.5)


def test_draws_surround_the_truth_and_are_wider_where_less_was_seen() -> None:
    rng = np.random.default_rng(1)
    inside, widths = 0, []
    for _ in range(200):
        scores = table(rng, 6, 12, (0.15, 0.2, 0.3))
        draws = plausible(scores, 500, rng)
        low, high = np.quantile(np.sqrt(draws.wordings), [0.05, 0.95])
        inside += low <= 0.15 <= high
        widths.append(high - low)
    assert inside / 200 >= 0.75
    large = plausible(table(rng, 60, 100, (0.15, 0.2, 0.3)), 500, rng)
    assert np.diff(np.quantile(np.sqrt(large.wordings), [0.05, 0.95]))[0] < 0.5 * np.mean(widths)


@pytest.mark.parametrize("scores", [[[0.0, 1.0]], [[0.0], [1.0]], [0.0, 1.0]])
def test_what_shows_no_spread_is_refused(scores: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="at least 2 wordings and 2 examples"):
        components(scores)
