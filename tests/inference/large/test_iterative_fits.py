"""Fits with the iterative solver beside those with the dense one, which is the truth."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError, FitError
from pluralstats.inference.large import choice
from pluralstats.inference.large.pattern import SparsePattern

SOLVER = ps.Solver(kind="iterative")
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
SPREAD = {"sd_intersection": {"gender:race": 0.5}}


@pytest.fixture(scope="module")
def ratings():
    demographics = {"gender": {"f": 0.5, "m": 0.5}, "race": {"a": 0.3, "b": 0.3, "c": 0.4}}
    return ps.simulate(150, 60, 20, demographics=demographics, sd_disc_rater=0.4, seed=4, **SPREAD)


def both(ratings, formula, **options):
    kinds = ("dense", "iterative")
    return [ps.fit(ratings, formula, method="laplace", solver=ps.Solver(kind=kind), **options) for kind in kinds]


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        (FORMULA, {}),
        (FORMULA, {"priors": ps.Priors()}),
        ("rating ~ (1 | item) + (1 | rater) + (1 | gender:race)", {"on_problem": "ignore"}),
        (FORMULA, {"disc": "~ (1 | rater)", "on_problem": "ignore"}),
        (FORMULA, {"family": "gaussian"}),
        (FORMULA, {"family": "gaussian", "reml": True}),
    ],
)
def test_both_solvers_find_the_same_fit(ratings, formula, options):
    dense, iterative = both(ratings, formula, **options)
    if np.isfinite(dense.loglik):
        assert iterative.loglik == pytest.approx(dense.loglik, abs=0.01)
        assert 0.0 < iterative.loglik_error < 0.01
    a, b = dense.parameters, iterative.parameters
    assert (b["se"] / a["se"]).to_numpy() == pytest.approx(1.0, abs=0.01)
    assert np.abs((b["estimate"] - a["estimate"]) / a["se"]).max() < 0.01
    a, b = dense.random_effects, iterative.random_effects
    assert (b["sd"] / a["sd"]).to_numpy() == pytest.approx(1.0, abs=0.01)
    assert np.abs((b["estimate"] - a["estimate"]) / a["sd"]).max() < 0.02


def test_both_solvers_lead_to_the_same_posterior(ratings):
    dense, iterative = (
        ps.fit(ratings, FORMULA, draws=2000, solver=ps.Solver(kind=kind)) for kind in ("dense", "iterative")
    )
    a, b = dense.parameters, iterative.parameters
    error = np.hypot(a["mcse"], b["mcse"])
    assert (np.abs(a["estimate"] - b["estimate"]) / error).max() < 4.0
    assert (b["se"] / a["se"]).to_numpy() == pytest.approx(1.0, abs=0.1)


def test_wrong_options_are_told_in_one_error():
    with pytest.raises(ConfigError, match=r"(?s)`kind` of the solver.*`tolerance`.*`probes`"):
        ps.Solver(kind="sparse", tolerance=0.0, probes=1)


def test_more_probes_are_suggested_where_the_likelihood_is_not_known_well(ratings):
    fit = ps.fit(ratings, FORMULA, method="laplace", solver=ps.Solver("iterative", 1e-7, probes=4), on_problem="ignore")
    assert any("standard error of" in sentence and "probes" in sentence for sentence in fit.problems)


def test_effects_of_a_curve_are_pairs_of_their_own(ratings):
    rng = np.random.default_rng(1)
    age = dict(zip(ratings.frame["rater"].cat.categories, rng.uniform(18.0, 70.0, ratings.n_raters), strict=True))
    frame = ratings.frame.assign(rating=ratings.values, age=ratings.frame["rater"].map(age).astype(float))
    aged = ps.Ratings(frame, (1, 5), ["gender"], covariates=["age"])
    dense, iterative = both(aged, "rating ~ gender + s(age, k=6) + (1 | item) + (1 | rater)", on_problem="ignore")
    assert iterative.loglik == pytest.approx(dense.loglik, abs=0.01)
    a, b = dense.parameters.dropna(subset="se"), iterative.parameters.dropna(subset="se")
    assert np.abs((b["estimate"] - a["estimate"]) / a["se"]).max() < 0.01


def test_the_solver_is_chosen_by_size_and_structure(ratings, monkeypatch):
    def pattern():
        return ps.fit(ratings, FORMULA, method="laplace").posterior.factor.pattern

    assert not isinstance(pattern(), SparsePattern)
    monkeypatch.setattr(choice, "DENSE_UP_TO", 10)
    assert isinstance(pattern(), SparsePattern)
    monkeypatch.setattr(choice, "FEW", 2)  # probes: fewer than any design needs
    assert not isinstance(pattern(), SparsePattern)


def test_what_no_solver_can_do_is_refused_with_what_it_would_take(ratings, monkeypatch):
    monkeypatch.setattr(choice, "LARGEST_DENSE", 10)
    with pytest.raises(FitError, match=r"60 effects together, and at most 10 .* GB here"):
        ps.fit(ratings, FORMULA, method="laplace", solver=ps.Solver(kind="dense"))
    monkeypatch.setattr(choice, "MOST", 2)
    with pytest.raises(FitError, match=r"would take 8 probes"):
        ps.fit(ratings, FORMULA, method="laplace", solver=SOLVER)
