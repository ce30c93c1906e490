"""Analytic gradients and implicit derivatives against central differences, away from the maximum."""

import numpy as np
import pytest

from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.inference.marginal.curvature import implicit_derivative
from pluralstats.inference.marginal.gaussian import gaussian_model
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

STEP = 1e-5
SLOPES = "rating ~ gender + (1 + gender + politics | item) + (0 + politics | rater)"
CROSSED = "rating ~ gender * politics + (1 | item) + (1 | rater) + (1 | gender:politics)"


def design_of(ratings, text, family, link):
    return build_design(ratings, parse_formula(text, available_columns(ratings)), family, link)


def differences(function, x):
    return np.stack([(function(x + STEP * e) - function(x - STEP * e)) / (2 * STEP) for e in np.eye(x.size)], axis=-1)


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize("text", ["rating ~ gender", "rating ~ gender + (1 | rater)", CROSSED, SLOPES])
def test_gradient_of_the_laplace_likelihood_is_exact(small, link, text):
    model = cumulative_model(design_of(small, text, "cumulative", link))
    theta = model.start() + 0.1 * np.random.default_rng(5).standard_normal(model.n_parameters)
    v = np.zeros(model.pattern.size)
    exact = model.evaluate(theta, v).gradient
    assert exact == pytest.approx(differences(lambda x: model.evaluate(x, v).value, theta), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("text", [CROSSED, SLOPES])
@pytest.mark.parametrize("link", ["probit", "logit"])
def test_the_modes_of_random_effects_move_as_the_implicit_derivative_says(small, link, text):
    model = cumulative_model(design_of(small, text, "cumulative", link))
    theta, v = model.start() + 0.1 * np.random.default_rng(5).random(model.n_parameters), np.zeros(model.pattern.size)
    moves = implicit_derivative(model, theta, model.evaluate(theta, v).mode)
    assert moves == pytest.approx(differences(lambda x: model.evaluate(x, v).mode.v, theta), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("text", [CROSSED, SLOPES])
@pytest.mark.parametrize("reml", [False, True])
def test_gradient_of_the_gaussian_likelihood_is_exact(small, reml, text):
    model = gaussian_model(design_of(small, text, "gaussian", "identity"), reml)
    theta = 0.2 + 0.7 * np.random.default_rng(6).random(model.start().size)
    exact = model.gradient(theta, model.solve(theta))
    assert exact == pytest.approx(differences(lambda x: np.asarray(model.solve(x).loglik), theta), rel=1e-6, abs=1e-6)


def test_a_variance_of_zero_is_an_ordinary_point(small):
    """The likelihood is even in every standard deviation, so its slope at zero is zero."""
    model = cumulative_model(design_of(small, CROSSED, "cumulative", "probit"))
    theta = model.start()
    theta[-1] = 0.0
    assert model.evaluate(theta, np.zeros(model.pattern.size)).gradient[-1] == pytest.approx(0.0, abs=1e-10)
    gaussian = gaussian_model(design_of(small, CROSSED, "gaussian", "identity"), True)
    at_zero = np.array([0.4, 0.0, 0.2])
    assert gaussian.gradient(at_zero, gaussian.solve(at_zero))[1] == pytest.approx(0.0, abs=1e-10)
