"""Entropy, polarisation and votes of the answers to one item."""

import numpy as np
import pytest

from pluralstats.disagreement.counting.one_item import bilinear, cross_negentropy, entropy, polarisation, votes


def counts(*numbers):
    return np.array(numbers, dtype=float)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (counts(5, 0, 0), 0.0),
        (counts(2, 2, 2), np.log(3)),
        (counts(2, 1, 0), np.log(3) - 2 / 3 * np.log(2)),  # -(2/3) ln(2/3) - (1/3) ln(1/3)
    ],
)
def test_entropy_is_that_of_the_shares(count, expected):
    assert entropy(count, count.sum()) == pytest.approx(expected, abs=1e-15)


def test_cross_negentropy_adds_one_rating_spread_over_all_answers():
    # p = (1, 0), the rest has 0 and 3: q = (0 + 1/2) / 4, so ln 2 + ln(1/8) = -2 ln 2
    assert cross_negentropy(counts(2, 0), 2.0, counts(0, 3), 3.0) == pytest.approx(-2 * np.log(2))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (counts(2, 1, 0, 0, 3), 1 / 3),  # 1 1 2 5 5 5: from 5 down the steps are -3, 0, +1, +1; over 3
        (counts(5, 0, 0, 0, 5), 1.0),
        (counts(1, 2, 3, 2, 1), 0.0),
        (counts(2, 2, 2, 2, 2), 0.0),
        (counts(0, 4, 0, 0, 0), 0.0),
        (counts(0, 3, 3, 0, 0), 0.0),
        (counts(3, 0, 1, 0, 2), 2 / 3),
        (counts(3, 1, 2, 3, 0), 2 / 3),  # tied modes: +1 walking up from 1, +2 walking down from 4
    ],
)
def test_polarisation_is_the_largest_step_up_away_from_the_mode_over_its_height(count, expected):
    assert polarisation(count) == pytest.approx(expected)
    assert polarisation(count[::-1].copy()) == pytest.approx(expected)
    assert polarisation(7 * count) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(counts(1, 4, 2), [0, 1, 0]), (counts(3, 0, 3), [0.5, 0, 0.5]), (counts(1, 1, 1), [1 / 3] * 3)],
)
def test_tied_answers_share_the_vote(count, expected):
    vote = np.empty(3)
    votes(count, vote)
    assert vote.tolist() == pytest.approx(expected)


def test_bilinear_is_the_matrix_product():
    generator = np.random.default_rng(1)
    a, matrix, b = generator.random(4), generator.random((4, 4)), generator.random(4)
    a[1] = 0.0
    assert bilinear(a, matrix, b) == pytest.approx(a @ matrix @ b, rel=1e-14)
