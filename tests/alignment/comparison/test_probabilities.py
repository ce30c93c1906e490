"""Probabilities of preferences against outcomes: definitions, invariances, clusters, calibration, bad input."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import (
    pair_accuracy,
    pair_calibration,
)

import pluralstats as ps


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
