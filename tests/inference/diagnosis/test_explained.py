"""Gaussian ratings without a residual: one sentence and no number, by every method."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.inference.diagnosis.unbounded import explained_wholly
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

FORMULA = "rating ~ g + (1 | item) + (1 | rater)"
TWO_MEANS = "item and rater"


@pytest.fixture(scope="module")
def table():
    made = ps.simulate(n_raters=40, n_items=12, ratings_per_rater=8, seed=1)
    frame = made.frame[["item", "rater"]].astype(str)
    return frame.assign(rating=made.values.astype(float), g=made.frame["gender"].astype(str))


def ratings_with(table, rating):
    return ps.Ratings(table.assign(rating=rating), scale="continuous", demographics=["g"])


def mean_by(table, name):
    if name == TWO_MEANS:
        return mean_by(table, "item") - 2.0 * mean_by(table, "rater")
    return table.groupby(name)["rating"].transform("mean")


@pytest.mark.parametrize("method", ["laplace", "hmc", "nuts"])
@pytest.mark.parametrize("by", ["item", "rater", "g", TWO_MEANS])
def test_ratings_that_are_means_have_a_sentence_and_no_number(table, by, method):
    fit = ps.fit(
        ratings_with(table, mean_by(table, by)),
        FORMULA,
        family="gaussian",
        method=method,
        draws=100,
        on_problem="ignore",
    )
    assert fit.parameters["estimate"].isna().all()
    assert fit.problems == (
        "The formula explains all 320 ratings without remainder (less than 0.0001 of their standard deviation is "
        "left): there is no residual to measure anything against, and every number is missing. Look whether the rating "
        "column holds means of items or raters, or copies; a formula without that term may do.",
    )


def test_the_pymc_graph_is_refused_with_the_same_sentence(table):
    with pytest.raises(ps.DataError, match="explains all 320 ratings without remainder"):
        ps.pymc_model(ratings_with(table, mean_by(table, "item")), FORMULA, family="gaussian")


@pytest.mark.parametrize("reml", [False, True])
def test_restricted_likelihood_has_no_maximum_either(table, reml):
    fit = ps.fit(
        ratings_with(table, 1e6 + 1e3 * mean_by(table, "item")),
        FORMULA,
        family="gaussian",
        method="laplace",
        reml=reml,
        on_problem="ignore",
    )
    assert "without remainder" in fit.problems[0]


def explained(table, rating, text):
    ratings = ratings_with(table, rating)
    formula = parse_formula(f"rating ~ {text}", available_columns(ratings))
    return explained_wholly(build_design(ratings, formula, "gaussian", "identity"))


@pytest.mark.parametrize("text", ["(1 | item)", "(1 | item) + (1 | rater)", "g + (1 + g | item)", "(0 + g | item)"])
def test_means_of_items_are_explained_by_every_term_that_has_items(table, text):
    assert explained(table, mean_by(table, "item"), text)
    assert explained(table, mean_by(table, "item").astype("float32").astype(float), text)  # rounded


@pytest.mark.parametrize("text", ["g", "(1 | rater)", "g + (1 + g | rater)"])
def test_means_of_items_are_not_explained_without_items(table, text):
    assert not explained(table, mean_by(table, "item"), text)


def test_a_thousandth_of_a_standard_deviation_is_a_residual(table):
    noise = 1e-3 * np.random.default_rng(1).normal(size=len(table))
    assert not explained(table, mean_by(table, "item") + noise, "(1 | item)")


def test_as_many_effects_as_ratings_are_another_problem(table):
    """They would explain any ratings: the sum of the two variances is known, and has its own sentence."""
    assert not explained(table, table["rating"], "g + (1 | item:rater)")
    fit = ps.fit(
        ratings_with(table, table["rating"]),
        "rating ~ g + (1 | item:rater)",
        family="gaussian",
        method="laplace",
        on_problem="ignore",
    )
    assert np.isfinite(fit.parameters["estimate"]).all()
    assert any("cannot be told from the residual" in problem for problem in fit.problems)


def test_ordered_categories_are_never_asked(small):
    formula = parse_formula("rating ~ (1 | item)", available_columns(small))
    assert not explained_wholly(build_design(small, formula, "cumulative", "probit"))
