"""A column for each answer: ticks, values, counts, and shares that are refused."""

import pandas as pd
import pytest

import pluralstats as ps

TICKS = pd.DataFrame(
    {"user": ["u1", "u1", "u2", "u2"], "text": ["a", "b", "a", "b"], "t:1": [0, 0, 1, 0], "t:2": [1, 0, 0, 0]}
).assign(**{"t:3": [0, 1, 0, 0]})
WHO = {"user": "rater", "text": "item"}


@pytest.mark.parametrize(
    "cells",
    [
        TICKS,
        TICKS.assign(**{name: TICKS[name].astype(bool) for name in ("t:1", "t:2", "t:3")}),
        TICKS.assign(**{f"t:{i}": TICKS[f"t:{i}"].map({0: None, 1: str(i)}) for i in (1, 2, 3)}),
        TICKS.assign(**{f"t:{i}": TICKS[f"t:{i}"].map({0: None, 1: "x"}) for i in (1, 2, 3)}),
    ],
    ids=["0 and 1", "true and false", "the answer itself", "crosses"],
)
def test_ticks_are_ratings_and_rows_without_one_are_counted(cells):
    ratings = ps.read_ratings(cells, answers="t:*", columns=WHO, scale=(1, 3))
    rated = ratings.frame.assign(value=ratings.values).set_index(["rater", "item"])["value"]
    assert rated.to_dict() == {("u2", "a"): 1, ("u1", "a"): 2, ("u1", "b"): 3}
    steps = ratings.policies.set_index("step")
    assert steps.loc["answer_columns", ["policy", "n_rows"]].tolist() == ["one row an answer", 3]
    assert steps.loc["rows_without_answer", ["policy", "n_rows"]].tolist() == ["not asked", 1]


def test_noughts_under_the_answer_nought_are_no_answers():
    ticks = pd.DataFrame({"item": list("ab"), "rater": ["p", "p"], "t0": [0, 0], "t1": [1, 1]})
    assert ps.read_ratings(ticks, answers="t*", scale=(0, 1)).values.tolist() == [1, 1]


def test_two_ticks_of_one_row_are_a_repeated_rating():
    twice = TICKS.assign(**{"t:1": [1, 0, 1, 0]})
    with pytest.raises(ps.DataError, match=r"1 combination of rater, item has more than one rating.*row 1"):
        ps.read_ratings(twice, answers="t:*", columns=WHO, scale=(1, 3))


def test_counts_are_ratings_of_anonymous_raters_and_check_says_what_that_costs():
    counts = pd.DataFrame({"item": ["a", "b"], "neg": [2, 0], "pos": [1, 3]})
    options = {"answers": ["neg", "pos"], "scale": ["neg", "pos"]}
    ratings = ps.read_ratings(counts, **options)
    assert (ratings.n_ratings, ratings.n_raters) == (6, 6)
    assert ratings.frame.groupby("item", observed=True)["rating"].agg(list).to_dict() == {
        "a": [0, 0, 1],
        "b": [1, 1, 1],
    }
    assert ratings.policies.query("step == 'rater'")[["policy", "n_raters"]].values.tolist() == [["anonymous", 6]]
    assert any("The file has no raters" in guess for guess in ps.check(counts, **options).guesses)


def test_dimensions_stand_in_the_name_beside_the_answer():
    counts = pd.DataFrame({"item": ["a"], "toxic_1": [1], "toxic_2": [0], "funny_1": [2], "funny_2": [1]})
    ratings = ps.read_ratings(counts, answers="{dimension}_{answer}", scale=(1, 2))
    assert ratings.frame.groupby("dimension", observed=True)["rating"].agg(list).to_dict() == {
        "toxic": [0],
        "funny": [0, 0, 1],
    }


def test_shares_are_refused():
    shares = pd.DataFrame({"item": ["a", "b"], "p0": [0.2, 0.5], "p1": [0.8, 0.5]})
    with pytest.raises(
        ps.DataError, match=r"hold shares of raters \(rows 1, 2\).*Multiply them by the number of raters"
    ):
        ps.read_ratings(shares, answers="p*", scale=(0, 1))


def test_cells_that_are_neither_tick_nor_count_are_named():
    odd = pd.DataFrame({"item": ["a", "b"], "p0": ["1", "perhaps"], "p1": ["0", "-1"]})
    with pytest.raises(ps.DataError, match=r"2 cells that are neither a tick nor a count \(row 2\)"):
        ps.read_ratings(odd, answers="p*", scale=(0, 1))


def test_numbers_that_cannot_be_counts_of_people_and_columns_without_answers_are_refused():
    many = pd.DataFrame({"item": ["a"], "p0": [3e9], "p1": [1]})
    with pytest.raises(ps.DataError, match=r"count 3,000,000,001 ratings; 20,000,000 are the most"):
        ps.read_ratings(many, answers="p*", scale=(0, 1))
    with pytest.raises(ps.DataError, match="None of the columns of answers has an answer"):
        ps.read_ratings(many.assign(p0=0, p1=0), answers="p*", scale=(0, 1))


def test_counts_of_one_rater_are_refused():
    with pytest.raises(ps.DataError, match="counted more than once for one rater"):
        ps.read_ratings(TICKS.assign(**{"t:1": [0, 0, 2, 0]}), answers="t:*", columns=WHO, scale=(1, 3))


@pytest.mark.parametrize("style", ["0 and 1", "value"])
def test_columns_of_one_scale_are_recognised_and_the_call_proposed(style):
    names = [f"tox:::{i}" for i in (1, 2, 3)]
    rows = (
        [[0, 1, 0], [1, 0, 0], [0, 0, 1]] if style == "0 and 1" else [[None, 2, None], [1, None, None], [None, None, 3]]
    )
    table = pd.DataFrame(rows, columns=names).assign(user=list("abc"), instance_id=list("xyz"))
    (problem,) = ps.check(table).problems
    assert "a column for each answer" in problem
    assert problem.endswith('pass answers="tox:::*", columns={"user": "rater", "instance_id": "item"}.')


def test_the_answer_itself_may_have_become_a_decimal_beside_empty_cells(tmp_path):
    cells = TICKS.assign(**{f"t:{i}": TICKS[f"t:{i}"].map({0: None, 1: float(i)}) for i in (1, 2, 3)})
    cells.to_csv(tmp_path / "r.csv", index=False)
    assert "2.0" in (tmp_path / "r.csv").read_text()
    ratings = ps.read_ratings(tmp_path / "r.csv", answers="t:*", columns=WHO, scale=(1, 3))
    rated = ratings.frame.assign(value=ratings.values).set_index(["rater", "item"])["value"]
    assert rated.to_dict() == {("u2", "a"): 1, ("u1", "a"): 2, ("u1", "b"): 3}
