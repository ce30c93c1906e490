"""Pareto smoothing agrees with arviz, and with what is known of ratios whose tail is exact."""

import numpy as np
import pytest
from scipy.special import logsumexp

from pluralstats.results.checks.pareto import bad_shape, fit_pareto, left_out, left_out_units, relative_efficiency


def of_arviz(log_p, r_eff):
    """Log density left out, log density and k from arviz's smoothed weights of the same draws."""
    from arviz_stats.base import array_stats

    log_weight, k = array_stats.psislw(log_p, r_eff=r_eff, axis=-1)
    return logsumexp(log_weight + log_p), logsumexp(log_p, b=1 / log_p.size), float(k)


@pytest.mark.parametrize("draws", [100, 400, 2000, 10000])
@pytest.mark.parametrize("spread", [0.01, 0.5, 3.0, 20.0])
@pytest.mark.parametrize("r_eff", [0.05, 0.4, 1.0, 1.4])
def test_numbers_are_those_of_arviz(draws, spread, r_eff):
    log_p = spread * np.random.default_rng(draws).standard_normal(draws) - 3.0
    found = left_out(log_p, r_eff, np.empty(draws))
    np.testing.assert_allclose(found, of_arviz(log_p, r_eff), rtol=1e-8, atol=1e-8)  # origin: arviz_stats psislw


def test_repeated_draws_are_those_of_arviz():
    """A sampler that rejects repeats a draw, so that ratios are tied, also at the edge of the tail."""
    log_p = np.repeat(np.random.default_rng(2).standard_normal(200), 5)
    np.testing.assert_allclose(left_out(log_p, 0.5, np.empty(1000)), of_arviz(log_p, 0.5), rtol=1e-8)


def test_order_of_draws_does_not_matter():
    rng = np.random.default_rng(3)
    log_p = rng.standard_normal(1000)
    first = left_out(log_p, 1.0, np.empty(1000))
    np.testing.assert_allclose(left_out(rng.permutation(log_p), 1.0, np.empty(1000)), first, rtol=1e-12)


@pytest.mark.parametrize("shape", [-0.3, 0.2, 0.7])
def test_the_shape_of_a_pareto_distribution_is_recovered(shape):
    """Quantiles of the generalised Pareto distribution with known k; k of 2000 random values has an sd of 0.03."""
    below = (np.arange(2000) + 0.5) / 2000
    k, scale = fit_pareto(np.expm1(-shape * np.log1p(-below)) / shape)
    assert k == pytest.approx(shape, abs=0.03)
    assert scale == pytest.approx(1.0, abs=0.05)


def test_exponential_ratios_have_the_tail_of_their_rate():
    """log(1 / p) exponential with mean k: the ratio itself is Pareto with shape k."""
    for k in (0.3, 0.9):
        log_p = -k * np.random.default_rng(4).exponential(size=20000)
        assert left_out(log_p, 1.0, np.empty(20000))[2] == pytest.approx(k, abs=0.12)  # sd about (1 + k) / sqrt(424)


def test_a_unit_that_all_draws_predict_alike_needs_no_reweighting():
    out = left_out(np.full(500, -1.5), 1.0, np.empty(500))
    assert out[:2] == pytest.approx((-1.5, -1.5))
    assert out[2] == -np.inf


def test_many_units_at_once_are_the_units_one_by_one():
    log_p = np.random.default_rng(5).standard_normal((7, 300))
    out = np.empty((7, 3))
    left_out_units(log_p, 3, out)
    for row, values in zip(out, log_p, strict=True):
        alone = left_out(values, relative_efficiency(values, 3), np.empty(300))
        np.testing.assert_allclose(row, alone, rtol=1e-12)  # sums are vectorised differently


def test_relative_efficiency_is_that_of_arviz():
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(6)
    noise, chains = rng.standard_normal((4, 500)), np.empty((4, 500))
    chains[:, 0] = noise[:, 0]
    for i in range(1, 500):
        chains[:, i] = 0.7 * chains[:, i - 1] + noise[:, i]
    expected = array_stats.ess(np.exp(chains), chain_axis=0, draw_axis=1, method="mean") / 2000
    assert relative_efficiency(chains.ravel(), 4) == pytest.approx(float(expected), rel=0.02)
    assert relative_efficiency(chains.ravel(), 0) == 1.0  # independent draws


def test_the_bound_of_k_is_that_of_the_paper():
    """Vehtari et al. 2024, section 3.2.4: min(1 - 1 / log10(S), 0.7)."""
    assert bad_shape(100) == pytest.approx(0.5)
    assert bad_shape(10_000) == 0.7
