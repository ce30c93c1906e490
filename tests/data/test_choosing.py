"""``ratings.where``: the rows that a condition means, and the rest of the ratings as they were."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(
        n_raters=30,
        n_items=8,
        ratings_per_rater=4,
        demographics={"country": {"US": 0.5, "Germany": 0.5}, "gender": {"female": 0.5, "male": 0.5}},
        dimensions=["toxic", "kind"],
        seed=1,
    )


def test_levels_keep_their_rows_and_all_else(ratings):
    part = ratings.where(country="US")
    wanted = ratings.frame[ratings.frame["country"] == "US"]
    assert part.n_ratings == len(wanted) and part.n_raters == wanted["rater"].nunique()
    assert (part.values == ratings.values[wanted.index]).all()
    assert (part.scale, part.demographics, part.dimensions) == (ratings.scale, ratings.demographics, ratings.dimensions)
    assert part.simulated and part.truth is ratings.truth
    record = part.policies.iloc[-1]
    assert (record["step"], record["column"], record["detail"]) == ("where", "country", "country US")
    assert record["n_rows"] == ratings.n_ratings - part.n_ratings
    assert record["n_raters"] == ratings.n_raters - part.n_raters


def test_no_category_keeps_a_level_that_nobody_has(ratings):
    part = ratings.where(country=["Germany"], dimension="kind")
    for name in part.frame.select_dtypes("category"):
        column = part.frame[name]
        assert set(column.cat.categories) == set(column)
    assert part.dimensions == ("kind",)


def test_the_next_level_becomes_the_reference_where_it_is_gone(ratings):
    first = ratings.frame["country"].cat.categories[0]
    other = ratings.frame["country"].cat.categories[1]
    assert ratings.where(country=other).frame["country"].cat.categories[0] == other
    assert ratings.where(country=[other, first]).frame["country"].cat.categories[0] == first


def test_conditions_of_columns_and_rows_hold_together(ratings):
    found = ratings.where(lambda frame: frame["item"].isin(["I1", "I2"]), gender="female", rating=[4, 5])
    frame = ratings.frame
    wanted = frame["item"].isin(["I1", "I2"]) & (frame["gender"] == "female") & (ratings.values >= 4)
    assert found.n_ratings == wanted.sum() > 0
    assert ratings.where(wanted.to_numpy()).frame.equals(found.frame)
    assert ratings.where(wanted).frame.equals(found.frame)
    assert ratings.where(list(wanted)).frame.equals(found.frame)


def test_every_kind_of_collection_will_do(ratings):
    wanted = ratings.where(country=["US", "Germany"]).n_ratings
    for many in ({"US", "Germany"}, ("US", "Germany"), np.array(["US", "Germany"]), pd.Series(["US", "Germany"])):
        assert ratings.where(country=many).n_ratings == wanted == ratings.n_ratings


def test_answers_go_by_label_or_points_and_numbers_by_value():
    table = pd.DataFrame(
        {"item": list("abc"), "rater": [1, 2, 3], "rating": ["no", "maybe", "yes"], "age": [20.5, 30, 41]}
    )
    worded = ps.Ratings(table, ["no", "maybe", "yes"], covariates=["age"])
    assert worded.where(rating="yes").n_ratings == worded.where(rating=3).n_ratings == 1
    assert worded.where(age=[20.5, 41]).n_ratings == 2
    slider = ps.Ratings(table.assign(rating=[0.5, 1.5, 2.5]), "continuous")
    assert slider.where(rating=1.5).n_ratings == 1
    assert slider.where(lambda frame: frame["rating"] > 1).n_ratings == 2


def test_weights_of_raters_have_mean_one_again():
    frame = pd.DataFrame(
        {"item": list("abab"), "rater": [1, 1, 2, 2], "rating": [1, 2, 3, 4], "rater_weight": [1, 1, 3, 3]}
    )
    part = ps.Ratings(frame, (1, 5)).where(rater=2)
    assert part.frame["rater_weight"].unique().tolist() == [1.0]


def test_the_frame_that_a_condition_sees_can_be_changed_without_harm(ratings):
    before = ratings.frame.copy()

    def condition(frame):
        frame["item"] = "x"
        return np.ones(len(frame), dtype=bool)

    assert ratings.where(condition).frame.equals(before)
    assert ratings.frame.equals(before)


def test_the_order_of_conditions_does_not_matter(ratings):
    both = ratings.where(country="US", gender="female")
    assert both.frame.equals(ratings.where(gender="female", country="US").frame)
    assert both.frame.equals(ratings.where(gender="female").where(country="US").frame)


BAD = [
    ({}, "`where` needs a condition"),
    ({"contry": "US"}, "no column 'contry'.*Did you mean 'country'?"),
    ({"Q4": "Agree"}, r"no column 'Q4'.*read with covariates=\['Q4'\].*exclude=\{\"Q4\": "),
    ({"country": "Gremany"}, "'country' has no level 'Gremany'; it has .*Did you mean 'Germany'?"),
    ({"country": []}, "`country` is an empty list"),
    ({"rating": 9}, "'rating' has no level '9'"),
    ({"rating": "high"}, "'rating' has no level 'high'"),
]


@pytest.mark.parametrize(("columns", "message"), BAD, ids=[str(row[0]) for row in BAD])
def test_what_cannot_be_meant_is_refused(ratings, columns, message):
    with pytest.raises(ps.ConfigError, match=message):
        ratings.where(**columns)


CONDITIONS = [
    ("country == 'US'", "The condition is text"),
    ([True], r"true or false for each of 240 ratings; found bool of shape \(1,\)"),
    (5, "true or false for each"),
    (lambda frame: frame["country"], "true or false for each"),
    (lambda frame: frame["contry"] == "US", "The condition uses the column 'contry'.*Did you mean 'country'?"),
    (lambda frame: np.zeros(len(frame), dtype=bool), "No rating of 240 meets the condition"),
]


@pytest.mark.parametrize(("condition", "message"), CONDITIONS)
def test_what_is_no_condition_is_refused(ratings, condition, message):
    with pytest.raises(ps.ConfigError, match=message):
        ratings.where(condition)


def test_an_empty_result_is_refused_with_the_conditions(ratings):
    german = str(ratings.where(country="Germany").frame["rater"].iloc[0])
    with pytest.raises(ps.ConfigError, match=f"meets the condition \\(country US; rater {german}\\)"):
        ratings.where(country="US", rater=german)


def test_a_part_can_be_fitted_where_a_demographic_has_one_level_left(ratings):
    part = ratings.select("toxic").where(country="US")
    fit = ps.fit(part, method="laplace", on_problem="ignore")
    assert not any("country" in name for name in fit.design.fixed.names)
