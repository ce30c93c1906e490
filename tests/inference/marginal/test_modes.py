"""The mode of the random effects does not depend on where its search starts, nor on which curvature leads there."""

import numpy as np
import pytest

from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.laplace.following import Following
from pluralstats.inference.marginal import cumulative
from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

PARTS = {"disc": "~ gender + (1 | rater)", "stretch": "~ (1 | rater)"}
CROSSED = "rating ~ gender + (1 + gender | item) + (1 | rater)"


def model_of(ratings, parts):
    asked = asked_formulas(
        ratings, parse_formula(CROSSED, available_columns(ratings)), "cumulative", "probit", **parts, thresholds=None
    )
    return cumulative_model(build_design(ratings, asked, "cumulative", "probit").whole)


@pytest.mark.parametrize("parts", [{"disc": None, "stretch": None}, PARTS], ids=["plain", "disc and stretch"])
@pytest.mark.parametrize("far", [1e-6, 0.01, 0.3])
def test_the_curvature_of_another_place_leads_to_the_same_mode(small, parts, far):
    model = model_of(small, parts)
    theta, nothing = model.start(), np.zeros(model.pattern.size)
    at = model.evaluate(theta, nothing).mode
    moved = theta + far * np.random.default_rng(3).uniform(-1.0, 1.0, theta.size)
    alone, led = model.evaluate(moved, nothing), model.evaluate(moved, at.v, at.factor)
    assert led.value == pytest.approx(alone.value, abs=1e-7)
    assert led.mode.v == pytest.approx(alone.mode.v, abs=1e-7)
    assert led.gradient == pytest.approx(alone.gradient, rel=1e-6, abs=1e-6)


def test_a_short_way_costs_one_factor_and_the_same_place_none(small, monkeypatch):
    made = []

    def counted(*arguments):
        made.append(1)
        return factorise(*arguments)

    factorise = cumulative.factor_of
    monkeypatch.setattr(cumulative, "factor_of", counted)
    model = model_of(small, {"disc": None, "stretch": None})
    following, theta = Following(model), model.start()
    following.evaluate(theta)
    made.clear()
    following.evaluate(theta + 1e-4)
    assert len(made) == 1
    following.evaluate(theta + 1e-4)
    assert len(made) == 1
