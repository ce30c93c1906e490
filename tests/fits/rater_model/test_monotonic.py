"""A monotonic effect beside that of brms, and what a fit with one is asked for.

Origin: ``brms_monotonic.json`` by ``posteriors.R``. Of brms' average step b and simplex zeta of three steps, step k is
3 b zeta_k; the prior of the whole, 3 b, is student_t(3, 0, 1) and that of zeta uniform, as here.
"""

import made_raters
import numpy as np
import pandas as pd
import pytest
from test_posteriors import HMC, assert_same, by_brms

import pluralstats as ps
from pluralstats.results.effects.likelihood_ratio import likelihood_ratios

FORMULA = "rating ~ mo(education) + (1 | item) + (1 | rater)"
NAMES = [f"mo(education)[{level}]" for level in made_raters.EDUCATION[1:]]
LAPLACE = {"method": "laplace", "on_problem": "ignore", "draws": 2000}


@pytest.fixture(scope="module")
def ratings(hate):
    return made_raters.ratings(hate)


@pytest.fixture(scope="module")
def exact(ratings):
    return ps.fit(ratings, FORMULA, **HMC)


@pytest.fixture(scope="module")
def maximum(ratings):
    return ps.fit(ratings, FORMULA, **LAPLACE)


def steps_of(fit):
    return fit.parameters.set_index("parameter").loc[NAMES]


def test_steps_of_education_have_the_posterior_of_brms(exact):
    assert_same(exact, by_brms("monotonic"), {name: f"step {k}" for k, name in enumerate(NAMES, 1)})


@pytest.mark.parametrize(("priors", "share"), [(None, 0.2), (ps.Priors(), 0.25)], ids=["ML", "MAP"])
def test_draws_by_laplace_are_close_to_the_posterior_of_brms(ratings, priors, share):
    """Their means within 0.3 sd and sds within a share; the prior of the sum is wide beside what the ratings say."""
    drawn = ps.fit(ratings, FORMULA, priors=priors, **LAPLACE).samples.coefficient
    there = by_brms("monotonic").loc[["step 1", "step 2", "step 3"]]
    assert (np.ptp(np.sign(drawn), axis=1) == 0.0).all()
    np.testing.assert_allclose(drawn.mean(axis=0), there["mean"], atol=0.3 * there["sd"].max())
    np.testing.assert_allclose(drawn.std(axis=0), there["sd"], rtol=share)


def test_all_steps_of_a_draw_have_one_sign(exact):
    signs = np.sign(exact.samples.coefficient)
    assert (np.ptp(signs, axis=1) == 0.0).all()
    assert (signs > 0.0).mean() > 0.97


def test_effects_and_curves_rise_by_the_steps(exact):
    curve = ps.curve(exact, "education")
    assert curve["level"].tolist() == made_raters.EDUCATION
    assert (curve["estimate"].diff()[1:] > 0.0).all()
    whole = ps.contrasts(exact, "education").query("level == 'master' and reference == 'school'")
    assert whole["estimate"].item() == pytest.approx(curve["estimate"].iloc[-1] - curve["estimate"].iloc[0])


def test_a_fit_comes_back_from_a_file(maximum, exact, tmp_path):
    for name, fit in {"maximum": maximum, "exact": exact}.items():
        again = ps.load_fit(fit.save(tmp_path / name))
        np.testing.assert_array_equal(again.samples.coefficient, fit.samples.coefficient)
        np.testing.assert_allclose(steps_of(again)["upper"], steps_of(fit)["upper"], rtol=1e-12)


def test_no_test_takes_steps_for_chi_square(maximum, ratings):
    row = ps.joint_tests(maximum).iloc[0]
    assert np.isnan([row["wald"], row["p_wald"], row["p_lr"]]).all()
    assert row["note"].startswith("steps of mo() have one sign, so no statistic is chi-square")
    assert row["largest"] > 0.3
    smaller = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", **LAPLACE)
    with pytest.raises(ps.ConfigError, match=r"steps of mo\(\) have one sign, and without an effect"):
        likelihood_ratios({"without": smaller, "with": maximum})


def test_a_prior_of_the_sum_pulls_all_steps(ratings, maximum):
    narrow = ps.fit(ratings, FORMULA, priors=ps.Priors(terms={"mo(education)": 0.05}), **LAPLACE)
    assert 0.0 < steps_of(narrow)["estimate"].sum() < 0.5 * steps_of(maximum)["estimate"].sum()


def test_every_dimension_has_an_effect_of_its_own(rows):
    fit = ps.fit(made_raters.ratings(rows), FORMULA, **LAPLACE)
    b = fit.samples.coefficient
    names = [f"{name}:dimension[{which}]" for which in ("harm", "hate") for name in NAMES]
    assert fit.parameters.query("kind == 'coefficient'")["parameter"].tolist() == names
    for steps in (slice(0, 3), slice(3, 6)):
        assert (np.ptp(np.sign(b[:, steps]), axis=1) == 0.0).all()
    assert ps.curve(fit, "education").groupby("dimension")["estimate"].apply(lambda x: x.is_monotonic_increasing).all()


def test_a_level_that_is_known_is_recovered():
    """Truth: 0, 0.2, 0.9 and 1.0 for four levels, 240 raters; each of the exact intervals holds it."""
    rng = np.random.default_rng(7)
    truth, n, items = np.array([0.0, 0.2, 0.9, 1.0]), 240, 10
    level = rng.permutation(n) % 4
    place = truth[level] + 0.4 * rng.standard_normal(n)
    latent = place[:, None] + 0.6 * rng.standard_normal(items) + rng.standard_normal((n, items))
    who, what = np.indices(latent.shape).reshape(2, -1)
    rating = 1 + (latent.ravel()[:, None] > np.array([-0.5, 0.4, 1.2])).sum(axis=1)
    columns = {"rater": who, "item": what, "rating": rating, "grade": np.array(list("abcd"))[level[who]]}
    order = {"order": {"grade": list("abcd")}, "demographics": ["grade"]}
    ratings = ps.Ratings(pd.DataFrame(columns), scale=(1, 4), **order)
    formula = "rating ~ mo(grade) + (1 | item) + (1 | rater)"
    for fit in (ps.fit(ratings, formula, draws=1000, on_problem="ignore"), ps.fit(ratings, formula, **LAPLACE)):
        table = fit.parameters.query("kind == 'coefficient'")
        steps = np.diff(truth)
        assert ((table["lower"] <= steps) & (steps <= table["upper"])).all()
        assert table["estimate"].sum() == pytest.approx(1.0, abs=0.3)
