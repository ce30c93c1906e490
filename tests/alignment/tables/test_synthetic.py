"""The synthetic language: its truth is what simulated raters do, and the same seed gives the same study."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.tables.synthetic import SD_RATER, THRESHOLDS, preference, synthetic_study


def test_the_true_preference_is_what_simulated_raters_do():
    rng = np.random.default_rng(1)
    rater = rng.normal(0.0, SD_RATER, 400_000)
    first, second = (np.searchsorted(THRESHOLDS, value + rater + rng.normal(size=rater.size)) for value in (0.8, -0.3))
    share = (first > second).mean() + 0.5 * (first == second).mean()
    assert float(preference(np.array(0.8), np.array(-0.3))) == pytest.approx(share, abs=0.003)  # 4 standard errors


def test_preferences_of_both_orders_add_up_to_one():
    a, b = np.array([0.1, -1.0, 2.0]), np.array([0.7, -1.5, -2.0])
    np.testing.assert_allclose(preference(a, b) + preference(b, a), 1.0, rtol=1e-12)


def test_a_study_is_the_same_for_the_same_seed_and_fits_its_description():
    one, two = (synthetic_study(4, n_questions=20, n_raters=10, n_test=10) for _ in range(2))
    pd.testing.assert_frame_equal(one.ratings.frame, two.ratings.frame)
    pd.testing.assert_frame_equal(one.test_pairs, two.test_pairs)
    assert one.ratings.n_ratings == 20 * 2 * 5
    assert one.ratings.simulated
    assert ((one.test_pairs[["p_north", "p_south"]] > 0) & (one.test_pairs[["p_north", "p_south"]] < 1)).all(axis=None)
    per_rater = one.ratings.frame.groupby("rater", observed=True)["group"].nunique()
    assert (per_rater == 1).all()
