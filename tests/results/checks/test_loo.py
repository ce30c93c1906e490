"""Leaving out ratings, raters and items: closed forms, a refit, arviz, invariances, memory."""

import tracemalloc
import warnings
from dataclasses import replace

import numpy as np
import pytest
from sampled import moments, z_bound
from scipy.stats import norm

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.pointwise import Pointwise, streamed
from pluralstats.inference.posterior.samples import Samples
from pluralstats.results.checks.leave_one_out import loo
from pluralstats.results.checks.left_out import chosen_samples, units_of


def with_draws(fit, samples, chains=1):
    """The fit as if a sampler had drawn ``samples``."""
    return replace(fit, method="nuts", posterior=DrawnPosterior(samples, chains))


def quiet_fit(ratings, formula, **options):
    return ps.fit(ratings, formula, method="laplace", on_problem="ignore", **options)


def all_rows(fit, by="rating", draws=None):
    """(units, S) log-likelihoods that are never held otherwise."""
    samples = chosen_samples(fit, draws)
    return np.concatenate(streamed(Pointwise(fit.design, samples, units_of(fit, by)), lambda block: block))


@pytest.fixture(scope="module", params=["probit", "logit"])
def categories(request):
    ratings = ps.simulate(n_raters=25, n_items=12, ratings_per_rater=6, link=request.param, sd_rater=1.2, seed=2)
    return quiet_fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", link=request.param, draws=150)


def gaussian_fit():
    ratings = ps.simulate(n_raters=15, n_items=10, ratings_per_rater=6, family="gaussian", seed=4)
    return quiet_fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", family="gaussian", draws=120)


def test_leave_one_out_of_a_normal_mean_is_the_closed_form():
    """y ~ N(m, 1) with a flat prior: y_i given the others is N(mean of the others, 1 + 1 / (n - 1))."""
    fit = gaussian_fit()
    n, draws = fit.design.n, 20000
    one = replace(fit.design.fixed, X=np.ones((1, 1)), cell=np.zeros(n, np.int32), names=("Intercept",), terms=("1",))
    design = replace(fit.design, fixed=one, groupings=())
    mean = design.y.mean() + np.random.default_rng(1).standard_normal((draws, 1)) / np.sqrt(n)
    nothing = np.empty((draws, 0))
    fit = with_draws(replace(fit, design=design), Samples(nothing, mean, nothing, np.ones(draws), (), nothing))
    y = design.y[np.argsort(design.rows)]
    others = (design.y.sum() - y) / (n - 1)
    expected = norm.logpdf(y, others, np.sqrt(1.0 + 1.0 / (n - 1)))
    found = loo(fit)
    np.testing.assert_allclose(found.table["elpd"], expected, atol=0.01)  # Monte Carlo error of 20,000 draws
    assert found.elpd == pytest.approx(expected.sum(), abs=0.1)
    assert found.n_bad == 0


def test_results_are_those_of_arviz():
    import arviz_base
    import arviz_stats

    ratings = ps.simulate(n_raters=25, n_items=12, ratings_per_rater=6, seed=2)
    fit = quiet_fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", draws=400)
    rows = all_rows(fit).T.reshape(1, 400, -1)
    tree = arviz_base.from_dict({"posterior": {"b": np.zeros((1, 400))}, "log_likelihood": {"y": rows}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arviz warns of a high k, ours stands in ``problems``
        expected = arviz_stats.loo(tree, reff=1.0, pointwise=True)
    found = loo(fit)
    assert found.n_bad == (expected.pareto_k > expected.good_k).sum() > 0
    assert found.elpd == pytest.approx(expected.elpd, abs=1e-8)
    assert found.se == pytest.approx(expected.se, abs=1e-8)
    assert found.p_loo == pytest.approx(expected.p, abs=1e-8)
    assert found.threshold == pytest.approx(expected.good_k)
    np.testing.assert_allclose(found.table["pareto_k"], expected.pareto_k.to_numpy(), atol=1e-8)


def test_order_of_rows_does_not_matter(categories):
    design = categories.design
    order = np.random.default_rng(1).permutation(design.n)
    fixed = replace(design.fixed, cell=design.fixed.cell[order])
    groupings = tuple(replace(g, index=g.index[order]) for g in design.groupings)
    mixed = replace(design, y=design.y[order], fixed=fixed, groupings=groupings, rows=design.rows[order])
    for by in ("rating", "rater", "item"):
        first, second = loo(categories, by), loo(replace(categories, design=mixed), by)
        np.testing.assert_allclose(first.table["elpd"], second.table["elpd"], rtol=1e-9)
        assert first.table["unit"].tolist() == second.table["unit"].tolist()


def test_blocks_of_any_size_give_the_same(categories, monkeypatch):
    whole = {by: loo(categories, by).table for by in ("rating", "item")}
    monkeypatch.setattr(
        "pluralstats.inference.posterior.pointwise.BLOCK_NUMBERS", 200
    )  # one unit and 128 draws at a time
    for by, table in whole.items():
        np.testing.assert_allclose(loo(categories, by).table["elpd"], table["elpd"], rtol=1e-9)


def test_more_effects_than_can_be_integrated_at_once_are_refused(monkeypatch):
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=5)
    fit = quiet_fit(ratings, "rating ~ 1 + (1 | rater) + (1 | rater:item)", draws=100)
    assert np.isfinite(loo(fit, "rater").table["elpd"]).all()
    monkeypatch.setattr("pluralstats.results.checks.left_out.MOST_EFFECTS", 6)
    with pytest.raises(ps.FitError, match=r"up to 7 at once.*by='rating'"):
        loo(fit, "rater")


def test_draws_that_repeat_themselves_smooth_a_longer_tail(categories):
    """Chains that stay at each draw for ten steps have a tenth of the draws in effect, and know it."""
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    fit = quiet_fit(categories.ratings, formula, link=categories.link, draws=1500)  # of 150 elpd has an error of 1
    samples = fit.samples
    slow = Samples(
        *[np.repeat(part, 10, axis=0) for part in samples[:3]],
        None,
        tuple(np.repeat(effect, 10, axis=0) for effect in samples.effects),
        np.repeat(samples.correlation, 10, axis=0),
    )
    chains, independent = with_draws(fit, slow, 2), replace(with_draws(fit, slow, 2), method="laplace")
    assert loo(chains).elpd == pytest.approx(loo(fit).elpd, abs=1.0)
    assert not np.allclose(loo(chains).table["pareto_k"], loo(independent).table["pareto_k"])


def test_a_rater_unlike_all_others_is_named():
    """A demographic of one rater only, who answers 5: without this rater its coefficient is unknown, k is 1 or so."""
    ratings = ps.simulate(n_raters=120, n_items=8, ratings_per_rater=8, seed=1)
    frame = ratings.frame.assign(rating=ratings.values)
    frame["odd"] = np.where(frame["rater"] == frame["rater"].iloc[0], "yes", "no")
    frame.loc[frame["odd"] == "yes", "rating"] = [5, 5, 5, 5, 5, 5, 5, 4]
    ratings = ps.Ratings(frame.drop(columns="gender"), (1, 5), ["odd"])
    fit = ps.fit(ratings, "rating ~ odd + (1 | item)", draws=1000, on_problem="ignore")
    found = loo(fit, "rater")
    worst = found.table.sort_values("pareto_k")["unit"].iloc[-1]
    assert worst == frame["rater"].iloc[0]
    assert found.n_bad == 1
    assert str(worst) in found.problems[0]
    assert found.problems[0].endswith("see what they change.")
    assert found.problems[0] in repr(found)


def test_laplace_draws_are_said_to_be_approximate(categories):
    sampled = with_draws(categories, categories.samples)
    told = ["Laplace's approximation" in " ".join(loo(fit).problems) for fit in (categories, sampled)]
    assert told == [True, False]


def test_repr_has_the_numbers(categories):
    found = loo(categories, "rater")
    assert f"{found.elpd:.1f}" in repr(found)
    assert "25 raters, 150 draws" in repr(found)
    assert found.looic == -2.0 * found.elpd
    assert list(found.table.columns) == ["unit", "n_ratings", "elpd", "pareto_k"]
    weight = np.full(categories.design.n, 2.0)
    twice = loo(replace(categories, design=replace(categories.design, weight=weight)), "rater", draws=100)
    assert twice.n_draws == 100
    assert twice.table["n_ratings"].sum() == 2 * categories.design.n


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"by": "raters"}, "Did you mean 'rater'"), ({"draws": 10}, "at least 100"), ({"draws": 200.0}, "whole number")],
)
def test_wrong_arguments_are_answered_in_sentences(categories, arguments, message):
    with pytest.raises(ps.ConfigError, match=message):
        loo(categories, **arguments)


def test_too_few_draws_are_refused():
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=5)
    with pytest.raises(ps.FitError, match="has 40"):
        loo(quiet_fit(ratings, "rating ~ 1 + (1 | rater)", draws=40))


def test_memory_does_not_grow_with_ratings_times_draws():
    """4,000 ratings x 4,000 draws would be 128 MB; blocks are 8 MB in each of at most 8 threads (here 2 cores)."""
    ratings = ps.simulate(n_raters=200, n_items=50, ratings_per_rater=20, seed=6)
    fit = quiet_fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", draws=4000)
    assert len(fit.samples.sd) == 4000
    loo(fit, draws=100)
    tracemalloc.start()
    loo(fit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


def test_a_refit_without_the_rater_gives_the_same():
    """log p(ratings of R03 | all others) from draws of a fit without R03: the two differ by their Monte Carlo errors.

    Those of log mean(p) and of -log mean(1 / p) are the relative errors of the means.
    """
    ratings = ps.simulate(n_raters=30, n_items=8, ratings_per_rater=8, seed=3)
    frame = ratings.frame.assign(rating=ratings.values)
    formula, options = "rating ~ gender + (1 | item) + (1 | rater)", {"draws": 8000, "on_problem": "ignore"}
    full = ps.fit(ratings, formula, **options)
    without = ps.fit(ps.Ratings(frame[frame["rater"] != "R03"], (1, 5), ["gender"]), formula, **options)
    t = [grouping.name for grouping in full.design.groupings].index("rater")
    widened = np.insert(without.samples.effects[t], 2, 0.0, axis=1)  # integrated over, not used
    effects = tuple(widened if term == t else effect for term, effect in enumerate(without.samples.effects))
    density = np.exp(all_rows(with_draws(full, without.samples._replace(effects=effects)), "rater")[2])
    inverse = np.exp(-all_rows(full, "rater")[2])
    at = [moments(fit.posterior.by_chain(x[:, None])) for fit, x in ((without, density), (full, inverse))]
    error = float(np.hypot(*(each.mean_error[0] / each.mean[0] for each in at)))
    assert error < 0.02
    found = loo(full, "rater").table.set_index("unit").loc["R03", "elpd"]
    assert found == pytest.approx(np.log(density.mean()), abs=z_bound(1) * error)
