"""Units with several effects at once: closed forms, dense grids, importance sampling by numpy, simpler models."""

from dataclasses import replace
from math import lgamma, log, pi

import numpy as np
import pytest
from scipy.special import expit, logsumexp, ndtr
from scipy.stats import multivariate_normal

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.pointwise import Pointwise, streamed
from pluralstats.inference.posterior.quadrature import nodes_together
from pluralstats.inference.posterior.several_effects import roots_of_correlations
from pluralstats.results.checks.left_out import chosen_samples, units_of

CDF = {"probit": ndtr, "logit": expit}
DIMENSIONS = ["care", "harm", "hate", "fair", "true"]
JOINT = "rating ~ (0 + dimension | item) + (0 + dimension | rater)"
SITTING = JOINT + " + (1 | rater:item)"


def quiet_fit(ratings, formula, **options):
    return ps.fit(ratings, formula, **{"method": "laplace", "draws": 100, "on_problem": "ignore"} | options)


def with_draws(fit, samples):
    """The fit as if a sampler had drawn ``samples``."""
    return replace(fit, method="nuts", posterior=DrawnPosterior(samples, 1))


def all_rows(fit, by):
    """(units, S) log-likelihoods that are never held otherwise."""
    return np.concatenate(streamed(Pointwise(fit.design.whole, chosen_samples(fit, None), units_of(fit, by)), np.copy))


@pytest.fixture(scope="module")
def dimensions():
    return ps.simulate(n_raters=25, n_items=8, ratings_per_rater=5, dimensions=DIMENSIONS, sd_rater=1.0, seed=4)


def of_unit(fit, by, unit, s):
    """Rows of a unit, (3, R) their predictors without its effects and (3, R, k) what k of N(0, 1) add, by numpy."""
    design, samples, frame = fit.design.whole, fit.whole_samples, fit.ratings.frame
    rows = np.flatnonzero(frame[by].cat.codes.to_numpy()[design.rows] == unit)
    within = [by in grouping.term.factors for grouping in design.groupings]
    cell, parts, columns = design.fixed.cell[rows], design.grouping_parts, []
    of_part = (design.column_parts == np.arange(3)[:, None]) * samples.coefficient[s]
    m = of_part @ design.fixed.X[cell].T
    for t, grouping in enumerate(design.groupings):
        if not within[t]:
            m[parts[t]] += samples.effects[t][s][grouping.index[rows]] * grouping.multiplier[cell]
    for block in design.blocks:
        if not within[block.start]:
            continue
        its = range(block.start, block.stop)
        matrix = np.eye(block.size)
        for (a, b), r in zip(design.correlations, samples.correlation[s], strict=True):
            if a in its:
                matrix[a - block.start, b - block.start] = matrix[b - block.start, a - block.start] = r
        size, turn = np.linalg.eigh(matrix)  # correlations may be 1
        root = np.diag(samples.sd[s, block.start : block.stop]) @ turn * np.sqrt(np.maximum(size, 0.0))
        index = design.groupings[block.start].index[rows]
        Z = np.stack([design.groupings[t].multiplier[cell] for t in its], axis=1) @ root
        for level in np.unique(index):
            own = np.zeros((3, rows.size, block.size))
            own[parts[block.start]] = Z * (index == level)[:, None]
            columns.append(own)
    return rows, m, np.concatenate(columns, axis=2)


def log_likelihood(fit, rows, s, m):
    """Sum over rows of log P by METHODS section 8, m (3, R, N)."""
    groups, total = fit.design.thresholds, 0.0
    for place, i in enumerate(rows):
        tau = fit.whole_samples.threshold[s, groups.of_group(groups.group[i])]
        ends, c, (eta, sigma, a) = np.concatenate([[-np.inf], tau, [np.inf]]), tau.mean(), m[:, place]
        if fit.family == "acat":
            below = np.concatenate([[0.0], np.cumsum(tau)])
            steps = np.arange(tau.size + 1)[:, None] * eta - below[:, None]
            total = total + steps[fit.design.y[i]] - logsumexp(steps, axis=0)
            continue
        low, high = ((c + np.exp(a) * (ends[fit.design.y[i] + k] - c) - eta) / np.exp(sigma) for k in (0, 1))
        cdf = CDF[fit.link]
        total = total + np.log(np.maximum(np.where(low > 0.0, cdf(-low) - cdf(-high), cdf(high) - cdf(low)), 1e-300))
    return total


def sampled(fit, by, unit, s, size=40_000):
    """Log of the integral and its standard error: importance sampling from t_7 densities of estimated moments."""
    rows, m, Z = of_unit(fit, by, unit, s)
    k, rng = Z.shape[2], np.random.default_rng(1)
    centre, root = np.zeros(k), np.eye(k)
    for n in (size // 2, size // 2, size):
        z, chi = rng.standard_normal((n, k)), np.sqrt(rng.chisquare(7.0, n) / 7.0)
        v = centre + (z / chi[:, None]) @ root.T
        log_t = -0.5 * (7.0 + k) * np.log1p(((z / chi[:, None]) ** 2).sum(axis=1) / 7.0)
        log_t -= np.log(np.abs(np.linalg.det(root)))
        target = log_likelihood(fit, rows, s, m[:, :, None] + Z @ v.T) - 0.5 * (v**2).sum(axis=1)
        ratio = target - log_t
        weight = np.exp(ratio - ratio.max())
        centre = weight @ v / weight.sum()
        spread = (v - centre).T @ ((v - centre) * weight[:, None]) / weight.sum()
        root = np.linalg.cholesky(1.1 * spread + 1e-3 * np.eye(k))
    constant = lgamma(3.5 + 0.5 * k) - lgamma(3.5) - 0.5 * k * log(7.0 * pi) + 0.5 * k * log(2.0 * pi)
    error = np.sqrt((weight**2).sum()) / weight.sum()
    return logsumexp(ratio) - np.log(size) - constant, error


OPTIONS = {
    "probit": (JOINT, {}),
    "logit sitting": (SITTING, {"link": "logit"}),
    "acat sitting": (SITTING, {"family": "acat"}),
    "noise": (JOINT, {"disc": "~ (1 | rater)", "stretch": "~ gender"}),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_raters_with_effects_on_five_dimensions(dimensions, kind):
    """5, 10 and 6 effects. Origin: importance sampling by numpy, errors 0.005 to 0.015; nodes have errors of 0.005."""
    formula, options = OPTIONS[kind]
    fit = quiet_fit(dimensions, formula, thresholds="dimension", **options)
    if kind == "noise":  # Laplace's estimate of the sd is 0 here
        whole = fit.whole_samples
        names = [grouping.name for grouping in fit.design.whole.groupings]
        sds = np.where(np.array(names) == "disc: rater", 0.3, whole.sd)
        fit.__dict__["whole_samples"] = whole._replace(sd=sds)
    found = all_rows(fit, "rater")
    for rater, s in ((0, 0), (7, 50)):
        expected, error = sampled(fit, "rater", rater, s)
        assert error < 0.02
        assert found[rater, s] == pytest.approx(expected, abs=3.0 * error + 0.01)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_two_effects_agree_with_a_dense_grid(link):
    """Origin: the trapezoid rule on 161^2 points in [-8, 8]^2."""
    ratings = ps.simulate(n_raters=25, n_items=10, ratings_per_rater=6, sd_rater=0.8, link=link, seed=2)
    fit = quiet_fit(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)", link=link)
    fit = with_draws(fit, fit.samples._replace(sd=np.where(np.arange(3) < 2, fit.design.family.noise, fit.samples.sd)))
    assert units_of(fit, "item").together.size.tolist() == [2] * 10
    at = np.linspace(-8.0, 8.0, 161)
    v = np.stack(np.meshgrid(at, at)).reshape(2, -1)
    found = all_rows(fit, "item")
    for item, s in ((0, 0), (3, 20), (7, 60)):
        rows, m, Z = of_unit(fit, "item", item, s)
        terms = log_likelihood(fit, rows, s, m[:, :, None] + Z @ v) - 0.5 * (v**2).sum(axis=0)
        assert found[item, s] == pytest.approx(logsumexp(terms) + np.log(0.01 / (2.0 * np.pi)), abs=1e-4)


@pytest.mark.parametrize(
    ("by", "formula"),
    [
        ("item", "rating ~ gender + (1 + gender | item) + (1 | rater)"),
        ("item", "rating ~ gender + (1 + gender | item) + (1 | item:gender) + (1 | rater)"),
        ("rater", "rating ~ kind + (1 | item) + (1 + kind | rater) + (1 | rater:kind)"),
    ],
)
def test_gaussian_units_are_multivariate_normal(by, formula):
    """Origin: scipy.stats, with covariance sigma^2 I + Z Z'."""
    made = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=8, family="gaussian", sd_rater=0.8, seed=2)
    frame = made.frame.assign(rating=made.values, kind=np.where(made.frame["item"].cat.codes % 2, "odd", "even"))
    ratings = ps.Ratings(frame, made.scale, ["gender"], covariates=["kind"])
    fit = quiet_fit(ratings, formula, family="gaussian")
    found = all_rows(fit, by)
    for unit, s in ((0, 0), (5, 70)):
        rows, m, Z = of_unit(fit, by, unit, s)
        law = multivariate_normal(m[0], Z[0] @ Z[0].T + fit.samples.residual_sd[s] ** 2 * np.eye(rows.size))
        assert found[unit, s] == pytest.approx(law.logpdf(fit.design.y[rows]), abs=1e-8)


def test_a_sitting_without_an_effect_changes_nothing(dimensions):
    simple = "rating ~ (0 + dimension | item) + (1 | rater)"
    one = quiet_fit(dimensions, simple, thresholds="dimension")
    two = quiet_fit(dimensions, simple + " + (1 | rater:item)", thresholds="dimension")
    names = [[grouping.name for grouping in fit.design.groupings] for fit in (one, two)]
    sds = np.stack([one.samples.sd[:, names[0].index(n)] if n in names[0] else np.zeros(100) for n in names[1]])
    effects = [one.samples.effects[names[0].index(n)] if n in names[0] else np.zeros((100, 125)) for n in names[1]]
    again = with_draws(two, one.samples._replace(sd=sds.T, effects=tuple(effects)))
    order = [np.argsort(fit.design.rows, kind="stable") for fit in (one, two)]
    assert (one.design.rows[order[0]] == two.design.rows[order[1]]).all()
    np.testing.assert_allclose(all_rows(again, "rater"), all_rows(one, "rater"), atol=0.01)


def test_correlations_of_one_have_a_root():
    """Origin: R = 1 1' has the root (1, 1)' alone; a matrix of full rank that of numpy."""
    root = roots_of_correlations(np.stack([np.ones((2, 2)), np.array([[1.0, 0.6], [0.6, 1.0]])]))
    np.testing.assert_allclose(root[0], [[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(root[1], np.linalg.cholesky([[1.0, 0.6], [0.6, 1.0]]))


@pytest.mark.parametrize("effects", [1, 2, 5, 40])
def test_nodes_have_the_moments_of_the_normal_density(effects):
    nodes, log_weights, _ = nodes_together(effects, 1.0)
    weight = np.exp(log_weights)
    assert weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weight @ nodes, 0.0, atol=1e-9)
    np.testing.assert_allclose((nodes * weight[:, None]).T @ nodes, np.eye(effects), atol=1e-9)
