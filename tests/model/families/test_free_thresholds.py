"""Sequential and adjacent-category families, whose thresholds have no order, against R, formulas and each other."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import gumbel_l, logistic, norm

from pluralstats.data.scale import Scale
from pluralstats.errors import ConfigError
from pluralstats.model.families.known import FAMILIES, check_family

# Counts of ratings 1 to 5 of wines by temperature and contact of juice and skins, cold or warm: Randall (1989), as
# ``ordinal::wine`` has them.
WINE = {(0, 0): (4, 9, 5, 0, 0), (1, 0): (0, 5, 8, 3, 2), (0, 1): (1, 7, 8, 2, 0), (1, 1): (0, 1, 5, 7, 5)}

# VGAM 1.1-7 (R 4.2.2) of the same: vglm(ordered(rating) ~ temp + contact, FAMILY(parallel = TRUE), epsilon = 1e-13),
# temp and contact 0 and 1: log-likelihood; intercepts and coefficients as printed, signs and all.
VGAM = {
    ("acat", "logit"): (
        -85.64416017759,
        (0.989904584567, -0.890105789627, -2.515836888417, -2.785044070591),
        (1.688484292779, 0.964853632016),
    ),
    ("sratio", "logit"): (
        -86.179703954444,
        (-1.48205452207, 0.89299625025, 2.67719380191, 3.54648416741),
        (-2.22855583882, -1.23894817702),
    ),
    ("sratio", "probit"): (
        -85.700424375381,
        (-0.855406922647, 0.531252625653, 1.586863860178, 2.099824831670),
        (-1.322341035691, -0.729155765669),
    ),
    ("sratio", "cloglog"): (
        -86.63407920881,
        (-1.740082384714, 0.156496567107, 1.456120812389, 2.052389202323),
        (-1.605760092568, -0.859713652111),
    ),
    ("cratio", "logit"): (
        -86.179703954444,
        (1.48205452207, -0.89299625025, -2.67719380191, -3.54648416741),
        (2.22855583882, 1.23894817702),
    ),
    ("cratio", "probit"): (
        -85.700424375381,
        (0.855406922647, -0.531252625653, -1.586863860178, -2.099824831670),
        (1.322341035691, 0.729155765669),
    ),
    ("cratio", "cloglog"): (
        -85.750226750215,
        (0.385418134051, -0.984412669157, -2.028000200609, -2.603919385724),
        (1.348426419912, 0.746642890058),
    ),
}
FREE = {key: FAMILIES[key[0]][key[1]] for key in VGAM}


@pytest.fixture(params=FREE, ids="-".join)
def key(request):
    return request.param


def in_our_signs(key):
    """VGAM's a_k + x'b is tau_k - eta where it is about stopping, and eta - tau_k where it is about going on."""
    loglik, a, b = VGAM[key]
    sign = 1.0 if key[0] == "sratio" else -1.0
    return loglik, np.array([*(sign * np.array(a)), *(-sign * np.array(b))])


def of_wine(family, theta):
    """Log-likelihood of (tau, b) and its gradient."""
    total, slope = 0.0, np.zeros(6)
    for cell, counts in WINE.items():
        for k, n in enumerate(counts):
            if n:
                p, score, one = np.empty(n), np.empty(n), np.ones(n)
                eta = np.full(n, theta[4:] @ cell)
                total += family.chunk(k, n, True, np.empty(0), theta[:4].copy(), eta, one, p, score, slope[:4])
                slope[4:] += score.sum() * np.array(cell)
    return total, slope


def test_log_likelihood_and_estimates_are_those_of_vgam(key):
    loglik, theta = in_our_signs(key)
    found, slope = of_wine(FREE[key], theta)
    assert found == pytest.approx(loglik, abs=1e-9)
    assert slope == pytest.approx(np.zeros(6), abs=1e-5)
    best = minimize(lambda t: tuple(-part for part in of_wine(FREE[key], t)), np.zeros(6), jac=True, tol=1e-10)
    assert best.x == pytest.approx(theta, abs=2e-5)


def codes(k, n):
    return np.full(n, k, np.int32)


def probabilities(family, tau, eta):
    """(K, n) from the row-by-row kernel."""
    nothing, one = np.empty(1), np.ones(1)
    return np.exp(
        [
            [family.thresholds.scores(codes(k, 1), one, np.array([e]), tau, nothing, nothing) for e in eta]
            for k in range(tau.size + 1)
        ]
    )


DISTRIBUTIONS = {"logit": logistic, "probit": norm, "cloglog": gumbel_l}
TAU, ETA = np.array([0.4, -0.9, 1.3]), np.array([-2.0, -0.3, 0.8, 2.5])


def by_formula(key, tau, eta):
    """(K,) probabilities for one eta, from the definitions in the docstrings."""
    F = DISTRIBUTIONS[key[1]].cdf
    if key[0] == "acat":
        p = np.exp([sum(eta - tau[:k]) for k in range(tau.size + 1)])
        return p / p.sum()
    stop = F(tau - eta) if key[0] == "sratio" else 1.0 - F(eta - tau)
    return np.append(stop, 1.0) * np.cumprod(np.append(1.0, 1.0 - stop))


def test_probabilities_are_those_of_the_definition_and_rise_with_eta(key):
    found = probabilities(FREE[key], TAU, ETA)
    assert found == pytest.approx(np.stack([by_formula(key, TAU, e) for e in ETA], axis=1), rel=1e-11)
    at_least = 1.0 - np.cumsum(found, axis=0)[:-1]
    assert (np.diff(at_least, axis=1) > 0.0).all()


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_stopping_and_continuation_ratios_are_one_model_where_the_noise_is_symmetric(link):
    one, other = (probabilities(FREE[name, link], TAU, ETA) for name in ("sratio", "cratio"))
    assert one == pytest.approx(other, rel=1e-14)


def test_stopping_ratios_with_cloglog_are_a_cumulative_model():
    """Laara & Matthews (1985): exp(tau) of steps add up to exp(tau) of the cumulative model."""
    cumulative = np.log(np.cumsum(np.exp(TAU)))
    expected = probabilities(FAMILIES["cumulative"]["cloglog"], cumulative, ETA)
    assert probabilities(FREE["sratio", "cloglog"], TAU, ETA) == pytest.approx(expected, rel=1e-11)


def test_starting_thresholds_have_the_shares_of_the_answers(key):
    shares = np.array([0.1, 0.35, 0.05, 0.5])
    tau = FREE[key].thresholds.at_shares(np.cumsum(shares)[:-1])
    assert probabilities(FREE[key], tau, np.zeros(1))[:, 0] == pytest.approx(shares, rel=1e-10)
    unused = FREE[key].thresholds.at_shares(np.array([0.0, 0.6, 0.6]))
    assert np.isfinite(unused).all()


@pytest.mark.parametrize("eta", [-500.0, -30.0, 30.0, 500.0])
def test_an_answer_that_nobody_expected_stays_finite(key, eta):
    score, curvature, one = np.empty(1), np.empty(1), np.ones(1)
    for k in range(4):
        value = FREE[key].thresholds.scores(codes(k, 1), one, np.array([eta]), TAU, score, curvature)
        assert np.isfinite([value, *score, *curvature]).all()
        p, to_tau = np.empty(1), np.zeros(3)
        again = FREE[key].chunk(k, 1, True, np.empty(0), TAU, np.array([eta]), one, p, score, to_tau)
        assert np.isfinite([again, *score, *to_tau]).all()
        if abs(eta) < 37.0:  # farther out probit probabilities of each step are held at 1e-300, on two paths
            assert again == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize("key", [("sratio", "logit"), ("acat", "logit")], ids="-".join)
def test_draws_of_a_graph_have_the_probabilities(key):
    import pymc as pm
    import pytensor.tensor as pt

    n = 20_000
    answers = FREE[key].draw(pt.constant(np.array([0.8])), pt.constant(TAU), None, (n,))
    shares = np.bincount(pm.draw(answers, random_seed=4).ravel(), minlength=4) / n
    expected = by_formula(key, TAU, 0.8)
    assert (np.abs(shares - expected) < 5.0 * np.sqrt(expected * (1.0 - expected) / n)).all()


def test_links_and_scales_that_a_family_does_not_have_are_named():
    five = Scale.parse((1, 5))
    assert check_family("acat", "probit", five) == "logit"  # the default of `link`, where there is no choice
    with pytest.raises(ConfigError, match="`link` of the acat family is logit; found 'cloglog'"):
        check_family("acat", "cloglog", five)
    with pytest.raises(ConfigError, match="sratio family is one of probit, logit, cloglog; found 'loglog'"):
        check_family("sratio", "loglog", five)
