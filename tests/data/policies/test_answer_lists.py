"""Cells with several answers: a row each where it is plain whose each is, else a sentence with three cells."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

WHO = [["u1", "u2"], ["u1", "u3"], ["u2", "u3"], ["u3", "u2"]]
RATED = [[4, 2], [5, 1], [3, 3], [2, 4]]
LONG = pd.DataFrame({"item": [*"abcd"], "rater": WHO, "rating": RATED}).explode(["rater", "rating"])


def written(how):
    return pd.DataFrame({"item": [*"abcd"], "rater": [how(cell) for cell in WHO], "rating": [how(c) for c in RATED]})


WAYS = {
    "lists": list,
    "arrays": np.array,
    "JSON": json.dumps,
    "Python's lists": repr,
    "semicolons": lambda cell: ";".join(map(str, cell)),
    "commas": lambda cell: ",".join(map(str, cell)),
    "commas and blanks": lambda cell: ", ".join(map(str, cell)),
    "bars": lambda cell: "|".join(map(str, cell)),
}


@pytest.mark.parametrize("scale", [(1, 5), None])
@pytest.mark.parametrize("way", WAYS)
def test_parallel_lists_of_people_and_answers_become_rows(way, scale):
    table = written(WAYS[way])
    expected = ps.Ratings(LONG.reset_index(drop=True), scale=(1, 5))
    ratings = ps.Ratings(table, scale=(1, 5))
    assert ratings.data_hash == expected.data_hash
    (record,) = ratings.policies.query("step == 'several_answers'").to_dict("records")
    assert record["policy"] == "one row each"
    assert "4 rows became 8" in record["detail"]
    assert not any("answers in a cell" in problem for problem in ps.check(table, scale=scale).problems)
    assert ps.check(table, scale=scale).summary["n_ratings"].iloc[0] == 8


def test_facts_in_parallel_go_along_and_row_numbers_are_the_users():
    table = written(list).assign(gender=[["f", "m"], ["f", "m"], ["m", "m"], ["m", "m"]])
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["gender"])
    assert ratings.raters.set_index("rater")["gender"].to_dict() == {"u1": "f", "u2": "m", "u3": "m"}
    bad = written(list).assign(rating=[*RATED[:2], [3, 77], RATED[3]])
    with pytest.raises(ps.DataError, match=r"77 \(row 3\)"):
        ps.Ratings(bad, scale=(1, 5))


@pytest.mark.parametrize("cell", [[{"rating": 4}], {"rating": 4}, '[{"rating": 4}]', '{"rating": 4}', [4], "[4]"])
def test_one_answer_inside_brackets_is_that_answer(cell):
    table = pd.DataFrame({"item": list("ab"), "rater": ["u", "u"], "rating": pd.Series([cell, cell], dtype=object)})
    assert ps.Ratings(table, scale=(1, 5)).values.tolist() == [4.0, 4.0]
    assert ps.check(table, scale=(1, 5)).summary["n_ratings"].iloc[0] == 2


def test_several_answers_of_nobody_in_particular_are_refused_with_three_cells():
    table = pd.DataFrame({"item": list("abcd"), "rater": ["u"] * 4, "rating": ["4;2", "5;1", "3", "2;2"]})
    with pytest.raises(ps.DataError) as caught:
        ps.Ratings(table, scale=(1, 5))
    message = str(caught.value)
    assert "in 3 rows: '4;2' (row 1), '5;1' (row 2), '2;2' (row 4)" in message
    assert 'table.assign(rating=table["rating"].str.split(";")).explode("rating")' in message
    assert ps.check(table, scale=(1, 5)).problems == (message,)


def test_lists_of_unequal_length_are_refused_with_the_row():
    table = written(list).assign(rater=[WHO[0], ["u1", "u2", "u3"], *WHO[2:]])
    with pytest.raises(ps.DataError, match="3 beside 2 in row 2"):
        ps.Ratings(table, scale=(1, 5))


def test_nested_objects_are_named():
    cell = [{"completed_by": 1, "result": []}]
    table = pd.DataFrame({"item": ["a"], "rater": ["u"], "rating": [cell]})
    with pytest.raises(ps.DataError, match="Column 'rating' holds nested objects"):
        ps.Ratings(table, scale=(1, 5))


def test_several_raters_of_one_answer_are_named():
    table = pd.DataFrame({"item": ["a", "b"], "rater": [["u", "v"], ["u"]], "rating": [1, 2]})
    with pytest.raises(ps.DataError, match="'rater' holds lists"):
        ps.Ratings(table, scale=(1, 5))


def test_a_comma_in_a_name_beside_a_decimal_number_is_one_rating():
    names = ["Doe, Jane", "Roe, Ann", "Poe, Sam"]
    table = pd.DataFrame({"item": list("abc"), "rater": names, "rating": ["3,5", "2,5", "4,0"]})
    ratings = ps.Ratings(table, scale="continuous")
    assert ratings.values.tolist() == [3.5, 2.5, 4.0]
    assert list(ratings.frame["rater"]) == names


def test_answers_with_separators_of_their_own_are_answers():
    answers = ["no, not at all", "yes, a lot"]
    table = pd.DataFrame({"item": list("abcd"), "rater": ["u"] * 4, "rating": answers * 2})
    assert ps.Ratings(table, scale=answers).values.tolist() == [1.0, 2.0, 1.0, 2.0]


def test_rows_without_an_answer_are_left_out_and_counted():
    table = written(list).assign(rater=[[], *WHO[1:]], rating=[[], *RATED[1:]])
    ratings = ps.Ratings(table, scale=(1, 5))
    assert ratings.n_ratings == 6
    assert "1 row without an answer left out" in ratings.policies.query("step == 'several_answers'")["detail"].iloc[0]


def test_an_object_among_plain_answers_is_named_as_it_stands():
    """Surveys have rows of headers such as {"ImportId":"Q5_1"} among the answers."""
    table = pd.DataFrame(
        {"item": list("abc"), "rater": ['{"ImportId":"R"}', "u", "v"], "rating": ['{"ImportId":"Q5_1"}', "2", None]}
    )
    with pytest.raises(ps.DataError, match=r'outside the scale 1-5: {"ImportId":"Q5_1"} \(row 1\)'):
        ps.Ratings(table, scale=(1, 5))


def test_check_says_that_cells_were_taken_apart():
    table = pd.DataFrame({"item": ["a", "b"], "rater": ["u1,u2", "u1,u2"], "rating": ["4,2", "5,1"]})
    said = "Cells with several answers were taken apart (rater, rating): one row each; cut at ',': 2 rows became 4."
    assert said in ps.check(table, scale=(1, 5)).guesses


@pytest.fixture(params=[1_000, 10_000], ids=["python", "pymc"])
def recursion_limit(request):
    """Python's own limit, and the one that pymc sets when it is imported."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(request.param)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("recursion_limit")
@pytest.mark.parametrize("cell", ["[" * 3000 + "]" * 3000, "[" * 100_000], ids=["closed", "open"])
def test_lists_in_lists_too_deep_are_a_short_sentence(cell):
    table = pd.DataFrame({"item": ["a", "b"], "rater": ["r", "s"], "rating": [cell, "3"]})
    with pytest.raises(ps.DataError) as refused:
        ps.Ratings(table, scale=(1, 5))
    (sentence,) = refused.value.problems
    assert "[[[" in sentence
    assert len(sentence) < 300
