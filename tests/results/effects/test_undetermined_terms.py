"""What rests on an sd or correlation that maximum likelihood leaves open is left empty, and nothing else is."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.results.averaging.multipliers import rests_on_undetermined, undetermined_effects

MET = pd.DataFrame({"item": ["I01", "I01"], "gender": ["female", "male"]})
ALL = ["percent", "lower", "upper"]


@cache
def ratings():
    made = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=10, seed=1)
    frame, rng = made.frame.assign(rating=made.values), np.random.default_rng(1)
    early = rng.normal(size=len(frame))
    frame = frame.assign(early=early, late=early + 1e-6 * rng.normal(size=len(frame)))
    return ps.Ratings(frame, (1, 5), ["gender"], ["early", "late"], reference={"gender": "female"})


def fit_of(random, family="cumulative", **options):
    formula = f"rating ~ gender + {random} + (1 | rater)"
    return ps.fit(ratings(), formula, family=family, method="laplace", draws=100, on_problem="ignore", **options)


@cache
def fit_with_flat_slope(family="cumulative"):
    """A fit whose sd of the slope and correlation are marked as open: the two entries of Lambda's row of the slope."""
    fit = fit_of("(1 + gender | item)", family)
    at, names = fit.posterior, [grouping.name for grouping in fit.design.groupings]
    flat = np.zeros(at.mode.size, bool)
    flat[at.sd_slice.start + names.index("gender[male] | item")] = True
    flat[at.sd_slice.stop] = True
    return replace(fit, posterior=replace(at, flat=flat))


def open_names(fit):
    flags = undetermined_effects(fit)
    return [grouping.name for grouping, flag in zip(fit.design.groupings, flags, strict=True) if flag]


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_slopes_of_two_columns_that_are_one_are_open(family):
    """Two copies of a covariate but for a millionth: the ratings tell the sd of the sum of their slopes.

    The gaussian fit printed sds and shares of them as if they were known, and no problem.
    """
    fit = fit_of("(1 + early + late | item)", family)
    found = open_names(fit)
    assert found
    assert set(found) <= {"item", "early | item", "late | item"}
    assert any("The data hardly determine sd(" in problem for problem in fit.problems)
    table = fit.parameters.query("kind == 'sd' and se.isna()")
    assert table["term"].isin(["early | item", "late | item"]).any()
    assert ps.variance_shares(fit)[ALL].isna().all(axis=None)


def test_shares_of_a_total_with_an_open_variance_are_empty():
    """They had intervals such as 2.8% [2.1, 3.6]: draws hold the open sd at an accident of the search."""
    fit = fit_with_flat_slope()
    assert open_names(fit) == ["gender[male] | item"]
    table = ps.variance_shares(fit).set_index("component")
    assert table[ALL].isna().all(axis=None)
    assert table["sd"].isna().to_dict() == {
        "item": True, "gender x item": True, "demographics": False, "rater": False, "residual": False,
    }  # fmt: skip
    plain = ps.variance_shares(fit_of("(1 + gender | item)")).set_index("component")
    assert table.loc["rater", "sd"] == pytest.approx(plain.loc["rater", "sd"], rel=0.1)
    assert ps.reliability(fit)[["icc", "lower", "upper"]].isna().all(axis=None)
    latent = ps.r2(fit).query("scale == 'latent'")
    assert latent[["estimate", "lower", "upper"]].isna().all(axis=None)


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_predictions_that_do_not_need_the_open_number_stay(family):
    """A woman's rating of an item has the item's intercept; a man's needs the slope, pooled by an open sd."""
    fit = fit_with_flat_slope(family)
    assert rests_on_undetermined(fit, MET).tolist() == [False, True]
    raters = [t for t, grouping in enumerate(fit.design.groupings) if grouping.name == "rater"]
    assert rests_on_undetermined(fit, MET, raters).tolist() == [False, False]
    assert ps.predict(fit, MET)["estimate"].isna().tolist() == [False, True]
    everybody = ps.predict(fit, MET[["item"]], population=ps.Population.of_raters(fit.ratings))
    assert everybody["estimate"].isna().all()


def test_the_mean_of_new_items_needs_no_spread_in_a_gaussian_model():
    """E[y] = x'b whatever the variance of what is integrated over; the probability of a category needs it."""
    new = MET[["gender"]]
    assert ps.predict(fit_with_flat_slope("gaussian"), new)["estimate"].notna().all()
    assert ps.predict(fit_with_flat_slope(), new)["estimate"].isna().tolist() == [False, True]


def test_a_prior_leaves_nothing_empty():
    fit = fit_of("(1 + early + late | item)", priors=ps.Priors())
    assert not undetermined_effects(fit).any()
    assert ps.variance_shares(fit)["percent"].notna().all()


def test_a_stored_fit_knows_what_is_open(tmp_path):
    fit = fit_with_flat_slope()
    again = ps.load_fit(fit.save(tmp_path / "fit"))
    assert open_names(again) == open_names(fit)
    assert ps.variance_shares(again)[ALL].isna().all(axis=None)
