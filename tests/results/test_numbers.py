"""Slopes and differences of numbers, and expected ratings of groups."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import pluralstats as ps

TERMS = "(1 | item) + (1 | rater)"


def study(family="cumulative", seed=6):
    """90 raters of 15 items; age of raters, length of items; linear in both."""
    rng = np.random.default_rng(seed)
    rater, item = np.repeat(np.arange(90), 15), np.tile(np.arange(15), 90)
    age, length = rng.normal(45.0, 12.0, 90).round(1), rng.lognormal(3.0, 0.5, 15).round(0)
    latent = 0.03 * (age[rater] - 45.0) + 0.4 * (rater % 2) + 0.01 * length[item] + rng.normal(0, 0.5, 90)[rater]
    latent = latent + rng.normal(0, 0.4, 15)[item] + rng.normal(size=rater.size)
    rating = latent if family == "gaussian" else 1 + np.digitize(latent, [-0.8, 0.0, 0.8, 1.6])
    frame = pd.DataFrame({"rater": rater.astype(str), "item": item.astype(str), "rating": rating, "age": age[rater]})
    frame = frame.assign(length=length[item], gender=np.where(rater % 2, "m", "f"))
    scale = "continuous" if family == "gaussian" else (1, 5)
    return ps.Ratings(frame, scale=scale, demographics=["gender"], covariates=["age", "length"])


@pytest.fixture(scope="module")
def linear():
    formula = f"rating ~ gender * age + length + {TERMS}"
    return ps.fit(study("gaussian"), formula, family="gaussian", method="laplace", on_problem="ignore")


@pytest.fixture(scope="module")
def ordinal():
    return ps.fit(
        study(), f"rating ~ gender + age + length + {TERMS}", method="laplace", draws=200, on_problem="ignore"
    )


def coefficient(fit, name):
    return fit.samples.coefficient[:, list(fit.design.fixed.names).index(name)]


def test_slopes_of_a_linear_model_are_its_coefficients_averaged_over_raters(linear):
    table = ps.effects(linear, "age").set_index("level")
    male = (linear.ratings.raters["gender"] == "m").mean()
    slope = coefficient(linear, "age") + male * coefficient(linear, "gender[m]:age")
    assert table.loc["+1", "estimate"] == pytest.approx(slope.mean(), abs=1e-9)
    assert table.loc["+1", ["lower", "upper"]].tolist() == pytest.approx(np.quantile(slope, [0.025, 0.975]), abs=1e-8)
    sd = np.std(linear.ratings.frame.drop_duplicates("rater")["age"])
    assert table.loc[f"+1 sd ({sd:.3g})", "estimate"] == pytest.approx(sd * slope.mean(), abs=1e-8)


def test_slopes_within_a_group_are_its_own(linear):
    table = ps.effects(linear, "age", by="gender").set_index(["gender", "level"])["estimate"]
    assert table["f", "+1"] == pytest.approx(coefficient(linear, "age").mean(), abs=1e-9)
    both = coefficient(linear, "age") + coefficient(linear, "gender[m]:age")
    assert table["m", "+1"] == pytest.approx(both.mean(), abs=1e-9)


def test_differences_between_values_of_a_linear_model_are_distances_times_the_slope(linear):
    table = ps.effects(linear, "length", at={"length": (10, 30, 25)})
    assert (table["level"] + " - " + table["reference"]).tolist() == ["30 - 10", "25 - 10"]
    slope = coefficient(linear, "length").mean()
    assert table["estimate"].tolist() == pytest.approx([20.0 * slope, 15.0 * slope])


def expected_by_hand(fit, age):
    """(S,) expected rating of everybody moved to an age (None: as they are), from the table of raters and items."""
    frame, samples = fit.ratings.frame, fit.samples
    names = [grouping.name for grouping in fit.design.groupings]
    raters, items = (frame.drop_duplicates(unit).sort_values(unit).reset_index(drop=True) for unit in ("rater", "item"))
    people = raters[["gender", "age"]].assign(**({} if age is None else {"age": age(raters["age"])}))
    whole = people.merge(items[["length"]].assign(_j=np.arange(len(items))), how="cross")
    eta = samples.coefficient @ fit.design.fixed.rows_for(whole).T
    eta += samples.effects[names.index("item")][:, whole["_j"]]
    sd = np.sqrt(1.0 + samples.sd[:, names.index("rater")] ** 2)[:, None]
    return 1.0 + sum(norm.cdf((eta - tau[:, None]) / sd) for tau in samples.threshold.T).mean(axis=1)


def test_the_slope_of_an_ordinal_model_is_the_derivative_of_the_average(ordinal):
    step = 0.01
    above, below = (expected_by_hand(ordinal, lambda age, by=by: age + by) for by in (step, -step))
    slope = (above - below) / (2.0 * step)
    table = ps.effects(ordinal, "age")
    # the package's step is 0.01 sd, 0.12 years: the third derivative makes them differ by 1e-6 of the slope
    assert table["estimate"][0] == pytest.approx(slope.mean(), rel=1e-4)
    assert table["raw"].isna().all()  # nobody was observed at another age
    assert table["upper"][0] == pytest.approx(np.quantile(slope, 0.975), rel=1e-4)


def test_differences_between_values_set_everybody_to_them(ordinal):
    table = ps.effects(ordinal, "age", at={"age": (30, 60)})
    by_hand = expected_by_hand(ordinal, lambda age: 0 * age + 60.0) - expected_by_hand(
        ordinal, lambda age: 0 * age + 30.0
    )
    assert table["estimate"].tolist() == pytest.approx([by_hand.mean()], abs=1e-6)


def test_by_default_everything_about_raters_has_effects(ordinal):
    assert ps.effects(ordinal)["demographic"].tolist() == ["gender", "age", "age"]


def test_differences_of_group_means_are_effects(ordinal):
    means, effect = ps.group_means(ordinal, "gender"), ps.effects(ordinal, "gender")
    assert means["estimate"].diff()[1] == pytest.approx(effect["estimate"][0], abs=1e-9)
    assert means["n_raters"].tolist() == [45, 45]
    raw = pd.Series(ordinal.ratings.values).groupby(ordinal.ratings.frame["gender"], observed=True).mean()
    assert means["raw"].tolist() == pytest.approx(raw.tolist())


def test_group_means_equal_the_table_of_raters_and_items(ordinal):
    table = ps.group_means(ordinal, "age", at={"age": (30, 60)})
    by_hand = expected_by_hand(ordinal, lambda age: 0 * age + 60.0)
    assert table.loc[1, ["estimate", "lower"]].tolist() == pytest.approx(
        [by_hand.mean(), np.quantile(by_hand, 0.025)], abs=1e-6
    )


def test_unadjusted_means_weighted_by_raters_are_the_mean_of_everybody(ordinal):
    table = ps.group_means(ordinal, "gender", adjusted=False)
    assert table["estimate"].mean() == pytest.approx(expected_by_hand(ordinal, None).mean(), abs=1e-6)


def test_effects_equal_differences_of_the_mean_labels(ordinal):
    """Two paths through the code, one quantity: the average over items of what labels say of each group."""
    labels = ps.label_distributions(ordinal, by="gender").table.groupby("gender")["expected"].mean()
    means = ps.group_means(ordinal, "gender", adjusted=False)["estimate"]
    assert means.tolist() == pytest.approx([labels["f"], labels["m"]], abs=1e-5)


def test_probabilities_of_groups_are_percent(ordinal):
    table = ps.group_means(ordinal, "gender", estimands="probability")
    assert table["estimand"].unique().tolist() == [f"P(rating >= {k})" for k in (2, 3, 4, 5)]
    mean = ps.group_means(ordinal, "gender")["estimate"]
    assert (1.0 + table.groupby("level")["estimate"].sum() / 100.0).tolist() == pytest.approx(mean.tolist())


BAD = [
    (ps.group_means, ("age",), {}, 'as at={"age": (20, 40)}'),
    (ps.group_means, ("gender",), {"estimands": "median"}, "known are mean, probability"),
    (ps.effects, ("gender",), {"at": {"gender": (1, 2)}}, "which has levels and is no number"),
    (ps.effects, ("age",), {"at": {"age": (30, 30)}}, "two or more numbers"),
    (ps.effects, ("gender",), {"at": {"age": (30, 40)}}, "not among what is contrasted (gender)"),
    (ps.effects, ("gender",), {"by": "age"}, "is a number and has no levels to look within"),
    (ps.effects, ("gender",), {"by": "length"}, "is not about raters"),
    (ps.contrasts, (("gender", "age"),), {}, "say which values are compared"),
]


@pytest.mark.parametrize(("function", "names", "options", "message"), BAD, ids=[str(row[1:3]) for row in BAD])
def test_bad_questions_about_numbers_get_whole_sentences(ordinal, function, names, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        function(ordinal, *names, **options)
    assert message in str(caught.value)


def test_effects_of_ratings_and_of_a_formula_without_raters_are_refused():
    ratings = study()
    with pytest.raises(ps.ConfigError, match=r"`ps\.effects` needs a fit; found Ratings"):
        ps.effects(ratings)
    fit = ps.fit(ratings, f"rating ~ {TERMS}", method="laplace", draws=20, on_problem="ignore")
    with pytest.raises(ps.ConfigError, match="has nothing about raters"):
        ps.effects(fit)


def test_a_probability_may_be_written_without_blanks(ordinal):
    one, other = (ps.effects(ordinal, "gender", estimands=name) for name in ("P(rating>=4)", "P(rating >= 4)"))
    pd.testing.assert_frame_equal(one, other)


def shifted(by):
    """The same ratings on a scale that starts elsewhere, gaussian so that only the values move."""
    frame = study().frame
    rating = frame["rating"].astype(int) + by
    data = frame[["rater", "item", "gender"]].astype(str).assign(rating=rating)
    ratings = ps.Ratings(data, scale=(by, by + 4), demographics=["gender"], reference={"gender": "f"})
    return ps.fit(ratings, f"rating ~ gender + {TERMS}", method="laplace", draws=200, on_problem="ignore")


@pytest.mark.parametrize("low", [-4, -2])
def test_there_is_no_percent_of_a_mean_at_or_below_0(low):
    """Points +0.88 were percent -42.5 on a scale from -4 to 0, and -578% on one from -2 to 2."""
    table = ps.effects(shifted(low), estimands=["points", "percent"]).set_index("estimand")
    assert table.loc["points", "estimate"] > 0.0
    assert np.isnan(table.loc["percent", ["estimate", "lower", "upper"]].to_numpy(float)).all()
    assert table.loc["percent", "note"] == "no percent of a reference mean at or below 0"


def test_percent_of_a_positive_mean_is_there():
    table = ps.effects(shifted(1), estimands=["points", "percent"]).set_index("estimand")
    assert table.loc["percent", "estimate"] > 0.0
    assert table.loc["percent", "note"] == ""


def test_percent_of_range_needs_ends_and_no_rating_moves_it():
    """It was divided by the observed range: 15.2 became 17.5 when the tails were trimmed."""
    data = study("gaussian").frame[["rater", "item", "gender", "rating"]].astype({"rating": float})
    data = data.astype({"rater": str, "item": str, "gender": str})
    tables = {}
    for scale in ("continuous", ("continuous", -10, 10)):
        fit = ps.fit(
            ps.Ratings(data, scale=scale, demographics=["gender"]), f"rating ~ gender + {TERMS}",
            family="gaussian", method="laplace", on_problem="ignore",
        )  # fmt: skip
        tables[str(scale)] = ps.effects(fit, estimands=["points", "percent_of_range"]).set_index("estimand")
    without, with_ends = tables.values()
    assert np.isnan(without.loc["percent_of_range", "estimate"])
    assert "declare them" in without.loc["percent_of_range", "note"]
    assert with_ends.loc["percent_of_range", "estimate"] == pytest.approx(5.0 * with_ends.loc["points", "estimate"])
