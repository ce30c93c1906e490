"""Curves s(x) in fits: mgcv has the same numbers, PyMC the same density, and intervals hold the curve in."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.inference.laplace.empirical import find_empirical
from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.inference.marginal.curvature import implicit_derivative
from pluralstats.inference.marginal.gaussian import gaussian_model
from pluralstats.inference.marginal.priors import prior_numbers
from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling.density import joint_density
from pluralstats.inference.sampling.whitening import kernel_rows, whitening
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors, resolve_priors

FORMULA = "rating ~ s(age) + (1 | item) + (1 | rater)"
AT = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0, 60.0]})


def made_frame():
    """320 ratings of 40 raters; what the raters of an age say goes up and down."""
    rng = np.random.default_rng(15)
    rater, item = np.repeat(np.arange(40), 8), rng.integers(0, 15, 320)
    age = rng.integers(18, 75, 40)[rater]
    eta = np.sin(age / 9.0) + 0.6 * rng.standard_normal(40)[rater] + 0.5 * rng.standard_normal(15)[item]
    latent = eta + rng.standard_normal(320)
    values = {"rating": np.round(3.0 + latent, 2), "yes": (latent > 0.3).astype(int)}
    frame = pd.DataFrame({"rater": rater, "item": item, "age": age} | values).drop_duplicates(["rater", "item"])
    return frame.astype({"rater": str, "item": str})


def ratings_of(answer):
    frame = made_frame()
    points = np.clip(np.round(frame["rating"]), 1, 5).astype(int)
    values, scale = {
        "numbers": (frame["rating"], "continuous"), "two": (frame["yes"], (0, 1)), "five": (points, (1, 5)),
    }[answer]  # fmt: skip
    frame = frame[["rater", "item", "age"]].assign(rating=values)
    frame["gender"] = np.where(frame["rater"].astype(int) % 2, "woman", "man")
    return ps.Ratings(frame, scale, ["gender"], covariates=["age"])


def fit_of(answer, formula=FORMULA, **options):
    return ps.fit(ratings_of(answer), formula, **{"method": "laplace", "on_problem": "ignore"} | options)


def estimates(fit):
    return fit.parameters.set_index("parameter")["estimate"]


def curve_of(fit):
    """(5,) the curve at AT less its first value."""
    effects = fit.random_effects.loc[fit.random_effects["term"] == "s(age)", "estimate"]
    b = np.concatenate([estimates(fit)[[name for name in fit.design.fixed.names if "[" not in name]], effects])
    at = fit.design.fixed.rows_for(AT) @ b
    return at - at[0]


def test_restricted_likelihood_has_the_curve_and_the_sds_of_mgcv():
    """smooth_curves.R: mgcv 1.8.41, method = "REML", which does not depend on what is called the straight line."""
    fit = fit_of("numbers", family="gaussian", reml=True)
    found = estimates(fit)
    assert found["sd(item)"] == pytest.approx(0.6126162030, rel=1e-5)
    assert found["sd(rater)"] == pytest.approx(0.5994484255, rel=1e-5)
    assert found["sd(residual)"] == pytest.approx(0.9714130154, rel=1e-6)
    assert curve_of(fit) == pytest.approx([0.0, -0.80444245, -1.70167139, -1.61877385, -0.78609055], abs=5e-6)


def test_maximum_likelihood_is_that_of_mgcv_on_the_same_columns():
    """smooth_curves.R: mgcv 1.8.41, paraPen with the identity as penalty, method = "ML"; 1 / sqrt(sp) is sd / sigma."""
    fit = fit_of("numbers", family="gaussian")
    found = estimates(fit)
    assert fit.loglik == pytest.approx(-384.95214155, abs=1e-7)
    assert found["Intercept"] == pytest.approx(2.61591961145, abs=1e-5)
    assert found["age"] == pytest.approx(0.00230742280, abs=1e-6)
    ratios = found[["sd(s(age))", "sd(item)", "sd(rater)"]] / found["sd(residual)"]
    assert ratios.to_numpy() == pytest.approx(np.array([2.07180165579, 2.67431222127, 2.77828637806]) ** -0.5, rel=1e-4)


def test_bernoulli_maximum_is_above_that_of_mgcv_which_takes_coefficients_from_elsewhere():
    """smooth_curves.R: -141.59043637 and sds .7573, .4745, .3439. mgcv has coefficients at the mode of the penalised
    likelihood, as glmer with nAGQ = 0; here they too maximise the marginal one."""
    fit = fit_of("two", family="bernoulli")
    assert -141.59043637 < fit.loglik < -141.57
    found = estimates(fit)[["sd(s(age))", "sd(item)", "sd(rater)"]]
    assert found.to_numpy() == pytest.approx([0.757290783, 0.474495566, 0.343888004], abs=2e-3)


def inner_design(answer, family, link, formula=FORMULA):
    ratings = ratings_of(answer)
    return build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link).estimated


def differences(function, x, step=1e-5):
    return np.stack([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(x.size)], axis=-1)


@pytest.mark.parametrize("formula", ["rating ~ s(age, k=6)", "rating ~ gender + s(age, k=6) + (1 | rater)"])
def test_gradients_are_exact(formula):
    model, rng = cumulative_model(inner_design("five", "cumulative", "probit", formula)), np.random.default_rng(5)
    theta, v = model.start() + 0.1 * rng.standard_normal(model.n_parameters), np.zeros(model.pattern.size)
    at = model.evaluate(theta, v)
    assert at.gradient == pytest.approx(differences(lambda x: model.evaluate(x, v).value, theta), rel=1e-6, abs=1e-6)
    moves = differences(lambda x: model.evaluate(x, v).mode.v, theta)
    assert implicit_derivative(model, theta, at.mode) == pytest.approx(moves, rel=1e-5, abs=1e-6)
    gaussian = gaussian_model(inner_design("numbers", "gaussian", "identity", formula), reml=True)
    theta = 0.2 + 0.7 * rng.random(gaussian.start().size)
    expected = differences(lambda x: np.asarray(gaussian.solve(x).loglik), theta)
    assert gaussian.gradient(theta, gaussian.solve(theta)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("answer", "family", "link"),
    [
        ("five", "cumulative", "probit"),
        ("two", "bernoulli", "logit"),
        ("five", "sratio", "logit"),
        ("numbers", "gaussian", "identity"),
    ],
)
def test_the_sampler_and_the_pymc_graph_have_the_same_density_and_gradient(answer, family, link):
    design = inner_design(answer, family, link, "rating ~ gender + s(age, k=6) + (1 | item) + (1 | rater)")
    made, priors = standardise(design).design, resolve_priors(Priors(), design)
    numbers = prior_numbers(priors, design)
    at = find_empirical(made, numbers)
    map_ = whitening(at, made, dict.fromkeys(["rater", "item", "s(age, k=6)"], 0.0))
    graph, rng, found = graph_log_density(build_graph(design, priors), design), np.random.default_rng(5), []
    for _ in range(2):
        x, w = at.x + 0.3 * rng.standard_normal(at.x.size), rng.standard_normal(at.v.size)
        gx, gw = np.empty(x.size), np.empty(w.size)
        ours = joint_density(kernel_rows(made), numbers, map_, x, w, gx, gw)
        theirs, dx, dw = graph(x, w)
        np.testing.assert_allclose(gx, dx, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(gw, dw, rtol=1e-8, atol=1e-8)
        found.append(ours - theirs)
    assert np.ptp(found) < 1e-8


@pytest.fixture(scope="module")
def sampled():
    return fit_of("five", "rating ~ gender + s(age) + (1 | item) + (1 | rater)", method="hmc", draws=800)


def test_draws_are_those_of_columns_for_results_and_of_effects_for_the_table(sampled, tmp_path):
    whole, own = sampled.whole_samples, sampled.posterior.samples
    assert sampled.parameters["parameter"].tolist()[-5:] == [
        "gender[woman]",
        "age",
        "sd(rater)",
        "sd(item)",
        "sd(s(age))",
    ]
    at = [sampled.design.fixed.names.index(f"s(age)[{j}]") for j in range(1, 9)]
    np.testing.assert_array_equal(whole.coefficient[:, at], own.effects[2])
    assert whole.sd.shape[1] == len(whole.effects) == 2
    again = ps.load_fit(sampled.save(tmp_path / "fit"))
    np.testing.assert_array_equal(again.whole_samples.coefficient, whole.coefficient)
    assert again.parameters.equals(sampled.parameters)
    assert dict(sampled.to_datatree(["posterior"])["posterior"].sizes)["s(age)"] == 8


def test_results_know_the_curve(sampled):
    """The sine has its top at 14 and 70, its bottom at 42 years."""
    values = ps.curve(sampled, "age", at=[20, 42, 70])["estimate"].to_numpy()
    assert values[1] < values[0] - 0.5
    assert values[1] < values[2] - 0.5
    straight = fit_of("five", "rating ~ gender + age + (1 | item) + (1 | rater)", method="hmc", draws=800)
    assert ps.loo(sampled, by="rater").elpd > ps.loo(straight, by="rater").elpd + 3.0
    for made in (
        ps.effects(sampled),
        ps.joint_tests(sampled),
        ps.prior_sensitivity(sampled),
        ps.variance_shares(sampled),
    ):
        assert np.isfinite(made.select_dtypes(float).to_numpy()[:, :2]).all()
    rows = ps.predict(sampled, sampled.ratings.frame.head(3))
    assert rows.filter(like="p_").sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_a_line_is_a_curve_whose_sd_is_zero():
    """The likelihood ratio is against the mixture of chi-squares of a variance at its boundary, and the line of a
    curve that does not bend is nothing to warn of."""
    curve, line = fit_of("five"), fit_of("five", "rating ~ age + (1 | item) + (1 | rater)")
    table = ps.compare({"line": line, "curve": curve}).set_index("model")
    ratio = 2.0 * (curve.loglik - line.loglik)
    assert table.loc["curve", ["lr", "df"]].tolist() == pytest.approx([ratio, 1.0])
    assert table.loc["curve", "p"] < 1e-3
    ratings = ratings_of("numbers").with_covariates({"noise": np.random.default_rng(2).normal(size=len(made_frame()))})
    flat = ps.fit(ratings, "rating ~ s(noise) + (1 | rater)", family="gaussian", method="laplace")
    assert estimates(flat)["sd(s(noise))"] == 0.0
    assert not any("s(noise)" in problem for problem in flat.problems)


def test_submodels_thresholds_and_priors_go_with_curves():
    apart = fit_of("five", disc="~ gender", priors=ps.Priors(terms={"sd(s(age))": 0.01, "age": 0.5}))
    wide = fit_of("five", disc="~ gender", priors=ps.Priors())
    assert estimates(apart)["sd(s(age))"] < 0.6 * estimates(wide)["sd(s(age))"]
    assert apart.prior_table.set_index("parameter").loc["sd(s(age))", "prior"] == "half-student_t(3, 0, 0.01)"
    assert apart.part_fits["disc"].samples.coefficient.shape[1] == 1
    assert apart.samples.coefficient.shape[1] == 9
    by_gender = fit_of("five", thresholds="gender")
    assert len(ps.predict(by_gender.on_scale("man"), by_gender.ratings.frame.head(2))) == 2
    with pytest.raises(
        ConfigError, match=r"`disc` has 's\(age\)', .* Write 'bs\(age, df=4\)', a spline of fixed columns"
    ):
        fit_of("five", disc="~ s(age)")


def test_several_dimensions_have_one_curve_or_a_fit_each():
    both = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, dimensions=["hate", "harm"], seed=1)
    both = both.with_covariates({"age": 20.0 + both.frame["rater"].cat.codes})
    with pytest.raises(ConfigError, match=r"has one curve for all\. Fit one at a time: .* dimensions: separate"):
        ps.fit(both, "rating ~ s(age) + (1 | item) + (1 | rater)", method="laplace")
    text = "rating ~ dimension:gender + s(age, k=6) + (0 + dimension | rater)"
    joint = ps.fit(both, text, thresholds="dimension", method="laplace", on_problem="ignore")
    assert np.isfinite(ps.curve(joint, "age", at=[25, 35])["estimate"]).all()
    with pytest.raises(ConfigError, match="`on_dimension` takes apart what is linear"):
        joint.on_dimension("hate")


def test_bands_hold_a_curve_in():
    """40 studies of a sine (origin: simulated truth); pointwise 95% intervals, five ages: 0.90 to 0.99 on average."""
    rng, truth = np.random.default_rng(3), np.sin(AT["age"].to_numpy() / 9.0)
    inside = []
    for _ in range(40):
        rater = np.repeat(np.arange(60), 4)
        age = rng.permutation(np.repeat(np.arange(18, 78), 1))[rater].astype(float)
        y = np.sin(age / 9.0) + 0.3 * rng.standard_normal(60)[rater] + 0.5 * rng.standard_normal(240)
        frame = pd.DataFrame({"rater": rater.astype(str), "item": np.tile(["a", "b", "c", "d"], 60), "rating": y})
        ratings = ps.Ratings(frame.assign(age=age), "continuous", covariates=["age"])
        fit = ps.fit(ratings, "rating ~ s(age) + (1 | rater)", family="gaussian", method="laplace", draws=400)
        draws = fit.design.fixed.linear_for(AT, fit.samples.coefficient)
        low, high = np.quantile(draws, [0.025, 0.975], axis=0)
        inside.append((low < truth) & (truth < high))
    assert 0.90 < np.mean(inside) < 0.99
