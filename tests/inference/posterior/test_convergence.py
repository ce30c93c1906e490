"""R-hat, effective sizes and Monte Carlo errors against arviz and known answers."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from pluralstats.inference.posterior.convergence import convergence, effective_size

ARVIZ = {"chain_axis": 0, "draw_axis": 1}


def autoregressive(phi, chains=4, n=500, seed=1):
    noise = np.random.default_rng(seed).normal(size=(chains, n))
    out = noise.copy()
    for i in range(1, n):
        out[:, i] = phi * out[:, i - 1] + np.sqrt(1.0 - phi**2) * noise[:, i]
    return out


@pytest.mark.parametrize("n", [500, 499])
@pytest.mark.parametrize("series", ["alternating", "independent", "slow", "ties", "heavy tails", "chains apart"])
def test_numbers_are_those_of_arviz(series, n):
    draws = {
        "alternating": autoregressive(-0.5),
        "independent": autoregressive(0.0),
        "slow": autoregressive(0.6),
        "ties": np.round(autoregressive(0.3)),
        "heavy tails": np.random.default_rng(2).standard_cauchy((4, 500)),
        "chains apart": autoregressive(0.0) + np.array([[0.0], [0.0], [0.0], [0.1]]),
    }[series][:, :n]
    at = convergence(draws[:, :, None])
    assert at.r_hat[0] == pytest.approx(array_stats.rhat(draws, **ARVIZ), rel=1e-9)
    assert at.ess_bulk[0] == pytest.approx(array_stats.ess(draws, **ARVIZ), rel=1e-9)
    tail = array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **ARVIZ)
    assert at.ess_tail[0] == pytest.approx(tail, rel=1e-9)
    assert at.mcse[0] == pytest.approx(array_stats.mcse(draws, method="mean", **ARVIZ), rel=1e-9)


def test_effective_size_of_an_autoregression_is_its_closed_form():
    # n (1 - phi) / (1 + phi) with phi = 0.5; 4 x 20,000 draws, standard error of the estimate below 2%
    size = effective_size(autoregressive(0.5, n=20_000))
    assert size == pytest.approx(80_000 / 3.0, rel=0.05)


def test_chains_that_disagree_have_a_high_r_hat():
    apart = autoregressive(0.0) + np.array([[0.0], [0.0], [0.0], [2.0]])
    assert convergence(apart[:, :, None]).r_hat[0] > 1.2


def test_constant_missing_and_short_draws_give_missing_numbers():
    draws = np.stack([np.ones((2, 100)), np.full((2, 100), np.nan)], axis=2)
    assert np.isnan(np.stack(convergence(draws))).all()
    assert np.isnan(np.stack(convergence(np.zeros((4, 3, 1))))).all()
