"""agreement(): the table, and what its numbers depend on."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

import pluralstats as ps
from pluralstats.disagreement import estimates as module
from pluralstats.disagreement.counting.resampling import BOOTSTRAPS
from pluralstats.disagreement.estimates import PAIRWISE

NUMBERS = ["estimate", "lower", "upper", "n_raters", "n_items", "n_ratings"]


def estimates(table):
    """Estimates by level and coefficient."""
    return table.drop_duplicates(["level", "coefficient"]).set_index(["level", "coefficient"])["estimate"]


def without_intervals(ratings, **options):
    return ps.agreement(ratings, bootstrap=[], **options)


# ---------------------------------------------------------------- the table


def test_the_table_has_a_row_for_every_group_coefficient_and_bootstrap(people, made):
    table = ps.agreement(made(people), by=["gender", "country"], replicates=20)
    assert list(table.columns) == [
        *("demographic", "level", "coefficient", "bootstrap"),
        *("estimate", "lower", "upper", "n_raters", "n_items", "n_ratings", "note"),
    ]
    groups = table[["demographic", "level"]].drop_duplicates().itertuples(index=False, name=None)
    assert sorted(groups) == sorted(
        [("all", "all"), ("gender", "female"), ("gender", "male"), ("country", "DE"), ("country", "US")]
    )
    assert len(table) == 5 * len(PAIRWISE) * len(BOOTSTRAPS)
    assert (table["note"] == "").all()
    assert ((table["lower"] < table["estimate"]) & (table["estimate"] < table["upper"])).all()


def test_a_group_has_the_numbers_of_its_rows_alone(people, made):
    table = estimates(without_intervals(made(people), by="gender"))
    alone = estimates(without_intervals(made(people[people["gender"] == "male"], demographics=[])))
    np.testing.assert_allclose(table["male"], alone["all"], rtol=1e-13)


def test_percent_agreement_is_in_percent_and_alpha_is_not(by_hand):
    table = without_intervals(by_hand("aabb", "xyxy", [1, 1, 2, 2])).set_index("coefficient")["estimate"]
    assert table.to_dict() == dict.fromkeys(PAIRWISE[:3], 1.0) | {"percent": 100.0}


def test_counts_are_of_the_group_and_items_are_those_with_two_ratings(by_hand):
    row = without_intervals(by_hand("aabbc", "xyxyz", [1, 2, 2, 2, 5]), coefficients="percent").iloc[0]
    assert (row["n_raters"], row["n_items"], row["n_ratings"]) == (3, 2, 5)


def test_own_sums_replace_the_package_where_it_would_need_much_memory(people, made, monkeypatch):
    ratings = made(people)
    with_package = without_intervals(ratings)
    monkeypatch.setattr(module, "_LARGEST_CUBE", 0)
    monkeypatch.setattr(module.krippendorff, "alpha", None)
    pd.testing.assert_frame_equal(without_intervals(ratings), with_package, rtol=1e-12)


# ---------------------------------------------------------------- what numbers depend on


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(people, made):
    ratings = made(people)
    first, again, other = (ps.agreement(ratings, replicates=50, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["lower"] != other["lower"]).all()
    assert (first["estimate"] == other["estimate"]).all()


def test_the_numbers_of_a_group_do_not_depend_on_what_else_is_asked_for(people, made):
    ratings = made(people)
    everything = ps.agreement(ratings, by=["gender", "country"], replicates=40)
    part = ps.agreement(ratings, "country", coefficients=["percent"], bootstrap="both", replicates=40)
    keys = ["demographic", "level", "coefficient", "bootstrap"]
    merged = part.merge(everything, on=keys, suffixes=("", "_all"), validate="one_to_one")
    assert len(merged) == len(part) == 3
    for column in NUMBERS:
        assert (merged[column] == merged[f"{column}_all"]).all()


def test_the_order_of_rows_does_not_move_a_number(people, made):
    shuffled = people.sample(frac=1, random_state=3)
    tables = [ps.agreement(made(f), by="gender", replicates=40) for f in (people, shuffled)]
    tables = [t.sort_values(["level", "coefficient", "bootstrap"], ignore_index=True) for t in tables]
    pd.testing.assert_frame_equal(*tables, rtol=1e-12)


def test_renaming_raters_moves_no_estimate_and_intervals_only_by_simulation_error(people, made):
    names = dict(zip(people["rater"].unique(), np.random.default_rng(4).permutation(24), strict=True))
    renamed = people.assign(rater=people["rater"].map(names).astype(str))
    one, two = (ps.agreement(made(f), replicates=2000) for f in (people, renamed))
    np.testing.assert_allclose(two["estimate"], one["estimate"], rtol=1e-12)
    width = (one["upper"] - one["lower"]).to_numpy()
    for end in ("lower", "upper"):
        assert (np.abs(one[end] - two[end]).to_numpy() < 0.1 * width).all()


def test_threads_give_the_numbers_of_one_process(people, made):
    ratings = made(people)
    alone = ps.agreement(ratings, by="gender", replicates=30)
    with parallel_config(n_jobs=2):
        pd.testing.assert_frame_equal(ps.agreement(ratings, by="gender", replicates=30), alone)


def test_relabelling_the_scale_moves_only_what_depends_on_points(people, made):
    words = ["never", "rarely", "at times", "often", "always"]
    worded = people.assign(rating=people["rating"].map(dict(enumerate(words, start=1))))
    stretched = people.assign(rating=people["rating"].map({1: 1, 2: 2, 3: 3, 4: 4, 5: 50}))
    base = estimates(without_intervals(made(people)))["all"]
    pd.testing.assert_series_equal(estimates(without_intervals(made(worded, scale=words)))["all"], base)
    far = estimates(without_intervals(made(stretched, scale=[1, 2, 3, 4, 50])))["all"]
    moved = ~np.isclose(far, base)
    assert dict(zip(far.index, moved, strict=True)) == dict.fromkeys(PAIRWISE, False) | {"alpha_interval": True}


def test_a_wider_probability_gives_a_wider_interval(people, made):
    ratings = made(people)
    narrow, wide = (ps.agreement(ratings, prob=prob, replicates=200) for prob in (0.5, 0.95))
    assert (wide["lower"] < narrow["lower"]).all()
    assert (wide["upper"] > narrow["upper"]).all()


def test_ratings_are_not_changed(people, made):
    ratings = made(people)
    before = ratings.frame.copy()
    ps.agreement(ratings, by="gender", replicates=5)
    pd.testing.assert_frame_equal(ratings.frame, before)


def test_a_rater_who_rated_an_item_in_two_waves_counts_with_both_ratings():
    frame = pd.DataFrame({"item": list("aaabb"), "rater": list("xxyxy"), "rating": [1, 2, 1, 3, 3]})
    frame["wave"] = ["1", "2", "1", "1", "1"]
    row = without_intervals(ps.Ratings(frame, scale=(1, 5)), coefficients="percent").iloc[0]
    assert row["estimate"] == pytest.approx(100 * (1 / 3 + 1) / 2)  # item a: 1 of 3 pairs equal; item b: 1 of 1
    assert row["n_ratings"] == 5
