"""Win rates, pair probabilities, distances, steering: closed forms, invariances, little data, bad input."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import (
    distribution_distances,
    judged_wins,
    pair_accuracy,
    pair_calibration,
    steering_matrix,
)
from pluralstats.alignment.comparison.metrics import jensen_shannon, jensen_shannon_distance, noise_floors, wasserstein
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

import pluralstats as ps


def judgements(rows):
    return pd.DataFrame(rows, columns=["prompt_id", "first", "second", "winner"])


def judged(n=200, rate=0.7, bias=0.1, seed=1):
    """Each prompt in both orders; the arm wins with ``rate``, shown first with ``bias`` more."""
    random = np.random.default_rng(seed)
    rows = []
    for p in range(n):
        for first, second, chance in (("dpo", "base", rate + bias), ("base", "dpo", 1 - rate + bias)):
            rows.append((p, first, second, "first" if random.uniform() < chance else "second"))
    return judgements(rows)


def test_win_rate_and_position_bias_of_a_simulation_are_recovered():
    row = judged_wins(judged()).table.iloc[0]
    assert row["lower"] <= 70.0 <= row["upper"]
    assert row["position_lower"] <= 10.0 <= row["position_upper"]


def test_orders_weigh_the_same_however_often_each_was_judged():
    # First: 3 of 4 wins, 75%. Second: 1 win of 2, 50%. Mean 62.5%; half their difference 12.5 points.
    rows = [(i, "dpo", "base", w) for i, w in enumerate(["first", "first", "first", "second"])]
    rows += [(i, "base", "dpo", w) for i, w in enumerate(["first", "second"])]
    row = judged_wins(judgements(rows)).table.iloc[0]
    assert (row["estimate"], row["position_bias"]) == (62.5, 12.5)


def test_swapping_the_arms_turns_the_win_rate_around_and_keeps_the_position_bias():
    table = judged()
    one = judged_wins(table).table.iloc[0]
    two = judged_wins(table, baseline="dpo").table.iloc[0]
    assert one["estimate"] + two["estimate"] == pytest.approx(100.0)
    assert one["position_bias"] == pytest.approx(two["position_bias"])


def test_one_order_only_leaves_the_position_bias_open_and_says_so():
    found = judged_wins(judged()[lambda t: t["first"] == "dpo"])
    assert np.isnan(found.table["position_bias"].iloc[0])
    (said,) = found.problems
    assert said.startswith(
        "'dpo' was always shown first against 'base': its win rate holds the advantage of that place."
    )


def test_ties_count_half():
    rows = [(p, *order, "tie") for p in range(5) for order in (("dpo", "base"), ("base", "dpo"))]
    row = judged_wins(judgements(rows)).table.iloc[0]
    assert (row["estimate"], row["tie_percent"], row["lower"], row["upper"]) == (50.0, 100.0, 50.0, 50.0)


def test_the_worst_group_is_the_lowest_and_carries_its_sizes():
    left, right = judged(100, 0.8, seed=2).assign(g="left"), judged(60, 0.4, seed=3).assign(g="right")
    table = judged_wins(pd.concat([left, right]), by="g").table.set_index("group")
    assert table.loc["worst group", "estimate"] == table.loc["right", "estimate"]
    assert table.loc["worst group", "n_judgements"] == 120
    assert list(table.index) == ["all", "left", "right", "worst group"]


def test_unknown_winners_and_arms_judged_against_themselves_are_refused_together():
    rows = [(1, "dpo", "base", "dpo"), (2, "base", "base", "tie")]
    with pytest.raises(ps.DataError) as caught:
        judged_wins(judgements(rows))
    assert str(caught.value).split("\n") == [
        "`winner` is 'first', 'second' or 'tie'; found 'dpo' in 1 row (1). Recode or drop them.",
        "`first` and `second` are the same arm in 1 row (2). Drop these judgements.",
    ]
    with pytest.raises(ps.ConfigError, match=r"`baseline` is one of the judged arms, dpo, base; found 'sft'\."):
        judged_wins(judged(), baseline="sft")


def pairs(n=400, sharpen=1.0, seed=1):
    """Outcomes drawn from true probabilities; the stated ones have their log odds multiplied."""
    random = np.random.default_rng(seed)
    logit = random.normal(0, 1.5, n)
    outcome = (random.uniform(size=n) < 1 / (1 + np.exp(-logit))).astype(float)
    p = 1 / (1 + np.exp(-sharpen * logit))
    return pd.DataFrame({"p": p, "outcome": outcome, "rater": random.integers(0, 40, n)})


def test_accuracy_log_loss_and_brier_are_those_of_the_definitions():
    table = pd.DataFrame({"p": [0.8, 0.5, 0.3], "outcome": [1.0, 1.0, 0.5], "rater": ["a", "b", "c"]})
    found = pair_accuracy(table, cluster="rater", replicates=20).set_index("metric")["estimate"]
    assert found["accuracy"] == pytest.approx(100 * (1 + 0.5 + 0.5) / 3)
    by_hand = [-np.log(0.8), -np.log(0.5), -0.5 * np.log(0.3) - 0.5 * np.log(0.7)]
    assert found["log_loss"] == pytest.approx(np.mean(by_hand))
    assert found["brier"] == pytest.approx((0.04 + 0.25 + 0.04) / 3)


def test_a_weight_of_two_is_the_row_twice_and_of_zero_is_no_row():
    table = pairs(50)
    weighted = table.assign(weight=np.where(table.index < 10, 2.0, np.where(table.index < 20, 0.0, 1.0)))
    twice = pd.concat([table.iloc[20:], table.iloc[:10], table.iloc[:10]])
    one, two = (pair_accuracy(t, cluster="rater", replicates=20)["estimate"] for t in (weighted, twice))
    np.testing.assert_allclose(one, two)


def test_exchanging_the_responses_changes_nothing():
    table = pairs()
    turned = table.assign(p=1 - table["p"], outcome=1 - table["outcome"])
    one, two = (pair_accuracy(t, cluster="rater", replicates=50) for t in (table, turned))
    np.testing.assert_allclose(one[["estimate", "lower"]], two[["estimate", "lower"]])


def test_true_probabilities_beat_sharpened_ones_in_log_loss_with_an_interval():
    both = pd.concat([pairs().assign(policy="posterior"), pairs(sharpen=4.0).assign(policy="majority")])
    table = pair_accuracy(both, cluster="rater", against="posterior")
    row = table[(table["kind"] == "difference") & (table["metric"] == "log_loss")].iloc[0]
    assert row["policy"] == "majority"
    assert row["lower"] > 0
    accuracy = table[(table["kind"] == "difference") & (table["metric"] == "accuracy")].iloc[0]
    assert (accuracy["estimate"], accuracy["lower"], accuracy["upper"]) == (0.0, 0.0, 0.0)  # the same side of 1/2


def test_ratings_of_one_rater_are_resampled_together():
    table = pairs(200)
    ten_times = pd.concat([table] * 10, ignore_index=True)
    one, ten = (pair_accuracy(t, cluster="rater", seed=3).iloc[1] for t in (table, ten_times))
    assert ten["upper"] - ten["lower"] == pytest.approx(one["upper"] - one["lower"])
    assert ten["n_clusters"] == one["n_clusters"]


def test_groups_have_rows_and_the_worst_is_told_apart_by_metric():
    both = pd.concat([pairs(seed=1).assign(g="a"), pairs(sharpen=-1.0, seed=2).assign(g="b")])
    table = pair_accuracy(both, cluster="rater", by="g", replicates=50).set_index(["group", "metric"])["estimate"]
    for metric in ("accuracy", "log_loss", "brier"):
        assert table["worst group", metric] == table["b", metric]


def test_a_certain_probability_that_fails_costs_what_clip_allows():
    table = pd.DataFrame({"p": [1.0], "outcome": [0.0], "rater": ["a"]})
    found = pair_accuracy(table, cluster="rater", replicates=20).set_index("metric")
    assert found.loc["log_loss", "estimate"] == pytest.approx(-np.log(0.001))
    assert found.loc["log_loss", "n_clipped"] == 1
    assert pair_accuracy(table, cluster="rater", clip=0.0, replicates=20)["estimate"].iloc[1] == np.inf


def test_calibration_is_symmetric_and_right_probabilities_lie_on_the_diagonal():
    table = pair_calibration(pairs(2000), cluster="rater", bins=6)
    for name in ("predicted", "observed"):  # a probability on the edge of a bin has to lie on one of its sides
        np.testing.assert_allclose(table[name] + table[name].iloc[::-1].to_numpy(), 1.0, atol=0.01)
    assert ((table["lower"] - 0.02 <= table["predicted"]) & (table["predicted"] <= table["upper"] + 0.02)).all()


def test_probabilities_of_nothing_but_zero_and_one_have_two_bins():
    table = pair_calibration(pairs(200).assign(p=lambda t: (t["p"] > 0.5).astype(float)), cluster="rater")
    assert table["predicted"].tolist() == [0.0, 1.0]


def test_probabilities_outside_zero_to_one_are_refused_with_their_rows():
    table = pairs(5)
    table.loc[2, "p"], table.loc[3, "outcome"] = 1.2, np.nan
    with pytest.raises(ps.DataError) as caught:
        pair_accuracy(table.assign(weight=[1, 1, 1, 1, -1]), cluster="rater")
    assert str(caught.value).split("\n") == [
        "`p` lies between 0 and 1; found 1.2 in 1 row (3).",
        "`outcome` lies between 0 and 1; found nan in 1 row (4).",
        "`weight` is a number of 0 or more; it is none in 1 row (5).",
    ]
    with pytest.raises(ps.ConfigError, match=r"`against` is a policy of the table, all; found 'shares'\."):
        pair_accuracy(pairs(5), cluster="rater", against="shares")


def test_distances_are_those_of_scipy():
    random = np.random.default_rng(1)
    values = np.array([1.0, 2.0, 3.5, 7.0])
    for p, q in random.dirichlet(np.ones(4), size=(20, 2)):
        assert wasserstein(p, q, values) == pytest.approx(wasserstein_distance(values, values, p, q))
        assert jensen_shannon_distance(p, q) == pytest.approx(jensenshannon(p, q, base=2))
        assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2)


def test_wasserstein_of_a_shift_is_the_shift_and_of_equals_is_nothing():
    p = np.array([0.2, 0.8, 0.0])
    assert wasserstein(p, np.roll(p, 1), np.array([1.0, 2.0, 3.0])) == pytest.approx(1.0)
    assert wasserstein(p, p, np.array([1.0, 2.0, 3.0])) == 0.0
    assert jensen_shannon(p, p) == 0.0


def people(n_items=30, n_raters=24, seed=1, shift=0):
    """Ratings of two groups that agree but for a shift."""
    random = np.random.default_rng(seed)
    rows = []
    for target, by in (("left", 0), ("right", shift)):
        for i in range(n_items):
            for r in range(n_raters):
                rows.append((f"i{i}", f"{target}{r}", target, int(np.clip(random.integers(1, 4) + i % 2 + by, 1, 5))))
    return pd.DataFrame(rows, columns=["item", "rater", "target", "rating"])


def shares(ratings):
    counts = pd.crosstab([ratings["item"], ratings["target"]], ratings["rating"]).reindex(
        columns=range(1, 6), fill_value=0
    )
    table = counts.div(counts.sum(axis=1), axis=0).add_prefix("p_").reset_index()
    table.columns.name = None
    return table


def test_a_model_that_answers_like_one_group_is_near_its_floor_and_far_from_the_other():
    ratings = people(shift=2)
    model = shares(people(seed=2))[lambda t: t["target"] == "left"].drop(columns="target")
    table = distribution_distances(model, shares(ratings), values=range(1, 6), ratings=ratings, replicates=100)
    found = table[table["metric"] == "wasserstein"].set_index("target")
    assert found.loc["left", "estimate"] < found.loc["left", "floor_upper"]
    assert found.loc["right", "lower"] > found.loc["right", "floor_upper"] + 1.0


def test_the_floor_of_halves_shrinks_with_the_square_root_of_the_raters():
    # Two samples of n/2 have a mean distance proportional to 1 / sqrt(n).
    few, many = (noise_floors(people(n_raters=n), range(1, 6))["left", "wasserstein"][0].mean() for n in (20, 80))
    assert few / many == pytest.approx(2.0, rel=0.15)


def test_raters_who_never_disagree_have_no_floor():
    ratings = people().assign(rating=3)
    assert (noise_floors(ratings, range(1, 6))["left", "wasserstein"][0] == 0.0).all()


def test_distances_average_over_common_items_and_keep_arms_apart():
    labels = shares(people())
    model = pd.concat(
        [labels[labels["target"] == "left"].assign(arm=a).drop(columns="target") for a in ("base", "dpo")]
    )
    table = distribution_distances(model[model["item"] != "i0"], labels, values=range(1, 6), replicates=20)
    left = table[table["target"] == "left"]
    assert (left["estimate"] == 0.0).all()
    assert set(left["arm"]) == {"base", "dpo"}
    assert (left["n_items"] == 29).all()
    assert table["floor"].isna().all()


def test_bad_label_tables_are_refused():
    labels = shares(people(4, 4))
    model = labels[labels["target"] == "left"].drop(columns="target")
    with pytest.raises(ps.DataError, match=r"The label table has probabilities .* do not sum to 1 in 1 row \(1\)\."):
        distribution_distances(model, labels.assign(p_1=labels["p_1"].where(labels.index > 0, 2.0)), values=range(1, 6))
    with pytest.raises(ps.DataError, match=r"The model's table has one row for each arm and item; 4 rows"):
        distribution_distances(pd.concat([model, model]), labels, values=range(1, 6))
    with pytest.raises(ps.DataError, match=r"share no item\. Check the ids in `item`\."):
        distribution_distances(model.assign(item="x" + model["item"]), labels, values=range(1, 6))
    with pytest.raises(ps.ConfigError) as caught:
        distribution_distances(model, labels, values=(1, 2), metrics=["euclid"])
    assert str(caught.value).split("\n") == [
        "`values` are the rating points of the 5 answers (p_1, p_2, p_3, p_4, p_5), increasing; found 1, 2.",
        "`metrics` are among wasserstein, jensen_shannon, jensen_shannon_distance; found euclid.",
    ]


def steered(advantage=1.0, seed=1, seeds=3, prompts=20, groups=("left", "centre", "right")):
    """Own judges give ``advantage`` more; the left's model is better for all, the right's judges are milder."""
    random = np.random.default_rng(seed)
    at = random.normal(0, 1, prompts)
    rows = []
    for t in groups:
        for s in range(seeds):
            run = random.normal(0, 0.1)
            for g in groups:
                for p in range(prompts):
                    score = at[p] + run + advantage * (t == g) + 2.0 * (t == "left") + 3.0 * (g == "right")
                    rows.append((t, g, p, s, score + random.normal(0, 0.2)))
    return pd.DataFrame(rows, columns=["target", "group", "prompt_id", "seed", "score"])


def advantages(found, kind):
    return found.advantage[found.advantage["kind"] == kind].set_index("group")


def test_double_centring_takes_out_better_models_and_milder_judges():
    found = steering_matrix(steered())
    centred = advantages(found, "double-centred")
    for group in ("left", "centre", "right", "all"):
        row = centred.loc[group]
        assert row["lower"] - 0.1 <= row["estimate"] <= row["upper"] + 0.1
    # Of M = a I + rows + columns the centred diagonal is a (1 - 1/G), less the mean of the rest of its column,
    # -a / G: together a, for every group.
    np.testing.assert_allclose(centred["estimate"], 1.0, atol=0.25)
    plain = advantages(found, "per judge")
    assert plain.loc["left", "estimate"] == pytest.approx(3.0, abs=0.3)  # its own advantage and its better model
    assert plain.loc["all", "estimate"] == pytest.approx(centred.loc["all", "estimate"])


def test_no_steering_has_an_interval_around_nothing():
    row = advantages(steering_matrix(steered(0.0)), "double-centred").loc["all"]
    assert row["lower"] < 0 < row["upper"]


def test_the_matrix_has_the_plain_means_and_does_not_depend_on_row_order():
    table = steered()
    found = steering_matrix(table, replicates=20).matrix.set_index(["target", "group"])["estimate"]
    means = table.groupby(["target", "group"])["score"].mean()
    np.testing.assert_allclose(found, means.loc[found.index])
    other = steering_matrix(table.sample(frac=1.0, random_state=1), replicates=20).matrix
    again = other.set_index(["target", "group"])["estimate"].loc[found.index]
    np.testing.assert_allclose(found, again)


def test_one_seed_and_one_prompt_of_a_matrix_say_so():
    found = steering_matrix(steered(seeds=1, prompts=1), replicates=20)
    assert found.matrix["lower"].isna().all()
    assert found.problems == (
        "Fewer than 3 training seeds for left, centre, right: one seed says nothing about the method, only about the "
        "models that were trained.",
        "All scores are about one prompt: there are no intervals.",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[t["group"] != "right"],
         "Models are trained for left, centre, right and judged by left, centre; both should be the same groups. Drop "
         "rows of others (the base model has no target)."),
        (lambda t: t[(t["target"] == "left") & (t["group"] == "left")],
         "A matrix needs two groups or more; the scores have only 'left'."),
        (lambda t: t[~((t["target"] == "left") & (t["group"] == "right"))],
         "Every model is judged by every group; there is no score of 'left' judged by 'right'."),
        (lambda t: t.assign(dimension=np.where(t["seed"] == 0, "a", "b")),
         "A matrix is of one dimension; the scores have a, b. Select one."),
    ],
)  # fmt: skip
def test_a_matrix_with_missing_parts_is_refused(change, message):
    with pytest.raises(ps.DataError) as caught:
        steering_matrix(change(steered(prompts=2)))
    assert str(caught.value) == message
