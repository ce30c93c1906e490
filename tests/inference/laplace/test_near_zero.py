"""Variances at and near zero, saddles, twins and awkward units."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

import pluralstats as ps


def one_way(seed, n_items=8, per_item=6, sd_item=0.0):
    """Continuous ratings of a balanced one-way layout."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(n_items), per_item)
    y = 3.0 + sd_item * rng.standard_normal(n_items)[item] + rng.standard_normal(item.size)
    data = {"item": item.astype(str), "rater": np.arange(item.size).astype(str), "rating": y}
    return ps.Ratings(pd.DataFrame(data), scale="continuous")


def dense_profile(ratings, sds):
    """Profile log-likelihood of sd(item) from the dense normal density: independent of the engine."""
    y, item = ratings.values, ratings.frame["item"].cat.codes.to_numpy()
    same = (item[:, None] == item[None, :]).astype(float)
    out = []
    for sd in sds:
        best = -np.inf
        for sigma in np.linspace(0.6, 1.5, 91):
            V = sd**2 * same + sigma**2 * np.eye(y.size)
            Vi = np.linalg.inv(V)
            mean = (Vi @ y).sum() / Vi.sum()
            best = max(best, multivariate_normal.logpdf(y, np.full(y.size, mean), V))
        out.append(best)
    return np.array(out)


@pytest.mark.parametrize("seed", [1, 2])
def test_an_sd_near_zero_has_the_interval_of_its_profile_likelihood(seed):
    ratings = one_way(seed)
    fit = ps.fit(
        ratings, "rating ~ 1 + (1 | item)", family="gaussian", draws=4000, on_problem="ignore", method="laplace"
    )
    sds = np.linspace(0.0, 1.2, 41)
    density = np.exp(dense_profile(ratings, sds) - dense_profile(ratings, sds).max())
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    upper = np.interp(0.975, below / below[-1], sds)
    row = fit.parameters.set_index("parameter").loc["sd(item)"]
    assert row["upper"] == pytest.approx(upper, abs=0.03)
    assert np.quantile(fit.samples.sd[:, 0], 0.975) == pytest.approx(upper, abs=0.04)
    assert fit.samples.sd.min() >= 0.0


def test_draws_given_a_larger_sd_belong_to_that_sd():
    """Not the prior scaled up: where the sd is large, drawn item effects follow the items' means."""
    ratings = one_way(7, sd_item=0.25)
    fit = ps.fit(
        ratings, "rating ~ 1 + (1 | item)", family="gaussian", draws=4000, on_problem="ignore", method="laplace"
    )
    means = pd.Series(ratings.values).groupby(ratings.frame["item"], observed=True).mean()
    far = fit.samples.sd[:, 0] > np.quantile(fit.samples.sd[:, 0], 0.7)
    drawn = fit.samples.effects[0][far].mean(axis=0)
    levels = fit.design.groupings[0].levels
    assert np.corrcoef(drawn, means.loc[levels])[0, 1] > 0.95


def saddle_study(seed, n_raters=60, n_items=30, per=10, sd_rater=0.0, sd_item=0.6, gender=0.3):
    """The design of the saddle below, number for number."""
    rng = np.random.default_rng(seed)
    g = np.array(["f", "m"])[rng.permutation(np.arange(n_raters) % 2)]
    p = np.array(["x", "y", "z"])[rng.permutation(np.arange(n_raters) % 3)]
    u, w = rng.normal(size=n_raters) * sd_rater, rng.normal(size=n_items) * sd_item
    rater = np.repeat(np.arange(n_raters), per)
    item = np.concatenate([rng.choice(n_items, per, replace=False) for _ in range(n_raters)])
    eta = gender * (g[rater] == "m") + u[rater] + w[item]
    y = 1 + np.digitize(eta + rng.normal(size=rater.size), [-1.2, -0.3, 0.5, 1.4])
    data = {
        "rater": [f"r{r}" for r in rater],
        "item": [f"i{i}" for i in item],
        "rating": y,
        "g": g[rater],
        "p": p[rater],
    }
    reference = {"g": "f", "p": "x"}
    return ps.Ratings(pd.DataFrame(data), scale=(1, 5), demographics=["g", "p"], reference=reference)


def test_a_saddle_at_zero_is_left():
    # ordinal::clmm(rating ~ g + p + (1|item) + (1|rater), link = "probit"): logLik -880.6275, sd(rater) 0.0423,
    # standard errors of 1|2 and g[m] 0.156 and 0.089; without leaving the saddle: -880.6307, 0, 1.60, 0.51
    fit = ps.fit(saddle_study(1052), on_problem="ignore", method="laplace")
    found = fit.parameters.set_index("parameter")
    assert fit.loglik == pytest.approx(-880.6275, abs=1e-3)
    assert found.loc["sd(rater)", "estimate"] == pytest.approx(0.0423, abs=2e-3)
    assert found.loc["sd(rater)", "upper"] < 0.4
    assert found.loc["1|2", "se"] == pytest.approx(0.156, abs=0.003)
    assert found.loc["g[m]", "se"] == pytest.approx(0.089, abs=0.002)
    effect = ps.effects(fit, "g").iloc[0]
    assert 0.0 < effect["lower"] < effect["estimate"] < effect["upper"] < 0.7


def test_two_terms_that_group_alike_share_what_one_of_them_would_have():
    ratings = ps.simulate(n_raters=30, n_items=20, ratings_per_rater=8, seed=5)
    frame = ratings.frame.assign(rating=ratings.values.astype(int), twin="t" + ratings.frame["item"].astype(str))
    twins = ps.Ratings(frame[["item", "rater", "rating", "twin"]], scale=(1, 5), covariates=["twin"])
    one = ps.fit(twins, "rating ~ 1 + (1 | item) + (1 | rater)", on_problem="ignore", method="laplace")
    both = ps.fit(twins, "rating ~ 1 + (1 | item) + (1 | twin) + (1 | rater)", on_problem="ignore", method="laplace")
    assert both.loglik == pytest.approx(one.loglik, abs=1e-5)
    sds, single = (fit.parameters.set_index("parameter")["estimate"] for fit in (both, one))
    assert sds["sd(item)"] ** 2 + sds["sd(twin)"] ** 2 == pytest.approx(single["sd(item)"] ** 2, rel=0.01)


def with_covariate(family, shift, scale):
    """The same study with a covariate in other units."""
    options = {"family": "gaussian", "intercept": 3.0} if family == "gaussian" else {}
    ratings = ps.simulate(n_raters=50, n_items=20, ratings_per_rater=10, seed=8, **options)
    x = np.random.default_rng(1).standard_normal(50)[ratings.frame["rater"].cat.codes]
    values = ratings.values if family == "gaussian" else ratings.values.astype(int)
    frame = ratings.frame.assign(rating=values, x=shift + scale * x)
    columns = ["item", "rater", "rating", "gender", "x"]
    answers = "continuous" if family == "gaussian" else (1, 5)
    data = ps.Ratings(frame[columns], scale=answers, demographics=["gender"], covariates=["x"])
    return ps.fit(
        data, "rating ~ gender + x + (1 | item) + (1 | rater)", family=family, on_problem="ignore", method="laplace"
    )


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
@pytest.mark.parametrize(("shift", "scale"), [(2020.0, 3.0), (1e6, 10.0), (0.0, 1e-5)])
def test_the_units_of_a_covariate_do_not_matter(family, shift, scale):
    plain, moved = with_covariate(family, 0.0, 1.0), with_covariate(family, shift, scale)
    assert moved.loglik == pytest.approx(plain.loglik, abs=1e-6)
    one, other = (fit.parameters.set_index("parameter") for fit in (plain, moved))
    assert other.loc["x", "estimate"] * scale == pytest.approx(one.loc["x", "estimate"], rel=1e-4)
    assert other.loc["x", "se"] * scale == pytest.approx(one.loc["x", "se"], rel=1e-3)
    for name in ("gender[male]", "sd(item)", "sd(rater)"):
        assert other.loc[name, "estimate"] == pytest.approx(one.loc[name, "estimate"], rel=1e-4)
        assert other.loc[name, "se"] == pytest.approx(one.loc[name, "se"], rel=1e-3)
    effect, same = (ps.effects(fit)["estimate"][0] for fit in (plain, moved))
    assert same == pytest.approx(effect, abs=0.02)


def test_restricted_likelihood_does_not_depend_on_how_columns_are_scaled_for_the_search():
    # lme4's criterion includes log det X'X in the user's units: a column ten times as large adds log 10
    plain, large = with_covariate("gaussian", 0.0, 1.0), with_covariate("gaussian", 0.0, 10.0)
    fits = [
        ps.fit(
            f.ratings, "rating ~ gender + x + (1 | item) + (1 | rater)", family="gaussian", reml=True, method="laplace"
        )
        for f in (plain, large)
    ]
    assert fits[0].loglik - fits[1].loglik == pytest.approx(np.log(10.0), abs=1e-6)


def test_the_origin_of_gaussian_ratings_does_not_matter():
    ratings = one_way(7, sd_item=0.6)
    frame = ratings.frame.assign(rating=ratings.values + 1e6)
    moved = ps.Ratings(frame[["item", "rater", "rating"]], scale="continuous")
    one, other = (
        ps.fit(r, "rating ~ 1 + (1 | item)", family="gaussian", on_problem="ignore", method="laplace")
        for r in (ratings, moved)
    )
    assert other.loglik == pytest.approx(one.loglik, abs=1e-5)
    left, right = (fit.parameters.set_index("parameter")["estimate"] for fit in (one, other))
    assert right["Intercept"] - 1e6 == pytest.approx(left["Intercept"], abs=1e-6)
    assert right["sd(item)"] == pytest.approx(left["sd(item)"], rel=1e-4)


def test_a_separated_level_has_no_standard_error_and_leaves_the_others_alone():
    ratings = ps.simulate(
        n_raters=60,
        n_items=20,
        ratings_per_rater=8,
        demographics={"group": {"a": 0.5, "b": 0.4, "c": 0.1}},
        seed=2,
    )
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame.loc[frame["group"] == "c", "rating"] = 5
    data = ps.Ratings(
        frame[["item", "rater", "rating", "group"]], scale=(1, 5), demographics=["group"], reference={"group": "a"}
    )
    fit = ps.fit(data, on_problem="ignore", method="laplace")
    found = fit.parameters.set_index("parameter")
    assert np.isnan(found.loc["group[c]", "se"])
    assert 0.0 < found.loc["group[b]", "se"] < 0.5
    assert any("group[c]" in problem and "no finite maximum" in problem for problem in fit.problems)
    assert np.isfinite(fit.samples.coefficient).all()
    table = ps.effects(fit).set_index("level")
    assert np.isfinite(table.loc["b", "estimate"])
    assert np.isnan(table.loc["c", "estimate"])


def test_an_sd_that_nothing_bounds_is_said_so():
    """Three ratings a rater, all three the same: the more raters differ, the better the ratings are explained."""
    rater = np.repeat(np.arange(8), 3)
    data = {
        "rater": rater.astype(str),
        "item": np.tile(["a", "b", "c"], 8),
        "rating": np.repeat([1, 5, 2, 4, 1, 5, 3, 3], 3),
    }
    fit = ps.fit(
        ps.Ratings(pd.DataFrame(data), scale=(1, 5)),
        "rating ~ 1 + (1 | rater)",
        draws=200,
        on_problem="ignore",
        method="laplace",
    )
    row = fit.parameters.set_index("parameter").loc["sd(rater)"]
    assert np.isinf(row["upper"]) or np.isnan(row["se"])
    assert fit.problems
    assert np.isfinite(fit.samples.sd).all()


def test_an_sd_that_is_truly_zero_is_covered():
    """A law on positive values has no quantile at 0; the interval includes 0 unless the likelihood excludes it."""
    lower = [
        ps.fit(
            one_way(seed), "rating ~ 1 + (1 | item)", family="gaussian", draws=50, on_problem="ignore", method="laplace"
        )
        .parameters.set_index("parameter")
        .loc["sd(item)", "lower"]
        for seed in range(40)
    ]
    assert sum(low == 0.0 for low in lower) >= 35  # binomial: P(X < 35) is 0.014 at 95%, P(X >= 35) 0.0001 at 60%
