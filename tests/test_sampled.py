"""The comparison of draws has the false-alarm rate it states, and sees what it should see."""

import numpy as np
import pytest
from sampled import (
    EFFECTIVE,
    R_HAT,
    assert_same_draws,
    assert_same_moments,
    converged,
    independent,
    known,
    moments,
    z_bound,
)
from scipy.stats import chi2


def chains(seed, correlation=0.3, shape=(4, 500, 5)):
    """Autoregressive chains of standard normal quantities: (1 - r) / (1 + r) effective draws to each draw."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(shape) * np.sqrt(1.0 - correlation**2)
    x = np.empty(shape)
    x[:, 0] = rng.standard_normal((shape[0], shape[2]))
    for i in range(1, shape[1]):
        x[:, i] = correlation * x[:, i - 1] + noise[:, i]
    return x


def is_alarm(one, other, false_alarm):
    try:
        assert_same_moments(one, other, false_alarm)
    except AssertionError:
        return True
    return False


def test_equal_posteriors_alarm_as_often_as_stated():
    # 60 pairs at a rate of 0.3, about 1,000 effective draws each: 18 alarms expected; fewer than 4 or more than 36 have
    # a probability of 2e-6 (binomial). Bonferroni lowers the rate and estimated errors raise it, both by little
    found = [moments(chains(seed, correlation=0.3)) for seed in range(120)]
    alarms = sum(is_alarm(one, other, 0.3) for one, other in zip(found[::2], found[1::2], strict=True))
    assert 4 <= alarms <= 36


def test_a_reference_is_drawn_again_until_it_has_converged_and_no_longer_than_that():
    stuck, good = chains(1, correlation=0.999), chains(1)
    asked = []

    def draw(attempt):
        asked.append(attempt)
        return good if attempt == 3 else stuck

    assert converged(draw) is good
    assert asked == [1, 2, 3]
    with pytest.raises(AssertionError, match="effective draws, 400 are needed"):
        converged(lambda attempt: stuck)


@pytest.mark.parametrize(("shift", "factor"), [(0.4, 1.0), (0.0, 1.25), (0.0, 0.8)])
def test_a_shift_and_a_wrong_sd_are_seen(shift, factor):
    # worth 1,077 draws: a mean is known to 0.03, an sd to 1.7%; of two sides 1.41 times that, of which 5 are allowed
    other = chains(2)
    other[..., 3] = shift + factor * other[..., 3]
    assert_same_draws(chains(1), chains(2))
    with pytest.raises(AssertionError, match="Monte Carlo errors"):
        assert_same_draws(chains(1), other)


def test_chains_that_did_not_converge_are_no_reference():
    with pytest.raises(AssertionError, match=r"\d+ effective draws, 400 are needed"):
        moments(chains(1, correlation=0.95))
    stuck = chains(1, correlation=0.0)
    stuck[0] += 0.4  # 2,000 independent draws, R-hat 1.02
    with pytest.raises(AssertionError, match=r"\d+ effective draws, 400 are needed"):
        moments(stuck)
    with pytest.raises(AssertionError, match="nan effective draws"):
        moments(np.full((4, 100, 1), np.nan))


def test_known_moments_are_compared_without_an_error_of_their_own():
    draws = independent(np.random.default_rng(1).standard_normal(4000))
    assert_same_moments(moments(draws), known([0.0], [1.0]))
    assert_same_moments(moments(draws), known([0.0]))
    with pytest.raises(AssertionError):
        assert_same_moments(moments(draws), known([0.15]))  # 9 errors of 1 / sqrt(4000)
    with pytest.raises(AssertionError):
        assert_same_moments(moments(draws), known([0.0], [1.1]))


@pytest.mark.parametrize("half_chains", [4, 8])
def test_chains_of_one_distribution_exceed_the_bound_of_r_hat_by_no_chance(half_chains):
    # chi-squared approximation of the comment on R_HAT
    k = half_chains
    probability = chi2.sf((k - 1) * (1.0 + (R_HAT**2 - 1.0) * EFFECTIVE / k), k - 1)
    assert probability < 4e-7


def test_the_bound_is_that_of_bonferroni():
    assert z_bound(1, 0.05) == pytest.approx(1.959964)  # normal quantile
    assert z_bound(100, 1e-5) == pytest.approx(5.3267, abs=1e-3)  # 1 - Phi = 5e-8
