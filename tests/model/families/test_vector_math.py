"""Vectorised exp, normal tails and logs against scipy and exact identities."""

import math

import numpy as np
import pytest
from scipy.special import erfcx, log_ndtr

from pluralstats.inference.kernels import rows as kernels
from pluralstats.inference.kernels.gradients import Places, cumulative_rows
from pluralstats.inference.kernels.rows import LOGIT, PROBIT
from pluralstats.model.families.vector_math import FARTHEST, density_and_tail, exponential, sum_of_logs


def test_exponential_is_within_two_units_in_the_last_place():
    for x in np.concatenate([np.linspace(-700, 700, 1403), np.linspace(-1, 1, 401)]):
        assert abs(exponential(x) / math.exp(x) - 1.0) < 5e-16


def test_tails_keep_twelve_digits_as_far_as_doubles_go():
    # Q(x) = phi(x) R(x); Mills' ratio R by scipy's scaled complementary error function, density by math.exp
    for x in np.linspace(0.0, FARTHEST - 1.5, 2001):
        density, tail = density_and_tail(x)
        exact = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
        mills = math.sqrt(0.5 * math.pi) * erfcx(x / math.sqrt(2.0))
        assert density == pytest.approx(exact, rel=1e-15)
        assert tail == pytest.approx(exact * mills, rel=1e-13)


def test_both_signs_have_the_same_tail_and_beyond_the_farthest_nothing_overflows():
    assert density_and_tail(-2.5) == density_and_tail(2.5)
    assert np.log(density_and_tail(-5.0)[1]) == pytest.approx(log_ndtr(-5.0), rel=1e-13)
    assert all(0.0 <= value < 1e-290 for value in density_and_tail(1e6))


def test_logs_of_many_tiny_numbers_are_summed_without_underflow():
    p = np.geomspace(1e-300, 1.0, 500)
    assert sum_of_logs(p, 500) == pytest.approx(math.fsum(map(math.log, p)), rel=1e-14)
    assert sum_of_logs(p, 3) == pytest.approx(math.fsum(map(math.log, p[:3])), rel=1e-14)


@pytest.mark.parametrize("link", [PROBIT, LOGIT])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("plain", [True, False])
def test_vectorised_rows_agree_with_the_row_by_row_kernel(link, weighted, plain):
    # 700 rows: more than two chunks; etas to 9 latent units, where a difference of cdfs would keep no digit
    rng = np.random.default_rng(1)
    y = np.sort(rng.integers(0, 5, 700))
    level = rng.integers(0, 40, (1, 700)).astype(np.int32)
    cell = rng.integers(0, 3, 700).astype(np.int32)
    tau, fixed, effects = np.array([-2.0, -0.5, 0.1, 1.5]), np.array([-0.3, 0.0, 0.4]), rng.normal(0, 3, 40)
    weight = rng.integers(1, 4, 700).astype(float) if weighted else np.ones(700)
    starts = np.searchsorted(y, np.arange(6))
    to_tau, to_cells, to_effects = np.zeros(4), np.zeros(3), np.zeros(40)
    multiplier = np.array([[1.0, 1.0, 1.0]]) if plain else np.array([[1.0, 0.0, -0.7]])
    at = Places(cell, level, multiplier, np.array([plain]))
    value = cumulative_rows(link, not weighted, starts, weight, at, tau, fixed, effects, to_tau, to_cells, to_effects)
    eta = fixed[cell] + multiplier[0, cell] * effects[level[0]]
    score, curvature, high, low = np.empty(700), np.empty(700), np.empty((700, 5)), np.empty((700, 5))
    codes = y.astype(np.int32)
    expected = kernels.score_and_weight(link, codes, weight, eta, tau, score, curvature)
    kernels.threshold_derivatives(link, codes, weight, eta, tau, high, low)
    assert value == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(
        to_effects, np.bincount(level[0], multiplier[0, cell] * score, 40), rtol=1e-11, atol=1e-11
    )
    np.testing.assert_allclose(to_cells, np.bincount(cell, score, 3), rtol=1e-11, atol=1e-11)
    by_threshold = kernels.sum_by_threshold(codes, high[:, 0], low[:, 0], 4)
    np.testing.assert_allclose(to_tau, by_threshold, rtol=1e-11, atol=1e-11)
