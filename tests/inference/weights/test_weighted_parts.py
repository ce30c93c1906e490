"""Design weights where noise and use of the scale have submodels: scores of raters, and the spread of studies."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.weights.scores import RaterModel, weighted_raters
from pluralstats.model.building import build_design
from pluralstats.model.formula.parsing import parse_formula

PARTS = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender + (1 | rater)"}


def weighted(n_raters, seed=1, per_rater=12):
    """Raters of weights 0.4, 0.8 and 3, whatever they answer; men's noise is exp(0.3) times that of women."""
    truth = {"effects": {"gender[male]": 0.3}, "disc": {"gender[male]": 0.3}, "sd_disc_rater": 0.3}
    made = ps.simulate(n_raters, 40, per_rater, scale=(1, 5), sd_rater=0.5, sd_item=0.7, **truth, seed=seed)
    weight = np.random.default_rng(seed + 1000).choice([0.4, 0.8, 3.0], n_raters, p=[0.5, 0.3, 0.2])
    frame = made.frame.assign(rating=made.values, rater_weight=weight[made.frame["rater"].cat.codes])
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender"], reference={"gender": "female"})


def rater_model(formula, thresholds=None):
    """A standardised design with parts by raters, parameters, and the mode of all effects."""
    ratings = weighted(10)
    wave = np.where(ratings.frame["item"].cat.codes % 2 == 0, "first", "second")
    ratings = ps.Ratings(
        ratings.frame.assign(rating=ratings.values, wave=wave), (1, 5), ["gender"], reference={"gender": "female"}
    )
    columns = (*ratings.demographics, "rater", "item", "wave")
    asked = asked_formulas(
        ratings, parse_formula(formula, columns), "cumulative", "probit", **PARTS, thresholds=thresholds
    )
    design = build_design(ratings, asked, "cumulative", "probit")
    raters = weighted_raters(ratings, design.whole)
    made = standardise(design).design
    model = cumulative_model(made)
    theta = model.start() + 0.1 * np.random.default_rng(2).standard_normal(model.n_parameters)
    v = model.evaluate(theta, np.zeros(model.pattern.size)).mode.v
    return model, RaterModel(made, v, raters), theta


@pytest.mark.parametrize("thresholds", [None, "wave"])
def test_without_shared_effects_scores_of_raters_sum_to_the_gradient(thresholds):
    # Origin: the gradient of the marginal likelihood, which tests of Laplace's method hold against differences of it
    model, by_rater, theta = rater_model("rating ~ gender + (1 | rater)", thresholds)
    gradient = model.evaluate(theta, by_rater.v).gradient
    scores = by_rater.of_raters @ by_rater.rows(theta).by_parameter
    np.testing.assert_allclose(scores.sum(axis=0), gradient, atol=1e-9 * np.abs(scores).max())
    assert len(scores) == 10


def test_scores_of_shared_effects_are_the_slopes_of_the_likelihood_given_them():
    """Origin: differences of step 1e-5 of the log-likelihood with the raters' own effects integrated out."""
    _, by_rater, theta = rater_model("rating ~ gender + (1 | item) + (1 | rater)")
    rows = by_rater.rows(theta)
    scores = by_rater.of_predictors @ (rows.by_predictor[:, None] * by_rater.by_shared(theta).toarray())

    def given(change):
        moved = by_rater.moved(change)
        own = moved.rows(theta).own
        return _loglik(moved, theta) - 0.5 * own.v @ own.v - 0.5 * own.factor.log_determinant

    for j in range(3):
        step = 1e-5 * np.eye(scores.shape[1])[j]
        assert scores[:, j].sum() == pytest.approx((given(step) - given(-step)) / 2e-5, abs=1e-6)


def _loglik(model, theta):
    """Of all rows at the own effects' mode, by the whole model's rows."""
    whole = cumulative_model(model.design)
    v = model.v.copy()
    v[~model.shared_effects] = model.rows(theta).own.v
    parts = whole.parts(theta)
    return whole.rows_at(whole.fixed_part(parts.b), parts, v)[1]


def test_equal_weights_are_no_weights():
    ratings = weighted(30)
    frame = ratings.frame.assign(rating=ratings.values)
    options = {**PARTS, "method": "laplace", "draws": 20, "on_problem": "ignore"}
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    one, other = (
        ps.fit(ps.Ratings(f, (1, 5), ["gender"]), formula, **options)
        for f in (frame.assign(rater_weight=2.0), frame.drop(columns="rater_weight"))
    )
    np.testing.assert_allclose(one.parameters["estimate"], other.parameters["estimate"], rtol=1e-5, atol=1e-6)


def test_standard_errors_are_at_least_the_spread_of_studies():
    """Simulated: estimates of 80 studies like these have the sds below (known to 8%); their 95% intervals covered the
    truth in 96% of the studies, standard errors were 1.0, 1.3 and 1.3 times the sds on average."""
    spread = {"gender[male]": 0.195, "disc: gender[male]": 0.255, "stretch: gender[male]": 0.172}
    parts = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender"}
    options = {"method": "laplace", "draws": 2, "on_problem": "ignore"}
    fits = [
        ps.fit(weighted(120, seed), "rating ~ gender + (1 | item) + (1 | rater)", **parts, **options)
        for seed in range(4)
    ]
    errors = np.mean([fit.parameters.set_index("parameter").loc[list(spread), "se"] for fit in fits], axis=0)
    ratio = errors / np.array(list(spread.values()))
    assert (ratio > 0.85).all() and (ratio < 1.7).all()


def test_draws_of_both_methods_have_the_spread_of_the_sandwich():
    ratings = weighted(60)
    formula, parts = "rating ~ gender + (1 | item) + (1 | rater)", {"disc": "~ gender"}
    options = {"on_problem": "ignore", "priors": ps.Priors()}
    mode = ps.fit(ratings, formula, **parts, method="laplace", draws=2000, **options)
    short = {"draws": 1000, "sampler": ps.Sampler(chains=2, warmup=300)}
    exact = ps.fit(ratings, formula, **parts, **options, **short)
    se = [fit.parameters.set_index("parameter").loc["disc: gender[male]", "se"] for fit in (mode, exact)]
    assert se[0] == pytest.approx(se[1], rel=0.2)
    effects = [fit.provenance["design_weights"]["design_effects"] for fit in (mode, exact)]
    assert set(effects[0]) == {"gender[male]", "disc: gender[male]"} == set(effects[1])
