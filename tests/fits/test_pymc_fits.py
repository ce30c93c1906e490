"""A PyMC graph, changed or not, becomes a Fit; one that cannot is refused with what to do."""

import numpy as np
import pandas as pd
import pytest
from sampled import moments, z_bound

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError
from pluralstats.fits.graphs import fit_pymc, pymc_model

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


@pytest.fixture(scope="module")
def ratings():
    """144 ratings: 24 raters x 6 of 12 items."""
    return ps.simulate(
        n_raters=24,
        n_items=12,
        ratings_per_rater=6,
        scale=(1, 4),
        demographics={"gender": {"female": 0.5, "male": 0.5}},
        effects={"gender[male]": -0.4},
        seed=3,
    )


@pytest.fixture(scope="module")
def model(ratings):
    return pymc_model(ratings, FORMULA)


def log_likelihood(model, **given):
    """Of the ratings at given values of free variables, by name; the others are at zero."""
    values = {model.rvs_to_values[rv].name: rv.name for rv in model.free_RVs}
    start = model.initial_point()
    point = {name: np.asarray(given.get(values[name], np.zeros_like(value)), float) for name, value in start.items()}
    return float(model.compile_fn(model.logp(vars=[model["rating"]]), mode="FAST_COMPILE")(point))


def test_an_added_term_stands_in_the_order_of_the_ratings(ratings):
    """A demographic is the same as a coefficient of the formula and as an added column of the frame."""
    man = (ratings.frame["gender"] == "male").to_numpy(float)
    inside = pymc_model(ratings, "rating ~ gender + (1 | item)")
    outside = pymc_model(
        ratings, "rating ~ (1 | item)", added=lambda: -0.7 * (man - 0.5)
    )  # thresholds are those at the mean of both
    gaps, z = np.array([0.1, -0.2]), np.linspace(-1.0, 1.0, 12)
    at = {"log_gap": gaps, "z_item": z, "threshold_first": -0.5}
    expected = log_likelihood(inside, slope=[-0.7], **at)
    assert log_likelihood(outside, **at) == pytest.approx(expected, rel=1e-12)
    assert abs(log_likelihood(inside, **at) - expected) > 1.0


def test_a_changed_graph_flows_into_effects_shares_and_draws(ratings):
    """A tight prior on the coefficient moves it there: the data say -0.4 give or take 0.3."""
    import pymc as pm

    changed = pymc_model(ratings, FORMULA)
    with changed:
        pm.Potential("belief", pm.logp(pm.Normal.dist(1.0, 0.05), changed["coefficient"][0]))
        pm.Normal("of my own")
    fitted = fit_pymc(changed, ratings, draws=600, tune=300, chains=2, on_problem="ignore")
    parameters = fitted.parameters.set_index("parameter")
    assert fitted.method == "pymc"
    assert fitted.priors is None
    assert parameters.index.tolist() == ["1|2", "2|3", "3|4", "gender[male]", "sd(rater)", "sd(item)"]
    belief = moments(fitted.posterior.by_chain(fitted.samples.coefficient), effective=100)
    # precisions of 400 for the belief and about 11 for the data: a mean of 0.96, known to 0.005 from 100 effective
    # draws of sd 0.05; the bound is 8 such errors from it and 25 sds of the data from what they say alone
    assert belief.mean[0] == pytest.approx(0.96, abs=0.04 + z_bound(1) * 0.005)
    assert parameters.loc["gender[male]", "estimate"] == pytest.approx(belief.mean[0], abs=0.02)
    assert fitted.chains == 2
    assert fitted.draws["posterior"].sizes["draw"] == 300
    assert list(fitted.draws["posterior"]["item"].to_numpy()) == list(fitted.design.groupings[1].levels)
    assert (ps.effects(fitted, "gender")["estimate"] > 0.0).all()  # the belief, against the sign in the data
    assert len(ps.variance_shares(fitted)) > 3
    assert "slope ~ CustomDist_slope(3)" in fitted.provenance["settings"]["graph"]


def test_a_copy_of_a_model_keeps_its_origin(ratings, model):
    from pluralstats.fits.graphs import _origin

    assert _origin(model.copy()) == (FORMULA, "cumulative", "probit", {})


def test_a_model_of_other_making_is_refused(ratings):
    import pymc as pm

    with pm.Model() as foreign:
        pm.Normal("x")
    for thing in (foreign, None):
        with pytest.raises(ConfigError, match=r"needs a model of ps.pymc_model\(...\), which knows its formula"):
            fit_pymc(thing, ratings)


def test_missing_and_misshapen_variables_are_named_together(ratings, model):
    import pymc as pm

    with pm.Model(coords=model.coords) as scratch:
        pm.Normal("threshold", shape=2)
        pm.Normal("coefficient", dims="parameter")
        pm.HalfNormal("sd", dims="term")
        pm.Normal("r_rater", dims="rater")
    with pytest.raises(ConfigError) as caught:
        fit_pymc(scratch, ratings)
    first, second = caught.value.problems
    assert "`threshold` of the model has the shape (2,)" in first
    assert "needs (3,)" in first
    assert "no variable `r_item`" in second
    assert "shape (12,). Keep it under this name" in second


def test_other_ratings_are_refused(ratings, model):
    fewer = ratings.frame[ratings.frame["item"] != ratings.frame["item"].iloc[0]]
    changed = ratings.frame.assign(rating=ratings.frame["rating"].to_numpy()[::-1] + 1)
    for frame, said in ((fewer, "'item' has 11 levels here, and the model has 12"), (changed, "observed values")):
        frame = frame.assign(rating=frame["rating"] + (1 if frame is fewer else 0))
        with pytest.raises(DataError, match=said):
            fit_pymc(model, ps.Ratings(frame, scale=(1, 4), demographics=["gender"]))


def test_constant_ratings_have_no_model():
    frame = pd.DataFrame({"rater": ["a", "b"] * 4, "item": list("ccddeeff"), "rating": 2})
    with pytest.raises(DataError, match="ratings are the same"):
        pymc_model(ps.Ratings(frame, scale=(1, 4)), "rating ~ (1 | item)")


def test_options_are_refused_before_anything_runs(ratings, model):
    with pytest.raises(ConfigError, match="`draws` is a positive whole number"):
        fit_pymc(model, ratings, draws=0)
    with pytest.raises(ConfigError, match="nutpie, pymc; found 'stan'"):
        fit_pymc(model, ratings, sampler="stan")
    with pytest.raises(ConfigError, match="needs Ratings; found DataFrame"):
        pymc_model(ratings.frame)
