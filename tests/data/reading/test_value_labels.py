"""SPSS and Stata: what a file declares missing is missing and counted, and numbers with a few labels stay numbers."""

import pandas as pd
import pyreadstat
import pytest

import pluralstats as ps

N = 24
ANSWERS = [1, 2, 3, 4, 5, 8, 9, 3]
LABELS = {1: "not at all", 5: "very", 8: "don't know", 9: "refused"}


def _table(**columns: list) -> pd.DataFrame:
    rest = {"item": [f"i{i}" for i in range(N)], "rater": [i // 4 for i in range(N)], "rating": [3] * N}
    return pd.DataFrame(rest | columns)


def _said(ratings: ps.Ratings, step: str) -> dict[tuple[str, str], int]:
    records = ratings.policies.query("step == @step")
    return {(row.column, row.policy): row.n_rows for row in records.itertuples()}


def test_user_missing_ratings_are_missing_and_counted_with_their_label(tmp_path):
    table = _table(rating=ANSWERS * 3)
    declared = {"rating": [{"lo": 8, "hi": 9}]}
    path, labels = tmp_path / "r.sav", {"rating": LABELS}
    pyreadstat.write_sav(table, path, variable_value_labels=labels, missing_ranges=declared)
    ratings = ps.read_ratings(tmp_path / "r.sav", scale=(1, 5))
    assert ratings.n_ratings == N - 6
    assert _said(ratings, "user_missing") == {("rating", "don't know"): 3, ("rating", "refused"): 3}


def test_labels_that_say_no_answer_are_evidence_where_nothing_was_declared(tmp_path):
    pyreadstat.write_sav(_table(rating=ANSWERS * 3), tmp_path / "r.sav", variable_value_labels={"rating": LABELS})
    ratings = ps.read_ratings(tmp_path / "r.sav", scale=(1, 5), drop_ratings=[8, 9])
    assert _said(ratings, "value_labels") == {("rating", "don't know"): 3, ("rating", "refused"): 3}


@pytest.mark.parametrize("declared", [True, False])
def test_an_age_with_one_label_for_refused_is_a_number(declared, tmp_path):
    table = _table(age=[20 + i for i in range(N - 2)] + [99, 99])
    ranges = {"missing_ranges": {"age": [99]}} if declared else {}
    pyreadstat.write_sav(table, tmp_path / "r.sav", variable_value_labels={"age": {99: "Refused"}}, **ranges)
    ratings = ps.read_ratings(tmp_path / "r.sav", scale=(1, 5), covariates=["age"])
    assert ratings.frame["age"].tolist() == [float(20 + i) for i in range(N - 2)]
    assert _said(ratings, "user_missing") == {("age", "Refused"): 2}


def test_a_tagged_missing_value_of_stata_leaves_numbers(tmp_path):
    table = _table(age=pd.Series([*range(20, 20 + N - 2), "a", "b"], dtype=object))
    pyreadstat.write_dta(
        table,
        tmp_path / "r.dta",
        missing_user_values={"age": ["a", "b"]},
        variable_value_labels={"age": {"a": "refused", "b": "no answer"}},
    )
    ratings = ps.read_ratings(tmp_path / "r.dta", scale=(1, 5), covariates=["age"])
    assert ratings.frame["age"].tolist() == [float(i) for i in range(20, 20 + N - 2)]
    assert _said(ratings, "user_missing") == {("age", "refused"): 1, ("age", "no answer"): 1}


def test_answers_labelled_at_their_ends_keep_the_order_of_their_numbers(tmp_path):
    table = _table(mood=[1, 2, 3, 4, 5, 10] * 4)
    pyreadstat.write_sav(table, tmp_path / "r.sav", variable_value_labels={"mood": {1: "very bad", 10: "very good"}})
    ratings = ps.read_ratings(tmp_path / "r.sav", scale=(1, 5), covariates=["mood"], reference={"mood": "very bad"})
    assert list(ratings.frame["mood"].cat.categories) == ["very bad", "2", "3", "4", "5", "very good"]
    words = ["very bad", "2", "3", "4", "5", "very good"]
    as_rating = ps.read_ratings(tmp_path / "r.sav", scale=words, columns={"rating": "old", "mood": "rating"})
    assert as_rating.values.tolist() == [1, 2, 3, 4, 5, 6] * 4


def test_a_measure_with_a_label_for_its_top_stays_a_number(tmp_path):
    table = _table(age=[30 + i for i in range(N - 1)] + [90])
    pyreadstat.write_sav(table, tmp_path / "r.sav", variable_value_labels={"age": {90: "90 and older"}})
    ratings = ps.read_ratings(tmp_path / "r.sav", scale=(1, 5), covariates=["age"])
    assert ratings.frame["age"].max() == 90
    assert ratings.policies.query("step == 'value_labels'")["detail"].tolist() == ["labels not used: 90 = 90 and older"]
