"""Log-likelihoods of units of the general model: the formula by numpy, and integrals over dense grids."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.special import expit, logsumexp, ndtr

import pluralstats as ps
from pluralstats.inference.posterior.integrals.quadrature import product_quadrature
from pluralstats.inference.posterior.pointwise import Pointwise, streamed
from pluralstats.results.checks.left_out import chosen_samples, units_of

CDF = {"probit": ndtr, "logit": expit}
PARTS = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender + (1 | rater)"}
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


def some_ratings():
    """24 raters, 10 items, two sessions; the second has four categories instead of five."""
    made = ps.simulate(n_raters=24, n_items=10, ratings_per_rater=8, sd_rater=0.8, seed=2)
    frame = made.frame.assign(rating=made.values)
    frame["session"] = np.where(np.arange(len(frame)) % 2 == 0, "first", "second")
    low = (frame["session"] == "second") & (frame["rating"] == 5)
    frame.loc[low, "rating"] = 4
    return ps.Ratings(frame, (1, 5), ["gender"], covariates=["session"])


@pytest.fixture(scope="module", params=["probit", "logit"])
def general(request):
    options = {"link": request.param, "draws": 200, "sampler": ps.Sampler(chains=2, warmup=150), "on_problem": "ignore"}
    return ps.fit(some_ratings(), FORMULA, **PARTS, thresholds="session", **options)


def all_rows(fit, by="rating"):
    """(units, S) log-likelihoods that are never held otherwise."""
    samples = chosen_samples(fit, None)
    return np.concatenate(streamed(Pointwise(fit.design.whole, samples, units_of(fit, by)), np.copy))


def predictors(fit, leave=()):
    """(3, n, S) eta, log s and a of the rows of the design of eta, by numpy, without the effects of ``leave``."""
    out = []
    parts = [(part.design, fit.samples.parts[part.name]) for part in fit.design.parts]
    for design, samples in [(fit.design, fit.samples), *parts]:
        m = (design.fixed.X @ samples.coefficient.T)[design.fixed.cell]
        for grouping, effects in zip(design.groupings, samples.effects, strict=True):
            m = m if grouping.name in leave else m + effects[:, grouping.index].T
        out.append(m)
    return np.stack(out)


def log_probability(fit, i, s, m):
    """log P of row i in draw s by METHODS section 8, at m (3, ...)."""
    groups = fit.design.thresholds
    tau = fit.samples.threshold[s, groups.of_group(groups.group[i])]
    ends, c = np.concatenate([[-np.inf], tau, [np.inf]]), tau.mean()
    low, high = ((c + np.exp(m[2]) * (ends[fit.design.y[i] + k] - c) - m[0]) / np.exp(m[1]) for k in (0, 1))
    cdf = CDF[fit.link]
    return np.log(np.maximum(np.where(low > 0.0, cdf(-low) - cdf(-high), cdf(high) - cdf(low)), 1e-300))


def test_log_likelihoods_of_ratings_are_those_of_the_formula(general):
    m, found = predictors(general), all_rows(general)
    for s in range(0, 200, 19):
        expected = [log_probability(general, i, s, m[:, i, s]) for i in np.argsort(general.design.rows)]
        np.testing.assert_allclose(found[:, s], expected, rtol=1e-7, atol=1e-10)  # origin: scipy, row by row


def on_a_grid(fit, rater, s, sd, points=45):
    """Log of the integral over the effects of a rater on eta, log s and a by the trapezoid rule on a dense grid."""
    at = np.linspace(-7.0, 7.0, points)
    v = np.array(list(product(at, at, at))).T
    t = [grouping.name for grouping in fit.design.groupings].index("rater")
    m = predictors(fit, leave=("rater",))[:, :, s]
    log_prior = (-0.5 * v**2 - 0.5 * np.log(2.0 * np.pi) + np.log(at[1] - at[0])).sum(axis=0)
    rows = np.flatnonzero(fit.design.groupings[t].index == rater)
    return logsumexp(log_prior + sum(log_probability(fit, i, s, m[:, i, None] + sd[:, None] * v) for i in rows))


@pytest.mark.parametrize(("sd", "middle", "most"), [((0.7, 0.25, 0.2), 3e-5, 1e-4), ((1.2, 0.5, 0.4), 3e-3, 2e-2)])
def test_raters_are_integrated_over_place_noise_and_use_of_the_scale(general, sd, middle, most):
    """Origin: the trapezoid rule on 45^3 points, which agrees with 15^3 nodes to 2e-7 for the smaller sds."""
    whole, sd = general.whole_samples, np.array(sd) * general.design.family.noise ** np.array([1, 0, 0])
    names = [grouping.name for grouping in general.design.whole.groupings]
    sds = whole.sd.copy()
    sds[:, [names.index(name) for name in ("rater", "disc: rater", "stretch: rater")]] = sd
    fit = replace(general)
    fit.__dict__["whole_samples"] = whole._replace(sd=sds)
    away = ((whole.threshold - whole.threshold.mean(axis=0)) ** 2 / whole.threshold.var(axis=0)).sum(axis=1)
    central = np.argsort(away)[:2]  # near the mean, whatever draws a seed gives
    found, some = all_rows(fit, "rater"), list(product(range(3), central))
    error = np.abs([found[rater, s] - on_a_grid(general, rater, s, sd) for rater, s in some])
    assert np.median(error) < middle
    assert error.max() < most


@pytest.mark.parametrize("by", ["rating", "rater", "item"])
def test_without_a_difference_in_noise_it_is_the_plain_model(by):
    """The kernels of the plain model, which another file holds against dense grids, with draws in common."""
    ratings = ps.simulate(n_raters=12, n_items=8, ratings_per_rater=6, sd_rater=0.6, seed=4)
    options = {"method": "laplace", "draws": 100, "priors": ps.Priors(sd=0.3), "on_problem": "ignore"}
    plain, noisy = ps.fit(ratings, FORMULA, **options), ps.fit(ratings, FORMULA, disc="~ gender", **options)
    draws = plain.samples
    nothing = np.zeros((len(draws.sd), 1))
    noisy.__dict__["whole_samples"] = draws._replace(coefficient=np.hstack([draws.coefficient, nothing]))
    np.testing.assert_allclose(all_rows(noisy, by), all_rows(plain, by), atol=5e-4)  # 7 nodes here, 9 there


def test_product_rule_integrates_polynomials():
    """Origin: moments of the standard normal distribution."""
    nodes, log_weights = product_quadrature([np.ones(3), np.full(3, 0.3), np.zeros(3)])
    weight = np.exp(log_weights - 0.5 * (nodes**2).sum(axis=1)) / (2.0 * np.pi) ** 1.5
    assert (nodes[:, 2] == 0.0).all()
    assert weight.sum() == pytest.approx(1.0)
    assert weight @ nodes[:, 0] ** 4 == pytest.approx(3.0, rel=1e-9)
    assert weight @ (nodes[:, 0] ** 2 * nodes[:, 1] ** 2) == pytest.approx(1.0, rel=1e-9)
