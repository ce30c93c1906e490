"""item_disagreement(): one row per item."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

COLUMNS = [
    *("item", "n_ratings", "n_raters", "mean", "sd", "percent_agreement", "mean_distance"),
    *("entropy", "entropy_normalised", "polarisation", "mode"),
]


def by_item(ratings):
    return ps.item_disagreement(ratings).set_index("item")


def test_every_column_by_hand(by_hand):
    # a: 1 1 2 5 5 5. Mean 19/6; squares 81: sd^2 = (81 - 361/6) / 5. Pairs 15: equal 1 + 3 = 4; distances: 1-1 0,
    # 1-2 1 1, 1-5 4 x 6, 2-5 3 x 3, 5-5 0: 35/15. Shares 2/6, 1/6, 3/6. Mode 5; nDFU = (1/6) / (3/6).
    row = by_item(by_hand("aaaaaa", "uvwxyz", [1, 1, 2, 5, 5, 5])).loc["a"]
    entropy = np.log(6) - (2 * np.log(2) + 3 * np.log(3)) / 6
    expected = {"n_ratings": 6, "n_raters": 6, "mean": 19 / 6, "sd": ((81 - 361 / 6) / 5) ** 0.5}
    expected |= {"percent_agreement": 400 / 15, "mean_distance": 35 / 15, "entropy": entropy}
    expected |= {"entropy_normalised": entropy / np.log(5), "polarisation": 1 / 3, "mode": 5}
    assert row.to_dict() == pytest.approx(expected, rel=1e-13)


def test_numbers_are_those_of_pairs_written_out(people, made):
    found = by_item(made(people))
    assert list(ps.item_disagreement(made(people)).columns) == COLUMNS
    for item, part in people.groupby("item"):
        x = part["rating"].to_numpy()
        pairs = list(combinations(x, 2))
        row = found.loc[item]
        assert row["percent_agreement"] == pytest.approx(100 * np.mean([a == b for a, b in pairs]))
        assert row["mean_distance"] == pytest.approx(np.mean([abs(a - b) for a, b in pairs]))
        assert (row["mean"], row["sd"]) == (pytest.approx(x.mean()), pytest.approx(x.std(ddof=1)))


def test_means_over_items_are_the_coefficients_of_agreement(people, made):
    names = {"percent": "percent_agreement", "distance": "mean_distance", "entropy": "entropy"}
    names["polarisation"] = "polarisation"
    ratings = made(pd.concat([people, people.head(1).assign(item="alone")]))
    whole = ps.agreement(ratings, coefficients=list(names), bootstrap=[]).set_index("coefficient")["estimate"]
    items = ps.item_disagreement(ratings)
    for coefficient, column in names.items():
        assert whole[coefficient] == pytest.approx(items[column].mean(), rel=1e-13)


def test_one_rating_says_nothing_about_disagreement(by_hand):
    row = by_item(by_hand("aab", "xyx", [1, 2, 4])).loc["b"]
    assert (row["n_ratings"], row["mean"], row["mode"]) == (1, 4, 4)
    assert (
        row[["sd", "percent_agreement", "mean_distance", "entropy", "entropy_normalised", "polarisation"]].isna().all()
    )


def test_equal_ratings_have_no_spread_and_tied_answers_no_mode(by_hand):
    table = by_item(by_hand("aaabb", "xyzxy", [3, 3, 3, 1, 5]))
    assert table.loc["a", ["sd", "mean_distance", "entropy", "polarisation"]].eq(0).all()
    assert (table.loc["a", "percent_agreement"], table.loc["a", "mode"]) == (100, 3)
    assert np.isnan(table.loc["b", "mode"])
    assert table.loc["b", "polarisation"] == 1


def test_the_order_of_rows_and_names_of_raters_do_not_matter(people, made):
    moved = people.sample(frac=1, random_state=2)
    moved["rater"] = moved["rater"].str[::-1] + "z"
    pd.testing.assert_frame_equal(by_item(made(people)).sort_index(), by_item(made(moved)).sort_index(), rtol=1e-12)


def test_reversing_the_scale_moves_mean_and_mode_only(people, made):
    one, two = by_item(made(people)), by_item(made(people.assign(rating=6 - people["rating"])))
    pd.testing.assert_frame_equal(one, two.assign(mean=6 - two["mean"], mode=6 - two["mode"]), rtol=1e-12)


def test_a_second_wave_counts_as_a_rating_and_not_as_a_rater():
    frame = pd.DataFrame({"item": "a", "rater": list("xxy"), "rating": [1, 2, 2], "wave": ["1", "2", "1"]})
    row = ps.item_disagreement(ps.Ratings(frame, scale=(1, 5))).iloc[0]
    assert (row["n_ratings"], row["n_raters"]) == (3, 2)


def test_two_answers_leave_no_valley_between_peaks(by_hand):
    frame = pd.DataFrame({"item": "a", "rater": list("wxyz"), "rating": [0, 0, 1, 1]})
    row = ps.item_disagreement(ps.Ratings(frame, scale=(0, 1))).iloc[0]
    assert np.isnan(row["polarisation"])
    assert row["entropy_normalised"] == pytest.approx(1)


def test_continuous_ratings_have_spread_only():
    x = np.array([1.5, 2.25, 7.0])
    frame = pd.DataFrame({"item": "a", "rater": list("xyz"), "rating": x + 1e6})
    row = ps.item_disagreement(ps.Ratings(frame, scale="continuous")).iloc[0]
    assert row["mean_distance"] == pytest.approx((0.75 + 5.5 + 4.75) / 3)
    assert row["sd"] == pytest.approx(x.std(ddof=1))
    assert row[["percent_agreement", "entropy", "entropy_normalised", "polarisation", "mode"]].isna().all()


def test_several_dimensions_are_refused(people, made):
    both = made(pd.concat([people.assign(dimension=name) for name in ("toxicity", "helpfulness")]))
    with pytest.raises(ps.ConfigError, match=r"`item_disagreement` needs ratings of one dimension; found 2"):
        ps.item_disagreement(both)
    with pytest.raises(ps.ConfigError, match=r"`item_disagreement` needs Ratings; found DataFrame"):
        ps.item_disagreement(people)


def test_codes_of_many_items_and_answers_do_not_overflow():
    # 40 items have codes of 8 bits; item * K + answer passes 127
    ratings = ps.simulate(n_raters=30, n_items=40, ratings_per_rater=20, seed=1)
    table = ps.item_disagreement(ratings).set_index("item")
    frame = ratings.frame
    last = frame["item"].cat.categories[-1]
    shares = frame.loc[frame["item"] == last, "rating"].value_counts(normalize=True)
    assert table.loc[last, "entropy"] == pytest.approx(-(shares * np.log(shares)).sum())
