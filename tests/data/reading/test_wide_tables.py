"""A row a person or a row an item: surveys of no known tool, matrices, and what is proposed for them."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import pluralstats as ps
from pluralstats.data.reading.proposals import LikelyError

SURVEY = pd.DataFrame(
    {
        "who": ["p1", "p2", "p3"],
        "T1_toxic": [1, 2, 3],
        "T1_helpful": [5, 4, None],
        "T2_toxic": [2, 2, 2],
        "T2_helpful": [1, 5, 3],
        "age": [30, 41, 52],
    }
)
MATRIX = pd.DataFrame({"text_id": [7, 8, 9], "anna": [1, 2, 3], "ben": [1, None, 5]})


def test_items_and_dimensions_in_one_name():
    ratings = ps.read_ratings(
        SURVEY, items="{item}_{dimension}", columns={"who": "rater"}, scale=(1, 5), covariates=["age"]
    )
    assert (ratings.n_items, ratings.n_raters, ratings.n_ratings) == (2, 3, 11)
    assert ratings.dimensions == ("toxic", "helpful")
    rated = ratings.frame.assign(value=ratings.values).set_index(["rater", "item", "dimension"])["value"]
    assert rated["p2", "T2", "helpful"] == 5
    assert rated["p3", "T1", "toxic"] == 3
    assert ratings.policies.set_index("step").loc["missing_ratings", "n_rows"] == 1


def test_problems_name_the_row_of_the_person():
    (problem,) = ps.check(
        SURVEY.assign(T2_toxic=[2, 9, 2]), items="T*_toxic", columns={"who": "rater"}, scale=(1, 5)
    ).problems[:1]
    assert "1 value outside the scale 1-5: 9 (row 2)" in problem


def test_rows_are_counted_as_in_the_file_and_blank_ones_named(tmp_path):
    (tmp_path / "survey.csv").write_text("who,Q1,Q2\np1,1,2\n,,\np3,9,1\n")
    check = ps.check(tmp_path / "survey.csv", items="Q*", columns={"who": "rater"}, scale=(1, 5))
    assert any("9 (row 3)" in problem for problem in check.problems)


def test_ids_in_wide_tables_are_text(tmp_path):
    (tmp_path / "matrix.csv").write_text("id,r1.1,r1.10\n1.1,1,2\n1.10,3,4\n")
    ratings = ps.read_ratings(tmp_path / "matrix.csv", raters="r*", columns={"id": "item"}, scale=(1, 5))
    assert (ratings.n_items, ratings.n_raters, ratings.n_ratings) == (2, 2, 4)
    (tmp_path / "survey.csv").write_text("who,Q1,age\n007,1,20\n7,3,30\n07,3,40\n")
    options = {"items": ["Q1"], "columns": {"who": "rater"}, "covariates": ["age"], "scale": (1, 5)}
    survey = ps.read_ratings(tmp_path / "survey.csv", **options)
    assert survey.n_raters == 3
    assert sorted(survey.frame["age"]) == [20.0, 30.0, 40.0]


def test_a_pattern_that_meets_columns_by_accident_is_refused():
    with pytest.raises(ps.DataError, match=r"1 column of the pattern cross with no other.*'user_agent'"):
        ps.read_ratings(SURVEY.assign(user_agent="x"), items="{item}_{dimension}", scale=(1, 5))


def test_a_column_of_the_needed_name_stands_in_the_way():
    with pytest.raises(ps.DataError, match="The data have a column 'item' already"):
        ps.read_ratings(SURVEY.rename(columns={"age": "item"}), items="T*_toxic", scale=(1, 5))


def test_demographics_are_no_items_though_a_pattern_means_them():
    frame = pd.DataFrame({"rater": ["a", "b"], "Q1": [1, 2], "Q2": [3, 4], "Q30": ["x", "y"]})
    ratings = ps.read_ratings(frame, items="Q*", columns={"Q30": "gender"}, demographics=["gender"], scale=(1, 5))
    assert ratings.items["item"].tolist() == ["Q1", "Q2"]


def test_mostly_empty_items_were_not_asked_and_a_few_empty_ones_are_missing():
    cells = np.full((4, 8), np.nan)
    cells[np.arange(4), np.arange(4)] = 3
    frame = pd.DataFrame(cells, columns=[f"Q{i}" for i in range(8)]).assign(rater=list("abcd"))
    steps = ps.read_ratings(frame, items="Q*", scale=(1, 5)).policies.set_index("step")
    assert steps.loc["empty_cells", ["policy", "n_rows", "detail"]].tolist() == [
        "not asked",
        28,
        "28 empty cells of 32",
    ]
    assert steps.loc["missing_ratings", "n_rows"] == 0


@pytest.mark.parametrize("raters", ["ann_*", ["ann_1", "ann_2"]])
def test_a_matrix_is_melted_and_its_empty_cells_were_not_asked(raters):
    frame = MATRIX.rename(columns={"anna": "ann_1", "ben": "ann_2"})
    ratings = ps.read_ratings(frame, raters=raters, columns={"text_id": "item"}, scale=(1, 5))
    assert ratings.raters["rater"].tolist() == ["ann_1", "ann_2"]
    assert ratings.values.tolist() == [1, 2, 3, 1, 5]
    steps = ratings.policies.set_index("step")
    assert steps.loc["empty_cells", ["policy", "n_rows", "n_raters"]].tolist() == ["not asked", 1, 1]
    assert steps.loc["missing_ratings", "n_rows"] == 0


def test_the_part_of_a_name_is_the_rater_where_it_is_asked_for():
    frame = MATRIX.rename(columns={"anna": "ann_anna", "ben": "ann_ben"})
    assert ps.read_ratings(frame, raters="ann_{rater}", scale=(1, 5)).raters["rater"].tolist() == ["anna", "ben"]


def test_a_matrix_takes_the_one_column_that_is_left_as_item_counts_rows_or_asks():
    raters = ["anna", "ben"]
    assert ps.read_ratings(MATRIX, raters=raters, scale=(1, 5)).items["item"].tolist() == ["7", "8", "9"]
    bare = MATRIX.drop(columns="text_id")
    assert ps.read_ratings(bare, raters=raters, scale=(1, 5)).items["item"].tolist() == ["row 1", "row 2", "row 3"]
    assert "No column names the items; rows are counted." in ps.check(bare, raters=raters, scale=(1, 5)).guesses
    with pytest.raises(ps.DataError, match=r"Which column names the items.*'text_id', 'text'"):
        ps.read_ratings(MATRIX.assign(text="Hello"), raters=raters, scale=(1, 5))


def test_columns_without_any_rating_are_said():
    with pytest.raises(ps.DataError, match="The columns of ratings are empty, all 6 cells of them"):
        ps.read_ratings(MATRIX.assign(anna=" ", ben=None), raters=["anna", "ben"], scale=(1, 5))


@pytest.mark.parametrize("format", ["matrix", "answers", "survey", "qualtrics", "limesurvey", "redcap", "google_forms"])
def test_a_format_that_was_asked_for_and_does_not_fit_says_what_it_needs(format):
    with pytest.raises((ps.ConfigError, ps.DataError)) as caught:
        ps.read_ratings(MATRIX, format=format, scale=(1, 5))
    assert any(
        word in str(caught.value)
        for word in ("need `", "Pass another format=", "Say which columns are items", "If so, pass")
    )


def test_columns_of_ratings_are_named_in_one_way():
    with pytest.raises(ps.ConfigError, match="`items` and `raters` both name"):
        ps.read_ratings(MATRIX, items="anna", raters="ben")
    for given in ([1, 2], 5):
        with pytest.raises(ps.ConfigError, match="`items` lists columns or patterns"):
            ps.read_ratings(MATRIX, items=given)


def test_numbers_of_spss_items_are_kept_for_a_scale_of_numbers(tmp_path):
    labels = {name: {1: "never", 2: "at times", 3: "always"} for name in ("Q1_1", "Q1_2")}
    frame = pd.DataFrame({"id": ["a", "b"], "Q1_1": [1.0, 3.0], "Q1_2": [2.0, 2.0]})
    pyreadstat.write_sav(frame, tmp_path / "s.sav", variable_value_labels=labels)
    options = {"items": "Q1_*", "columns": {"id": "rater"}}
    assert ps.read_ratings(tmp_path / "s.sav", scale=(1, 3), **options).values.tolist() == [1, 3, 2, 2]
    words = ps.read_ratings(tmp_path / "s.sav", scale=["never", "at times", "always"], **options)
    assert words.values.tolist() == [1, 3, 2, 2]


NUMBERED = ["1 - not at all", "3 - somewhat", "5 = very"]
PROPOSED = {
    "matrix of a spreadsheet": (
        pd.DataFrame({"text_id": ["1", "2"], "anna": ["1", "2"], "ben": ["2.0", "1.0"]}),
        'raters=["anna", "ben"], columns={"text_id": "item"}',
    ),
    "cells with lists beside": (
        pd.DataFrame({"text_id": [1, 2], "tags": [["a"], []], "p1": [[1], [2]], "p2": [[1], [2]], "x": [1, 2]}).assign(
            y=[2, 1]
        ),
        'raters=["x", "y"], columns={"text_id": "item"}',
    ),
    "matrix": (MATRIX.assign(ben=[1, 3, None]), 'raters=["anna", "ben"], columns={"text_id": "item"}'),
    "survey": (
        pd.DataFrame({"participant": ["a", "b"], "Q1_1": [1, 2], "Q1_2": [2, 3], "Q2": ["x y", "z"]}),
        'items="Q1_*", columns={"participant": "rater"}',
    ),
    "two blocks": (
        pd.DataFrame({"worker_id": ["a", "b"], "A1": [1, 2], "A2": [2, 3], "B1": [1, 1], "B2": [5, 1]}),
        'items=["A*", "B*"], columns={"worker_id": "rater"}',
    ),
    "numbered labels": (
        pd.DataFrame({"user": ["a", "b", "c"], "Q1_1": NUMBERED, "Q1_2": NUMBERED[::-1]}),
        'items="Q1_*", columns={"user": "rater"}',
    ),
    "a name that begins alike": (
        pd.DataFrame({"user": ["a", "b"], "Q1_1": [1, 2], "Q1_2": [2, 3], "Q1_why": ["so", "no"]}),
        'items=["Q1_1", "Q1_2"], columns={"user": "rater"}',
    ),
    "dimensions": (
        pd.DataFrame({"text_id": [1, 1], "user": ["a", "b"], "dim1": [1, 2], "dim2": [2, 3]}),
        'dimensions=["dim1", "dim2"], columns={"user": "rater", "text_id": "item"}',
    ),
}


@pytest.mark.parametrize("name", PROPOSED)
def test_a_wide_table_without_a_hint_is_refused_with_the_call_that_reads_it(name):
    table, call = PROPOSED[name]
    with pytest.raises(LikelyError) as caught:
        ps.read_ratings(table)
    assert str(caught.value).endswith(f"If so, pass {call}.")
    proposed = caught.value.proposal.options
    assert ps.read_ratings(table, scale=["1", "2", "3", "5", *NUMBERED], **proposed).n_ratings >= 4


def test_tables_that_are_nothing_of_the_kind_get_no_proposal():
    table = pd.DataFrame({"a": ["some", "words"], "b": ["here", "too"]})
    assert ps.check(table).problems[0].startswith("Column 'item' is missing")
