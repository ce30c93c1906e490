"""Effects: g-computation against brute force, invariances, raw means and truth."""

import numpy as np
import pandas as pd
import pytest
from made_scenes import predicted, profiles_of, scene_of
from scipy.stats import norm

import pluralstats as ps
from pluralstats.model.families.known import FAMILIES
from pluralstats.results.averaging.averages import one_by_one


def brute_force(fit, level, draw):
    """P(rating >= k) from the full profile-by-item table, new raters by 80-node quadrature."""
    setting = profiles_of(scene_of(fit, {"gender": level}))
    samples, names = fit.samples, [g.name for g in fit.design.groupings]
    eta = fit.design.fixed.rows_for(setting.profiles) @ samples.coefficient[draw]
    items, sd = samples.effects[names.index("item")][draw], samples.sd[draw, names.index("rater")]
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    out = []
    for tau in samples.threshold[draw]:
        latent = tau - eta[:, None, None] - items[None, :, None] - sd * nodes
        cdf = norm.cdf(latent) if fit.link == "probit" else 1.0 / (1.0 + np.exp(-latent))
        out.append(1.0 - (setting.share @ (cdf @ weights / weights.sum())).mean())
    return np.array(out)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_interpolated_averages_equal_the_profile_by_item_table(small, link):
    fit = ps.fit(small, link=link, draws=3, on_problem="ignore")
    for level in ("female", "male"):
        (prediction,) = predicted(fit, scene_of(fit, {"gender": level}))
        for draw in range(3):
            assert prediction.at_least[draw] == pytest.approx(brute_force(fit, level, draw), abs=2e-8)


def test_one_profile_one_item_no_rater_effect_is_the_distribution_function():
    tau, eta = np.array([[-1.0, 0.2, 1.3]]), np.array([[0.4]])
    below = one_by_one(FAMILIES["cumulative"]["probit"], tau, eta, np.zeros(1))
    assert below[0, 0] == pytest.approx(norm.cdf(tau[0] - 0.4), abs=1e-7)


def test_expected_points_follow_the_numeric_scale(small_fit):
    (prediction,) = predicted(small_fit, scene_of(small_fit))
    assert prediction.expected == pytest.approx(1.0 + prediction.at_least.sum(axis=1))


def table_of(ratings, draws=400, **options):
    """Of maximum likelihood: its draws move smoothly with the data, so that small tolerances hold."""
    fit = ps.fit(ratings, method="laplace", draws=draws, on_problem="ignore", **options)
    return ps.effects(fit).set_index("level")


def rebuilt(ratings, **changes):
    """The same ratings as a new object, with columns changed."""
    frame = ratings.frame.assign(rating=ratings.values.astype(int)).assign(**changes)
    columns = {name: frame[name].astype(str) for name in ("item", "rater", "gender", "politics")}
    reference = {"gender": str(ratings.frame["gender"].cat.categories[0]), "politics": "left"}
    data = pd.DataFrame(columns | {"rating": frame["rating"]})
    return ps.Ratings(data, scale=(1, 5), demographics=["gender", "politics"], reference=reference)


def test_row_order_changes_nothing_but_rounding(small):
    frame = small.frame.assign(rating=small.values.astype(int)).sample(frac=1.0, random_state=4)
    shuffled = ps.Ratings(
        frame, scale=(1, 5), demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"}
    )
    one, other = (ps.fit(r, method="laplace", on_problem="ignore") for r in (small, shuffled))
    assert one.loglik == pytest.approx(other.loglik, abs=1e-7)
    left, right = (f.parameters.set_index("parameter")["estimate"] for f in (one, other))
    assert left.to_dict() == pytest.approx(right.to_dict(), abs=1e-4)


def test_effects_flip_sign_when_the_scale_is_reversed(small):
    # The noise of draws is not reversed with the scale. Medians of 8,000 draws of an effect with a posterior sd of 0.2
    # differ by 0.004 (one sd), so that 0.02 is a false alarm in fewer than one of a million.
    reversed_scale = rebuilt(small, rating=6 - small.values.astype(int))
    forward, backward = table_of(small, draws=8000), table_of(reversed_scale, draws=8000)
    for level in forward.index:
        assert backward.loc[level, "estimate"] == pytest.approx(-forward.loc[level, "estimate"], abs=0.02)
        assert backward.loc[level, "raw"] == pytest.approx(-forward.loc[level, "raw"])


def test_an_item_nobody_compares_moves_no_effect_much(small):
    """One more item with one rating: every number stays within a fraction of its interval."""
    extra = pd.DataFrame({"item": ["new"], "rater": ["R01"], "rating": [3]})
    frame = small.frame.assign(rating=small.values.astype(int))
    extra = extra.assign(rater=frame["rater"].astype(str)[0], gender=frame["gender"][0], politics=frame["politics"][0])
    columns = ["item", "rater", "rating", "gender", "politics"]
    data = pd.concat([frame[columns].astype({"item": str, "rater": str, "gender": str, "politics": str}), extra])
    more = ps.Ratings(
        data, scale=(1, 5), demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"}
    )
    before, after = table_of(small), table_of(more)
    width = before["upper"] - before["lower"]
    assert ((after["estimate"] - before["estimate"]).abs() < 0.1 * width).all()


def test_raw_differences_are_differences_of_group_means(small, small_fit):
    table = ps.effects(small_fit).set_index("level")
    means = pd.Series(small.values).groupby(small.frame["gender"], observed=True).mean()
    assert table.loc["male", "raw"] == pytest.approx(means["male"] - means["female"])
    sizes = small.frame[small.frame["gender"] == "male"]
    assert table.loc["male", "n_ratings"] == len(sizes)
    assert table.loc["male", "n_raters"] == sizes["rater"].nunique()


def test_intervals_are_ordered_and_shares_are_shares(small_fit):
    table = ps.effects(small_fit, estimands=["points", "probability", "latent_d"], rope=0.1)
    order = ["lower", "lower_50", "estimate", "upper_50", "upper"]
    assert (np.diff(table[order].to_numpy(), axis=1) >= 0.0).all()
    assert table["p_direction"].between(0.5, 1.0).all()
    assert table.loc[table["estimand"] == "points", "p_rope"].between(0.0, 1.0).all()
    assert table.loc[table["estimand"] == "latent_d", "p_rope"].isna().all()


def test_by_contrasts_within_the_levels_of_another_demographic(small):
    fit = ps.fit(small, "rating ~ gender * politics + (1 | item) + (1 | rater)", draws=300, on_problem="ignore")
    table = ps.effects(fit, "gender", by="politics")
    assert table["politics"].tolist() == ["left", "centre", "right"]
    assert table["estimate"].nunique() == 3
    for level, raw in zip(table["politics"], table["raw"], strict=True):
        here = small.frame["politics"] == level
        means = pd.Series(small.values[here]).groupby(small.frame["gender"][here].reset_index(drop=True)).mean()
        assert raw == pytest.approx(means["male"] - means["female"])


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_the_same_seed_gives_the_same_table_and_another_seed_another(small, method):
    fits = (ps.fit(small, method=method, draws=100, seed=s, on_problem="ignore") for s in (1, 1, 2))
    one, same, other = (ps.effects(fit) for fit in fits)
    pd.testing.assert_frame_equal(one, same)
    assert (one["estimate"] != other["estimate"]).all()


def test_gaussian_points_are_the_coefficient(small):
    fit = ps.fit(small, family="gaussian", method="laplace", draws=4000)
    table = ps.effects(fit).set_index("level")
    b = fit.parameters.set_index("parameter")
    for parameter, level in (("gender[male]", "male"), ("politics[right]", "right")):
        assert table.loc[level, "estimate"] == pytest.approx(
            b.loc[parameter, "estimate"], abs=0.1 * b.loc[parameter, "se"]
        )
        half = 1.96 * b.loc[parameter, "se"]
        assert table.loc[level, "upper"] - table.loc[level, "lower"] == pytest.approx(2 * half, rel=0.06)


def test_demographic_random_terms_have_effects_too(small):
    fit = ps.fit(
        small, "rating ~ politics + (1 | gender:politics) + (1 | item) + (1 | rater)", draws=200, on_problem="ignore"
    )
    table = ps.effects(fit, "gender")
    assert table["level"].tolist() == ["male"]
    assert table["estimate"].notna().all()


def test_columns_of_any_name_have_effects(small):
    frame = small.frame.assign(rating=small.values.astype(int)).rename(
        columns={"gender": "my gender", "politics": "a:b"}
    )
    data = ps.Ratings(
        frame,
        scale=(1, 5),
        demographics=["my gender", "a:b"],
        reference={"my gender": "female", "a:b": "left"},
    )
    plain, odd = (ps.effects(ps.fit(r, method="laplace", draws=200, on_problem="ignore")) for r in (small, data))
    assert odd["demographic"].tolist() == ["my gender", "a:b", "a:b"]
    assert odd["estimate"].tolist() == pytest.approx(plain["estimate"].tolist(), abs=1e-6)


def test_group_means_of_all_demographics_are_those_of_each(small_fit):
    every = ps.group_means(small_fit)
    each = [ps.group_means(small_fit, name) for name in small_fit.roles.demographics]
    pd.testing.assert_frame_equal(every, pd.concat(each, ignore_index=True))


def test_group_means_differ_by_the_effects(small_fit):
    means = ps.group_means(small_fit).set_index(["demographic", "level"])["estimate"]
    for row in ps.effects(small_fit).itertuples():
        difference = means[row.demographic, row.level] - means[row.demographic, row.reference]
        assert difference == pytest.approx(row.estimate)


def test_a_formula_without_demographics_has_no_groups(small):
    fit = ps.fit(small, "rating ~ (1 | item) + (1 | rater)", method="laplace")
    with pytest.raises(ps.ConfigError, match="has no demographic, so there are no groups of raters"):
        ps.group_means(fit)
