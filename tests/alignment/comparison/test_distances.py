"""Distances of distributions: against scipy, near the floor of equal people and far from others, bad input."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import (
    distribution_distances,
)
from pluralstats.alignment.comparison.metrics import jensen_shannon, jensen_shannon_distance, noise_floors, wasserstein
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

import pluralstats as ps


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
