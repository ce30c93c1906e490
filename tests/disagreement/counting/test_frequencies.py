"""A row of weight 3 is three equal ratings wherever ratings are counted; design weights are no counts."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.disagreement.counting.pairs import answered_twice
from pluralstats.study.sections.disagreement.choices import rating_shares
from pluralstats.study.sections.sample import sample

FUNCTIONS = {
    "agreement": lambda ratings: ps.agreement(
        ratings, "gender", coefficients=["alpha_ordinal", "percent", "ac2", "fleiss", "distance"], replicates=30
    ),
    "cohesion": lambda ratings: ps.cohesion(ratings, ["gender", "country"], permutations=30, replicates=30),
    "item_disagreement": ps.item_disagreement,
    "label_differences": lambda ratings: ps.label_differences(ratings, by="country"),
}


@pytest.fixture
def weighted(people):
    """The crossed table of people with a weight of 1 to 4 in each row."""
    return people.assign(weight=np.random.default_rng(3).integers(1, 5, len(people)))


@pytest.fixture
def written_out(weighted, made):
    """The same ratings as rows, as waves of one rater: equal rows would be refused as duplicates."""
    rows = weighted.loc[weighted.index.repeat(weighted["weight"])].drop(columns="weight")
    return made(rows.assign(wave=rows.groupby(["item", "rater"]).cumcount()))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_row_of_weight_three_is_three_rows(name, weighted, written_out, made):
    found, expected = FUNCTIONS[name](made(weighted)), FUNCTIONS[name](written_out)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-10)
    assert not found.equals(FUNCTIONS[name](made(weighted.drop(columns="weight"))))


@pytest.mark.parametrize("function", [sample, rating_shares])
def test_the_tables_of_a_study_count_weights_too(function, weighted, written_out, made):
    pd.testing.assert_frame_equal(function(made(weighted)), function(written_out))


def test_alpha_of_counts_by_hand(by_hand):
    # Two items, answers 1 1 2 and 2 2 2, written as counts. D_o: the pairs of a differ in 4 of 6, so
    # (3 * 4/6 + 3 * 0) / 6 = 1/3; D_e: two 1 and four 2, 2 * 2 * 4 / (6 * 5) = 16/30.
    # alpha = 1 - (1/3) / (16/30) = 3/8.
    frame = pd.DataFrame({"item": list("aab"), "rater": list("xyx"), "rating": [1, 2, 2], "weight": [2, 1, 3]})
    table = ps.agreement(ps.Ratings(frame, scale=(1, 2)), coefficients="alpha_nominal", bootstrap=[])
    assert table["estimate"].tolist() == pytest.approx([3 / 8])
    assert table["n_ratings"].tolist() == [6]


def test_large_weights_cost_no_pairs():
    # 3 answers of one rater on one item 1,000, 1,000 and 1 times: by hand 499,500 + 499,500 + 0 equal pairs, and
    # 1,000,000 + 1,000 + 1,000 unequal ones; as a table five rows, and not two million.
    code = np.repeat([0, 1, 2], [1000, 1000, 1])
    pairs = answered_twice(np.zeros(2001, dtype=int), np.zeros(2001, dtype=int), code)
    assert pairs[:, 2:].tolist() == [[0, 0, 499500], [1, 1, 499500], [0, 1, 10**6], [1, 2, 1000], [0, 2, 1000]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_weights_that_are_no_counts_are_refused_and_the_right_column_is_named(name, people, made):
    ratings = made(people.assign(weight=np.where(people.index == 4, 0.5, 1.0)))
    with pytest.raises(ps.DataError) as error:
        FUNCTIONS[name](ratings)
    assert f"`{name}` counts ratings" in str(error.value)
    assert "1 of 262 weights are not whole numbers (the first is 0.5)" in str(error.value)
    assert "call the column `rater_weight`" in str(error.value)


def test_weights_that_would_fill_the_memory_are_refused(people, made):
    with pytest.raises(ps.DataError, match=r"add up to 26,200,000,000, and at most 50,000,000 can be"):
        ps.item_disagreement(made(people.assign(weight=1e8)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_design_weights_are_left_out_and_that_is_said(name, people, made):
    ratings = made(people.assign(rater_weight=np.where(people["rater"] == "r1", 5.0, 1.0)))
    with pytest.warns(ps.PopulationWarning, match=f"`{name}` counts ratings and leaves the design weights") as caught:
        found = FUNCTIONS[name](ratings)
    assert caught[0].filename == __file__  # the user's line, and not one of the package
    pd.testing.assert_frame_equal(found, FUNCTIONS[name](made(people)))
