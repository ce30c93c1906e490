"""Formulas for second derivatives against central differences."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.inference.elimination.arrow import factorise
from pluralstats.inference.elimination.roots import root_of
from pluralstats.inference.laplace.following import Following
from pluralstats.inference.laplace.search import maximise
from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.inference.marginal.curvature import (
    approximate_information,
    determinant_information,
    observed_information,
    profile_information,
)
from pluralstats.inference.marginal.long import long_information
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

CROSSED = "rating ~ gender * politics + (1 | item) + (1 | rater)"
SLOPES = "rating ~ gender + (1 + gender | item) + (1 | rater)"
STEP = 1e-4


def model_of(ratings, text):
    return cumulative_model(
        build_design(ratings, parse_formula(text, available_columns(ratings)), "cumulative", "probit")
    )


def second_differences(f, x):
    e = STEP * np.eye(x.size)
    return np.array([[f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b) for a in e] for b in e]) / (4 * STEP**2)


def maximum_of(model):
    following = Following(model)

    def objective(theta):
        found = following.evaluate(theta)
        return found.value, found.gradient

    start = model.start()
    best = maximise(objective, start, approximate_information(model, start, following.evaluate(start).mode))
    return best, following.evaluate(best.x).mode


@pytest.mark.parametrize("text", [CROSSED, SLOPES])
def test_the_curvature_of_the_joint_density_is_exact(small, text):
    model = model_of(small, text)
    theta = model.start() + 0.1 * np.random.default_rng(5).random(model.n_parameters)
    nothing = np.zeros(model.pattern.size)

    def joint(x):
        at = model.evaluate(x, nothing)
        return at.value + 0.5 * at.mode.factor.log_determinant

    found = profile_information(model, theta, model.evaluate(theta, nothing).mode)
    assert found == pytest.approx(-second_differences(joint, theta), rel=1e-3, abs=1e-4 * np.abs(found).max())


def test_the_information_by_formula_is_near_the_measured_one(small):
    """In units of standard errors: eigenvalues of the one in those of the other."""
    model = model_of(small, CROSSED)
    best, mode = maximum_of(model)
    found = observed_information(model, best.x, mode)
    root = np.linalg.inv(np.linalg.cholesky(best.information))
    values = np.linalg.eigvalsh(root @ found @ root.T)
    assert values[0] > 0.9 and values[-1] < 1.1


def test_the_curvature_of_the_determinant_is_exact_for_rows_as_they_are(small):
    """One term, so that a level's covariance is that of its block alone."""
    model = model_of(small, "rating ~ gender + (1 + gender | item)")
    weight = np.random.default_rng(2).uniform(0.5, 1.0, model.design.n)
    entries = np.array([0.8, 0.5, -0.3])

    def half(entries):
        return 0.5 * factorise(model.pattern, weight, model.Z @ root_of(entries, model.pairs)).log_determinant

    root = root_of(entries, model.pairs)
    found = determinant_information(model, root, factorise(model.pattern, weight, model.Z @ root))
    assert found == pytest.approx(second_differences(half, entries), rel=1e-3, abs=1e-3)


def test_there_is_no_formula_where_an_sd_is_zero(small):
    model = model_of(small, CROSSED)
    theta = model.start()
    theta[-1] = 0.0
    assert observed_information(model, theta, model.evaluate(theta, np.zeros(model.pattern.size)).mode) is None


def test_probes_find_the_information_that_differences_measure():
    """6,000 ratings. Standard errors of thresholds and coefficients, those of sds held, by central differences of f."""
    ratings = ps.simulate(200, 60, 30, scale=(1, 4), effects={"gender[male]": 0.3}, sd_rater=0.7, sd_item=0.9, seed=4)
    model = model_of(ratings, "rating ~ gender + (1 | item) + (1 | rater)")
    best, mode = maximum_of(model)
    fixed = slice(0, model.first_entry)
    found = long_information(model, best.x, mode)[fixed, fixed]
    e = 1e-4 * np.eye(best.x.size)[fixed]
    slopes = [model.evaluate(best.x - h, mode.v).gradient - model.evaluate(best.x + h, mode.v).gradient for h in e]
    measured = np.array(slopes)[:, fixed] / 2e-4
    errors = [np.sqrt(np.diag(np.linalg.inv(one))) for one in (found, measured)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-4)
    exact_alone = profile_information(model, best.x, mode)[fixed, fixed]
    assert np.sqrt(np.diag(np.linalg.inv(exact_alone))) != pytest.approx(errors[1], rel=5e-4)
