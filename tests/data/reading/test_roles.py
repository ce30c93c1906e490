"""Guessing which column is what: by name and content together, and never where two would do."""

import pandas as pd
import pytest

from pluralstats.data.reading.roles import guessed_roles


def long_table(**more: list[object]) -> pd.DataFrame:
    """Three raters on four items, one row each."""
    pairs = [(rater, item) for rater in ("p1", "p2", "p3") for item in ("t1", "t2", "t3", "t4")]
    answers = [1, 2, 3, 4, 2, 2, 5, 1, 3, 3, 1, 5]
    table = pd.DataFrame(pairs, columns=["worker_id", "text_id"]).assign(score=answers)
    return table.assign(**more)


@pytest.mark.parametrize(
    ("rater", "item", "rating"),
    [
        ("user_id", "post_id", "label"),
        ("WorkerId", "comment_id", "answer"),
        ("PROLIFIC_PID", "prompt_id", "value"),
        ("annotator", "text", "score"),
        ("Participant", "itemId", "Rating"),
    ],
)
def test_roles_are_told_by_the_usual_names(rater: str, item: str, rating: str):
    table = long_table().set_axis([rater, item, rating], axis=1)
    roles = guessed_roles(table)
    assert roles.columns == {rater: "rater", item: "item", rating: "rating"}
    assert roles.doubts == ()


def test_an_id_is_preferred_to_the_text_it_stands_for():
    table = long_table(text=["first", "second", "third", "fourth"] * 3)
    assert guessed_roles(table).columns["text_id"] == "item"


def test_two_columns_that_could_be_the_rater_are_a_doubt():
    roles = guessed_roles(long_table(user=list("abcdbcdacdab")))
    assert "rater" not in roles.columns.values()
    assert any("Several columns may be the rater: worker_id, user." in doubt for doubt in roles.doubts)


def test_columns_with_the_same_answers_are_dimensions():
    table = long_table(toxic=[5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 5, 1]).rename(columns={"score": "helpful"})
    roles = guessed_roles(table)
    assert roles.dimensions == ("helpful", "toxic")
    assert roles.doubts == ()


def test_facts_about_raters_and_items_are_no_dimensions():
    table = long_table(
        politics=[1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5],
        length=[1, 2, 3, 4] * 3,
        toxic=[5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 5, 1],
    ).rename(columns={"score": "helpful"})
    assert guessed_roles(table).dimensions == ("helpful", "toxic")


def test_two_sets_of_columns_are_a_doubt():
    table = long_table(spam=["yes", "no", "no"] * 4).rename(columns={"score": "helpful"})
    roles = guessed_roles(table)
    assert roles.dimensions == ()
    assert any("No column can be told to be the rating" in doubt for doubt in roles.doubts)


def test_a_column_that_tells_repeats_apart_is_the_dimension():
    table = pd.concat([long_table(aspect=["toxic"] * 12), long_table(aspect=["helpful"] * 12)])
    assert guessed_roles(table).columns["aspect"] == "dimension"


def test_a_long_text_is_no_rating():
    table = long_table(label=[f"because of {i}" for i in range(12)])
    assert guessed_roles(table).columns["score"] == "rating"


def test_cells_with_lists_are_left_alone():
    table = long_table(labels=[[1, 2]] * 12)
    assert guessed_roles(table).columns["score"] == "rating"


def test_a_table_of_something_else_names_what_is_missing():
    roles = guessed_roles(pd.DataFrame({"city": ["a", "b"], "inhabitants": [10, 20]}))
    assert roles.columns == {}
    assert [doubt.split(";")[0] for doubt in roles.doubts] == [
        f"No column can be told to be the {role}" for role in ("item", "rater", "rating")
    ]


def test_row_order_does_not_matter():
    table = long_table(toxic=[5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 5, 1])
    assert guessed_roles(table.sample(frac=1, random_state=3)) == guessed_roles(table)
