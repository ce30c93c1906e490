"""Rows of a cumulative model against scipy's distributions, differences of the kernels themselves, and each other."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import logistic, norm

from pluralstats.inference.kernels.gradients import Runs, Shared, likelihood_of_rows
from pluralstats.model.families.family import CHUNK
from pluralstats.model.families.known import CUMULATIVE
from pluralstats.model.families.logit import LOGIT
from pluralstats.model.families.probit import PROBIT
from pluralstats.storage.compiled import address_of

LATENTS = {latent.link: latent for latent in (PROBIT, LOGIT)}
DISTRIBUTIONS = {"probit": norm, "logit": logistic}
INTERVALS = [(-0.4, 0.9), (-math.inf, -1.2), (0.7, math.inf), (2.0, 2.5), (-3.1, -3.0), (-8.0, -7.5), (7.5, 8.0)]


@pytest.mark.parametrize("link", LATENTS)
@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_probability_and_densities_match_scipy(link, low, high):
    f = DISTRIBUTIONS[link]
    # scipy's cdf and sf are accurate in their own tail; the interval is taken in the tail where it lies
    p = f.sf(low) - f.sf(high) if low > 0 else f.cdf(high) - f.cdf(low)
    logp, up, up1, _, down, _, _ = LATENTS[link].interval(low, high)
    assert logp == pytest.approx(math.log(p), rel=1e-10)
    assert up == pytest.approx(f.pdf(high) / p, rel=1e-9)
    assert down == pytest.approx(f.pdf(low) / p, rel=1e-9)
    slope = {"probit": -high, "logit": 1.0 - 2.0 * logistic.cdf(high)}[link] if math.isfinite(high) else 0.0
    assert up1 == pytest.approx(slope * f.pdf(high) / p, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("link", CUMULATIVE)
def test_every_derivative_is_the_difference_of_the_one_before(link):
    tau, y, weight = np.array([-0.8, 0.3, 1.4]), np.array([0, 1, 2, 3], np.int32), np.array([1.0, 2.0, 1.0, 0.5])
    eta, h = np.array([0.2, -0.5, 1.1, 0.4]), 1e-6

    def first(tau, eta):
        score, curvature = np.empty(4), np.empty(4)
        family = CUMULATIVE[link].thresholds
        family.scores(y, weight, eta, tau, score, curvature)
        at = family.derivatives(y, weight, eta, tau)
        return score, curvature, at.high, at.low

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


@pytest.mark.parametrize("link", LATENTS)
def test_reversing_the_line_reverses_the_interval(link):
    forward, backward = LATENTS[link].interval(0.3, 2.2), LATENTS[link].interval(-2.2, -0.3)
    assert forward[0] == pytest.approx(backward[0], rel=1e-14)
    assert forward[1] == pytest.approx(backward[4], rel=1e-14)


@pytest.mark.parametrize("link", LATENTS)
def test_a_rating_that_nobody_expected_stays_finite(link):
    assert all(np.isfinite(LATENTS[link].interval(30.0, math.inf)))
    assert all(np.isfinite(LATENTS[link].interval(-math.inf, -30.0)))


class SomeRows(NamedTuple):
    """What the loop over rows reads of the sampler's ``Rows``."""

    chunk: int
    single_chunk: int
    part_chunk: int
    unweighted: bool
    runs: Runs
    y: np.ndarray
    weight: np.ndarray
    at: Shared


@pytest.mark.parametrize("link", CUMULATIVE)
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
    runs = Runs(np.searchsorted(y, np.arange(6)), np.arange(5), np.tile([0, 4], (5, 1)))
    to_tau, to_cells, to_effects = np.zeros(4), np.zeros((1, 3)), np.zeros(40)
    multiplier = np.array([[1.0, 1.0, 1.0]]) if plain else np.array([[1.0, 0.0, -0.7]])
    # of 3 cells with 40 levels each a number: the fixed part of the cell and the effect of the level, multiplied
    place = (cell * 40 + level[0])[None].astype(np.uint32)
    source = np.column_stack([np.repeat(np.arange(3), 40), 3 + np.tile(np.arange(40), 3)]).ravel().astype(np.uint32)
    times = np.column_stack([np.ones(120), np.repeat(multiplier[0], 40)]).ravel()
    at = Shared(place, np.zeros(1, np.int64), (2 * np.arange(121)).astype(np.uint32), source, times)
    family = CUMULATIVE[link]
    rows = SomeRows(address_of(family.chunk, CHUNK), 0, 0, not weighted, runs, np.empty(0), weight, at)
    value = likelihood_of_rows(rows, tau, fixed[None], effects, to_tau, to_cells, to_effects)
    eta = fixed[cell] + multiplier[0, cell] * effects[level[0]]
    score, curvature, codes = np.empty(700), np.empty(700), y.astype(np.int32)
    expected = family.thresholds.scores(codes, weight, eta, tau, score, curvature)
    nothing = np.zeros(700)
    by_threshold = family.thresholds.derivatives(codes, weight, eta, tau).gradient(nothing, nothing)
    assert value == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(
        to_effects, np.bincount(level[0], multiplier[0, cell] * score, 40), rtol=1e-11, atol=1e-11
    )
    np.testing.assert_allclose(to_cells[0], np.bincount(cell, score, 3), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(to_tau, by_threshold, rtol=1e-11, atol=1e-11)
