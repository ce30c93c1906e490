"""Robustness: each method against another program or a calculation by hand, and the table they stand in."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.genmod.generalized_estimating_equations import OrdinalGEE

import pluralstats as ps
from pluralstats.results.effects.counterfactuals import Study
from pluralstats.results.effects.level_pairs import Question, contrasts_of_levels
from pluralstats.results.other_methods.averaged_differences import Averages, clustered_averages, difference
from pluralstats.results.other_methods.marginal_models import ordinal_model

Z = norm.ppf(0.975)
COLUMNS = [
    *("demographic", "level", "reference", "estimand", "unit", "method"),
    *("estimate", "lower", "upper", "se", "n_raters", "n_ratings", "note"),
]


@pytest.fixture(scope="module")
def table(small_fit):
    return ps.robustness(small_fit)


def numbers(table, method, estimand="points"):
    """estimate, lower, upper and se by level."""
    rows = table[(table["method"] == method) & (table["estimand"] == estimand)]
    return rows.set_index("level")[["estimate", "lower", "upper", "se"]]


def design_of(small):
    frame = small.frame
    levels = (("gender", "male"), ("politics", "centre"), ("politics", "right"))
    return np.column_stack([np.ones(len(frame)), *(frame[name] == level for name, level in levels)]).astype(float)


def test_every_contrast_has_every_method_next_to_each_other(table):
    assert list(table.columns) == COLUMNS
    methods = ["exact", "item_only", "within_items", "gee", "ordinal_gee", "raw"]
    assert table.loc[table["estimand"] == "points", "method"].tolist() == methods * 3
    rest = [method for method in methods if method != "gee"]
    assert table.loc[table["estimand"] != "points", "method"].tolist() == rest * 3
    assert table[["estimate", "lower", "upper", "se"]].notna().all(axis=None)
    assert (table["lower"] < table["estimate"]).all()
    assert (table["estimate"] < table["upper"]).all()


def test_the_model_rows_are_its_effects(small_fit, table):
    effects = ps.effects(small_fit, estimands=["points", "marginal_odds_ratio"])
    for estimand in ("points", "marginal_odds_ratio"):
        expected = effects[effects["estimand"] == estimand].set_index("level")[["estimate", "lower", "upper"]]
        pd.testing.assert_frame_equal(numbers(table, "exact", estimand)[list(expected.columns)], expected)
    assert table.loc[table["method"] == "exact", "note"].unique().tolist() == [
        "ML by Laplace's method, not the posterior"
    ]


def test_item_only_is_the_model_fitted_without_raters_and_too_sure(small, table):
    formula = "rating ~ gender + politics + (1 | item)"
    other = ps.fit(small, formula, method="laplace", draws=400, on_problem="ignore")
    expected = ps.effects(other).set_index("level")[["estimate", "lower", "upper"]]
    pd.testing.assert_frame_equal(numbers(table, "item_only")[list(expected.columns)], expected)
    assert (numbers(table, "item_only")["se"] < 0.8 * numbers(table, "exact")["se"]).all()


def test_all_methods_are_about_the_same_difference(table):
    """sd(rater) 0.6 is a part of 60 raters' design; methods that allow for raters agree within their errors."""
    exact = numbers(table, "exact")
    for method in ("gee", "ordinal_gee", "raw", "item_only"):
        other = numbers(table, method)
        assert ((other["estimate"] - exact["estimate"]).abs() < exact["se"]).all(), method
    for method in ("gee", "ordinal_gee", "raw"):
        assert numbers(table, method)["se"].to_numpy() == pytest.approx(exact["se"].to_numpy(), rel=0.35), method


def sandwich(X, y, cluster, weight=None):
    """Least squares and its cluster-robust covariance, (X'X)^-1 sum X_r'e_r e_r'X_r (X'X)^-1."""
    weight = np.ones(len(y)) if weight is None else weight
    bread = np.linalg.inv(X.T @ (weight[:, None] * X))
    b = bread @ X.T @ (weight * y)
    scores = np.zeros((cluster.max() + 1, X.shape[1]))
    np.add.at(scores, cluster, (weight * (y - X @ b))[:, None] * X)
    return b, bread @ scores.T @ scores @ bread


def test_independent_gee_is_least_squares_with_a_sandwich(small, small_fit):
    b, covariance = sandwich(design_of(small), small.values, small.frame["rater"].cat.codes.to_numpy())
    found = numbers(ps.robustness(small_fit, working="independence"), "gee")
    for position, level in enumerate(("male", "centre", "right"), start=1):
        row, se = found.loc[level], np.sqrt(covariance[position, position])
        assert row["estimate"] == pytest.approx(b[position])
        assert row["se"] == pytest.approx(se)
        assert (row["lower"], row["upper"]) == pytest.approx((b[position] - Z * se, b[position] + Z * se))


# R 4.2.2, geepack 1.3.9 on ``small``: geeglm(rating ~ gender + politics, id = rater, corstr = "exchangeable"); every
# rater has 12 ratings and demographics are constant within raters, so that both working correlations agree
GEEPACK = {"male": (-0.412032520, 0.18112456), "centre": (-0.099345077, 0.19281805), "right": (0.364905149, 0.21487961)}


@pytest.mark.parametrize("working", ["exchangeable", "independence"])
def test_linear_gee_is_that_of_geepack(small_fit, working):
    found = numbers(ps.robustness(small_fit, working=working), "gee")
    for level, expected in GEEPACK.items():
        assert found.loc[level, ["estimate", "se"]].tolist() == pytest.approx(list(expected), rel=1e-6)


def test_ordinal_gee_is_the_proportional_odds_model_with_a_sandwich(table):
    # R 4.2.2 on ``small``: MASS 7.3-58.2 polr, whose score the GEE solves; sandwich 3.0-2 vcovCL(cluster = rater,
    # type = "HC0", cadjust = FALSE), whose bread is the observed information where GEE has the expected one;
    # averaged over raters, numerical derivatives
    points, ratio = (numbers(table, "ordinal_gee", name).loc["male"] for name in ("points", "marginal_odds_ratio"))
    assert points["estimate"] == pytest.approx(-0.40342017, rel=1e-5)
    assert points["se"] == pytest.approx(0.18668189, rel=0.03)
    assert ratio["estimate"] == pytest.approx(0.61163059, rel=1e-5)
    assert ratio["se"] == pytest.approx(0.22998319, rel=0.03)


def test_ordinal_gee_is_that_of_statsmodels(small, small_fit):
    """The same equations by another program, one matrix for all ratings of a rater."""
    design, raters = small_fit.design, small.frame["rater"].cat.codes.to_numpy()[small_fit.design.rows]
    other = OrdinalGEE(design.y, design.fixed.X[design.fixed.cell], groups=raters).fit(ctol=1e-10)
    model = ordinal_model(small_fit)
    assert model.parameters == pytest.approx(other.params, abs=1e-7)
    assert model.covariance == pytest.approx(other.cov_params(), rel=1e-5, abs=1e-7)


def test_ordinal_gee_of_a_level_at_one_end_does_not_converge_and_says_so():
    data = pd.DataFrame({"rater": np.repeat(np.arange(20), 5), "item": np.tile(np.arange(5), 20)})
    data["group"] = np.where(data["rater"] < 10, "a", "b")
    data["rating"] = np.where(data["group"] == "a", 1 + (data["rater"] + data["item"]) % 5, 1)
    ratings = ps.Ratings(data, scale=(1, 5), demographics=["group"], reference={"group": "a"})
    table = ps.robustness(ps.fit(ratings, draws=100, on_problem="ignore"))
    row = table[(table["method"] == "ordinal_gee") & (table["estimand"] == "points")].iloc[0]
    assert np.isnan(row["estimate"])
    assert re.search("did not converge|not estimated", row["note"])
    assert table.loc[table["method"] == "exact", "estimate"].notna().all()


def test_raw_is_the_difference_of_means_with_a_sandwich(small, table):
    frame = small.frame
    two = (frame["politics"] != "centre").to_numpy()
    right = (frame["politics"] == "right").to_numpy()[two]
    X = np.column_stack([np.ones(two.sum()), right]).astype(float)
    raters = frame["rater"].cat.codes.to_numpy()[two]
    b, _ = sandwich(X, small.values[two], raters)
    row = numbers(table, "raw").loc["right"]
    assert row["estimate"] == pytest.approx(b[1])
    # each group's variance has the factor G / (G - 1) of its own number of raters
    parts = []
    for group in (right, ~right):
        y, code = small.values[two][group], np.unique(raters[group], return_inverse=True)[1]
        sums = np.bincount(code, y - y.mean())
        parts.append((sums**2).sum() / y.size**2 * sums.size / (sums.size - 1))
    assert row["se"] == pytest.approx(np.sqrt(sum(parts)))


def test_clustered_mean_by_hand():
    # raters a (1, 3) and b (5): mean 3; sums of deviations -2 and 2; variance 2 / 1 * (4 + 4) / 3^2
    mean, covariance = clustered_averages(np.array([[1.0], [3.0], [5.0]]), np.ones(3), np.array([7, 7, 9]))
    assert mean.tolist() == [3.0]
    assert covariance.tolist() == [[pytest.approx(16.0 / 9.0)]]
    alone = clustered_averages(np.array([[1.0], [3.0]]), np.ones(2), np.array([7, 7]))
    assert np.isnan(alone[1]).all()


def test_a_marginal_odds_ratio_of_raw_shares_by_hand():
    at, against = (Averages(np.array(h), np.eye(4)[part]) for h, part in (([0.8, 0.5], [0, 1]), ([0.5, 0.2], [2, 3])))
    found = difference(at, against, 0.01 * np.eye(4), np.ones(2), "marginal_odds_ratio", 0.95)
    # odds 4 against 1 and 1 against 1/4: geometric mean 4; slopes 1 / (2 p (1 - p)): 1/.32, 1/.5, 1/.5, 1/.32
    assert found.estimate == pytest.approx(4.0)
    se = 0.1 * np.sqrt(2 * (1 / 0.32) ** 2 + 2 * (1 / 0.5) ** 2)
    assert found.se == pytest.approx(se)
    assert (found.lower, found.upper) == pytest.approx((4.0 * np.exp(-Z * se), 4.0 * np.exp(Z * se)))


def test_shares_of_nought_have_no_odds_ratio_and_no_error():
    at, against = (Averages(np.array(h), np.eye(2)[[part]]) for h, part in (([1.0], 0), ([0.5], 1)))
    found = difference(at, against, 0.01 * np.eye(2), np.ones(1), "marginal_odds_ratio", 0.95)
    assert np.isnan(found).all()


@pytest.mark.parametrize("estimand", ["points", "marginal_odds_ratio"])
def test_ordinal_slopes_are_the_derivatives_of_its_averages(small_fit, estimand):
    model = ordinal_model(small_fit)
    (contrast,) = contrasts_of_levels(Study(small_fit), Question(("gender",), "reference", (), {}, None))

    def at(parameters):
        moved = model._replace(parameters=parameters)
        sides = (moved.averages(small_fit, side.scene) for side in contrast.pairs[0][:2])
        found = difference(*sides, model.covariance, model.gaps, estimand, 0.95)
        return np.log(found.estimate) if estimand == "marginal_odds_ratio" else found.estimate

    step = 1e-6
    slopes = [
        (at(model.parameters + step * unit) - at(model.parameters - step * unit)) / (2.0 * step)
        for unit in np.eye(model.parameters.size)
    ]
    sides = (model.averages(small_fit, side.scene) for side in contrast.pairs[0][:2])
    se = difference(*sides, model.covariance, model.gaps, estimand, 0.95).se
    assert np.sqrt(slopes @ model.covariance @ slopes) == pytest.approx(se, rel=1e-4)


def bernoulli(small):
    return small.collapse(2)


def test_two_categories_by_logistic_gee(small):
    two = bernoulli(small)
    fit = ps.fit(two, family="bernoulli", link="logit", method="laplace", draws=100, on_problem="ignore")
    table = ps.robustness(fit, "gender", working="independence")
    assert table["method"].tolist() == ["exact", "item_only", "within_items", "gee", "raw"] * 2
    # logistic regression with a cluster sandwich, by Newton's method
    X, y = design_of(small), two.values - 1.0
    b = np.zeros(4)
    for _ in range(30):
        p = 1.0 / (1.0 + np.exp(-X @ b))
        bread = np.linalg.inv(X.T @ ((p * (1.0 - p))[:, None] * X))
        b = b + bread @ X.T @ (y - p)
    scores = np.zeros((two.n_raters, 4))
    np.add.at(scores, two.frame["rater"].cat.codes.to_numpy(), (y - p)[:, None] * X)
    people = two.raters
    rest = [people["politics"] == level for level in ("centre", "right")]
    P = [1.0 / (1.0 + np.exp(-np.column_stack([np.ones(60), np.full(60, male), *rest]) @ b)) for male in (1.0, 0.0)]
    row = numbers(table, "gee").loc["male"]
    assert row["estimate"] == pytest.approx(P[0].mean() - P[1].mean(), abs=1e-6)
    assert numbers(table, "gee", "marginal_odds_ratio").loc["male", "estimate"] == pytest.approx(
        P[0].mean() / (1 - P[0].mean()) / (P[1].mean() / (1 - P[1].mean())), abs=1e-5
    )
    grid = np.column_stack([np.ones(60), np.ones(60), *rest]).astype(float)
    base = grid * [1.0, 0.0, 1.0, 1.0]
    slope = (P[0] * (1 - P[0])) @ grid / 60 - (P[1] * (1 - P[1])) @ base / 60
    covariance = bread @ scores.T @ scores @ bread
    assert row["se"] == pytest.approx(np.sqrt(slope @ covariance @ slope), rel=1e-4)


def test_numeric_ratings_have_no_odds(small):
    fit = ps.fit(small, family="gaussian", method="laplace", draws=100)
    table = ps.robustness(fit, "gender")
    assert table["method"].tolist() == ["exact", "item_only", "within_items", "gee", "raw"]
    assert table["estimand"].unique().tolist() == ["points"]
    assert table["estimate"].notna().all()


def test_item_only_of_a_posterior_is_a_posterior_with_the_same_priors(small):
    priors = ps.Priors(coefficient=0.3, terms={"sd(rater)": 2.0})
    sampler = ps.Sampler(chains=2, warmup=60, centring={"rater": 0.5})
    fit = ps.fit(small, priors=priors, draws=200, sampler=sampler, on_problem="ignore")
    table = ps.robustness(fit, "gender")
    other = ps.fit(
        small,
        "rating ~ gender + politics + (1 | item)",
        priors=replace(priors, terms={}),
        draws=200,
        sampler=replace(sampler, centring={}),
        on_problem="ignore",
    )
    expected = ps.effects(other, "gender")["estimate"][0]
    assert numbers(table, "item_only").loc["male", "estimate"] == pytest.approx(expected)
    assert "posterior" not in " ".join(table.loc[table["method"] == "exact", "note"])


def test_copies_and_weights_are_the_same(small):
    frame = small.frame.assign(rating=small.values.astype(int))
    weight = 1.0 + (frame["item"].cat.codes % 2)
    copies = frame.loc[frame.index.repeat(weight.astype(int))].assign(item=lambda t: t["item"].astype(str))
    copies["item"] += copies.groupby(["rater", "item"]).cumcount().map({0: "", 1: " again"})
    options = {"demographics": ["gender", "politics"], "reference": {"gender": "female", "politics": "left"}}
    heavy = ps.Ratings(frame.assign(weight=weight), scale=(1, 5), **options)
    fits = [
        ps.fit(r, "rating ~ gender + politics + (1 | rater)", method="laplace", draws=20, on_problem="ignore")
        for r in (heavy, ps.Ratings(copies, scale=(1, 5), **options))
    ]
    weighted, copied = (ps.robustness(fit, working="independence") for fit in fits)
    for method in ("gee", "ordinal_gee", "raw"):
        found, expected = (numbers(t, method) for t in (weighted, copied))
        assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6), method


def test_what_cannot_be_had_is_empty_with_the_reason(small):
    formula = "rating ~ politics + (1 | gender:politics) + (1 | item)"
    fit = ps.fit(small, formula, method="laplace", draws=50, on_problem="ignore")
    table = ps.robustness(fit, "gender").set_index(["estimand", "method"])
    empty = table["estimate"].isna()
    assert sorted(table.index[empty].get_level_values("method").unique()) == ["gee", "item_only", "ordinal_gee"]
    notes = table["note"].loc["points"]
    assert notes["item_only"] == "the model given has no term of raters"
    assert notes["gee"] == "gender stands in random terms only, which GEE does not have"


def test_a_contrast_that_the_data_do_not_determine_is_empty_but_for_its_raw_difference():
    ratings = ps.simulate(n_raters=30, n_items=10, ratings_per_rater=8, seed=1)
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame["twin"] = frame["gender"].map({"female": "f", "male": "m"}).astype(str)
    twins = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "twin"], reference={"gender": "female"})
    table = ps.robustness(ps.fit(twins, method="laplace", draws=50, on_problem="ignore"), "gender")
    assert table.loc[table["estimate"].notna(), "method"].unique().tolist() == ["raw"]
    assert table.loc[table["method"] != "raw", "note"].unique().tolist() == ["the data do not determine this contrast"]


def test_ratings_that_never_vary_have_a_reason_and_no_numbers():
    data = pd.DataFrame({"item": list("abab"), "rater": [1, 1, 2, 2], "rating": 3, "gender": ["f", "f", "m", "m"]})
    fit = ps.fit(
        ps.Ratings(data, scale=(1, 5), demographics=["gender"]), method="laplace", draws=10, on_problem="ignore"
    )
    table = ps.robustness(fit)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table.loc[table["method"] == "gee", "note"]) == {"all ratings are the same"}


def test_row_order_changes_nothing(small, small_fit, table):
    frame = small.frame.assign(rating=small.values.astype(int)).sample(frac=1.0, random_state=1)
    other = ps.Ratings(
        frame, scale=(1, 5), demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"}
    )
    again = ps.robustness(ps.fit(other, method="laplace", draws=400))
    for method in ("gee", "ordinal_gee", "raw"):
        assert numbers(again, method).to_numpy() == pytest.approx(numbers(table, method).to_numpy(), rel=1e-5)


def test_without_an_effect_item_only_finds_one_often_and_the_others_as_often_as_promised():
    """25 studies of 40 raters who differ as much as their answers, 10 ratings each, and no effect of gender."""
    found = []
    for seed in range(25):
        ratings = ps.simulate(
            n_raters=40, n_items=20, ratings_per_rater=10, effects={}, sd_rater=1.0, family="gaussian", seed=seed
        )
        fit = ps.fit(ratings, family="gaussian", method="laplace", draws=300, on_problem="ignore")
        table = ps.robustness(fit).set_index("method")
        found.append((table["lower"] > 0.0) | (table["upper"] < 0.0))
    outside = pd.DataFrame(found).sum()
    # 1.25 of 25 expected; more than 5 has probability 0.001. The sd of a group difference is 0.33 by raters and 0.14
    # by ratings, so that item-only intervals leave 0 out in about two of five
    assert (outside[["exact", "gee", "raw"]] <= 5).all()
    assert outside["item_only"] >= 7


BAD = [
    ({"demographics": "gendr"}, "Did you mean 'gender'"),
    ({"working": "exchangable"}, "`working` is one of exchangeable, independence; found 'exchangable'. Did you mean"),
    ({"prob": 95}, "`prob` is a probability between 0 and 1; found 95"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(row[0]) for row in BAD])
def test_bad_questions_get_whole_sentences(small_fit, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        ps.robustness(small_fit, **options)
    assert message in str(caught.value)


@pytest.mark.parametrize("moved", [lambda x: 1e-10 * x, lambda x: 1e10 * x, lambda x: 1.6e18 + 3e16 * x])
def test_no_method_depends_on_the_unit_of_another_column(moved):
    """GEE was empty beside a covariate of 1e10, ordinal GEE beside one of 1e-10, the model at 0 in nanoseconds."""
    made = ps.simulate(n_raters=40, n_items=12, ratings_per_rater=8, seed=1)
    x = np.random.default_rng(2).normal(size=len(made.frame))
    found = []
    for values in (x, moved(x)):
        frame = made.frame.assign(rating=made.values, x=values)
        ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["x"])
        fit = ps.fit(ratings, "rating ~ gender + x + (1 | rater)", method="laplace", draws=50, on_problem="ignore")
        table = ps.robustness(fit)
        found.append(table[table["method"].isin(["exact", "gee", "ordinal_gee"])].reset_index(drop=True))
    numbers = ["estimate", "lower", "upper"]
    assert found[0][numbers].notna().all(axis=None)
    assert found[1][numbers].to_numpy() == pytest.approx(found[0][numbers].to_numpy(), rel=1e-6)
