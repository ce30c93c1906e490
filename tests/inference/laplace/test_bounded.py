"""Where -log det H / 2 has a spike: noise by rater in a small study."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.inference.laplace.bounded import Bounded, runs_away
from pluralstats.inference.laplace.empirical import _Marginal, find_empirical
from pluralstats.inference.marginal.cumulative import cumulative_model
from pluralstats.inference.marginal.priors import prior_numbers
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.priors import resolve_priors

# SIMULATED from the priors below by `ps.calibration_ranks(seed=3)`, the fourth study: 15 raters x 20 ratings. Without
# the bound the search ended where an eigenvalue of H was 0.0009, with standard errors of 0.002, and no chain moved.
ANSWERS = (
    "2212222222222222222211551155555112111511222222222222222222222151124124114133153322221222222211222222"
    "2113213223223221121111212221121111111211321131422211321411341112311221111221222322222212221222121212"
    "1223132312122213132324233315434355433114223232222222323322221111111112111212122222111251312121131512"
)
PRIORS = ps.Priors(
    threshold=1.0, log_gap=0.4, coefficient=0.5, sd=0.5, degrees_of_freedom=30.0, part_coefficient=0.4, part_sd=0.5
)
FORMULA = "rating ~ gender + (1 | rater)"
PARTS = {"disc": "~ (1 | rater)", "stretch": "~ gender", "thresholds": "session"}


@pytest.fixture(scope="module")
def study():
    made = ps.simulate(n_raters=15, n_items=20, ratings_per_rater=20, seed=1)
    session = np.where(np.arange(300) % 2 == 0, "first", "second")
    frame = made.frame.assign(rating=[int(answer) for answer in ANSWERS], session=session)
    return ps.Ratings(frame, (1, 5), ["gender"], covariates=["session"])


@pytest.fixture(scope="module")
def fit(study):
    sampler = ps.Sampler(chains=2, most_thinning=1)
    return ps.fit(study, FORMULA, **PARTS, priors=PRIORS, draws=400, sampler=sampler, on_problem="ignore", seed=2)


def objective_of(fit, priors):
    design = fit.design.estimated
    numbers = prior_numbers(resolve_priors(priors, design), design)
    return _Marginal(cumulative_model(standardise(design).design), numbers)


def test_chains_move_where_the_determinant_runs_away(fit):
    assert not fit.posterior.stats["diverging"].any()
    assert fit.parameters["r_hat"].max() < 1.1


def test_the_search_ends_at_a_maximum_with_a_spread(fit):
    objective = objective_of(fit, PRIORS)
    at = find_empirical(objective.model.design, objective.priors)
    assert at.converged and not runs_away(at.factor)
    sd = fit.parameters.set_index("parameter")["se"]["sd(disc: rater)"]  # of the exact posterior
    disc = np.sqrt(at.covariance[-1, -1]) * np.exp(at.x[-1])
    assert 0.5 < disc / sd < 2.0


def test_without_negative_curvature_the_bound_changes_nothing():
    ratings = ps.simulate(n_raters=12, n_items=8, ratings_per_rater=8, seed=1)
    objective = objective_of(ps.fit(ratings, FORMULA, method="laplace", on_problem="ignore"), ps.Priors())
    x = objective.model.start()
    x[-1] = np.log(x[-1])
    value, gradient = objective(x)
    assert Bounded(objective).value(x) == pytest.approx(value, abs=1e-9)
    assert Bounded(objective)(x)[1] == pytest.approx(gradient, abs=1e-5)
