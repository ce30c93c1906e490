"""The PyMC graph of noise, use of the scale and thresholds by group is the posterior that the samplers have."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.fits import graphs
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.laplace.empirical import find_empirical
from pluralstats.inference.marginal.priors import prior_numbers
from pluralstats.inference.posterior.files import axes
from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.draws import needed_variables
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling.density import joint_density
from pluralstats.inference.sampling.whitening import kernel_rows, whitening
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import resolve_priors

FORMULA = "rating ~ gender + age + (1 | item) + (1 | rater)"
PRIORS = ps.Priors(coefficient=0.7, part_coefficient=0.4, part_sd=0.3)
SESSION = {"thresholds": "session"}
CASES = [
    ("probit", {"disc": "~ gender + age + (1 | rater)"}),
    ("logit", {"stretch": "~ gender + (1 + gender | item)", "disc": "~ (1 | rater)"}),
    ("probit", {"thresholds": "session"}),
    ("logit", {"disc": "~ gender", "stretch": "~ age + (1 | rater)", "thresholds": "session"}),
    ("cloglog", {"disc": "~ gender", "stretch": "~ age", "thresholds": "session"}),
]
FREE = [("sratio", "probit", {}), ("cratio", "cloglog", SESSION), ("acat", "logit", SESSION)]
BY_CATEGORY = "rating ~ cs(gender + poly(age, 2)) + session + (1 | item) + (1 + gender | rater)"


def some_ratings():
    """25 raters, 12 items, weights, and a session whose answers have three categories of five, another four."""
    rng = np.random.default_rng(5)
    rater, item = np.repeat(np.arange(25), 8), rng.integers(0, 12, 200)
    frame = pd.DataFrame({"rater": rater, "item": item, "rating": rng.integers(1, 6, 200)})
    frame["session"] = np.array(["a", "b", "c"])[rng.integers(0, 3, 200)]
    frame.loc[frame["session"] == "b", "rating"] = rng.integers(2, 5, int((frame["session"] == "b").sum()))
    frame.loc[(frame["session"] == "c") & (frame["rating"] == 1), "rating"] = 5
    frame["gender"], frame["age"] = np.where(rater % 2 == 0, "man", "woman"), rng.integers(18, 80, 25)[rater]
    frame = frame.drop_duplicates(["rater", "item"]).astype({"rater": str, "item": str})
    frame["weight"] = rng.integers(1, 4, len(frame)).astype(float)
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["age", "session"])


def every_answer():
    """The same ratings with all five answers in every session."""
    at = some_ratings()
    frame = at.frame.assign(rating=1 + (np.arange(len(at.frame)) * 7) % 5)
    frame = frame.astype({"rater": str, "item": str, "session": str, "gender": str})
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["age", "session"])


def design_of(link, parts, family="cumulative", ratings=None, formula=FORMULA):
    if ratings is None:
        ratings = some_ratings() if family == "cumulative" else every_answer()
    parsed = parse_formula(formula, available_columns(ratings))
    return build_design(ratings, asked_formulas(ratings, parsed, family, link, **parts), family, link)


@pytest.mark.parametrize(("family", "link", "parts"), [*(("cumulative", *case) for case in CASES), *FREE])
def test_kernel_and_graph_have_the_same_density_and_gradient(family, link, parts):
    same_density(design_of(link, parts, family))


@pytest.mark.parametrize(("family", "link"), [("sratio", "probit"), ("acat", "logit")])
def test_coefficients_at_every_threshold_are_in_both(family, link):
    same_density(design_of(link, {}, family, formula=BY_CATEGORY))


def test_design_weights_of_raters_are_in_both():
    at = some_ratings()
    weight = 0.5 + (at.frame["rater"].cat.codes % 3)
    frame = at.frame.drop(columns="weight").assign(rating=at.values, rater_weight=weight)
    frame = frame.astype({"rater": str, "item": str, "session": str, "gender": str})
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["age", "session"])
    same_density(design_of(*CASES[0], ratings=ratings))


def same_density(design):
    at = resolve_priors(PRIORS, design)
    made, numbers = standardise(design.whole), prior_numbers(at, design)
    mode = find_empirical(made.design, numbers)
    names = [grouping.name for grouping in design.whole.groupings]  # the graph centres none
    map_, rows = whitening(mode, made.design, dict.fromkeys(names, 0.0)), kernel_rows(made.design)
    graph = graph_log_density(build_graph(design, at), design)
    rng, found = np.random.default_rng(5), []
    for _ in range(3):
        x, w = mode.x + 0.3 * rng.standard_normal(mode.x.size), rng.standard_normal(mode.v.size)
        gx, gw = np.empty(x.size), np.empty(w.size)
        ours = joint_density(rows, numbers, map_, x, w, gx, gw)
        theirs, dx, dw = graph(x, w)
        np.testing.assert_allclose(gx, dx, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(gw, dw, rtol=1e-7, atol=1e-7)
        found.append(ours - theirs)
    assert np.ptp(found) < 1e-7  # equal up to a constant


def test_variables_have_the_names_of_draws():
    design = design_of(*CASES[3])
    model = build_graph(design, resolve_priors(PRIORS, design))
    needed = needed_variables(design)
    assert set(needed) <= set(model.named_vars)
    assert "r_stretch: rater" in needed
    names = {axis.variable: axis.names for axis in axes(design.whole)}
    assert list(model.coords["boundary"]) == names["threshold"]
    assert list(model.coords["parameter"]) == names["coefficient"]
    assert list(model.coords["term"]) == names["sd"]
    observed = model.rvs_to_values[model["rating"]].eval(mode="FAST_COMPILE")
    np.testing.assert_array_equal(observed, design.y[np.argsort(design.rows)])


def test_answers_drawn_in_the_graph_stay_in_their_group():
    """A session of three categories never has a fourth."""
    import pymc as pm
    from pytensor.compile.mode import Mode

    design = design_of("probit", {"disc": "~ gender", "thresholds": "session"})
    model = build_graph(design, resolve_priors(PRIORS, design))
    drawn = pm.draw(model["rating"], draws=20, random_seed=1, mode=Mode(linker="py", optimizer="None"))
    order = np.argsort(design.rows)
    most = np.array([used.size for used in design.thresholds.categories])[design.thresholds.group[order]]
    assert (drawn >= 0).all()
    assert (drawn < most).all()


def test_a_model_knows_its_parts():
    """What ``ps.fit_pymc`` makes the design of, and holds the variables of the graph against."""
    parts = {"disc": "~ gender + (1 | rater)", "thresholds": "session"}
    ratings = some_ratings()
    model = ps.pymc_model(ratings, "rating ~ gender + (1 | item)", **parts)
    formula, family, link, found = graphs._origin(model)
    assert (formula, family, link, found) == ("rating ~ gender + (1 | item)", "cumulative", "probit", parts)
    design = graphs._design(ratings, formula, family, link, **found)
    graphs._refuse_other_ratings(model, design)
    graphs._refuse_changed_shapes(model, design)
    with pytest.raises(ps.ConfigError, match="has no variable `r_stretch: rater`"):
        graphs._refuse_changed_shapes(
            model, graphs._design(ratings, formula, family, link, **parts, stretch="~ (1 | rater)")
        )
