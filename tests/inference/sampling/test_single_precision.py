"""Rows in single precision: how far the log density and its gradient are from those in double precision."""

import numpy as np
import pytest
from exact_designs import case_of

import pluralstats as ps
from pluralstats.inference.sampling.density import whitened_density
from pluralstats.inference.sampling.whitening import kernel_rows
from pluralstats.inference.standard.designs import standardise

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


@pytest.fixture(scope="module", params=["probit", "logit"])
def case(request):
    ratings = ps.simulate(n_raters=300, n_items=80, ratings_per_rater=40, seed=1)
    return case_of(ratings, FORMULA, "cumulative", request.param, {})


def both(case, z):
    found = []
    for single in (True, False):
        rows, gradient = kernel_rows(standardise(case.design).design, single=single), np.empty(z.size)
        assert bool(rows.single_chunk) == single
        found.append((whitened_density(rows, case.priors, case.map_, z, gradient), gradient))
    return found


def test_the_log_density_of_12_000_ratings_is_off_by_less_than_a_thousandth(case):
    size = case.at.x.size + case.at.v.size
    for seed in range(5):
        (value, gradient), (expected, exact) = both(case, np.random.default_rng(seed).standard_normal(size))
        assert abs(value - expected) < 1e-3  # 5e-5 at most
        assert np.abs(gradient - exact).max() < 1e-3  # of numbers around 1


def test_ratings_far_from_their_category_are_done_in_double_precision(case):
    # 12 and 80 latent sds from a threshold single precision ends; effects here are up to a hundred
    z = 60.0 * np.random.default_rng(1).standard_normal(case.at.x.size + case.at.v.size)
    z[: case.at.x.size] = 0.0
    (value, gradient), (expected, exact) = both(case, z)
    assert value == pytest.approx(expected, rel=1e-7)
    np.testing.assert_allclose(gradient, exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())
