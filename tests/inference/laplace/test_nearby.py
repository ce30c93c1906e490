"""The search that starts from a model nearby: the same maximum and curvature as without it."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.fits.methods.likelihood import laplace_request, maximum
from pluralstats.inference.laplace.nearby import nearby

COMMON = "rating ~ gender + politics + (1 | item) + (1 | rater)"


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(
        n_raters=150,
        n_items=60,
        ratings_per_rater=12,
        demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.4, "middle": 0.3, "right": 0.3}},
        item_slopes={"gender[male]": 0.8},
        effects={},
        seed=3,
    )


def found(ratings, formula, link, near=None):
    request = laplace_request(ratings, formula, "cumulative", link, 1)
    return request.design, maximum(request, near)


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize("term", ["(0 + gender | item)", "(1 + gender | item)", "(0 + politics | item)"])
def test_the_maximum_and_its_curvature_are_those_of_a_search_from_nothing(ratings, link, term):
    design, common = found(ratings, COMMON, link)
    near = nearby(design, common.posterior.mode, common.information)
    formula = COMMON.replace("(1 | item)", term)
    _, far = found(ratings, formula, link)
    _, close = found(ratings, formula, link, near)
    assert close.converged
    assert close.loglik == pytest.approx(far.loglik, abs=1e-6)
    se = far.posterior.se
    known = se > 0.0
    assert known.sum() > near.fixed.size
    assert np.abs(close.posterior.mode - far.posterior.mode)[known].max() < 1e-3 * se[known].min() + 1e-3
    fixed = slice(near.fixed.size)  # what the formula lacks for them is nearly that of the common model
    assert close.posterior.se[fixed] == pytest.approx(se[fixed], rel=1e-2)
    assert close.posterior.se[known] == pytest.approx(se[known], rel=0.03)  # the other search measures beside the top


def test_a_model_without_measured_curvature_says_nothing(ratings):
    design, common = found(ratings, COMMON, "probit")
    assert nearby(design, common.posterior.mode, None) is None
