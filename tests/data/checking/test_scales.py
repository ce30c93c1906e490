"""Orders of answers that nobody chose, two scales in one column, several choices in one answer, survey weights."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.answer_order import alphabetical_order


def rated(rng, rating, **columns):
    n = len(rating)
    return pd.DataFrame({"item": np.arange(n) % 8, "rater": np.arange(n) // 8, "rating": rating, **columns})


def test_the_alphabet_as_order_is_named_by_check_and_where_it_is_used():
    answers = np.random.default_rng(1).choice(["low", "medium", "high"], 160)
    frame = rated(None, pd.Categorical(answers, ordered=True))
    assert any("is the alphabet: high < low < medium" in problem for problem in ps.check(frame).problems)
    with pytest.warns(ps.ScaleWarning, match="high < low < medium"):
        ps.Ratings(frame)
    ratings = ps.Ratings(frame, scale=["low", "medium", "high"])
    assert ratings.scale.labels == ("low", "medium", "high")


def test_an_order_that_was_named_is_believed():
    answers = pd.Categorical(np.resize(["low", "medium", "high"], 160), ["low", "medium", "high"], ordered=True)
    assert ps.Ratings(rated(None, answers)).scale.labels == ("low", "medium", "high")
    assert not alphabetical_order(["1 - not at all", "2 - a little", "3 - very"])
    assert not alphabetical_order(["no", "yes"])


def test_people_on_two_scales_in_one_column_are_named():
    rng = np.random.default_rng(6)
    five, six = rng.integers(1, 6, 320).astype(float), 1 + 0.8 * rng.integers(0, 6, 320)
    check = ps.check(rated(rng, np.concatenate([five, six])))
    (problem,) = [text for text in check.problems if "two sets of answers" in text]
    assert "40 raters 1, 2, 3, 4, 5" in problem
    assert "40 raters 1, 1.8, 2.6, 3.4, 4.2, 5" in problem


def test_people_who_avoid_answers_are_no_two_scales():
    rng = np.random.default_rng(7)
    mild = np.repeat(rng.normal(0, 1.5, 80), 8)
    rating = np.clip(np.round(3 + mild + rng.normal(0, 1, 640)), 1, 5)
    assert not any("two sets" in problem for problem in ps.check(rated(rng, rating)).problems)


def test_waves_on_two_scales_are_named_and_waves_on_one_are_not():
    rng = np.random.default_rng(8)
    wave = np.repeat(["first", "second"], 400)
    other = np.concatenate([rng.integers(1, 6, 400), rng.integers(1, 8, 400)])
    assert any("The waves have different answers" in t for t in ps.check(rated(rng, other, wave=wave)).problems)
    same = rng.integers(1, 6, 800)
    assert not any("different answers" in t for t in ps.check(rated(rng, same, wave=wave)).problems)


RACE = ["White", "Asian", "White, Asian", "Black or African American"]


def test_answers_that_join_others_are_named():
    frame = rated(None, np.resize([1, 2, 3, 4, 5], 640), race=np.resize(np.repeat(RACE, 8), 640))
    problems = ps.check(frame, scale=(1, 5), demographics=["race"]).problems
    assert any("join others: 'White, Asian'" in text and 'separator=", "' in text for text in problems)


def test_a_separator_that_never_occurs_is_named():
    frame = rated(None, np.resize([1, 2, 3, 4, 5], 640), race=np.resize(np.repeat(RACE, 8), 640))
    asked = {"demographics": ["race"], "multi_select": {"race": "multiracial"}}
    assert any(
        "none of its answers has the separator ';'" in t for t in ps.check(frame, scale=(1, 5), **asked).problems
    )
    found = ps.check(frame, scale=(1, 5), separator=", ", **asked).problems
    assert not any("separator" in text for text in found)


def test_survey_weights_in_the_column_of_frequencies_are_named():
    rng = np.random.default_rng(9)
    weight = np.repeat(rng.uniform(0.5, 2, 20), 8)
    frame = rated(rng, rng.integers(1, 6, 160), weight=weight)
    assert any('columns={"weight": "rater_weight"}' in problem for problem in ps.check(frame, scale=(1, 5)).problems)
    counts = frame.assign(weight=np.repeat(rng.integers(1, 4, 20), 8))
    assert not any("rater_weight" in problem for problem in ps.check(counts, scale=(1, 5)).problems)


@pytest.mark.parametrize("as_flags", [True, False])
def test_points_of_a_scale_that_were_called_dimensions_are_named(as_flags):
    point = 1 + np.arange(24) % 5
    columns = {f"tox:::{k}": np.where(point == k, 1 if as_flags else k, 0 if as_flags else np.nan) for k in range(1, 6)}
    frame = pd.DataFrame({"item": np.arange(24) % 8, "rater": np.arange(24) // 8, **columns})
    problems = ps.check(frame, dimensions=list(columns)).problems
    assert any("24 of 24 rows" in problem and "points of one scale" in problem for problem in problems)


def test_a_row_for_each_rating_says_nothing_about_points_of_a_scale():
    """A long file, or a Ratings' own frame: every row has one dimension by its nature."""
    ratings = ps.simulate(n_raters=20, n_items=6, ratings_per_rater=3, dimensions=["a", "b", "c"], seed=1)
    assert ps.check(ratings.frame.assign(rating=ratings.values)).problems == ()


def test_dimensions_of_which_each_row_has_all_are_dimensions():
    rng = np.random.default_rng(3)
    columns = {name: rng.integers(0, 2, 40) for name in ("rude", "false", "funny")}
    frame = pd.DataFrame({"item": np.arange(40) % 8, "rater": np.arange(40) // 8, **columns})
    assert not any("points of one" in text for text in ps.check(frame, dimensions=list(columns)).problems)
