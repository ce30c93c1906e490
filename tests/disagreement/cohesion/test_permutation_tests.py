"""p values of permutation tests and their adjustment."""

import numpy as np
import pandas as pd
import pytest

from pluralstats.disagreement.cohesion.permutations import adjusted, share_beyond, two_sided

TEN = np.arange(1.0, 11.0)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [(0.5, 0.0), (1.0, 0.0), (2.5, 0.2), (4.5, 0.4), (5.0, 0.5), (8.5, 0.2), (10.0, 0.0), (11.0, 0.0)],
)
def test_the_share_is_of_values_strictly_beyond_on_the_side_of_the_median(observed, expected):
    # the median of the definition is the 5th of 10 values
    assert share_beyond(observed, np.random.default_rng(1).permutation(TEN)) == pytest.approx(expected)


@pytest.mark.parametrize(("observed", "tail"), [(0.5, 1), (1.0, 2), (5.5, 6), (10.0, 2), (11.0, 1)])
def test_the_two_sided_p_counts_the_observed_value_and_ties(observed, tail):
    assert two_sided(observed, TEN) == pytest.approx(min(1, 2 * tail / 11))


def test_ties_with_everything_are_no_evidence():
    assert two_sided(3.0, np.full(99, 3.0)) == 1.0


def test_infinite_values_are_larger_than_any():
    values = np.append(TEN, np.inf)
    assert share_beyond(10.5, values) == pytest.approx(1 / 11)
    assert two_sided(10.5, values) == pytest.approx(2 * 2 / 12)


def test_undefined_permutations_do_not_count():
    assert two_sided(11.0, np.append(TEN, np.nan)) == two_sided(11.0, TEN)
    assert np.isnan(two_sided(np.nan, TEN))
    assert np.isnan(share_beyond(1.0, np.array([np.nan])))


def test_adjustment_is_benjamini_hochberg_over_the_p_values_there_are():
    # Benjamini & Hochberg (1995), section 3.2: of these 15 p values four are below 0.05 after adjustment
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p = pd.Series([*p, 0.4262, 0.5719, 0.6528, 0.7590, 1.0, np.nan])
    found = adjusted(p)
    assert (found < 0.05).sum() == 4
    assert found[3] == pytest.approx(0.0095 * 15 / 4)
    assert np.isnan(found[15])
    assert adjusted(pd.Series([np.nan])).isna().all()
