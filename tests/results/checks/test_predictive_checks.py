"""Ratings replicated from a model: the statistics are right, and wrong models are found out."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, ndtr

import pluralstats as ps
from pluralstats.results.checks.predictive import predictive_checks, predictive_problems
from pluralstats.results.checks.rating_layout import arranged
from pluralstats.results.checks.replication import Drawn, replicated, statistics, summarised

BOTH = "rating ~ gender + politics + (1 | item) + (1 | rater)"


@pytest.fixture(scope="module")
def checks(small_fit):
    return predictive_checks(small_fit, draws=200)


def one(table, statistic, unit="all", category=""):
    """The one row of a statistic."""
    chosen = (table["statistic"] == statistic) & (table["unit"] == unit) & (table["category"] == category)
    (row,) = table[chosen].itertuples()
    return row


def inside(row):
    return row.lower <= row.observed <= row.upper


def fitted(ratings, formula, **options):
    return ps.fit(ratings, formula, method="laplace", draws=300, on_problem="ignore", **options)


def of_draw(fit, drawn, draws=200, seed=1):
    """Statistics of replications that all have the same parameters."""
    layout = arranged(fit.ratings, fit.design)
    values = replicated(layout, range(draws), lambda number, rng: drawn, seed, np.ones(len(layout.labels), bool))
    return layout.labels, values


def test_observed_statistics_are_those_of_the_ratings(small, checks):
    frame = small.frame.assign(points=small.values)
    overall, men = frame["points"], frame.loc[frame["gender"] == "male", "points"]
    assert one(checks, "mean").observed == pytest.approx(overall.mean())
    assert one(checks, "sd").observed == pytest.approx(overall.std())
    assert one(checks, "share", category="2").observed == pytest.approx(100 * (overall == 2).mean())
    assert one(checks, "mean", "gender:male").observed == pytest.approx(men.mean())
    assert one(checks, "sd", "gender:male").observed == pytest.approx(men.std())
    assert one(checks, "share", "gender:male", "5").observed == pytest.approx(100 * (men == 5).mean())
    for level in ("rater", "item"):
        units = frame.groupby(level, observed=True)["points"]
        of_level = checks[checks["level"] == level].set_index("statistic")["observed"]
        np.testing.assert_allclose(of_level["mean"].to_numpy(), units.mean().to_numpy())
        np.testing.assert_allclose(of_level["sd"].to_numpy(), units.std().to_numpy())
        assert one(checks, f"sd of {level} means").observed == pytest.approx(units.mean().std())


def test_agreement_is_that_of_the_agreement_table(small, checks):
    table = ps.agreement(small, by=["gender", "politics"], coefficients="percent", bootstrap="raters", replicates=5)
    for row in table.itertuples():
        unit = "all" if row.level == "all" else f"{row.demographic}:{row.level}"
        assert one(checks, "agreement", unit).observed == pytest.approx(row.estimate)


def test_agreement_of_an_item_is_the_share_of_its_pairs(small, checks):
    item = small.frame["item"].cat.categories[0]
    points = small.values[(small.frame["item"] == item).to_numpy()]
    same = points[:, None] == points
    pairs = points.size * (points.size - 1)
    assert one(checks, "agreement", item).observed == pytest.approx(100 * (same.sum() - points.size) / pairs)


def test_counts_are_those_of_the_units(small, checks):
    assert one(checks, "mean").n_ratings == small.n_ratings
    assert one(checks, "agreement").n_ratings == small.n_ratings
    men = (small.frame["gender"] == "male").sum()
    assert {one(checks, name, "gender:male").n_ratings for name in ("mean", "sd", "agreement")} == {men}
    assert set(checks.loc[checks["level"] == "rater", "n_ratings"]) == {12}  # ratings_per_rater of the fixture
    items = checks[(checks["level"] == "item") & (checks["statistic"] == "agreement")]
    expected = small.items.set_index("item")["n_ratings"].to_dict()
    assert items.set_index("unit")["n_ratings"].to_dict() == expected


def test_the_right_model_passes(checks):
    assert all(inside(row) for row in checks[checks["level"] == "overall"].itertuples())
    assert predictive_problems(checks) == ()


def test_draws_of_the_exact_posterior_pass_too(small_posterior):
    assert predictive_problems(predictive_checks(small_posterior, draws=200)) == ()


@pytest.mark.parametrize(("left_out", "kept"), [("rater", "item"), ("item", "rater")])
def test_a_missing_random_term_is_found(small, left_out, kept):
    table = predictive_checks(fitted(small, f"rating ~ gender + politics + (1 | {kept})"))
    assert one(table, f"sd of {left_out} means").observed > one(table, f"sd of {left_out} means").upper
    assert inside(one(table, f"sd of {kept} means"))
    found = [sentence for sentence in predictive_problems(table) if left_out in sentence]
    assert any(f"Is a random term for {left_out}s missing?" in sentence for sentence in found)


def test_raters_differ_too_little_where_effects_are_exaggerated(small, small_fit):
    """Rater effects three times as large as estimated."""
    samples = small_fit.samples
    names = [grouping.name for grouping in small_fit.design.groupings]
    effects = tuple(3.0 * u if name == "rater" else u for name, u in zip(names, samples.effects, strict=True))
    wrong = replace(small_fit)
    wrong.__dict__["whole_samples"] = samples._replace(effects=effects)
    sentences = predictive_problems(predictive_checks(wrong, draws=100))
    assert any(sentence.startswith("Raters differ less than the model says") for sentence in sentences)


def test_a_gaussian_model_of_skewed_categories_is_found():
    """Thresholds that put 60% of the ratings on the lowest answer; a normal distribution goes below the scale."""
    thresholds = [0.25, 0.8, 1.3, 1.8]
    skewed = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=20, thresholds=thresholds, seed=5)
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    wrong = predictive_checks(fitted(skewed, formula, family="gaussian"))
    right = predictive_checks(fitted(skewed, formula))
    assert one(wrong, "share", category="below the scale").observed == 0.0
    assert one(wrong, "share", category="below the scale").lower > 1.0
    assert not inside(one(wrong, "share", category="1"))
    assert inside(one(right, "share", category="1"))
    assert any("'below the scale' 0" in sentence for sentence in predictive_problems(wrong))


@pytest.mark.parametrize(("link", "distribution"), [("probit", ndtr), ("logit", expit)])
def test_replicated_shares_and_agreement_have_their_closed_form(small, link, distribution):
    """Without effects every rating has P(k) = F(tau_k) - F(tau_k-1), and two raters agree with sum P(k)^2."""
    fit = fitted(small, BOTH, link=link)
    tau = np.array([-1.0, 0.0, 0.5, 1.5])
    drawn = Drawn(tau, np.zeros(len(fit.design.fixed.X)), np.zeros(fit.design.offsets[-1]), 1.0)
    labels, values = of_draw(fit, drawn)
    p = np.diff(distribution(np.array([-np.inf, *tau, np.inf])))
    shares = values[:, (labels["statistic"] == "share") & (labels["unit"] == "all")]
    mean_se = np.sqrt(p * (1 - p) / small.n_ratings / 200)
    assert (np.abs(shares.mean(axis=0) / 100 - p) < 4 * mean_se).all()
    agreement = values[:, (labels["statistic"] == "agreement") & (labels["level"] != "item")].mean(axis=0)
    assert agreement == pytest.approx(100 * (p**2).sum(), rel=0.02)  # se of each below 0.3%
    means = values[:, (labels["statistic"] == "mean") & (labels["unit"] == "all")]
    assert means.mean() == pytest.approx(p @ np.arange(1, 6), abs=4 * np.sqrt(2.0 / small.n_ratings / 200))


def test_effects_and_coefficients_reach_their_rows(small):
    """One rater's effect puts all of their ratings, and nobody else's, on the highest answer."""
    fit = fitted(small, BOTH)
    rater = next(t for t, grouping in enumerate(fit.design.groupings) if grouping.name == "rater")
    effect = np.zeros(fit.design.offsets[-1])
    effect[fit.design.offsets[rater] + 7] = 100.0
    fixed = fit.design.fixed.X[:, list(fit.design.fixed.names).index("gender[male]")] * -50.0
    labels, values = of_draw(fit, Drawn(np.array([-9.0, -3.0, 3.0, 9.0]), fixed, effect, 1.0), draws=1)
    means = pd.Series(values[0], labels["unit"])[(labels["statistic"] == "mean").to_numpy()]
    name = str(fit.design.groupings[rater].levels[7])
    women = small.raters.loc[(small.raters["gender"] == "female") & (small.raters["rater"] != name), "rater"]
    men = small.raters.loc[(small.raters["gender"] == "male") & (small.raters["rater"] != name), "rater"]
    assert means[name] == 5.0
    assert means[women.astype(str)].between(2.5, 3.5).all()  # |z| < 3 for all but 0.3% of ratings: the answer 3
    assert (means[men.astype(str)] == 1.0).all()


def test_gaussian_replications_have_the_residual_sd_and_count_frequency_weights():
    """A mean of ratings with weights w has the variance sigma^2 / sum w, not that of the rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"item": np.arange(300) % 10, "rater": np.arange(300) // 10, "rating": rng.normal(3, 2, 300)})
    frame["weight"] = np.where(np.arange(300) % 2, 8.0, 1.5)
    ratings = ps.Ratings(frame, scale="continuous")
    fit = fitted(ratings, "rating ~ 1 + (1 | item) + (1 | rater)", family="gaussian")
    labels, values = of_draw(fit, Drawn(np.empty(0), np.array([3.0]), np.zeros(40), 2.0), draws=400)
    means = values[:, (labels["statistic"] == "mean") & (labels["unit"] == "all")]
    sds = values[:, (labels["statistic"] == "sd") & (labels["unit"] == "all")]
    half = np.ceil(frame["weight"]) - frame["weight"]  # the rest of 1.5 is one rating with weight 0.5
    variance = 4.0 * (frame["weight"] - half + half**2).sum() / frame["weight"].sum() ** 2
    assert means.std() == pytest.approx(np.sqrt(variance), rel=4 / np.sqrt(2 * 400))
    assert means.mean() == pytest.approx(3.0, abs=4 * np.sqrt(variance / 400))
    assert sds.mean() == pytest.approx(2.0, rel=0.01)
    table = predictive_checks(fit, draws=50)
    assert one(table, "mean").observed == pytest.approx(np.average(frame["rating"], weights=frame["weight"]))
    assert one(table, "mean").n_ratings == frame["weight"].sum()
    assert "agreement" not in set(table["statistic"])
    shares = table[(table["statistic"] == "share") & (table["level"] == "overall")]
    assert shares["observed"].sum() == pytest.approx(100.0)
    assert len(shares) == 6  # between five quantiles


def test_weights_of_a_population_are_refused():
    frame = pd.DataFrame({"item": [1, 2, 1, 2], "rater": [1, 1, 2, 2], "rating": [1, 2, 3, 2], "weight": 3e7})
    fit = fitted(ps.Ratings(frame, scale=(1, 3)), "rating ~ 1 + (1 | item)")
    with pytest.raises(ps.ConfigError, match="stand for 120,000,000 ratings"):
        predictive_checks(fit)


def test_pairs_are_of_two_raters_and_of_one_dimension():
    """Item a: raters 1 and 2 agree on toxicity (1 of 1 pairs) and not on bias (0 of 1); nobody rated b on bias."""
    rows = [("a", 1, 1, "toxicity", 1), ("a", 2, 1, "toxicity", 1), ("a", 1, 1, "bias", 2), ("a", 2, 1, "bias", 1)]
    rows += [("b", 1, 1, "toxicity", 2), ("b", 1, 2, "toxicity", 2), ("b", 2, 1, "toxicity", 1)]
    frame = pd.DataFrame(rows, columns=["item", "rater", "wave", "dimension", "rating"])
    fit = fitted(ps.Ratings(frame, scale=(1, 2), covariates=[]), "rating ~ dimension + (1 | item)")
    tables = dict(list(predictive_checks(fit, draws=20).groupby("dimension", observed=True)))
    toxicity, bias = tables["toxicity"], tables["bias"]
    assert one(toxicity, "agreement", "a").observed == 100.0
    assert one(toxicity, "agreement", "b").observed == 0.0  # two pairs, rater 1 with rater 2; 1 with 1 is none
    assert one(toxicity, "agreement").observed == 50.0
    assert one(bias, "agreement", "a").observed == one(bias, "agreement").observed == 0.0
    assert "b" not in set(bias["unit"])
    # means of a 1 (1, 1) and of b 5/3 (2, 2, 1)
    assert one(toxicity, "sd of item means").observed == pytest.approx(np.std([1, 5 / 3], ddof=1))


def test_a_group_without_ratings_on_a_dimension_moves_no_other():
    """Raters of Z rated toxicity alone; on bias A's two raters agree about item a and differ about item b."""
    people, items = [(1, "A"), (2, "A"), (3, "Z"), (4, "Z")], ["a", "b"]
    rows = [(item, rater, group, "toxicity", 1 + (rater == 1)) for item in items for rater, group in people]
    rows += [("a", 1, "A", "bias", 2), ("a", 2, "A", "bias", 2), ("b", 1, "A", "bias", 1), ("b", 2, "A", "bias", 2)]
    frame = pd.DataFrame(rows, columns=["item", "rater", "race", "dimension", "rating"])
    fit = fitted(ps.Ratings(frame, scale=(1, 2), demographics=["race"]), "rating ~ dimension + race + (1 | item)")
    table = predictive_checks(fit, draws=20)
    bias = table[table["dimension"] == "bias"]
    assert one(bias, "agreement", "race:A").observed == 50.0
    assert one(bias, "share", "race:A", "2").observed == 75.0
    assert not {"race:Z", "3", "4"} & set(bias["unit"])
    toxicity = table[table["dimension"] == "toxicity"]
    assert one(toxicity, "agreement", "race:Z").observed == 100.0


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(small_fit, checks):
    pd.testing.assert_frame_equal(predictive_checks(small_fit, draws=200), checks)
    other = predictive_checks(small_fit, draws=200, seed=2)
    assert not np.allclose(other["estimate"], checks["estimate"])


def test_a_draw_replicates_the_same_ratings_in_any_selection(small_fit):
    layout = arranged(small_fit.ratings, small_fit.design)
    drawn = Drawn(np.arange(4.0), np.zeros(len(small_fit.design.fixed.X)), np.zeros(90), 1.0)
    keep = np.ones(len(layout.labels), bool)
    several, alone = (replicated(layout, which, lambda n, rng: drawn, 1, keep) for which in ([3, 5], [5]))
    np.testing.assert_array_equal(several[1], alone[0])
    assert (several[0] != several[1]).any()


def test_the_order_of_rows_does_not_matter(small):
    frame = small.frame.assign(rating=small.values.astype(int))
    shuffled = frame.sample(frac=1.0, random_state=1)
    layouts = []
    for table in (frame, shuffled):
        ratings = ps.Ratings(table, scale=(1, 5), demographics=["gender", "politics"])
        layouts.append(arranged(ratings, fitted(ratings, BOTH).design))
    for name in ("item", "rater", "weight"):
        np.testing.assert_array_equal(getattr(layouts[0], name), getattr(layouts[1], name))
    one_order, another = (statistics(layout, layout.answers.bin, layout.answers.value) for layout in layouts)
    np.testing.assert_allclose(one_order, another)


def test_p_counts_a_tie_as_half():
    """Of the replications 1, 2, 2, 4 two equal the observed 2 and one is above: p = (1 + 2 / 2) / 4."""
    values = np.array([[1.0], [2.0], [2.0], [4.0]], np.float32)
    table = summarised(pd.DataFrame({"statistic": ["mean"]}), np.array([2.0]), values, np.array([9.0]))
    assert table.loc[0, ["estimate", "p", "n_ratings"]].tolist() == [2.0, 0.5, 9.0]
    above = summarised(pd.DataFrame({"statistic": ["mean"]}), np.array([1.0]), values, np.array([9.0]))
    assert above.loc[0, "p"] == 0.875  # three above and one tie


def test_constant_ratings_have_observed_values_and_no_replications(small_fit):
    constant = small_fit.ratings.frame.assign(rating=3)
    with pytest.warns(ps.FitWarning):
        fit = ps.fit(
            ps.Ratings(constant, scale=(1, 5)), "rating ~ 1 + (1 | item) + (1 | rater)", method="laplace", draws=20
        )
    layout = arranged(fit.ratings, fit.design)
    values = replicated(layout, [0, 1], lambda n, rng: Drawn(np.empty(0), np.zeros(1), np.zeros(90), 1.0), 1,
                        np.ones(len(layout.labels), bool))  # fmt: skip
    from_layout = statistics(layout, layout.answers.bin, layout.answers.value)
    np.testing.assert_array_equal(values[0], from_layout.astype(np.float32))
    table = predictive_checks(fit, draws=10)
    assert table["p"].isna().all()  # no estimate, no replication
    assert one(table, "mean").observed == 3.0
    assert predictive_problems(table) == ()


def test_what_is_not_defined_has_no_row():
    """Every rater has one rating and every item one rater: no sds, no pairs."""
    frame = pd.DataFrame({"item": range(8), "rater": range(8), "rating": [1, 2, 3, 1, 2, 3, 1, 2]})
    table = predictive_checks(fitted(ps.Ratings(frame, scale=(1, 3)), "rating ~ 1"), draws=20)
    assert set(table["statistic"]) == {"share", "mean", "sd", "sd of rater means", "sd of item means"}
    assert set(table.loc[table["level"] != "overall", "statistic"]) == {"mean"}
    assert table.notna().all(axis=None)


def test_a_bernoulli_model_is_checked_too(small):
    fit = fitted(small.collapse(2), BOTH, family="bernoulli")
    table = predictive_checks(fit, draws=100)
    assert all(inside(row) for row in table[table["level"] == "overall"].itertuples())


def test_ratings_of_all_draws_are_never_held_at_once(small_fit):
    ratings = ps.simulate(n_raters=100, n_items=50, ratings_per_rater=50, seed=1)
    fit = fitted(ratings, "rating ~ (1 | item) + (1 | rater)")
    predictive_checks(fit, draws=2)
    tracemalloc.start()
    predictive_checks(fit, draws=300)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < ratings.n_ratings * 300 * 8 / 2  # half of what the replicated ratings would take


@pytest.mark.parametrize(
    ("options", "message"),
    [({"draws": 0}, "`draws` is a positive number"), ({"seed": -1}, "`seed` is a whole number"),
     ({"draws": 2.5, "seed": "x"}, "2 problems were found")],
)  # fmt: skip
def test_numbers_that_cannot_be_meant_are_refused(small_fit, options, message):
    with pytest.raises(ps.ConfigError, match=message):
        predictive_checks(small_fit, **options)
