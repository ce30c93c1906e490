"""Log-likelihoods of units: the formula by numpy, dense grids, closed forms, weights and nested terms."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, log_ndtr, logsumexp, ndtr
from scipy.stats import multivariate_normal, norm

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.pointwise import Pointwise, streamed
from pluralstats.inference.posterior.samples import Samples
from pluralstats.results.checks.left_out import chosen_samples, units_of

CDF = {"probit": ndtr, "logit": expit}


def with_draws(fit, samples, chains=1):
    """The fit as if a sampler had drawn ``samples``."""
    return replace(fit, method="nuts", posterior=DrawnPosterior(samples, chains))


def quiet_fit(ratings, formula, **options):
    return ps.fit(ratings, formula, method="laplace", on_problem="ignore", **options)


def all_rows(fit, by="rating", draws=None):
    """(units, S) log-likelihoods that are never held otherwise."""
    samples = chosen_samples(fit, draws)
    return np.concatenate(streamed(Pointwise(fit.design, samples, units_of(fit, by)), lambda block: block))


def predictor(fit, leave=()):
    """(n, S) linear predictor of the rows of the design, by numpy, without the terms in ``leave``."""
    design, samples = fit.design, fit.samples
    eta = (design.fixed.X @ samples.coefficient.T)[design.fixed.cell]
    for grouping, effects in zip(design.groupings, samples.effects, strict=True):
        if grouping.name not in leave:
            eta = eta + effects[:, grouping.index].T
    return eta


def log_probability(fit, eta):
    """(n, S, ...) log P(y | eta), by numpy; eta may have further axes."""
    S = len(fit.samples.sd)
    ends = np.concatenate([np.full((S, 1), -np.inf), fit.samples.threshold, np.full((S, 1), np.inf)], axis=1)
    shape = (fit.design.n, S) + (1,) * (eta.ndim - 2)
    low, high = (ends.T[fit.design.y + k].reshape(shape) - eta for k in (0, 1))
    cdf = CDF[fit.link]
    return np.log(np.where(low > 0.0, cdf(-low) - cdf(-high), cdf(high) - cdf(low)))


@pytest.fixture(scope="module", params=["probit", "logit"])
def categories(request):
    ratings = ps.simulate(n_raters=25, n_items=12, ratings_per_rater=6, link=request.param, sd_rater=1.2, seed=2)
    return quiet_fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", link=request.param, draws=150)


def test_log_likelihoods_of_ratings_are_those_of_the_formula(categories):
    order = np.argsort(categories.design.rows)
    expected = log_probability(categories, predictor(categories))[order]
    np.testing.assert_allclose(all_rows(categories), expected, rtol=1e-9, atol=1e-11)  # origin: scipy, row by row


@pytest.mark.parametrize("by", ["rater", "item"])
def test_integrated_effects_agree_with_a_dense_grid(categories, by):
    """Origin: 801 points of v in [-8, 8], the trapezoid rule, exact to 1e-10 for these smooth densities."""
    fit, v = categories, np.linspace(-8.0, 8.0, 801)
    t = [grouping.name for grouping in fit.design.groupings].index(by)
    code, found = fit.design.groupings[t].index, all_rows(fit, by)
    eta, sd = predictor(fit, leave=(by,)), fit.samples.sd[:, t]
    rows = log_probability(fit, eta[:, :, None] + sd[:, None] * v)
    for level in range(3):
        terms = rows[code == level].sum(axis=0) + norm.logpdf(v) + np.log(v[1] - v[0])
        error = np.abs(found[level] - logsumexp(terms, axis=1))
        assert error.max() < 1e-4  # in draws with the largest sds, 2 to 3 residual sds
        assert np.median(error) < 3e-6


@pytest.mark.parametrize(("sd", "most"), [(0.7, 1e-5), (1.4, 1e-4), (2.0, 1e-5), (5.0, 1e-3)])
def test_quadrature_error_for_the_hardest_raters(sd, most):
    """Raters who only used the highest category; the grid has 4001 points. With sd 0.7 usual raters are at 1e-9."""
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, sd_rater=3.0, seed=1)
    fit = quiet_fit(ratings, "rating ~ 1 + (1 | item) + (1 | rater)", draws=100)
    t = [grouping.name for grouping in fit.design.groupings].index("rater")
    samples = fit.samples._replace(sd=np.where(np.arange(2) == t, sd, fit.samples.sd))
    top = replace(fit.design, y=np.full(fit.design.n, fit.design.categories.size - 1, np.int32))
    fit = with_draws(replace(fit, design=top), samples)
    v = np.linspace(-10.0, 10.0, 4001)
    rater = fit.design.groupings[t].index == 0
    eta = predictor(fit, leave=("rater",))[rater]
    below = fit.samples.threshold[:, -1][:, None] - eta[:, :, None] - sd * v
    terms = log_ndtr(-below).sum(axis=0) + norm.logpdf(v) + np.log(v[1] - v[0])
    assert np.abs(all_rows(fit, "rater")[0] - logsumexp(terms, axis=1)).max() < most


def test_bernoulli_is_the_cumulative_model_of_two_categories():
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, scale=(0, 1), seed=3)
    fits = [quiet_fit(ratings, "rating ~ 1 + (1 | rater)", family=f, draws=100) for f in ("bernoulli", "cumulative")]
    for by in ("rating", "rater"):
        np.testing.assert_allclose(*[all_rows(fit, by) for fit in fits], rtol=1e-6)


def gaussian_fit():
    ratings = ps.simulate(n_raters=15, n_items=10, ratings_per_rater=6, family="gaussian", seed=4)
    return quiet_fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", family="gaussian", draws=120)


def test_gaussian_raters_are_multivariate_normal():
    """A rater's ratings are normal with covariance sigma^2 I + sd^2 1 1'; origin: scipy.stats."""
    fit = gaussian_fit()
    t = [grouping.name for grouping in fit.design.groupings].index("rater")
    eta, found = predictor(fit, leave=("rater",)), all_rows(fit, "rater")
    for rater in range(2):
        rows = fit.design.groupings[t].index == rater
        for s in range(5):
            noise = fit.samples.residual_sd[s] ** 2 * np.eye(rows.sum())
            law = multivariate_normal(eta[rows, s], noise + fit.samples.sd[s, t] ** 2)
            assert found[rater, s] == pytest.approx(law.logpdf(fit.design.y[rows]), abs=1e-9)


def test_gaussian_ratings_are_normal():
    fit = gaussian_fit()
    expected = norm.logpdf(fit.design.y[:, None], predictor(fit), fit.samples.residual_sd)
    np.testing.assert_allclose(all_rows(fit), expected[np.argsort(fit.design.rows)], rtol=1e-10)


def test_weights_count_ratings(categories):
    """A rating with weight 3 has three times the log-likelihood; within a rater it counts as three equal ratings."""
    design = categories.design
    weight = np.where(np.arange(design.n) % 4 == 0, 3.0, 1.0)
    weighted = replace(categories, design=replace(design, weight=weight))
    in_order = weight[np.argsort(design.rows)]
    np.testing.assert_allclose(all_rows(weighted), in_order[:, None] * all_rows(categories), rtol=1e-9)
    copies = np.repeat(np.arange(design.n), weight.astype(int))
    fixed = replace(design.fixed, cell=design.fixed.cell[copies])
    groupings = tuple(replace(g, index=g.index[copies]) for g in design.groupings)
    rows = design.rows[copies]
    repeated = replace(
        design, y=design.y[copies], weight=np.ones(copies.size), fixed=fixed, groupings=groupings, rows=rows
    )
    np.testing.assert_allclose(
        all_rows(weighted, "rater"), all_rows(replace(categories, design=repeated), "rater"), rtol=1e-9
    )


def test_weights_of_gaussian_ratings_count_ratings():
    fit = gaussian_fit()
    twice = replace(fit, design=replace(fit.design, weight=np.full(fit.design.n, 2.0)))
    np.testing.assert_allclose(all_rows(twice), 2.0 * all_rows(fit), rtol=1e-10)


def test_terms_with_the_same_levels_are_one_effect():
    """(1 | rater) and (1 | rater:gender) are both one level a rater: together N(0, sd_1^2 + sd_2^2)."""
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=5)
    one = quiet_fit(ratings, "rating ~ 1 + (1 | item) + (1 | rater)", draws=100)
    design, samples = one.design, one.samples
    t = [g.name for g in design.groupings].index("rater")
    again = replace(design, groupings=(*design.groupings, design.groupings[t]))
    part = samples.sd[:, t] / np.sqrt(2.0)
    sd = np.column_stack([np.where(np.arange(2) == t, part[:, None], samples.sd), part])
    effects = [0.5 * effect if term == t else effect for term, effect in enumerate(samples.effects)]
    halves = samples._replace(sd=sd, effects=(*effects, effects[t]))
    two = with_draws(replace(one, design=again), halves)
    np.testing.assert_allclose(all_rows(two, "rater"), all_rows(one, "rater"), rtol=1e-7)


def test_an_effect_of_every_rating_is_integrated():
    """(1 | rater:item) has one level for each rating: P(y) is that of a residual with variance 1 + sd^2."""
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=5)
    fit = quiet_fit(ratings, "rating ~ 1 + (1 | rater:item)", draws=100)
    fit = with_draws(fit, fit.samples._replace(sd=np.full((100, 1), 0.5)))
    scale = np.sqrt(1.25)
    samples = fit.samples._replace(threshold=fit.samples.threshold / scale, effects=(0.0 * fit.samples.effects[0],))
    expected = log_probability(with_draws(fit, samples), np.zeros((fit.design.n, 100)))
    np.testing.assert_allclose(all_rows(fit), expected[np.argsort(fit.design.rows)], atol=1e-7)


def test_without_a_term_for_the_unit_its_ratings_are_added():
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=5)
    fit = quiet_fit(ratings, "rating ~ 1 + (1 | item)", draws=100)
    rows, rater = all_rows(fit), ratings.frame["rater"].cat.codes.to_numpy()
    sums = np.stack([rows[rater == r].sum(axis=0) for r in range(20)])
    np.testing.assert_allclose(all_rows(fit, "rater"), sums, rtol=1e-9)


def test_fewer_draws_are_evenly_spaced_within_chains(categories):
    samples = categories.samples
    fit = with_draws(
        categories,
        Samples(
            *[np.tile(part, (2, 1)) for part in samples[:3]],
            None,
            tuple(np.tile(effect, (2, 1)) for effect in samples.effects),
            np.tile(samples.correlation, (2, 1)),
        ),
        2,
    )
    chosen = chosen_samples(fit, 100)
    np.testing.assert_array_equal(chosen.sd[:50], chosen.sd[50:])
