"""Rubin's rules where they have a closed form."""

import numpy as np
import pytest

from pluralstats.fits.imputation.rubin import pooled_estimates, widened


def test_a_normal_mean_of_incomplete_data_is_known_as_well_as_from_the_observed_values():
    """60 of 100 values with a known sd of 1: T = 1/60 and missing information 40/100 (Rubin 1987, example 3.1)."""
    rng = np.random.default_rng(1)
    seen = rng.normal(size=60)
    mean = rng.normal(seen.mean(), np.sqrt(1 / 60), size=(4000, 1))  # of the posterior, then values given it
    filled = rng.normal(mean, 1.0, size=(4000, 40))
    estimates = (seen.sum() + filled.sum(axis=1, keepdims=True)) / 100
    found = pooled_estimates(estimates, np.full((4000, 1), 1 / 100))
    assert found.estimate[0] == pytest.approx(seen.mean(), abs=0.005)
    assert found.se[0] == pytest.approx(np.sqrt(1 / 60), rel=0.02)
    assert found.between[0] == pytest.approx(0.4, abs=0.03)
    assert found.fmi[0] == pytest.approx(0.4, abs=0.03)


def test_the_interval_is_student_t():
    """Q = 2, W = 2, B = 1, m = 3: T = 10/3, r = 2/3, df = 2 (5/2)^2 = 12.5; R: qt(.975, 12.5) = 2.16923."""
    found = pooled_estimates(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 2.0))
    half = 2.16923 * np.sqrt(10 / 3)
    assert (found.lower[0], found.upper[0]) == pytest.approx((2 - half, 2 + half), abs=1e-4)
    assert found.fmi[0] == pytest.approx((2 / 3 + 2 / 15.5) / (5 / 3))


def test_sets_that_agree_lose_no_information():
    found = pooled_estimates(np.full((5, 1), 0.7), np.full((5, 1), 0.04))
    assert (found.se[0], found.between[0], found.fmi[0]) == pytest.approx((0.2, 0.0, 0.0))
    assert found.upper[0] == pytest.approx(0.7 + 1.959964 * 0.2, abs=1e-5)


def test_draws_of_all_sets_have_the_total_variance():
    rng, m = np.random.default_rng(2), 4
    draws = rng.normal(size=(m, 5000, 1)) * 0.5 + np.array([-1.0, 0.0, 0.5, 1.5])[:, None, None]
    found = pooled_estimates(draws.mean(axis=1), draws.var(axis=1))
    assert widened(draws).std() == pytest.approx(found.se[0], rel=1e-6)
    assert widened(draws).mean() == pytest.approx(draws.mean(), abs=1e-12)
