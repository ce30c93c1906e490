"""Hints: a column of the same kind before one that is spelled alike, and what the shape of a table says."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.tables.column_kinds import did_you_mean


@pytest.mark.parametrize(
    ("name", "columns", "meant"),
    [
        ("rater", ["rating", "user_id", "text"], "user_id"),
        ("rater", ["workerId", "date"], "workerId"),
        ("rater", ["Annotator", "ratings"], "Annotator"),
        ("rater", ["ResponseId", "Q1_1"], "ResponseId"),
        ("item", ["text", "text_id", "time"], "text_id"),
        ("rating", ["rater", "annotation_id", "score"], "score"),
        ("rater", ["ratr", "x"], "ratr"),
        ("gender", ["gendr"], "gendr"),
    ],
)
def test_a_column_of_the_same_kind_is_meant(name, columns, meant):
    assert did_you_mean(name, columns) == f" Did you mean '{meant}'?"


def test_a_column_with_a_role_of_its_own_is_not_meant():
    assert did_you_mean("rater", ["rating", "wave", "score"]) == ""


def test_a_matrix_of_raters_and_a_survey_and_points_of_a_scale_are_told_by_their_shape():
    answers = {"anna": [1, 2, 3, 5, 4, 2], "ben": [1, 3, 3, 4, None, 2], "cleo": [2, 2, 4, 5, 4, None]}
    matrix = pd.DataFrame({"item": range(6), **answers})
    assert any('pass raters=["anna", "ben", "cleo"]' in problem for problem in ps.check(matrix).problems)
    survey = pd.DataFrame({"rater": range(6), **answers})
    assert any('pass items=["anna", "ben", "cleo"]' in problem for problem in ps.check(survey).problems)
    marked = {f"tox:::{k}": [int(k == 1 + i % 3) for i in range(6)] for k in (1, 2, 3)}
    points = pd.DataFrame({"rater": range(6), "item": range(6), **marked})
    assert any('pass answers="tox:::*"' in problem for problem in ps.check(points).problems)


def test_one_list_among_numbers_is_no_obstacle():
    table = pd.DataFrame(
        {"item": range(4), "rater": range(4), "a": [1, [2], 1, 2], "b": [1, 2, 1, 2], "c": [2, 2, 1, 1]}
    )
    assert not ps.check(table).ok
