"""Monotonic effects: the way from free numbers to coefficients, its derivatives, and the prior."""

import numpy as np
import pytest
from scipy import integrate, stats

from pluralstats.model.terms.monotone import (
    add_log_prior,
    bending,
    coefficients_of,
    contrasts,
    drawn,
    fill_coefficients,
    jacobian,
    log_prior,
    numbers_of,
    pull_back,
)

CASES = [
    np.array([0.7]),
    np.array([-0.4, 0.8]),
    np.array([0.25, 0.3, -1.1, 0.6]),
    np.array([-1.5, *np.linspace(-1, 2, 6)]),
]
STEP = 1e-5


def slopes(function, x):
    """(len(function), D) derivatives by central differences."""
    moves = STEP * np.eye(x.size)
    return np.stack([(function(x + move) - function(x - move)) / (2.0 * STEP) for move in moves], axis=-1)


def test_coefficients_are_those_of_brms():
    """brms: simo in the Stan code of y ~ mo(x) is D sum of simplex entries up to x, times bsp, the average step.

    make_stancode(y ~ mo(x), d), brms 2.18: "real mo(vector scale, int i) ... return rows(scale) * sum(scale[1:i]);".
    """
    x = CASES[2]
    zeta = np.exp(contrasts(4) @ x[1:])
    zeta /= zeta.sum()
    at_levels = [x[0] * 4 * zeta[:i].sum() for i in range(5)]
    np.testing.assert_allclose(np.concatenate([[0.0], np.cumsum(coefficients_of(x))]), at_levels, rtol=1e-13)
    assert np.diff(at_levels).mean() == pytest.approx(x[0])


def test_steps_are_treated_alike():
    V = contrasts(5)
    np.testing.assert_allclose(V.T @ V, np.eye(4), atol=1e-14)
    np.testing.assert_allclose(V.sum(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(coefficients_of(np.array([0.3, 0, 0, 0, 0])), np.full(5, 0.3), rtol=1e-14)


@pytest.mark.parametrize("x", CASES, ids=[f"{x.size} steps" for x in CASES])
def test_numbers_come_back(x):
    c = coefficients_of(x)
    assert (np.sign(c) == np.sign(x[0])).all()
    np.testing.assert_allclose(numbers_of(c), x, rtol=1e-12)
    out = np.empty_like(x)
    fill_coefficients(x, contrasts(x.size), out)
    np.testing.assert_allclose(out, c, rtol=1e-13)


def test_steps_of_the_other_sign_start_at_a_small_share():
    np.testing.assert_allclose(coefficients_of(numbers_of(np.array([0.5, -0.1, 0.2]))).min(), 6e-7, rtol=0.5)
    assert np.isfinite(numbers_of(np.array([1.0, -1.0]))).all()


@pytest.mark.parametrize("x", CASES, ids=[f"{x.size} steps" for x in CASES])
def test_derivatives_are_those_of_differences(x):
    V, weight = contrasts(x.size), np.random.default_rng(1).normal(size=x.size)
    np.testing.assert_allclose(jacobian(x), slopes(coefficients_of, x), atol=1e-8)
    gradient = np.ones(x.size)
    pull_back(x, V, weight, gradient)
    np.testing.assert_allclose(gradient - 1.0, jacobian(x).T @ weight, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(bending(x, weight), slopes(lambda at: jacobian(at).T @ weight, x), atol=1e-7)
    gradient = np.zeros(x.size)
    value = add_log_prior(x, V, 3.0, 0.8, gradient)
    np.testing.assert_allclose(gradient, slopes(lambda at: log_prior(at, 3.0, 0.8), x), atol=1e-8)
    start = np.zeros(x.size)
    elsewhere = add_log_prior(start, V, 3.0, 0.8, np.zeros(x.size))
    assert value - elsewhere == pytest.approx(float(log_prior(x, 3.0, 0.8) - log_prior(start, 3.0, 0.8)), abs=1e-12)


def test_the_prior_is_a_student_t_of_the_whole_difference_and_a_uniform_simplex():
    """By the change of variables: density of (b, zeta) times |d zeta / d y| by differences."""
    x = CASES[2]
    steps = x.size
    shares = slopes(lambda y: coefficients_of(np.concatenate([[1.0 / steps], y]))[:-1], x[1:])
    of_simplex = stats.dirichlet.logpdf(coefficients_of(np.r_[1.0 / steps, x[1:]]), np.ones(steps))
    expected = stats.t.logpdf(x[0], 3.0, scale=0.8 / steps) + of_simplex + np.linalg.slogdet(shares)[1]
    assert float(log_prior(x, 3.0, 0.8)) == pytest.approx(expected, abs=1e-8)


def test_the_prior_integrates_to_one():
    def density(y, b):
        return float(np.exp(log_prior(np.array([b, y]), 30.0, 0.8)))

    whole, _ = integrate.dblquad(density, -3.0, 3.0, -25.0, 25.0, epsabs=1e-5)
    assert whole == pytest.approx(1.0, abs=1e-4)


def test_draws_follow_the_prior():
    rng = np.random.default_rng(4)
    x = np.stack([drawn(3, 3.0, 0.8, rng) for _ in range(4000)])
    c = coefficients_of(x)
    assert stats.kstest(c.sum(axis=1), stats.t(3.0, scale=0.8).cdf).pvalue > 0.001
    assert stats.kstest(c[:, 1] / c.sum(axis=1), stats.beta(1.0, 2.0).cdf).pvalue > 0.001
