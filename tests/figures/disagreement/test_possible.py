"""The lines of possible disagreement hold every set of ratings and are reached by some."""

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures.disagreement.possible import ENVELOPES, answers_of
from pluralstats.figures.parts.names import spread

FIVE = np.arange(1.0, 6.0)
UNEVEN = np.array([0.0, 1.0, 4.0, 10.0])


def every_set_of_ratings(values, n):
    """Means, entropies (nats), sds (divisor n - 1) and mean distances of pairs of all multisets of n answers."""
    ratings = np.array(list(combinations_with_replacement(values, n)))
    shares = (ratings[:, :, None] == values).mean(axis=1)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    found = {"entropy": entropy, "sd": ratings.std(axis=1, ddof=1)}
    distance = np.abs(ratings[:, :, None] - ratings[:, None, :]).sum(axis=(1, 2)) / (n * (n - 1))
    found |= {"entropy_normalised": entropy / np.log(len(values)), "mean_distance": distance}
    return ratings.mean(axis=1), found


@pytest.mark.parametrize("values", [FIVE, UNEVEN], ids=["1-5", "uneven"])
@pytest.mark.parametrize("n", [2, 12])
@pytest.mark.parametrize("column", ENVELOPES)
def test_no_set_of_ratings_leaves_the_envelope(column, values, n):
    mean, found = every_set_of_ratings(values, n)
    envelope = ENVELOPES[column](values, n)
    lowest, highest = (np.interp(mean, envelope.mean, end) for end in (envelope.lowest, envelope.highest))
    # Interpolation between 401 means: the curves bend by less than this, but at the ends of the entropy's.
    assert (found[column] >= lowest - 2e-3).all()
    assert (found[column] <= highest + 2e-3).all()


@pytest.mark.parametrize("column", ENVELOPES)
def test_the_envelope_is_reached(column):
    """Of 12 ratings with mean 3 some are all equal, some are half 1 and half 5, some are spread evenly enough."""
    mean, found = every_set_of_ratings(FIVE, 12)
    envelope = ENVELOPES[column](FIVE, 12)
    at_three = found[column][mean == 3.0]
    highest = envelope.highest[envelope.mean == 3.0][0]
    assert at_three.min() == 0.0 == envelope.lowest[envelope.mean == 3.0][0]
    assert 0.97 * highest < at_three.max() <= highest + 1e-12


def test_of_two_answers_entropy_and_sd_are_those_of_a_coin():
    """Closed forms: -p ln p - (1 - p) ln (1 - p) and sqrt(p (1 - p)), least and greatest alike."""
    for column, closed in (
        ("entropy", lambda p: -p * np.log(p) - (1 - p) * np.log(1 - p)),
        ("sd", lambda p: np.sqrt(p * (1 - p))),
    ):
        envelope = ENVELOPES[column](np.array([0.0, 1.0]), np.inf)
        p = envelope.mean[1:-1]
        np.testing.assert_allclose(envelope.lowest[1:-1], closed(p), rtol=1e-9)
        np.testing.assert_allclose(envelope.highest[1:-1], closed(p), rtol=1e-3)


def test_names_keep_their_order_and_never_overlap():
    random = np.random.default_rng(1)
    for _ in range(200):
        n = int(random.integers(1, 9))
        wanted, heights = random.uniform(0, 40, n), random.uniform(2, 5, n)
        centres = spread(wanted, heights, 40.0)
        order = np.argsort(wanted, kind="stable")
        tops, ends = (centres - heights / 2)[order], (centres + heights / 2)[order]
        assert (tops[1:] >= ends[:-1] - 1e-9).all()
        assert tops[0] >= -1e-9 and ends[-1] <= 40 + 1e-9


def test_names_with_room_stand_where_they_are_wanted():
    np.testing.assert_allclose(spread(np.array([30.0, 5.0, 20.0]), np.full(3, 3.0), 40.0), [30.0, 5.0, 20.0])


def test_a_scale_of_two_whole_ends_has_every_answer_between():
    assert answers_of((1, 3), pd.Series([1.5]), "means of items").tolist() == [1.0, 2.0, 3.0]
    assert answers_of([1.0, 2.5, 3.0], pd.Series([1.5]), "means of items").tolist() == [1.0, 2.5, 3.0]
    assert answers_of(None, pd.Series([1.5]), "means of items").size == 0


def test_entropy_is_greatest_where_all_answers_are_equally_frequent():
    envelope = ENVELOPES["entropy"](FIVE, 12)
    assert envelope.highest[envelope.mean == 3.0][0] == pytest.approx(np.log(5))
    assert ENVELOPES["sd"](np.array([0.0, 2.0]), np.inf).highest.max() == pytest.approx(1.0)


@pytest.mark.parametrize(("wanted", "total", "found"), [([5.0, 5.5], 20.0, [5.0, 8.0]), ([9.0, 9.5], 10.0, [5.5, 8.5])])
def test_names_move_down_for_each_other_and_up_from_the_edge(wanted, total, found):
    assert spread(np.array(wanted), np.array([3.0, 3.0]), total).tolist() == found
