"""Reliability: Shrout & Fleiss (1979), Spearman-Brown by hand, and what counts as signal."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

# Shrout & Fleiss (1979), Psychological Bulletin 86, Table 2: four judges rate six targets
FOUR_JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.fixture(scope="module")
def judges():
    data = pd.DataFrame(
        [(f"t{i}", f"j{j}", float(y)) for i, row in enumerate(FOUR_JUDGES) for j, y in enumerate(row)],
        columns=["item", "rater", "rating"],
    )
    return ps.Ratings(data, scale="continuous")


def at_estimate(fit):
    """The fit with one draw, its estimates: published ICCs are of point estimates."""
    values = fit.parameters[fit.parameters["kind"].isin(["sd", "residual_sd"])].set_index("term")["estimate"]
    samples, names = fit.samples, [grouping.name for grouping in fit.design.groupings]
    one = samples._replace(
        threshold=samples.threshold[:1],
        coefficient=samples.coefficient[:1],
        sd=values[names].to_numpy()[None, :],
        residual_sd=None if samples.residual_sd is None else values[["residual"]].to_numpy(),
        effects=tuple(effects[:1] for effects in samples.effects),
    )
    other = replace(fit)
    other.__dict__["samples"] = one  # a cached property
    return other


# Table 4 of the same paper: ICC(1, 1) .17, ICC(2, 1) .29, ICC(1, 4) .44, ICC(2, 4) .62. For balanced data REML is the
# analysis of variance that the paper uses.
@pytest.mark.parametrize(
    ("formula", "single", "four"),
    [("rating ~ 1 + (1 | item)", 0.17, 0.44), ("rating ~ 1 + (1 | item) + (1 | rater)", 0.29, 0.62)],
)
def test_published_coefficients_of_shrout_and_fleiss(judges, formula, single, four):
    fit = ps.fit(judges, formula, family="gaussian", method="laplace", reml=True, draws=50, on_problem="ignore")
    table = ps.reliability(at_estimate(fit), [1, 4])
    assert table["icc"].tolist() == pytest.approx([single, four], abs=0.005)


def test_icc_is_the_item_share_and_grows_by_spearman_brown(small_fit):
    samples, names = small_fit.samples, [g.name for g in small_fit.design.groupings]
    shares = ps.variance_shares(small_fit).set_index("component")["percent"]
    table = ps.reliability(small_fit, [1, 2, 7]).set_index("raters")
    item = samples.sd[:, names.index("item")] ** 2
    rater = samples.sd[:, names.index("rater")] ** 2
    assert 100.0 * table.loc[1, "icc"] == pytest.approx(shares["item"])
    assert table.loc[1, "icc"] < np.mean(item / (item + rater + 1.0))  # demographics are noise too
    for k in (2, 7):
        one = table.loc[1]
        for column in ("lower", "upper"):  # monotone, so that quantiles go through it
            assert table.loc[k, column] == pytest.approx(k * one[column] / (1.0 + (k - 1.0) * one[column]), abs=1e-3)


def test_without_demographics_icc_is_a_ratio_of_variances(small):
    fit = ps.fit(small, "rating ~ 1 + (1 | item) + (1 | rater)", link="logit", method="laplace", draws=300)
    samples, names = fit.samples, [g.name for g in fit.design.groupings]
    item, rater = (samples.sd[:, names.index(name)] ** 2 for name in ("item", "rater"))
    icc = item / (item + (rater + np.pi**2 / 3.0) / 5.0)
    row = ps.reliability(fit, 5, prob=0.8).iloc[0]
    assert row[["icc", "lower", "upper"]].tolist() == pytest.approx([icc.mean(), *np.quantile(icc, [0.1, 0.9])])


def test_raters_needed_are_the_fewest_that_reach_the_target(small):
    # of an even number of draws the two in the middle may lie on either side of the target
    small_fit = ps.fit(small, method="laplace", draws=1001, on_problem="ignore")
    table = ps.raters_needed(small_fit, [0.5, 0.8, 0.95])
    reached = ps.reliability(small_fit, table["raters"].astype(int).tolist())["icc"]
    fewer = ps.reliability(small_fit, (table["raters"] - 1).clip(lower=1).astype(int).tolist())["icc"]
    # a median of numbers of raters beside means of reliabilities: on a skewed posterior they meet to 0.01
    assert (reached >= table["target"] - 0.01).all()
    assert (fewer < table["target"]).all()
    assert (table["lower"] <= table["raters"]).all()
    assert (table["raters"] <= table["upper"]).all()
    assert (table[["raters", "lower", "upper"]] % 1.0 == 0.0).all(axis=None)


def test_one_rater_suffices_where_items_are_all_there_is():
    ratings = ps.simulate(n_raters=40, n_items=30, sd_item=3.0, sd_rater=0.0, effects={}, seed=1)
    fit = ps.fit(ratings, "rating ~ (1 | item)", method="laplace", draws=100)
    assert ps.raters_needed(fit, 0.5)["raters"].tolist() == [1.0]


def test_items_that_may_not_differ_need_endless_raters():
    ratings = ps.simulate(n_raters=60, n_items=10, sd_item=0.0, seed=3)
    fit = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace", draws=400, on_problem="ignore")
    table = ps.raters_needed(fit, 0.8)
    assert table["upper"][0] > 100.0
    assert ps.reliability(fit, 1)["lower"][0] < 0.01


def test_what_describes_items_is_signal_and_what_describes_raters_is_noise():
    """Topic explains items; taking it out of the item term must not make items look alike."""
    base = ps.simulate(n_raters=100, n_items=40, ratings_per_rater=15, sd_item=0.5, family="gaussian", seed=2)
    topic = base.frame["item"].cat.codes % 2
    frame = base.frame.assign(rating=base.values + 1.5 * topic, topic=topic.map({0: "a", 1: "b"}))
    ratings = ps.Ratings(frame, scale="continuous", demographics=["gender"], covariates=["topic"])
    fits = [
        ps.fit(ratings, f"rating ~ {fixed} + (1 | item) + (1 | rater)", family="gaussian", method="laplace", draws=400)
        for fixed in ("gender", "gender + topic", "topic")
    ]
    without, both, only_topic = (ps.reliability(fit, 1)["icc"][0] for fit in fits)
    assert both == pytest.approx(without, abs=0.03)
    assert only_topic == pytest.approx(without, abs=0.03)
    alone = [g.name for g in fits[1].design.groupings].index("item")
    assert np.median(fits[1].samples.sd[:, alone] ** 2) < 0.5  # of about 0.8 in all


BAD = [
    ("reliability", {"raters": 0}, "`raters` counts raters of an item, at least 1; found 0."),
    ("reliability", {"raters": [1, 2.5]}, "`raters` counts raters of an item, at least 1; found 2.5."),
    ("reliability", {"prob": 95}, "`prob` is a probability between 0 and 1; found 95. The default is 0.95."),
    ("raters_needed", {"target": 80}, "`target` is a reliability between 0 and 1; found 80. A usual one is 0.8."),
]


@pytest.mark.parametrize(("function", "options", "message"), BAD, ids=[str(row[:2]) for row in BAD])
def test_bad_questions_get_whole_sentences(small_fit, function, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        getattr(ps, function)(small_fit, **options)
    assert str(caught.value) == message


def test_a_formula_without_items_has_no_reliability(small):
    fit = ps.fit(small, "rating ~ gender + (1 | rater)", method="laplace", draws=20, on_problem="ignore")
    with pytest.raises(
        ps.ConfigError, match=r"has no term of items, so nothing says how items differ\. Add \(1 \| item"
    ):
        ps.raters_needed(fit)


def test_gaps_of_items_between_groups_are_noise_to_raters_drawn_at_random(small):
    fit = ps.fit(small, "rating ~ gender + (1 + gender | item) + (1 | rater)", method="laplace", on_problem="ignore")
    shares = ps.variance_shares(fit).set_index("component")["percent"]
    assert "gender x item" in shares.index
    one = ps.reliability(fit, 1)["icc"].iloc[0]
    assert one == pytest.approx(shares["item"] / 100.0)
