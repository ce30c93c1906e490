"""Steps of monotonic effects among all coefficients, and their names and places by dimension."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.prior_tables import prior_table
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.model.step_places import add_step_prior, fill_steps, steps_at, steps_gradient
from pluralstats.model.terms.monotone import coefficients_of, curvature, log_prior

STEPS = steps_at([(1, 3), (5, 1)])
X = np.array([0.3, -0.5, 0.2, -1.0, 0.7, 0.4])


def ratings_by_dimension():
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"rater": [f"r{i}" for i in range(12)], "grade": list("abc") * 4, "gender": list("mf") * 6})
    rows = people.merge(pd.DataFrame({"item": list("xyz")}), "cross")
    rows = rows.merge(pd.DataFrame({"dimension": ["harm", "hate"]}), "cross")
    rows["rating"] = rng.integers(1, 4, len(rows))
    return ps.Ratings(rows, scale=(1, 3), demographics=["gender", "grade"], order={"grade": list("abc")})


def design_of(formula, thresholds="dimension"):
    ratings = ratings_by_dimension()
    parsed = parse_formula(formula, available_columns(ratings))
    if thresholds is None:
        return build_design(ratings, parsed, "cumulative", "probit")
    from pluralstats.fits.asking.submodels import asked_formulas

    asked = asked_formulas(ratings, parsed, "cumulative", "probit", disc=None, stretch=None, thresholds=thresholds)
    return build_design(ratings, asked, "cumulative", "probit")


def test_only_the_places_of_steps_change():
    b = STEPS.coefficients(X)
    np.testing.assert_allclose(b[1:4], coefficients_of(X[1:4]))
    np.testing.assert_array_equal(b[[0, 4, 5]], X[[0, 4, 5]])  # an effect of one step is its own number
    np.testing.assert_allclose(STEPS.numbers(b), X, rtol=1e-12)
    np.testing.assert_allclose(STEPS.coefficients(np.stack([X, 2.0 * X]))[0], b)
    assert STEPS.columns.tolist() == [1, 2, 3, 5]
    filled = X.copy()
    fill_steps(STEPS, X, filled)
    np.testing.assert_allclose(filled, b, rtol=1e-13)


def test_gradients_follow_the_way():
    to_b, gradient = np.arange(1.0, 7.0), np.ones(6)
    steps_gradient(STEPS, X, to_b, gradient)
    np.testing.assert_allclose(gradient - 1.0, to_b @ STEPS.jacobian(X), rtol=1e-12)
    gradient, scale = np.zeros(6), np.array([0.8, 1.5])
    value = add_step_prior(STEPS, scale, 3.0, X, gradient)
    other = add_step_prior(STEPS, scale, 3.0, np.zeros(6), np.zeros(6))
    expected = [log_prior(x[1:4], 3.0, 0.8) + log_prior(x[5:], 3.0, 1.5) for x in (X, np.array([0.0] * 6))]
    assert value - other == pytest.approx(float(expected[0] - expected[1]), abs=1e-12)
    assert gradient[[0, 4]].tolist() == [0.0, 0.0]


def test_the_curvature_of_the_prior_is_that_of_differences_at_no_effect():
    """There the student_t has the curvature of the normal distribution with its slope."""
    x, step = np.array([0.0, 0.4, -0.3]), 1e-4
    found = np.empty((3, 3))
    for i, a in enumerate(step * np.eye(3)):
        for j, b in enumerate(step * np.eye(3)):
            corners = [log_prior(x + s * a + t * b, 3.0, 0.8) * s * t for s in (1, -1) for t in (1, -1)]
            found[i, j] = -sum(corners) / (4.0 * step**2)
    np.testing.assert_allclose(curvature(x, 3.0, 0.8), found, atol=1e-5)


def test_every_dimension_has_steps_of_its_own():
    design = design_of("rating ~ dimension:(gender + mo(grade)) + (1 | rater)")
    assert design.fixed.monotone == ((1, 2), (4, 2))
    assert design.fixed.monotone_terms == ("mo(grade):dimension[harm]", "mo(grade):dimension[hate]")
    assert design.fixed.names[4:] == ("mo(grade)[b]:dimension[hate]", "mo(grade)[c]:dimension[hate]")
    whole = {"mo(grade):dimension": 0.5, "mo(grade):dimension[hate]": 2.0}
    np.testing.assert_allclose(resolve_priors(Priors(terms=whole), design).step_scale, [0.5, 2.0])


def test_steps_of_all_dimensions_alike():
    design = design_of("rating ~ mo(grade) + dimension:gender + (1 | rater)")
    assert design.fixed.monotone == ((0, 2),)
    assert design.fixed.monotone_terms == ("mo(grade)",)


def test_a_dimension_beside_common_thresholds_is_an_interaction():
    with pytest.raises(ConfigError, match=r"'mo\(grade\)' stands in an interaction"):
        design_of("rating ~ dimension:mo(grade)", thresholds=None)


def test_the_prior_is_one_of_the_sum_and_one_of_the_shares():
    design = design_of("rating ~ mo(grade) + (1 | rater)", thresholds=None)
    table = prior_table(Priors(terms={"mo(grade)": 0.5}), design).set_index("parameter")["prior"]
    assert table["mo(grade)"] == "student_t(3, 0, 0.5)"
    assert table["shares of mo(grade)"] == "Dirichlet(1)"
    assert not any(name.startswith("mo(grade)[") for name in table.index)
    with pytest.raises(ConfigError, match=r"names 'mo\(grade\)\[b\]', which the formula does not have"):
        resolve_priors(Priors(terms={"mo(grade)[b]": 0.5}), design)
