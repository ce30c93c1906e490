"""Comparing models by what they predict."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.printing.printed import printed_table
from pluralstats.results.checks.leave_one_out import LeaveOneOut
from pluralstats.results.checks.model_comparison import compare, comparison_table, stacking_weights

# 200 draws of Laplace's approximation leave some Pareto k too high, which is what the warning is for
pytestmark = pytest.mark.filterwarnings("ignore::pluralstats.FitWarning")
FORMULAS = {"both": "rating ~ 1 + (1 | item) + (1 | rater)", "items": "rating ~ 1 + (1 | item)", "none": "rating ~ 1"}


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, sd_rater=1.0, seed=1)


@pytest.fixture(scope="module")
def fits(ratings):
    options = {"method": "laplace", "draws": 200, "on_problem": "ignore"}
    return {name: ps.fit(ratings, formula, **options) for name, formula in FORMULAS.items()}


def result(elpd):
    table = pd.DataFrame({"unit": np.arange(elpd.size), "n_ratings": 1.0, "elpd": elpd, "pareto_k": 0.1})
    se = float(np.sqrt(elpd.size * np.var(elpd)))
    return LeaveOneOut("rating", float(elpd.sum()), se, 3.0, 0.7, 0, 1000, table, ())


def of_arviz(elpds):
    import arviz_stats
    import xarray
    from arviz_stats.utils import ELPDDataLOO

    def wrapped(elpd):
        values = xarray.DataArray(elpd, dims="row")
        plain = {"n_samples": 1000, "n_data_points": elpd.size, "scale": "log", "warning": False, "good_k": 0.7}
        return ELPDDataLOO(elpd=elpd.sum(), se=np.sqrt(elpd.size * np.var(elpd)), p=3.0, elpd_i=values, **plain)

    return arviz_stats.compare({name: wrapped(elpd) for name, elpd in elpds.items()}, round_to="none")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_numbers_are_those_of_arviz(seed):
    rng = np.random.default_rng(seed)
    common = -1.0 - rng.exponential(size=300)
    elpds = {
        name: common + 0.4 * rng.standard_normal(300) + shift
        for name, shift in zip("abc", (0, 0.05, -0.1), strict=True)
    }
    found = comparison_table({name: result(elpd) for name, elpd in elpds.items()}).set_index("model")
    expected = of_arviz(elpds)
    assert found.index.tolist() == expected.index.tolist()
    expected["dse"] *= np.sqrt(300 / 299)  # arviz divides by n there and by n - 1 in its se; the R package loo by n - 1
    for ours, theirs in {"elpd": "elpd", "se": "se", "elpd_difference": "elpd_diff", "se_difference": "dse"}.items():
        np.testing.assert_allclose(found[ours], expected[theirs], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found["weight"], expected["weight"].astype(float), atol=2e-3)  # arviz stops at 1e-6


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stacking_weights_are_a_maximum(seed):
    """Kuhn-Tucker: the mean of density_m / mixture is 1 for models with weight and at most 1 for the others."""
    rng = np.random.default_rng(seed)
    elpd = -1.0 + rng.standard_normal((400, 4)) + [0.0, 0.1, -0.5, -3.0]
    weight = stacking_weights(elpd)
    density = np.exp(elpd)
    gain = (density / (density @ weight)[:, None]).mean(axis=0)
    assert weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(gain[weight > 1e-4], 1.0, atol=1e-4)
    assert (gain < 1.0 + 1e-4).all()


def test_stacking_weights_do_not_depend_on_how_small_densities_are():
    """A rater's ratings together may have a density of exp(-2000)."""
    elpd = np.random.default_rng(4).standard_normal((50, 3))
    far = elpd - 2000.0 * np.arange(50)[:, None]
    np.testing.assert_allclose(stacking_weights(far), stacking_weights(elpd), atol=1e-8)


def test_two_models_of_coins():
    """Three units with densities (0.8, 0.2), one with (0.2, 0.8): 3 / (0.2 + 0.6 w) = 1 / (0.8 - 0.6 w)."""
    weight = stacking_weights(np.log([[0.8, 0.2]] * 3 + [[0.2, 0.8]]))
    assert weight[0] == pytest.approx(11.0 / 12.0, abs=1e-5)


@pytest.mark.parametrize("by", ["rating", "rater", "item"])
def test_the_model_that_made_the_ratings_comes_first(fits, by):
    table = compare(fits, by)
    assert table["model"].tolist()[0] == "both"
    assert table["weight"].sum() == pytest.approx(1.0)
    assert table["elpd_difference"].iloc[0] == 0.0
    assert table["se_difference"].iloc[0] == 0.0
    assert (table["elpd_difference"].iloc[1:] < 0.0).all()
    assert "p_loo" in table and "n_bad_k" in table


def test_order_of_models_does_not_matter(fits):
    backwards = dict(reversed(list(fits.items())))
    first, second = compare(fits, "rating"), compare(backwards, "rating")
    pd.testing.assert_frame_equal(first.drop(columns="weight"), second.drop(columns="weight"))
    np.testing.assert_allclose(first["weight"], second["weight"], atol=1e-5)


def test_different_ratings_are_refused(fits):
    other = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=9, seed=2)
    fit = ps.fit(other, FORMULAS["items"], method="laplace", on_problem="ignore")
    with pytest.raises(ps.ConfigError, match=r"different data \(400 and 360 ratings\).*same `Ratings`"):
        compare({"a": fits["items"], "b": fit}, "rating")


def test_columns_added_for_formulas_leave_the_ratings_the_same(ratings):
    age = np.random.default_rng(1).normal(size=40)[ratings.frame["rater"].cat.codes]
    options = {"method": "laplace", "draws": 200, "on_problem": "ignore"}
    with_age = ps.fit(ratings.with_covariates({"age": age}), f"{FORMULAS['both']} + age", **options)
    plain = ps.fit(ratings, FORMULAS["both"], **options)
    same = ps.fit(with_age.ratings, FORMULAS["both"], **options)
    expected = compare({"age": with_age, "plain": same}, "rater")
    pd.testing.assert_frame_equal(compare({"age": with_age, "plain": plain}, "rater"), expected)
    assert len(compare({"age": with_age, "plain": plain}, "rating")) == 2


def test_what_differs_between_the_ratings_is_said(fits, ratings):
    options = {"method": "laplace", "on_problem": "ignore"}
    fewer = ps.fit(ratings.where(lambda frame: frame.index > 4), FORMULAS["items"], **options)
    with pytest.raises(ps.ConfigError, match=r"\(400 and 395 ratings\): one has rows that the other leaves out"):
        compare({"a": fits["items"], "b": fewer}, "rater")
    coarse = ps.fit(ratings.collapse(3), FORMULAS["items"], **options)
    with pytest.raises(ps.ConfigError, match="their scales are 1-5 and "):
        compare({"a": fits["items"], "b": coarse}, "rater")
    changed = ratings.frame.assign(rating=np.where(ratings.frame.index == 3, 1 + ratings.values % 5, ratings.values))
    other = ps.fit(ps.Ratings(changed, (1, 5), ratings.demographics), FORMULAS["items"], **options)
    with pytest.raises(ps.ConfigError, match="they differ in rating"):
        compare({"a": fits["items"], "b": other}, "rater")


def test_the_same_ratings_in_another_order_cannot_be_paired(fits, ratings):
    turned = ps.Ratings(ratings.frame.assign(rating=ratings.values).iloc[::-1], (1, 5), ratings.demographics)
    fit = ps.fit(turned, FORMULAS["items"], method="laplace", draws=200, on_problem="ignore")
    with pytest.raises(ps.ConfigError, match="in another order"):
        compare({"a": fits["items"], "b": fit}, "rating")
    assert len(compare({"a": fits["items"], "b": fit}, "rater")) == 2


def test_densities_and_probabilities_are_not_compared(fits, ratings):
    gaussian = ps.fit(ratings, FORMULAS["items"], family="gaussian", method="laplace", on_problem="ignore")
    with pytest.raises(ps.ConfigError, match=r"probabilities.*densities.*cannot be compared"):
        compare({"cumulative": fits["items"], "gaussian": gaussian})


@pytest.mark.parametrize("wrong", [{}, [1, 2], {"a": 1, "b": 2}])
def test_something_else_than_fits_is_refused(wrong):
    with pytest.raises(ps.ConfigError, match="two or more named fits"):
        compare(wrong)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (lambda fits: fits["both"], "a Fit without a name"),
        (lambda fits: list(fits.values()), "a list without a name"),
        (lambda fits: {"both": fits["both"]}, "1"),
        (lambda fits: {"both": fits["both"], "table": fits["items"].parameters}, "'table', which is a DataFrame"),
    ],
    ids=["a fit", "a list", "one", "a table"],
)
def test_what_is_no_mapping_of_fits_is_refused_in_one_sentence(given, found, fits):
    """``compare(f0, f1)`` printed the whole representation of a fit."""
    with pytest.raises(ps.ConfigError) as caught:
        compare(given(fits), fits["items"])
    assert str(caught.value) == (
        "`compare` needs two or more named fits, such as ps.compare({'both': fit_1, 'items only': fit_2}); found "
        f"{found}."
    )


def test_a_unit_that_is_a_fit_is_named_by_its_kind(fits):
    with pytest.raises(ps.ConfigError, match=r"^`by` is one of rating, rater, item; found a Fit\.$"):
        compare(fits, fits["items"])


def test_units_that_cannot_be_left_out_are_warned_of_and_said_under_the_table(fits, monkeypatch):
    bad, sure = (
        "Without 7 of 40 raters the posterior would differ too much. Use by='rating'.",
        result(np.arange(-5.0, 0)),
    )
    found = iter([replace(sure, n_bad=7, problems=(bad,)), *[sure] * (len(fits) - 1)])
    monkeypatch.setattr("pluralstats.results.checks.model_comparison.loo", lambda *_, **__: next(found))
    with pytest.warns(ps.FitWarning, match="Without 7 of 40 raters") as warned:
        table = compare(fits, "rater")
    sentence = f"'{next(iter(fits))}': {bad}"
    assert [str(one.message) for one in warned] == [sentence] == table.attrs["problems"]
    assert printed_table(table, None, {}, 0.95).notes == (sentence,)
