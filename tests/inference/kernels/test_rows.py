"""Row kernels against mpmath-free closed forms: scipy's distributions, and differences of the kernel itself."""

import math

import numpy as np
import pytest
from scipy.stats import logistic, norm

from pluralstats.inference.kernels.rows import LINKS, interval, score_and_weight, threshold_derivatives

DISTRIBUTIONS = {"probit": norm, "logit": logistic}
INTERVALS = [(-0.4, 0.9), (-math.inf, -1.2), (0.7, math.inf), (2.0, 2.5), (-3.1, -3.0), (-8.0, -7.5), (7.5, 8.0)]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_probability_and_densities_match_scipy(link, low, high):
    f = DISTRIBUTIONS[link]
    # scipy's cdf and sf are accurate in their own tail; the interval is taken in the tail where it lies
    p = f.sf(low) - f.sf(high) if low > 0 else f.cdf(high) - f.cdf(low)
    logp, up, up1, _, down, _, _ = interval(LINKS[link], low, high)
    assert logp == pytest.approx(math.log(p), rel=1e-10)
    assert up == pytest.approx(f.pdf(high) / p, rel=1e-9)
    assert down == pytest.approx(f.pdf(low) / p, rel=1e-9)
    slope = {"probit": -high, "logit": 1.0 - 2.0 * logistic.cdf(high)}[link] if math.isfinite(high) else 0.0
    assert up1 == pytest.approx(slope * f.pdf(high) / p, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("link", LINKS)
def test_every_derivative_is_the_difference_of_the_one_before(link):
    tau, y, weight = np.array([-0.8, 0.3, 1.4]), np.array([0, 1, 2, 3], np.int32), np.array([1.0, 2.0, 1.0, 0.5])
    eta, h = np.array([0.2, -0.5, 1.1, 0.4]), 1e-6

    def first(tau, eta):
        score, curvature = np.empty(4), np.empty(4)
        score_and_weight(LINKS[link], y, weight, eta, tau, score, curvature)
        high, low = np.empty((4, 5)), np.empty((4, 5))
        threshold_derivatives(LINKS[link], y, weight, eta, tau, high, low)
        return score, curvature, high, low

    def moved(move_tau, move_eta):
        ahead, behind = (first(tau + s * h * move_tau, eta + s * h * move_eta) for s in (1, -1))
        return [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]

    score, curvature, high, low = first(tau, eta)
    d_eta = moved(np.zeros(3), np.ones(4))
    assert d_eta[0] == pytest.approx(-curvature, rel=1e-6)
    assert d_eta[1] == pytest.approx(-(high[:, 2] + low[:, 2]), rel=1e-5, abs=1e-8)
    assert score == pytest.approx(-(high[:, 0] + low[:, 0]), rel=1e-12)
    for k in range(3):
        d_score, d_curvature, d_high, d_low = moved(np.eye(3)[k], np.zeros(4))
        upper, lower = y == k, y == k + 1
        assert d_score == pytest.approx(upper * high[:, 1] + lower * low[:, 1], rel=1e-6, abs=1e-8)
        assert d_curvature == pytest.approx(upper * high[:, 2] + lower * low[:, 2], rel=1e-5, abs=1e-7)
        assert d_high[upper, 0] == pytest.approx(high[upper, 3], rel=1e-6)
        assert d_low[lower, 0] == pytest.approx(low[lower, 3], rel=1e-6)
        assert d_high[lower, 0] == pytest.approx(high[lower, 4], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("link", LINKS)
def test_reversing_the_line_reverses_the_interval(link):
    forward, backward = interval(LINKS[link], 0.3, 2.2), interval(LINKS[link], -2.2, -0.3)
    assert forward[0] == pytest.approx(backward[0], rel=1e-14)
    assert forward[1] == pytest.approx(backward[4], rel=1e-14)


@pytest.mark.parametrize("link", LINKS)
def test_a_rating_that_nobody_expected_stays_finite(link):
    assert all(np.isfinite(interval(LINKS[link], 30.0, math.inf)))
    assert all(np.isfinite(interval(LINKS[link], -math.inf, -30.0)))
