"""Labels and pairs of sliders: bins, ends and pairs against scipy's distributions, quadrature and simulated answers."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import betainc, expit
from scipy.stats import beta

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.model.families.bounded.bins import IN_BINS, beta_below, bin_answers, bin_thresholds
from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA
from pluralstats.results.averaging.mixtures import answer_probabilities

CUTS = [20.0, 50.0]
ANSWERS = ["0", "(0, 20]", "(20, 50]", "(50, 100)", "100"]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
QUANTILES = (np.arange(4000) + 0.5) / 4000  # midpoint rule over quantiles of one answer
FORMULA = "rating ~ gender + (1 + gender | item) + (1 | rater)"


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(60, 12, 8, family="ordered_beta", effects={"gender[male]": 0.6}, seed=4)


@pytest.fixture(scope="module")
def fit(ratings):
    return ps.fit(ratings, FORMULA, family="ordered_beta", method="laplace", draws=6, on_problem="ignore")


def texts(fit):
    items = list(fit.ratings.frame["item"].cat.categories)
    return pd.DataFrame({"item": items, "question": "q", "prompt": "Why?", "response": [f"R {i}" for i in items]})


def linear(fit, draw, item, male=True):
    """Of a new rater's profile at an item, and the sd of the rater."""
    names = [grouping.name for grouping in fit.design.groupings]
    at = list(fit.design.groupings[names.index("item")].levels).index(item)
    own, slope = (fit.samples.effects[names.index(name)][draw, at] for name in ("item", "gender[male] | item"))
    eta = fit.samples.coefficient[draw] @ [1.0, male] + own + male * slope
    return eta, fit.samples.sd[draw, names.index("rater")]


def parts(eta, own):
    """P(0), P(between), P(1) and both shapes."""
    low, high, phi = expit(own[0] - eta), expit(eta - own[1]), np.exp(own[2])
    return low, 1.0 - low - high, high, expit(eta) * phi, expit(-eta) * phi


def test_the_incomplete_beta_function_is_scipys():
    rng = np.random.default_rng(1)
    a, b, x = 10.0 ** rng.uniform(-4, 4, 400), 10.0 ** rng.uniform(-4, 4, 400), rng.random(400)
    found = np.array([beta_below(*one) for one in zip(a, b, x, strict=True)])
    np.testing.assert_allclose(found[:, 0], betainc(a, b, x), atol=1e-11)
    np.testing.assert_allclose(found[:, 1], betainc(a, b, x) - betainc(a + 1.0, b, x), atol=1e-11)


def test_bins_have_the_mass_and_the_mean_of_what_is_in_them():
    own, cuts, eta = np.array([-1.6, 2.0, np.log(6.0)]), np.array([0.2, 0.5]), np.linspace(-6.0, 6.0, 25)
    p = answer_probabilities(IN_BINS, bin_thresholds(own[None], cuts)[0], eta)
    worth, code = bin_answers(cuts)
    low, between, high, a, b = parts(eta, own)
    below = beta.cdf(np.array([0.0, *cuts, 1.0])[:, None], a, b)
    of_bins = np.stack([p[code == k].sum(axis=0) for k in range(5)])
    np.testing.assert_allclose(of_bins, np.vstack([low, between * np.diff(below, axis=0), high]), atol=1e-12)
    np.testing.assert_allclose(worth @ p, ORDERED_BETA.bounded.expected(eta, own), atol=1e-12)


def test_labels_are_integrals_over_new_raters(fit):
    found = ps.label_distributions(fit, by="gender", bins=CUTS)
    row = found.table[found.table["target"] == "gender: male"].iloc[3]
    p, points = [], []
    for draw, own in enumerate(fit.samples.threshold):
        eta, sd = linear(fit, draw, row["item"])
        low, between, high, a, b = parts(eta + sd * NODES, own)
        below = beta.cdf(np.array([0.0, 0.2, 0.5, 1.0])[:, None], a, b)
        p.append(np.vstack([low, between * np.diff(below, axis=0), high]) @ WEIGHTS)
        points.append(100.0 * (high + between * expit(eta + sd * NODES)) @ WEIGHTS)
    np.testing.assert_allclose(row[[f"p_{name}" for name in ANSWERS]].astype(float), np.mean(p, axis=0), atol=1e-7)
    np.testing.assert_allclose(
        row[[f"sd_{name}" for name in ANSWERS]].astype(float), np.std(p, axis=0, ddof=1), atol=1e-7
    )
    assert row["expected"] == pytest.approx(np.mean(points), abs=1e-5)
    assert row["expected_sd"] == pytest.approx(np.std(points, ddof=1), abs=1e-5)
    assert row["entropy"] == pytest.approx(row["disagreement"] + row["ignorance"])
    assert list(found.scale.values) == [0.0, 10.0, 35.0, 75.0, 100.0]


def test_expected_ratings_do_not_depend_on_the_bins(fit, tmp_path):
    few, many = ps.label_distributions(fit, bins=1), ps.label_distributions(fit, bins=20)
    columns = ["expected", "expected_sd"]
    pd.testing.assert_frame_equal(few.table[columns], many.table[columns], atol=1e-6, rtol=0.0)
    ends = ["p_0", "p_100"]
    pd.testing.assert_frame_equal(few.table[ends], many.table[ends], atol=1e-9, rtol=0.0)
    assert (few.table["entropy"] < many.table["entropy"]).all()
    again = ps.load_labels(many.save(tmp_path / "labels.parquet"))
    assert again.scale == many.scale


def test_baselines_count_sliders_in_the_same_bins():
    frame = pd.DataFrame({"item": list("aaaabb"), "rater": list("wxyzwx"), "rating": [0.0, 20.0, 30.0, 100.0, 55, 60]})
    made = ps.Ratings(frame, scale=("continuous", 0, 100))
    shares, median, mean, each = (ps.aggregate(made, name, bins=CUTS) for name in ("shares", "median", "mean", "all"))
    np.testing.assert_array_equal(
        shares.table[[f"p_{name}" for name in ANSWERS]], [[0.25, 0.25, 0.25, 0, 0.25], [0, 0, 0, 1.0, 0]]
    )
    assert shares.table["expected"].tolist() == [37.5, 57.5]
    assert median.table["expected"].tolist() == [25.0, 57.5]
    assert mean.table["expected"].tolist() == pytest.approx([37.5, 57.5])
    assert each.table["expected"].tolist() == frame["rating"].tolist()
    assert shares.card["collapsed"] == "0 to 100 in 0 | (0, 20] | (20, 50] | (50, 100) | 100"


def pair_by_quadrature(fit, a, b, draw):
    """P(Y_a > Y_b) + 1/2 P(tie) of a random man, by scipy's distributions at every node of the rater's effect."""
    (eta_a, sd), (eta_b, _) = (linear(fit, draw, item) for item in (a, b))
    total, own = 0.0, fit.samples.threshold[draw]
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    for z, w in zip(nodes, weights / weights.sum(), strict=True):
        low_a, in_a, high_a, *of_a = parts(eta_a + sd * z, own)
        low_b, in_b, high_b, *of_b = parts(eta_b + sd * z, own)
        both = beta.cdf(beta.ppf(QUANTILES, *of_a), *of_b).mean()
        total += w * (high_a * (1.0 - high_b) + in_a * (low_b + in_b * both) + 0.5 * (low_a * low_b + high_a * high_b))
    return total


def test_pairs_of_a_slider_are_integrals(fit):
    table = ps.preference_pairs(fit, texts(fit), utility={"rating": 1}, by="gender").table
    for row in table[table["target"] == "gender: male"].iloc[[0, 20]].itertuples():
        draws = [pair_by_quadrature(fit, row.chosen_item, row.rejected_item, draw) for draw in range(6)]
        assert row.p == pytest.approx(np.mean(draws), abs=1e-4)
        assert row.p_sd == pytest.approx(np.std(draws, ddof=1), abs=1e-4)


def test_the_other_direction_is_the_rest(fit):
    up, down = (ps.preference_pairs(fit, texts(fit), utility={"rating": worth}).table for worth in (1, -2))
    both = up.merge(down, left_on=["chosen_item", "rejected_item"], right_on=["rejected_item", "chosen_item"])
    assert len(both) == len(up) == 66
    np.testing.assert_allclose(both["p_x"], both["p_y"], atol=2e-5)


def test_the_rule_mean_compares_expected_ratings(fit):
    pairs = ps.preference_pairs(fit, texts(fit), utility={"rating": 1}, rule="mean").table
    expected = ps.label_distributions(fit).table.set_index("item")["expected"]
    sure = pairs[pairs["p"] == 1.0]
    assert len(sure) > 10
    assert (expected[sure["chosen_item"]].to_numpy() > expected[sure["rejected_item"]].to_numpy()).all()


def test_pairs_of_two_sliders_are_simulated_answers(fit):
    other = ps.fit(
        ps.simulate(60, 12, 8, family="ordered_beta", seed=5, precision=3.0), FORMULA, family="ordered_beta",
        method="laplace", draws=6, on_problem="ignore",
    )  # fmt: skip
    both, worth = {"a": fit, "b": other}, {"a": 1, "b": -0.5}
    row = (
        ps.preference_pairs(both, texts(fit), utility=worth, by="gender")
        .table.query("target == 'gender: male'")
        .iloc[5]
    )
    rng, draws = np.random.default_rng(2), []
    for draw in range(6):
        total = 0.0
        for name, one in both.items():
            z = rng.standard_normal(200_000)
            for item, sign in ((row["chosen_item"], 1.0), (row["rejected_item"], -1.0)):
                eta, sd = linear(one, draw, item)
                y = ORDERED_BETA.simulate(eta + sd * z, one.samples.threshold[draw], np.ones(1), rng)
                total = total + sign * worth[name] * y
        draws.append((0.5 + 0.5 * np.sign(total)).mean())
    assert row["p"] == pytest.approx(np.mean(draws), abs=0.01)
    assert row["p_sd"] == pytest.approx(np.std(draws, ddof=1), abs=0.02)


def test_probabilities_of_bins_are_training_targets(fit):
    labels = ps.label_distributions(fit, bins=3)
    table = labels.with_texts(texts(fit)[["item", "prompt", "response"]])
    np.testing.assert_allclose(table.filter(like="p_").sum(axis=1), 1.0)
    from_labels = ps.preference_pairs(labels, texts(fit), utility={"rating": 1}).table
    assert from_labels["p"].between(0.5, 1.0).all()


def test_what_cannot_be_meant_is_refused(fit, ratings):
    five = ps.simulate(20, 10, 5)
    cases = {
        "`bins` are increasing numbers between the ends 0 and 100": lambda: ps.label_distributions(fit, bins=[50, 20]),
        "`bins` cannot be 'five'": lambda: ps.label_distributions(fit, bins="five"),
        "`bins` is a number from 1 to 100; found 0": lambda: ps.label_distributions(fit, bins=0),
        "`collapse` and `midpoint` merge answers": lambda: ps.label_distributions(fit, collapse=3),
        "`bins` cut the scale of a slider, such as": lambda: ps.aggregate(five, "shares", bins=3),
        "One utility cannot add up answers on a scale and ratings of the ordered_beta": lambda: ps.preference_pairs(
            {"a": fit, "b": ps.fit(five, method="laplace", on_problem="ignore")},
            texts(fit).head(4),
            utility={"a": 1, "b": 1},
        ),
    }
    for message, call in cases.items():
        with pytest.raises(ConfigError, match=f"^{message.replace('(', '.')}"):
            call()
