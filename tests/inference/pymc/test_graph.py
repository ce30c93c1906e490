"""The PyMC graph is the posterior of METHODS section 1: density, gradient, units of the data, and draws."""

import math

import numpy as np
import pandas as pd
import pytest
from sampled import assert_same_moments, converged, known, moments
from scipy.special import expit, log_expit, log_ndtr

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.draws import needed_variables, sample_graph
from pluralstats.inference.pymc.graph import build_graph, sample_reference
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import resolve_priors

FORMULA = "rating ~ gender + age + (1 | item) + (1 | rater)"
CASES = [
    ("cumulative", "probit"),
    ("cumulative", "logit"),
    ("bernoulli", "probit"),
    ("bernoulli", "logit"),
    ("gaussian", "identity"),
]
PRIORS = ps.Priors(coefficient=0.7, sd=1.3, terms={"age": 0.4, "sd(rater)": 2.0})
COMPLEX_STEP = 1e-25


def some_ratings(categories, weighted, seed=5):
    """150 ratings of 25 raters and 12 items with a measured covariate in years."""
    rng = np.random.default_rng(seed)
    rater, item = np.repeat(np.arange(25), 6), rng.integers(0, 12, 150)
    frame = pd.DataFrame({"rater": rater, "item": item, "rating": rng.integers(1, categories + 1, 150)})
    frame["gender"] = np.where(rater % 2 == 0, "man", "woman")
    frame["age"] = rng.integers(18, 80, 25)[rater]
    frame = frame.drop_duplicates(["rater", "item"]).astype({"rater": str, "item": str})
    if weighted:
        frame["weight"] = rng.integers(1, 4, len(frame)).astype(float)
    return ps.Ratings(frame, scale=(1, categories), demographics=["gender"], covariates=["age"])


def design_of(family, link, formula=FORMULA, weighted=False):
    ratings = some_ratings(2 if family == "bernoulli" else 4, weighted)
    return build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link)


def log_normal(x, location, scale):
    return -0.5 * ((x - location) / scale) ** 2 - np.log(scale) - 0.5 * math.log(2.0 * math.pi)


def log_student(x, df, scale):
    constant = math.lgamma((df + 1.0) / 2.0) - math.lgamma(df / 2.0) - 0.5 * math.log(df * math.pi)
    return constant - np.log(scale) - 0.5 * (df + 1.0) * np.log1p((x / scale) ** 2 / df)


def log_half_student_of_log(log_sd, df, scale):
    """Of log sd when sd is half-student_t: twice the density, and the Jacobian sd."""
    return math.log(2.0) + log_student(np.exp(log_sd), df, scale) + log_sd


def log_cdf(link, x):
    """log F with its derivative as the imaginary part of a tiny imaginary step."""
    return log_ndtr(x) if link == "probit" else log_expit(x.real) + 1j * x.imag * expit(-x.real)


def log_rating(design, tau, eta):
    """log P of every rating, by log F in the left tail, where it is accurate."""
    y, k, link = design.y, tau.size, design.link
    low, high = tau[np.maximum(y - 1, 0)] - eta, tau[np.minimum(y, k - 1)] - eta
    right = (low + high).real > 0.0
    a, b = np.where(right, -high, low), np.where(right, -low, high)
    between = log_cdf(link, b) + np.log1p(-np.exp(np.where(a != b, log_cdf(link, a) - log_cdf(link, b), -1.0)))
    return np.where(y == 0, log_cdf(link, high), np.where(y == k, log_cdf(link, -low), between))


def log_joint(design, at, x, w):
    """METHODS section 1 and the docstring of ResolvedPriors, written down once more; the design is standardised."""
    gaussian, p, terms = not design.family.ordered, len(design.fixed.names), len(design.groupings)
    k = design.n_thresholds
    b, log_sd = x[k : k + p], x[k + p : k + p + terms]
    slopes = np.arange(p) != at.intercept
    total = log_student(b[slopes], at.df, at.coefficient[slopes]).sum() + log_normal(w, 0.0, 1.0).sum()
    total += log_normal(b[~slopes], *at.intercept_prior).sum() + log_half_student_of_log(log_sd, at.df, at.sd).sum()
    eta = design.fixed.X[design.fixed.cell] @ b
    for t, grouping in enumerate(design.groupings):
        eta = eta + np.exp(log_sd[t]) * w[design.offsets[t] + grouping.index]
    if gaussian:
        total += log_half_student_of_log(x[-1], at.df, at.residual)
        return total + (design.weight * log_normal(design.y, eta, np.exp(x[-1]))).sum()
    total += log_normal(x[0], *at.threshold) + log_normal(x[1:k], *at.log_gap).sum()
    tau = x[0] + np.concatenate([[0.0], np.cumsum(np.exp(x[1:k]))])
    return total + (design.weight * log_rating(design, tau, eta)).sum()


def gradient(function, point):
    """By complex steps: exact to rounding."""
    steps = point + 1j * COMPLEX_STEP * np.eye(point.size)
    return np.array([function(step).imag for step in steps]) / COMPLEX_STEP


def dimensions(design):
    """(P, q) of the exact sampler."""
    gaussian = not design.family.ordered
    k = 1 if gaussian else design.categories.size - 1
    return k + len(design.fixed.names) + len(design.groupings), int(design.offsets[-1])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("family", "link"), CASES)
def test_log_density_and_gradient_are_those_of_the_model(family, link, weighted):
    design = design_of(family, link, weighted=weighted)
    at, made = resolve_priors(PRIORS, design), standardise(design).design
    density = graph_log_density(build_graph(design, at), design)
    size, q = dimensions(design)
    rng = np.random.default_rng(11)
    for spread in (0.5, 1.0, 3.0):  # 3: most ratings lie in the tails, down to log P = -1e4
        x, w = spread * rng.standard_normal(size), rng.standard_normal(q)
        value, gx, gw = density(x, w)
        assert value == pytest.approx(log_joint(made, at, x + 0j, w + 0j).real, rel=1e-10)
        expected = gradient(lambda p: log_joint(made, at, p[:size], p[size:]), np.concatenate([x, w]))
        np.testing.assert_allclose(np.concatenate([gx, gw]), expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize(
    "formula", ["rating ~ 1", "rating ~ age", "rating ~ (1 | item)", "rating ~ 0 + age + (1 | item)"]
)
def test_models_without_some_parts_have_a_density_too(formula):
    family, link = ("gaussian", "identity") if "0 +" in formula else ("cumulative", "probit")
    design = design_of(family, link, formula)
    at, made = resolve_priors(ps.Priors(), design), standardise(design).design
    size, q = dimensions(design)
    x, w = np.linspace(-0.4, 0.6, size), np.linspace(-1.0, 1.0, q)
    value, _, _ = graph_log_density(build_graph(design, at), design)(x, w)
    assert value == pytest.approx(log_joint(made, at, x + 0j, w + 0j).real, rel=1e-10)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_gradient_stays_finite_far_out_in_the_tails(link):
    design = design_of("cumulative", link)
    density = graph_log_density(build_graph(design, resolve_priors(PRIORS, design)), design)
    size, q = dimensions(design)
    for first in (-300.0, 300.0):
        value, gx, gw = density(np.concatenate([[first], np.full(size - 1, -1.0)]), np.zeros(q))
        assert np.isfinite(value)
        assert np.isfinite(gx).all()
        assert np.isfinite(gw).all()


def evaluated(model, names, **given):
    """Variables of a model at given values of its free variables."""
    free = {rv.name: rv for rv in model.free_RVs}
    function = model.compile_fn(
        [model[name] for name in names], inputs=[free[n] for n in given], point_fn=False, mode="FAST_COMPILE",
    )  # fmt: skip
    return function(*given.values())


def test_thresholds_and_coefficients_are_in_the_units_of_the_data():
    """Of the same predictor: tau_k - eta is the same from raw columns and from standardised ones."""
    design = design_of("cumulative", "probit")
    made = standardise(design)
    model = build_graph(design, resolve_priors(PRIORS, design))
    slope = np.array([0.3, -0.8])
    tau, b = evaluated(model, ["threshold", "coefficient"], threshold_first=-0.5, log_gap=np.zeros(2), slope=slope)
    standard = np.array([-0.5, 0.5, 1.5])[:, None] - made.design.fixed.X @ slope
    np.testing.assert_allclose(tau[:, None] - design.fixed.X @ b, standard, atol=1e-12)


def test_gaussian_coefficients_are_in_the_units_of_the_data():
    design = design_of("gaussian", "identity")
    made = standardise(design)
    model = build_graph(design, resolve_priors(PRIORS, design))
    (b,) = evaluated(model, ["coefficient"], intercept=0.2, slope=np.array([0.3, -0.8]))
    predicted = made.y_shift + made.design.fixed.X @ np.array([0.2, 0.3, -0.8])
    np.testing.assert_allclose(design.fixed.X @ b, predicted, atol=1e-12)


def test_graph_names_its_levels_and_keeps_the_order_of_the_ratings():
    ratings = some_ratings(4, False)
    design = design_of("cumulative", "probit")
    model = build_graph(design, resolve_priors(PRIORS, design))
    assert list(model.coords["boundary"]) == ["1|2", "2|3", "3|4"]
    assert list(model.coords["parameter"]) == list(design.fixed.names)
    assert list(model.coords["rater"]) == list(design.groupings[0].levels)
    assert model.named_vars_to_dims["r_item"] == ("item",)
    observed = model.rvs_to_values[model["rating"]].eval(mode="FAST_COMPILE")
    np.testing.assert_array_equal(observed, ratings.frame["rating"])
    assert set(needed_variables(design)) <= set(model.named_vars)


def test_a_term_with_the_name_of_a_dimension_is_refused():
    frame = some_ratings(4, False).frame.assign(parameter="a", rating=lambda table: table["rating"] + 1)
    ratings = ps.Ratings(frame, scale=(1, 4), covariates=["parameter"])
    design = build_design(
        ratings, parse_formula("rating ~ (1 | parameter)", available_columns(ratings)), "cumulative", "probit"
    )
    with pytest.raises(ConfigError, match=r"parameter has the name of a dimension .* Rename that column"):
        build_graph(design, resolve_priors(ps.Priors(), design))


def exact_gaussian_posterior(design, at):
    """Means and sds of (intercept, sd, sigma) by quadrature; item effects are integrated in closed form."""
    made = standardise(design).design
    item = made.groupings[0].index
    counts, sums = np.bincount(item), np.bincount(item, weights=made.y)
    squares = np.bincount(item, weights=made.y**2)
    mu, log_sd, log_sigma = np.linspace(-2.5, 2.5, 121), np.linspace(-6.0, 2.0, 161), np.linspace(-1.2, 1.2, 121)
    m, s, e = np.meshgrid(mu, log_sd, log_sigma, indexing="ij", sparse=True)
    total = log_normal(m, *at.intercept_prior) + log_half_student_of_log(s, at.df, at.sd[0])
    total = total + log_half_student_of_log(e, at.df, at.residual)
    var, noise = np.exp(2.0 * s), np.exp(2.0 * e)
    for n, one, two in zip(counts, sums, squares, strict=True):
        within = two - one**2 / n  # around the mean of the item, which is normal(mu, var + noise / n)
        total = total - 0.5 * ((n - 1.0) * np.log(noise) + within / noise)
        total = total + log_normal(one / n, m, np.sqrt(var + noise / n))
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    values = [m + design.y.mean(), np.exp(s), np.exp(e)]
    means = np.array([(weight * v).sum() for v in values])
    return means, np.sqrt([(weight * (v - c) ** 2).sum() for v, c in zip(values, means, strict=True)])


def test_sampled_gaussian_graph_has_the_exact_posterior():
    rng = np.random.default_rng(2)
    item = np.repeat(np.arange(40), 2)  # many items of few ratings: the non-centred form samples them well
    rating = np.round(2.0 + rng.normal(0.0, 0.7, 40)[item] + rng.normal(0.0, 0.7, 80), 2)
    frame = pd.DataFrame({"item": item.astype(str), "rater": np.tile(np.arange(2), 40).astype(str), "rating": rating})
    ratings = ps.Ratings(frame, scale="continuous")
    design = build_design(
        ratings, parse_formula("rating ~ (1 | item)", available_columns(ratings)), "gaussian", "identity"
    )
    means, sds = exact_gaussian_posterior(design, resolve_priors(ps.Priors(), design))

    def draw(attempt):
        drawn = sample_reference(design, ps.Priors(), 4000 * attempt, 2 + attempt, ps.Sampler(chains=2))
        assert drawn.complete
        assert drawn.stats["diverging"].shape == (2, 2000 * attempt)
        return drawn.by_chain(drawn.samples.parameters)

    assert_same_moments(moments(converged(draw)), known(means, sds))


def test_an_unknown_sampler_is_named_with_the_known_ones():
    design = design_of("cumulative", "probit", "rating ~ 1")
    model = build_graph(design, resolve_priors(ps.Priors(), design))
    with pytest.raises(ConfigError, match=r"nutpie, pymc; found 'nutpi'\. Did you mean 'nutpie'"):
        sample_graph(model, design, draws=10, tune=10, chains=1, seed=1, sampler="nutpi")
