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


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_two_codes_with_one_label_stay_two(suffix, tmp_path):
    table = pd.DataFrame({"item": [1, 2, 3, 1, 2, 3], "rater": [1, 1, 1, 2, 2, 2], "rating": [1, 2, 3, 4, 5, 1]})
    labels = {"rater": {1: "Anna", 2: "Anna "}, "item": {1: "2", 3: "three"}}
    path = tmp_path / f"r.{suffix}"
    getattr(pyreadstat, f"write_{suffix}")(table, path, variable_value_labels=labels)
    ratings = ps.read_ratings(path, scale=(1, 5))
    assert set(ratings.frame["rater"]) == {"Anna (code 1)", "Anna (code 2)"}
    assert set(ratings.frame["item"]) == {"2 (code 1)", "2 (code 2)", "three"}
    assert ratings.values.tolist() == [1, 2, 3, 4, 5, 1]
    assert _said(ratings, "value_labels") == {("rater", "kept apart"): 0, ("item", "kept apart"): 0}


def _undeclared(tmp_path, codes, labels):
    answers = [1, 2, 3, 4, 5, *codes, 3] * 4
    rest = {"item": [f"i{i % 4}" for i in range(len(answers))], "rater": [i // 4 for i in range(len(answers))]}
    path = tmp_path / "r.sav"
    pyreadstat.write_sav(pd.DataFrame({**rest, "rating": answers}), path, variable_value_labels={"rating": labels})
    return path


@pytest.mark.parametrize("codes", [(8, 9), (6, 7)], ids=["far from the others", "next to the others"])
def test_labels_of_ratings_tell_which_codes_are_no_answers(codes, tmp_path):
    labels = {1: "not at all", 5: "very", codes[0]: "don't know", codes[1]: "refused"}
    path = _undeclared(tmp_path, codes, labels)
    found = ps.check(path)
    assert found.options["scale"].labels == ("1", "2", "3", "4", "5")
    sentence = (
        f"By its labels in the file, `rating` has no answer in some rows: {codes[0]} is 'don't know' (4 rows), "
        f"{codes[1]} is 'refused' (4 rows). Pass drop_ratings=[{codes[0]}, {codes[1]}]."
    )
    assert sentence in found.problems
    assert not any("far from all others" in problem for problem in found.problems)  # said once
    assert sentence in ps.check(path, scale=(1, 9)).problems  # also where the scale has room for them
    assert ps.check(path, scale=(1, 5), drop_ratings=list(codes)).problems == ()
    assert ps.read_ratings(path, scale=(1, 5), drop_ratings=list(codes)).n_ratings == 24
