"""A normal distribution restricted to steps of one sign, against quadrature over sums and shares."""

import numpy as np
import pytest

from pluralstats.inference.posterior.one_sign import OneSign, restricted
from pluralstats.model.terms.step_places import steps_at

COVARIANCE = np.array([[0.04, -0.02], [-0.02, 0.05]])


def by_quadrature(precision, mean):
    """Means, sds (2,) and the probability of positive steps: sums flat, shares uniform."""
    share, total = np.meshgrid((np.arange(800) + 0.5) / 800, np.linspace(-2.5, 2.5, 2001), indexing="ij")
    c = np.stack([share * total, (1.0 - share) * total], axis=-1).reshape(-1, 2)
    weight = np.exp(-0.5 * np.einsum("ni,ij,nj->n", c - mean, precision, c - mean))
    weight /= weight.sum()
    centre = weight @ c
    return centre, np.sqrt(weight @ (c - centre) ** 2), weight @ (total.ravel() > 0.0)


@pytest.mark.parametrize("mean", [(0.6, 0.5), (0.2, -0.2), (0.0, 0.02), (-0.5, 0.3)])
def test_draws_of_two_steps_have_the_moments_of_quadrature(mean):
    precision = np.linalg.inv(COVARIANCE)
    drawn = restricted(precision, np.array(mean), steps_at([(0, 2)]), 8000, np.random.default_rng(1))
    assert (np.sign(drawn[:, 0]) == np.sign(drawn[:, 1])).all()
    centre, sd, positive = by_quadrature(precision, np.array(mean))
    np.testing.assert_allclose(drawn.mean(axis=0), centre, atol=4.0 * sd.max() / np.sqrt(8000))
    np.testing.assert_allclose(drawn.std(axis=0), sd, rtol=0.06)
    assert (drawn[:, 0] > 0.0).mean() == pytest.approx(positive, abs=4.0 * 0.5 / np.sqrt(8000))


def test_effects_of_one_step_are_not_restricted():
    mean = np.array([0.3, -0.1])
    drawn = restricted(np.linalg.inv(COVARIANCE), mean, steps_at([(0, 1), (1, 1)]), 20_000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.007)
    np.testing.assert_allclose(np.cov(drawn.T), COVARIANCE, atol=0.002)


def test_the_rest_follows_the_steps():
    """A parameter that is a sum of steps and noise stays one."""
    covariance = np.zeros((3, 3))
    covariance[1:, 1:] = COVARIANCE
    covariance[0, 1:] = covariance[1:, 0] = COVARIANCE.sum(axis=0)
    covariance[0, 0] = COVARIANCE.sum() + 0.01
    rng, mode = np.random.default_rng(3), np.array([1.0, 0.2, 0.0])
    law = OneSign(steps_at([(0, 2)]), 1, np.array([0.2, -0.2]), np.array([False, True]))
    free = rng.standard_normal((4000, 3)) @ np.linalg.cholesky(covariance + 1e-12 * np.eye(3)).T
    at = mode + law.moved(free, mode, covariance, rng)
    left = at[:, 0] - mode[0] - (at[:, 1:] - mode[1:]).sum(axis=1)
    assert left.mean() == pytest.approx(0.0, abs=0.008)
    assert left.std() == pytest.approx(0.1, rel=0.05)


def test_numbers_of_a_mode_under_priors_keep_the_sign():
    steps = steps_at([(0, 3)])
    numbers = np.array([0.4, 0.3, -0.2])
    mode, jacobian = steps.coefficients(numbers), steps.jacobian(numbers)
    law = OneSign(steps, 0, numbers, np.zeros(3, bool), under_priors=True)
    x = 0.3 * np.random.default_rng(2).standard_normal((500, 3)) * [0.3, 1.0, 1.0]
    moved = law.moved(x @ jacobian.T, mode, np.eye(3), np.random.default_rng(1))
    np.testing.assert_allclose(mode + moved, steps.coefficients(numbers + x), atol=1e-9)
