"""Win rates: recovered rates and biases, orders, ties, groups, bad input."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import (
    judged_wins,
)

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
