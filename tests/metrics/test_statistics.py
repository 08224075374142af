"""Intervals and tests for paired scores."""

import numpy as np
import pytest
from studysmith.metrics.statistics import f1_interval, mean_interval, paired_difference


def test_interval_holds_the_mean_and_is_reproducible():
    values = [0.2, 0.4, 0.4, 0.5, 0.7, 0.9]
    first, second = mean_interval(values), mean_interval(values)
    assert first == second
    assert first.mean == pytest.approx(np.mean(values))
    assert first.low < first.mean < first.high
    assert min(values) <= first.low
    assert first.high <= max(values)


def test_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    covered = sum((i := mean_interval(rng.normal(0.5, 0.1, 40).tolist())).low <= 0.5 <= i.high for _ in range(200))
    assert 0.89 <= covered / 200 <= 0.99


def test_equal_values_have_no_width():
    interval = mean_interval([0.3, 0.3, 0.3])
    assert (interval.low, interval.high) == pytest.approx((0.3, 0.3))


@pytest.mark.parametrize("values", [[], [0.5]])
def test_too_few_values_are_refused_in_words(values):
    with pytest.raises(ValueError, match="at least 2 values"):
        mean_interval(values)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        mean_interval([0.1, float("nan")])
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([0.1, 0.2], confidence=1.5)


def test_a_clear_difference_is_significant_and_the_test_is_exact_for_few_pairs():
    result = paired_difference([0.6, 0.7, 0.8, 0.9, 0.7, 0.8], [0.1, 0.3, 0.3, 0.5, 0.2, 0.3])
    assert result.p_value == pytest.approx(2 / 2**6)
    assert result.significant
    assert result.interval.low > 0


def test_no_difference_is_not_significant():
    same = paired_difference([0.1, 0.5, 0.9], [0.1, 0.5, 0.9])
    assert same.p_value == 1
    assert not same.significant
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.5, 0.2, 30), rng.normal(0.5, 0.2, 30)
    assert paired_difference(a.tolist(), b.tolist()).p_value > 0.05


def test_order_of_the_sides_turns_the_sign_only():
    a, b = [0.3, 0.9, 0.4, 0.8], [0.1, 0.2, 0.6, 0.3]
    there, back = paired_difference(a, b), paired_difference(b, a)
    assert there.interval.mean == pytest.approx(-back.interval.mean)
    assert there.p_value == pytest.approx(back.p_value)


def test_sides_of_different_length_are_refused():
    with pytest.raises(ValueError, match="same learners"):
        paired_difference([0.1, 0.2], [0.1])


def test_a_pooled_f1_weighs_texts_by_their_marks():
    interval = f1_interval([(8, 8, 8), (0, 1, 1)])
    assert interval.mean == pytest.approx(2 * 8 / 18)
    assert (interval.low, interval.high, interval.n) == (0, 1, 2)
    assert f1_interval([(8, 8, 8), (0, 0, 0), (0, 1, 1)]) == interval


def test_a_pooled_f1_without_errors_has_no_width():
    interval = f1_interval([(2, 2, 2)] * 5)
    assert (interval.low, interval.mean, interval.high) == (1, 1, 1)


@pytest.mark.parametrize("counts", [[], [(1, 1, 1)], [(0, 0, 0), (0, 0, 0)]])
def test_an_f1_of_nothing_is_refused_in_words(counts):
    with pytest.raises(ValueError, match="in at least 2 texts"):
        f1_interval(counts)
