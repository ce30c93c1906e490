"""Several dimensions in one fit."""

import numpy as np
import pytest

import pluralstats as ps
import pluralstats.inference.laplace.maximum as maximum
from pluralstats.errors import ConfigError
from pluralstats.fits.asking.joint import joint_text
from pluralstats.model.formula.parsing import parse_formula

HALO = 0.6


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(
        n_raters=80,
        n_items=30,
        ratings_per_rater=8,
        seed=5,
        dimensions=["hate", "harm"],
        rater_correlation=HALO,
        item_correlation=0.5,
        demographics={"gender": {"f": 0.5, "m": 0.5}, "politics": {"l": 0.4, "c": 0.3, "r": 0.3}},
        effects={"gender[m]": {"hate": 0.5, "harm": -0.4}},
    )


@pytest.fixture(scope="module")
def joint(ratings):
    return ps.fit(ratings, method="laplace")


def test_every_coefficient_and_effect_of_a_formula_is_one_by_dimension():
    columns = ("gender", "race", "item", "rater", "dimension")
    text = joint_text(
        parse_formula("rating ~ gender * race + (1 | item) + (1 + gender | rater)", columns), sitting=True
    )
    assert text == (
        "rating ~ dimension:(gender * race) + (0 + dimension | item) + "
        "(0 + dimension + dimension:(gender) | rater) + (1 | rater:item)"
    )


def test_without_random_effects_the_likelihood_is_that_of_every_dimension_alone(ratings):
    both = ps.fit(ratings, "rating ~ gender + politics", method="laplace", on_problem="ignore")
    alone = [
        ps.fit(ratings.select(name), "rating ~ gender + politics", method="laplace", on_problem="ignore")
        for name in ratings.dimensions
    ]
    assert both.loglik == pytest.approx(sum(fit.loglik for fit in alone), abs=1e-6)
    for fit, name in zip(alone, ratings.dimensions, strict=True):
        own = both.parameters[both.parameters["parameter"].str.contains(name)]
        np.testing.assert_allclose(own[["estimate", "se"]], fit.parameters[["estimate", "se"]], atol=2e-5)


def test_effects_and_the_halo_are_recovered(joint):
    at = joint.parameters.set_index("parameter")
    truth = {"gender[m]:dimension[hate]": 0.5, "gender[m]:dimension[harm]": -0.4}
    for name, value in truth.items():
        assert abs(at.loc[name, "estimate"] - value) < 3.0 * at.loc[name, "se"]
    halo = at.loc["cor(dimension[hate], dimension[harm] | rater)"]
    assert halo["lower"] < HALO < halo["upper"]
    assert joint.design.thresholds.names == ("hate", "harm")


def test_results_have_a_row_for_each_dimension(joint):
    table = ps.effects(joint, "gender")
    assert table["dimension"].tolist() == ["hate", "harm"]
    assert table["estimate"].iloc[0] > 0.0 > table["estimate"].iloc[1]


def test_standard_errors_of_many_parameters_by_formula_are_those_measured(ratings, joint, monkeypatch):
    # what the formula lacks is how log det H moves with thresholds and coefficients: 0.1% here
    monkeypatch.setattr(maximum, "MOST_MEASURED", 0)
    by_formula = ps.fit(ratings, method="laplace")
    np.testing.assert_allclose(by_formula.parameters["se"], joint.parameters["se"], rtol=5e-3)


def test_a_joint_fit_comes_back_from_its_folder(joint, tmp_path):
    again = ps.load_fit(joint.save(tmp_path / "fit"))
    assert again.parameters.equals(joint.parameters)
    assert again.design.thresholds.names == joint.design.thresholds.names
    assert again.design.fixed.names == joint.design.fixed.names


def test_a_formula_that_says_what_is_shared_is_left_alone(ratings):
    shared = ps.fit(
        ratings, "rating ~ gender + (1 | item)", thresholds="dimension", method="laplace", on_problem="ignore"
    )
    assert "gender[m]" in set(shared.parameters["parameter"])
    assert shared.design.thresholds.n_groups == 2


def test_numbers_and_many_dimensions_are_not_fitted_together_unasked(ratings):
    with pytest.raises(ConfigError, match=r"one residual standard deviation for all\. Fit one at a time"):
        ps.fit(ratings, family="gaussian", method="laplace")
    many = ps.simulate(n_raters=10, n_items=5, ratings_per_rater=3, dimensions=list("abcdefghi"))
    with pytest.raises(ConfigError, match="9 dimensions, and up to 8 are fitted together"):
        ps.fit(many, method="laplace")
