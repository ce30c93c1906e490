"""Fits of the ordered beta family: likelihood, samplers, graph and results against what they mean."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import beta, logistic, norm

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError
from pluralstats.inference.laplace.empirical import find_empirical
from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.inference.marginal.curvature import implicit_derivative
from pluralstats.inference.marginal.priors import prior_numbers
from pluralstats.inference.posterior.pointwise import Pointwise, Units, rating_log_likelihood, total_log_likelihood
from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling.density import joint_density
from pluralstats.inference.sampling.whitening import kernel_rows, whitening
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors, resolve_priors

FORMULA = "rating ~ gender + age + (1 | item) + (1 | rater)"
PLAIN = "rating ~ gender + (1 | item) + (1 | rater)"
SLOPES = "rating ~ gender + (1 + gender | item) + (1 | rater)"
OWN = np.array([-1.6, 2.0, np.log(6.0)])  # both cutpoints and log precision
INTERCEPT, EFFECT, SD = -0.3, 0.8, {"rater": 0.6, "item": 0.7}


def slider(n_raters=40, each=12, n_items=24, seed=2, weighted=False):
    """Answers of a slider from 0 to 100 by OWN, INTERCEPT, EFFECT and SD; age is about nothing."""
    rng = np.random.default_rng(seed)
    rater = np.repeat(np.arange(n_raters), each)
    item = np.concatenate([rng.permutation(n_items)[:each] for _ in range(n_raters)])
    u, v = (SD[name] * rng.standard_normal(n) for name, n in (("rater", n_raters), ("item", n_items)))
    woman = rater % 2 == 1
    eta = INTERCEPT + EFFECT * woman + u[rater] + v[item]
    y = ORDERED_BETA.simulate(eta, OWN, np.ones(eta.size), rng)
    frame = pd.DataFrame({"rater": rater, "item": item, "rating": 100.0 * y}).astype({"rater": str, "item": str})
    frame["gender"], frame["age"] = np.where(woman, "woman", "man"), rng.integers(18, 80, n_raters)[rater]
    if weighted:
        frame["weight"] = rng.integers(1, 4, len(frame)).astype(float)
    return ps.Ratings(frame, scale=("continuous", 0, 100), demographics=["gender"], covariates=["age"])


def design_of(ratings, text=FORMULA):
    return build_design(ratings, parse_formula(text, available_columns(ratings)), "ordered_beta", "logit")


def log_density(y, eta, own):
    """(n,) from scipy's distributions."""
    phi, inside = np.exp(own[2]), (y > 0.0) & (y < 1.0)
    between = np.log(logistic.cdf(own[1] - eta) - logistic.cdf(own[0] - eta))
    middle = between + beta.logpdf(np.where(inside, y, 0.5), expit(eta) * phi, expit(-eta) * phi)
    return np.where(inside, middle, np.where(y == 0.0, logistic.logcdf(own[0] - eta), logistic.logsf(own[1] - eta)))


def expected(eta, own):
    """Of an answer between 0 and 1."""
    mass = logistic.cdf(own[1] - eta) - logistic.cdf(own[0] - eta)
    return logistic.sf(own[1] - eta) + mass * expit(eta)


def differences(function, x, step=1e-5):
    return np.stack([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(x.size)], axis=-1)


@pytest.fixture(scope="module")
def ratings():
    return slider()


@pytest.fixture(scope="module")
def few():
    return slider(12, 6, 10, seed=3, weighted=True)


@pytest.fixture(scope="module")
def fit(ratings):
    return ps.fit(ratings, PLAIN, family="ordered_beta", draws=600, on_problem="ignore")


@pytest.fixture(scope="module")
def likely(ratings):
    return ps.fit(ratings, PLAIN, family="ordered_beta", method="laplace", draws=300)


def estimates(fit):
    return dict(zip(fit.parameters["parameter"], fit.parameters["estimate"], strict=True))


def test_maximum_likelihood_without_random_effects_is_that_of_glmmtmb():
    # glmmTMB 1.1.5 (R 4.2.2): glmmTMB(y ~ arm, family = ordbeta(), start = list(psi = c(-1, 1))), of y = rating / 100
    points = "0 0 0 5 12 20 33 41 58 70  0 3 18 27 44 52 66 81 93 100  9 30 47 61 76 88 95 100 100 100"
    arms, each = np.repeat([0.0, 1.0, 2.0], 10), [f"r{i}" for i in range(30)]
    frame = pd.DataFrame({"rater": each, "item": "a", "rating": np.array(points.split(), float), "arm": arms})
    ratings = ps.Ratings(frame, scale=("continuous", 0, 100), covariates=["arm"])
    fit = ps.fit(ratings, "rating ~ arm", family="ordered_beta", method="laplace", on_problem="ignore")
    assert fit.loglik == pytest.approx(-19.260733456612, abs=1e-8)
    theirs = {"Intercept": -0.796463911674, "arm": 0.664757696190, "0|between": -2.137380606412}
    theirs |= {"between|100": 1.873968138834, "log(precision)": 0.913197063982}
    for name, value in theirs.items():
        assert estimates(fit)[name] == pytest.approx(value, abs=1e-4), name


@pytest.mark.parametrize("text", [FORMULA, SLOPES])
def test_gradients_and_modes_of_the_laplace_likelihood_are_differences(few, text):
    model = cumulative_model(standardise(design_of(few, text)).design)
    theta, v = model.start() + 0.1 * np.random.default_rng(5).random(model.n_parameters), np.zeros(model.pattern.size)
    at = model.evaluate(theta, v)
    assert at.gradient == pytest.approx(differences(lambda x: model.evaluate(x, v).value, theta), rel=1e-6, abs=1e-6)
    moves = differences(lambda x: model.evaluate(x, v).mode.v, theta)
    assert implicit_derivative(model, theta, at.mode) == pytest.approx(moves, rel=1e-5, abs=1e-6)


def test_the_log_likelihood_is_laplaces_integral_written_down_once_more(few):
    fit = ps.fit(few, PLAIN, family="ordered_beta", method="laplace", on_problem="ignore")
    at, frame = estimates(fit), few.frame
    own = np.array([at[name] for name in ("0|between", "between|100", "log(precision)")])
    fixed = at["Intercept"] + at["gender[woman]"] * (frame["gender"] == "woman").to_numpy()
    rater, item = (frame[name].cat.codes.to_numpy() for name in ("rater", "item"))
    y, weight, n_raters = few.values / 100.0, frame["weight"].to_numpy(), frame["rater"].nunique()

    def minus_log_joint(v):
        eta = fixed + at["sd(rater)"] * v[rater] + at["sd(item)"] * v[n_raters + item]
        return 0.5 * v @ v - weight @ log_density(y, eta, own)

    mode = minimize(minus_log_joint, np.zeros(n_raters + 10), tol=1e-10).x
    hessian = differences(lambda x: differences(minus_log_joint, x, 1e-3), mode, 1e-3)
    value = -minus_log_joint(mode) - 0.5 * np.linalg.slogdet(hessian)[1]
    assert fit.loglik == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("text", [FORMULA, SLOPES])
def test_the_sampler_and_the_graph_have_the_same_density_and_gradient(few, text):
    design = design_of(few, text)
    made, priors = standardise(design).design, resolve_priors(Priors(), design)
    numbers, rows = prior_numbers(priors, design), kernel_rows(made)
    at = find_empirical(made, numbers)
    map_ = whitening(at, made, {grouping.name: 0.0 for grouping in design.groupings})
    graph, rng, found = graph_log_density(build_graph(design, priors), design), np.random.default_rng(5), []
    for _ in range(3):
        x, w = at.x + 0.3 * rng.standard_normal(at.x.size), rng.standard_normal(at.v.size)
        gx, gw = np.empty(x.size), np.empty(w.size)
        ours, (theirs, dx, dw) = joint_density(rows, numbers, map_, x, w, gx, gw), graph(x, w)
        np.testing.assert_allclose(gx, dx, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(gw, dw, rtol=1e-8, atol=1e-8)
        found.append(ours - theirs)
    assert np.ptp(found) < 1e-8  # equal up to a constant


def test_the_simulated_truth_lies_within_the_intervals(fit):
    truth = {"0|between": OWN[0], "between|100": OWN[1], "log(precision)": OWN[2], "gender[woman]": EFFECT}
    truth |= {f"sd({name})": sd for name, sd in SD.items()}
    table = fit.parameters.set_index("parameter")
    z = [(table["estimate"][name] - value) / table["se"][name] for name, value in truth.items()]
    assert np.abs(z).max() < 3.0
    assert fit.parameters["r_hat"].max() < 1.05


def test_likelihood_and_posterior_agree_where_there_is_much_data(fit, likely):
    exact, near = (one.parameters.set_index("parameter") for one in (fit, likely))
    shift = (exact["estimate"] - near["estimate"]) / exact["se"]
    assert shift.abs().max() < 0.8  # priors, and the means of skewed sds beside their modes
    ratio = exact["se"] / near["se"]
    assert ratio.between(0.75, 1.4).all()


def test_log_likelihoods_of_ratings_are_scipys_and_raters_are_integrated(likely):
    design, some = likely.design, likely.samples.at(np.arange(3))
    found = rating_log_likelihood(design, some)
    frame = likely.ratings.frame
    rater, item = (frame[name].cat.codes.to_numpy() for name in ("rater", "item"))
    woman, y = (frame["gender"] == "woman").to_numpy(), likely.ratings.values / 100.0
    names = [grouping.name for grouping in design.groupings]
    u, v = (some.effects[names.index(name)] for name in ("rater", "item"))
    for s in range(3):
        fixed = some.coefficient[s] @ np.stack([np.ones(y.size), woman]) + v[s][item]
        assert found[s] == pytest.approx(log_density(y, fixed + u[s][rater], some.threshold[s]), rel=1e-9, abs=1e-9)
    term, one, sd = names.index("rater"), rater == 0, some.sd[2, names.index("rater")]
    rows = np.flatnonzero(one[design.rows])
    unit = Units(np.zeros(1, int), rows, np.array([0, rows.size]), np.array([0, 1]), (term,))

    def answers(effect):
        return np.exp(log_density(y[one], fixed[one] + effect, some.threshold[2]).sum()) * norm.pdf(effect, 0.0, sd)

    whole = quad(answers, -8.0 * sd, 8.0 * sd, epsabs=1e-14)[0]
    assert total_log_likelihood(Pointwise(design, some, unit))[2] == pytest.approx(np.log(whole), abs=1e-5)


def test_expected_ratings_are_integrals_over_new_raters(likely):
    found = ps.group_means(likely, "gender").set_index("level")["estimate"]
    names = [grouping.name for grouping in likely.design.groupings]
    samples, totals = likely.samples, {"man": [], "woman": []}
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    for s in range(len(samples.sd)):
        items = samples.effects[names.index("item")][s]
        for woman, level in enumerate(totals):
            eta = samples.coefficient[s] @ [1.0, woman] + items[:, None] + samples.sd[s, names.index("rater")] * nodes
            totals[level].append(100.0 * (expected(eta, samples.threshold[s]) @ weights).mean())
    for level, values in totals.items():
        assert found[level] == pytest.approx(np.mean(values), abs=2e-3), level
    difference = ps.effects(likely, "gender")["estimate"][0]
    assert abs(difference) == pytest.approx(abs(np.mean(totals["woman"]) - np.mean(totals["man"])), abs=4e-3)


def test_predictions_of_ratings_that_were_seen_are_expected_ratings(likely):
    frame, samples = likely.ratings.frame.head(4), likely.samples
    names = [grouping.name for grouping in likely.design.groupings]
    u, v = (samples.effects[names.index(name)] for name in ("rater", "item"))
    rows = frame[["rater", "item", "gender"]].astype(str)
    found = ps.predict(likely, rows)
    for i in range(4):
        fixed = samples.coefficient @ [1.0, rows["gender"].iloc[i] == "woman"]
        eta = fixed + u[:, frame["rater"].cat.codes.iloc[i]] + v[:, frame["item"].cat.codes.iloc[i]]
        assert found["estimate"][i] == pytest.approx(100.0 * expected(eta, samples.threshold.T).mean(), abs=1e-3)
    assert not [name for name in found if name.startswith("p_")]


def test_replicated_answers_have_the_shares_of_the_observed_ones(fit, ratings):
    table = ps.predictive_checks(fit, draws=100)
    of_all = table[(table["level"] == "overall") & (table["statistic"] == "share")].set_index("category")
    assert of_all["observed"]["0"] == pytest.approx(100.0 * np.mean(ratings.values == 0.0))
    assert of_all["observed"]["100"] == pytest.approx(100.0 * np.mean(ratings.values == 100.0))
    assert of_all["observed"].sum() == pytest.approx(100.0)
    assert of_all["p"].between(0.01, 0.99).all()


def test_a_gaussian_model_of_the_same_answers_fails_its_checks(ratings):
    gaussian = ps.fit(ratings, PLAIN, family="gaussian", method="laplace")
    table = ps.predictive_checks(gaussian, draws=50)
    shares = table[(table["level"] == "overall") & (table["statistic"] == "share")]
    assert shares["p"].min() < 0.01


def test_a_kept_fit_is_the_same(fit, tmp_path):
    fit.save(tmp_path / "kept")
    again = ps.load_fit(tmp_path / "kept")
    pd.testing.assert_frame_equal(again.parameters, fit.parameters)
    np.testing.assert_array_equal(again.samples.threshold, fit.samples.threshold)


def test_draws_are_in_rating_points(fit):
    replicated = fit.to_datatree(["posterior_predictive", "observed_data"])
    made = replicated["posterior_predictive"]["rating"].to_numpy()
    assert made.min() == 0.0
    assert made.max() == 100.0
    np.testing.assert_allclose(replicated["observed_data"]["rating"].to_numpy(), fit.ratings.values, atol=1e-12)


def test_what_the_family_cannot_have_is_refused(ratings, likely):
    frame = ratings.frame
    endless = ps.Ratings(frame.assign(rating=ratings.values), scale="continuous", demographics=["gender"])
    with pytest.raises(ConfigError, match="needs a continuous scale with two ends"):
        ps.fit(endless, family="ordered_beta")
    whole = ps.Ratings(frame.assign(rating=np.arange(len(frame)) % 5 + 1), scale=(1, 5), demographics=["gender"])
    with pytest.raises(ConfigError, match="needs a continuous scale with two ends"):
        ps.fit(whole, family="ordered_beta")
    ends = frame.assign(rating=np.where(ratings.values > 50.0, 100.0, 0.0))
    with pytest.raises(DataError, match="No rating lies between the ends"):
        ps.fit(ps.Ratings(ends, scale=("continuous", 0, 100), demographics=["gender"]), family="ordered_beta")
    with pytest.raises(ConfigError, match="goes with cumulative models"):
        ps.fit(ratings, family="ordered_beta", disc="~ gender")
    with pytest.raises(ConfigError, match="goes with ordered categories"):
        ps.fit(ratings, family="ordered_beta", thresholds="gender")
    with pytest.raises(ConfigError, match="goes with the gaussian family only"):
        ps.fit(ratings, family="ordered_beta", method="laplace", reml=True)
    for result in (ps.variance_shares, ps.reliability, ps.r2):
        with pytest.raises(ConfigError, match="has no single one"):
            result(likely)
    with pytest.raises(ConfigError, match="has no single one"):
        ps.effects(likely, "gender", estimands=["latent_d"])
    with pytest.raises(ConfigError, match="probabilities of both ends"):
        ps.compare({"slider": likely, "gaussian": ps.fit(ratings, likely.formula, family="gaussian", method="laplace")})
