"""What two engines are compared by."""

import math

import numpy as np
import pytest
from studysmith.deploy.bundle.parity import agreement, first_difference


def logprobs(*rows: list[float]) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows, dtype=np.float32))


def test_the_first_difference_comes_with_the_gap_that_the_reference_sees() -> None:
    reference = logprobs([0.1, 0.9], [0.6, 0.4], [0.5, 0.5])
    assert first_difference([1, 0, 1], [1, 0, 1], reference) is None
    found = first_difference([1, 0, 0], [1, 1, 1], reference)
    assert found is not None
    assert (found.place, found.expected, found.found) == (1, 0, 1)
    assert found.gap == pytest.approx(math.log(0.6 / 0.4))
    assert str(found) == "token 1: 1 instead of 0, 0.41 nats less likely"
    ended = first_difference([1, 0], [1], reference)
    assert ended is not None
    assert (ended.place, ended.expected, ended.found) == (1, 0, None)


def test_agreement_counts_places_of_all_replies_and_leaves_out_tokens_that_one_side_lacks() -> None:
    ours = [logprobs([0.9, 0.1], [0.2, 0.8]), logprobs([0.5, 0.5])]
    same = agreement(ours, ours)
    assert (same.places, same.top1, same.kl_mean, same.kl_max) == (3, 1.0, 0.0, 0.0)
    other = [logprobs([0.1, 0.9, 0.0], [0.2, 0.8, 0.0]), logprobs([0.5, 0.5, 0.0])]
    found = agreement(ours, other)
    assert found.top1 == pytest.approx(2 / 3)
    assert found.kl_max == pytest.approx(0.8 * math.log(9), rel=1e-5)
    assert found.kl_mean == pytest.approx(found.kl_max / 3)


def test_a_token_that_the_reference_excludes_costs_nothing() -> None:
    sure = [logprobs([1.0, 0.0])]
    assert agreement(sure, sure).kl_mean == 0
    assert agreement(sure, [logprobs([0.5, 0.5])]).kl_mean == pytest.approx(math.log(2))
