"""Missing ratings are counted by group and by item, and differences between groups beyond chance are a sentence."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.checking.missing import chance_of_difference


@pytest.fixture(scope="module")
def half_empty():
    """30 raters of 10 items; four fifths of the ratings of every second rater (gender m) are missing."""
    rng = np.random.default_rng(2)
    rows = [(f"t{j}", f"p{i}", float(rng.integers(1, 6)), "fm"[i % 2]) for i in range(30) for j in range(10)]
    frame = pd.DataFrame(rows, columns=["item", "rater", "rating", "gender"])
    frame.loc[(frame["gender"] == "m") & (rng.random(300) < 0.8), "rating"] = np.nan
    return frame


def test_missing_ratings_are_counted_by_group_and_raters_without_any_are_named(half_empty):
    check = ps.check(half_empty, scale=(1, 5), demographics=["gender"])
    n, gone = int(half_empty["rating"].isna().sum()), half_empty.groupby("rater")["rating"].count()
    names = sorted(gone.index[gone == 0], key=lambda name: int(name[1:]))
    assert any(f"missing in {n} of 300 rows" in problem for problem in check.problems)
    assert any(f"{len(names)} of 30 raters have none left: {', '.join(names)}." in text for text in check.problems)
    counts = check.missing.set_index(["column", "level"])
    assert counts.loc[("gender", "m"), ["n_asked", "n_missing"]].tolist() == [150, n]
    assert counts.loc[("gender", "f"), "percent"] == 0.0
    assert counts.loc["item", "n_missing"].sum() == n


def test_groups_that_lack_ratings_unequally_are_named(half_empty):
    problems = ps.check(half_empty, scale=(1, 5), demographics=["gender"]).problems
    assert any("Groups by 'gender' lack ratings unequally" in problem and "0% of f" in problem for problem in problems)


def test_raters_who_leave_all_out_are_no_difference_between_groups():
    """Two raters of one group lack everything: 20% against 0% of the rows, but two people by chance."""
    rater = np.repeat(np.arange(20), 10)
    missing = rater < 2
    assert chance_of_difference(rater, rater % 2, missing) > 0.2
    level = (rater >= 10).astype(int)
    assert chance_of_difference(rater, level, missing) > 0.2
    rows_alone = chance_of_difference(np.arange(200), level, missing)
    assert rows_alone < 0.002  # what a test of rows would have said


def test_the_chance_of_a_difference_is_uniform_where_there_is_none():
    rng = np.random.default_rng(5)
    rater = np.repeat(np.arange(40), 8)
    found = []
    for _ in range(60):
        share = rng.beta(0.5, 2.0, 40)
        found.append(chance_of_difference(rater, rng.integers(0, 2, 40)[rater], rng.random(320) < share[rater]))
    assert 0.35 < np.mean(found) < 0.65
    assert np.mean(np.array(found) < 0.1) < 0.25


def test_permutations_and_the_chi_squared_agree(monkeypatch):
    rng = np.random.default_rng(7)
    rater = np.repeat(np.arange(300), 5)
    level = rng.integers(0, 3, 300)[rater]
    missing = rng.random(1500) < 0.2 + 0.03 * level
    permuted = chance_of_difference(rater, level, missing)
    monkeypatch.setattr("pluralstats.data.checking.missing._MANY_RATERS", 1)
    assert chance_of_difference(rater, level, missing) == pytest.approx(permuted, abs=0.03)


def test_nothing_missing_is_no_word_and_no_row():
    frame = pd.DataFrame({"item": list("abcd"), "rater": 1, "rating": [1, 2, 3, 2]})
    check = ps.check(frame, scale=(1, 3))
    assert check.ok
    assert check.missing.empty


def test_check_and_ratings_say_the_same_number_of_raters():
    frame = pd.DataFrame(
        {"item": list("abab"), "rater": [1, 1, 2, 2], "rating": [1, 2, 3, 2], "gender": ["f", "f", None, None]}
    )
    check = ps.check(frame, scale=(1, 3), demographics=["gender"])
    ratings = ps.Ratings(frame, scale=(1, 3), demographics=["gender"])
    pd.testing.assert_frame_equal(check.summary, ratings.summary())
    assert any("1 of 2 raters are left out" in problem for problem in check.problems)
    kept = ps.check(frame, scale=(1, 3), demographics=["gender"], undisclosed="level")
    assert kept.summary["n_raters"].iloc[0] == 2


def test_levels_that_nobody_has_are_not_withheld():
    gender = pd.Categorical(["f", "f", "m"], categories=["f", "m", "no answer"])
    frame = pd.DataFrame({"item": list("abc"), "rater": [1, 1, 2], "rating": [1, 2, 3], "gender": gender})
    assert not any("withheld" in problem for problem in ps.check(frame, scale=(1, 3), demographics=["gender"]).problems)


def test_what_a_file_declares_missing_is_said_as_that():
    from pluralstats.data.checking.evidence import Columns, Evidence
    from pluralstats.data.checking.missing import declared_missing
    from pluralstats.data.checking.whole import _arguments
    from pluralstats.data.policies.options import rating_options
    from pluralstats.data.preparing import begun
    from pluralstats.data.tables.frames import numbered_table

    frame = pd.DataFrame({"item": list("abc"), "rater": 1, "rating": [1, 2, None]})
    record = {"step": "user_missing", "column": "rating", "policy": "don't know", "n_rows": 1, "n_raters": 1}
    numbered = numbered_table(frame)
    numbered = type(numbered)(numbered.table, numbered.rows, (record | {"detail": "code 8"},))
    options = rating_options(**_arguments({"scale": (1, 5)}))
    started = begun(numbered, options)
    evidence = Evidence(
        Columns(frame), numbered.rows, started.asked, started.batch, started.batch, started.scale, options, frozenset()
    )
    assert declared_missing(evidence) == [
        "'rating' is declared missing by the file itself: don't know (code 8) in 1 row."
    ]
