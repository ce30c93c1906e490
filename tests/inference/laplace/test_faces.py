"""Maximum likelihood with steps of one sign: against enumeration, and against models with levels merged.

A step of 0 makes two levels one: the maximum on the boundary is that of the model with the levels merged, which knows
nothing of steps.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.inference.laplace.faces import OnFace, steps_at_zero
from pluralstats.model.step_places import steps_at

LEVELS = list("abcd")
QUIET = {"method": "laplace", "on_problem": "ignore", "draws": 200}
RANDOM = " + (1 | item) + (1 | rater)"


def on_parabola(P, m):
    """The maximum of -(b - m)' P (b - m) / 2 over the coefficients that are not held."""

    def on(held):
        b, free = np.zeros(m.size), ~held
        if free.any():
            b[free] = np.linalg.solve(P[np.ix_(free, free)], (P @ m)[free])
        away = b - m
        return OnFace(-0.5 * float(away @ P @ away), b, -P @ away)

    return on


def by_enumeration(on, steps, size):
    """The highest value among all faces on which the steps of every effect have one sign."""
    best = -np.inf
    of_steps = steps.columns
    for held in product((False, True), repeat=of_steps.size):
        whole = np.zeros(size, bool)
        whole[of_steps] = held
        at = on(whole)
        if all((at.b[s] >= 0.0).all() or (at.b[s] <= 0.0).all() for s in steps.blocks):
            best = max(best, at.value)
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_best_face_is_that_of_enumeration(seed):
    rng = np.random.default_rng(seed)
    steps, size = steps_at([(1, 4), (6, 3)]), 9
    root = rng.standard_normal((size, size))
    on = on_parabola(root @ root.T + 0.3 * np.eye(size), rng.standard_normal(size) + 0.4 * (seed % 3))
    found = steps_at_zero(on, steps, size)
    assert on(found.at).value == pytest.approx(by_enumeration(on, steps, size), abs=1e-9)
    assert found.ahead >= 0.0


def made(heights, seed=1, n=40, items=12):
    """Ratings by people whose severity has a place for each of four levels."""
    rng = np.random.default_rng(seed)
    level = rng.permutation(n) % 4
    severity = np.array(heights)[level] + 0.4 * rng.standard_normal(n)
    latent = severity[:, None] + 0.7 * rng.standard_normal(items) + rng.standard_normal((n, items))
    who, what = np.indices(latent.shape).reshape(2, -1)
    rating = 1 + (latent.ravel()[:, None] > np.array([-1.0, -0.3, 0.4, 1.2])).sum(axis=1)
    return pd.DataFrame({"rater": who, "item": what, "rating": rating, "grade": np.array(LEVELS)[level[who]]})


def fitted(frame, formula, **options):
    orders = {"order": {"grade": LEVELS}, "reference": {"grade": "a"}} if "mo(" in formula else {}
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["grade"], **orders)
    return ps.fit(ratings, formula + RANDOM, **QUIET, **options)


OPTIONS = [{}, {"link": "logit", "thresholds": "half"}, {"family": "gaussian"}, {"family": "gaussian", "reml": True}]


@pytest.mark.parametrize("options", OPTIONS, ids=["cumulative", "groups", "ML", "REML"])
@pytest.mark.parametrize(("sign", "merged"), [(1.0, "cb"), (-1.0, "cb")])
def test_the_maximum_is_that_of_merged_levels(options, sign, merged):
    frame = made(sign * np.array([0.0, 0.8, 0.2, 1.2]))
    if "thresholds" in options:
        frame = frame.assign(half=np.where(frame["item"] % 2 == 0, "even", "odd"))
        options = options | {"thresholds": "half"}
    first, into = merged
    other = frame.assign(grade=frame["grade"].replace(first, into))
    columns = {"covariates": ["half"]} if "half" in frame else {}
    fits = []
    for rows, formula, orders in (
        (frame, "rating ~ mo(grade)", {"order": {"grade": LEVELS}}),
        (other, "rating ~ grade", {"reference": {"grade": "a"}}),
    ):
        ratings = ps.Ratings(rows, scale=(1, 5), demographics=["grade"], **columns, **orders)
        fits.append(ps.fit(ratings, formula + RANDOM, **QUIET, **options))
    one, plain = fits
    assert one.loglik == pytest.approx(plain.loglik, abs=1e-5)
    b, levels = (fit.parameters.set_index("parameter")["estimate"] for fit in fits)
    assert b["mo(grade)[c]"] == 0.0
    assert b["mo(grade)[b]"] == pytest.approx(levels["grade[b]"], abs=1e-3)
    assert b["mo(grade)[d]"] == pytest.approx(levels["grade[d]"] - levels["grade[b]"], abs=1e-3)
    assert b["sd(rater)"] == pytest.approx(levels["sd(rater)"], rel=1e-3)
    (sentence,) = [text for text in one.problems if "estimated as zero" in text]
    assert sentence.startswith("1 step is estimated as zero (mo(grade)[c]): with free signs the effect of mo(grade)")


def test_steps_of_one_sign_anyway_are_those_of_a_factor():
    frame = made([0.0, 0.5, 1.1, 2.0])
    one, plain = fitted(frame, "rating ~ mo(grade)"), fitted(frame, "rating ~ grade")
    assert one.loglik == pytest.approx(plain.loglik, abs=1e-8)
    assert not any("estimated as zero" in text for text in one.problems)
    signs = np.sign(one.samples.coefficient)
    assert (np.ptp(signs, axis=1) == 0.0).all()
    row = one.parameters.set_index("parameter").loc["mo(grade)[c]"]
    assert 0.0 <= row["lower"] < row["estimate"] < row["upper"]


def test_a_step_at_zero_has_an_interval_from_zero():
    row = fitted(made([0.0, 0.8, 0.2, 1.2]), "rating ~ mo(grade)").parameters.set_index("parameter").loc["mo(grade)[c]"]
    assert (row["estimate"], row["lower"]) == (0.0, 0.0)
    assert 0.05 < row["upper"] < 1.0
    assert row["se"] > 0.0


def test_ratings_that_rise_and_fall_do_not_tell_the_sign():
    """Every rater has a double of the mirrored level: with either sign the likelihood is the same."""
    frame = made([0.0, 0.9, 0.9, 0.0], n=24)
    double = frame.assign(rater=frame["rater"] + 24, grade=frame["grade"].map(dict(zip("abcd", "dcba", strict=True))))
    fit = fitted(pd.concat([frame, double]), "rating ~ mo(grade)")
    assert fit.posterior.steps.ahead == pytest.approx(0.0, abs=1e-4)
    (sentence,) = [text for text in fit.problems if "rises or falls" in text]
    assert "Use method='hmc', which has the whole posterior, or the levels without mo()." in sentence
    assert "gives it a probability of about 0.50, and draws keep to one" in sentence  # maxima far apart


def told_probability(sentence):
    return float(sentence.split("with probability ")[1].split(", ")[0])


@pytest.mark.parametrize(("priors", "error"), [(None, 0.06), (ps.Priors(), 0.1)], ids=["ML", "MAP"])
def test_the_probability_of_a_sign_is_near_that_of_the_exact_posterior(priors, error):
    """Origin: 4,000 draws of hmc with the default priors (R-hat 1.003): mo(grade) rises in 0.421 of them."""
    frame = made([0.0, 0.4, 0.1, -0.1], seed=3)
    fit = fitted(frame, "rating ~ mo(grade)", priors=priors)
    (sentence,) = [text for text in fit.problems if "rises or falls" in text]
    assert told_probability(sentence) == pytest.approx(0.421, abs=error)


def test_a_sign_that_is_sure_has_no_sentence():
    fit = fitted(made([0.0, 0.5, 1.1, 2.0]), "rating ~ mo(grade)")
    assert not any("rises or falls" in text for text in fit.problems)
