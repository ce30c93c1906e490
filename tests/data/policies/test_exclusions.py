"""``exclude``: rows left out by any column, counted, and never a typing error in silence."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

OPTIONS = {"scale": (1, 5), "demographics": ["gender"]}


@pytest.fixture
def frame():
    made = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=5, seed=1)
    rater = made.frame["rater"].cat.codes.to_numpy()
    return made.frame.assign(
        rating=made.values.astype(int),
        attention=np.where(rater % 5 == 0, "failed", "passed"),
        seconds=rater,
        bot=rater == 3,
    )


def test_rows_with_the_values_are_left_out_and_counted(frame):
    ratings = ps.Ratings(frame, exclude={"attention": ["failed"]}, **OPTIONS)
    direct = ps.Ratings(frame[frame["attention"] == "passed"], **OPTIONS)
    assert ratings.data_hash == direct.data_hash
    record = ratings.policies[ratings.policies["step"] == "exclude"].iloc[0]
    assert record[["column", "n_rows", "n_raters", "detail"]].tolist() == ["attention", 20, 4, "failed"]


@pytest.mark.parametrize(
    ("exclude", "n_raters"),
    [
        ({"attention": "failed"}, 16),
        ({"seconds": [1, 2.0, "3"]}, 17),
        ({"seconds": 1, "attention": ["failed"]}, 15),
        ({"bot": True}, 19),
        ({"bot": ["True"]}, 19),
        ({"rater": ["R01", "R02"]}, 18),
        ({}, 20),
        (None, 20),
    ],
)
def test_values_are_read_as_everywhere_else(frame, exclude, n_raters):
    assert ps.Ratings(frame, exclude=exclude, **OPTIONS).n_raters == n_raters


def test_columns_go_by_their_new_names(frame):
    renamed = frame.rename(columns={"rater": "worker"})
    ratings = ps.Ratings(renamed, columns={"worker": "rater"}, exclude={"rater": ["R01"]}, **OPTIONS)
    assert ratings.n_raters == 19


def test_row_numbers_stay_those_of_the_file(frame):
    frame.loc[30, "rating"] = 9
    with pytest.raises(ps.DataError, match=r"9 \(row 31\)"):
        ps.Ratings(frame, exclude={"attention": ["failed"]}, **OPTIONS)
    assert frame.loc[30, "attention"] == "passed"


def test_what_is_wrong_in_an_excluded_row_harms_nobody(frame):
    where = frame.index[frame["attention"] == "failed"][0]
    frame.loc[where, "rating"] = 9
    assert ps.Ratings(frame, exclude={"attention": ["failed"]}, **OPTIONS).n_raters == 16


def test_a_value_that_never_occurs_is_recorded_with_those_that_do(frame):
    with pytest.warns(ps.ExclusionWarning, match="`exclude` of 'attention' names a value that never occurs: faild"):
        policies = ps.Ratings(frame, exclude={"attention": ["faild"]}, **OPTIONS).policies
    assert policies.iloc[0]["n_rows"] == 0
    assert policies.iloc[0]["detail"] == "faild (not found; there are failed, passed)"


@pytest.mark.parametrize("wide", [False, True])
def test_files_people_and_dimensions_have_such_columns_too(frame, tmp_path, wide):
    people = frame[["rater", "gender", "attention"]].drop_duplicates()
    people.to_csv(tmp_path / "people.csv", index=False)
    table = frame[["item", "rater", "rating"]].astype({"rater": str})
    options = {"scale": (1, 5), "demographics": ["gender"], "people": str(tmp_path / "people.csv")}
    if wide:
        table = table.rename(columns={"rating": "rude"}).assign(kind=1)
        options["dimensions"] = ["rude", "kind"]
    table.to_csv(tmp_path / "ratings.csv", index=False)
    ratings = ps.read_ratings(tmp_path / "ratings.csv", exclude={"attention": ["failed"]}, **options)
    assert ratings.n_raters == 16 and ratings.n_ratings == 80 * (1 + wide)
    assert ps.check(tmp_path / "ratings.csv", exclude={"attention": ["failed"]}, **options).summary.iloc[0, 2] == 16


BAD = [
    ({"atention": ["failed"]}, ps.DataError, "`exclude` names 'atention'.*Did you mean 'attention'?"),
    ({"attention": ["failed", "passed"]}, ps.DataError, "`exclude` leaves no row of 100 rows"),
    ({"attention": []}, ps.ConfigError, "`exclude` of 'attention' must be a list of values"),
    (["attention"], ps.ConfigError, "`exclude` must be a dictionary"),
    ({"attention": {"failed": 1}}, ps.ConfigError, "must be a list of values"),
]


@pytest.mark.parametrize(("exclude", "error", "message"), BAD, ids=[str(row[0]) for row in BAD])
def test_what_cannot_be_meant_is_refused(frame, exclude, error, message):
    with pytest.raises(error, match=message):
        ps.Ratings(frame, exclude=exclude, **OPTIONS)


TABLE = pd.DataFrame({"item": list("abc"), "rater": [1, 2, 3], "rating": [1, 2, 3], "passed": ["no", None, "yes"]})


def test_missing_cells_are_not_excluded():
    assert ps.Ratings(TABLE, (1, 5), exclude={"passed": ["no"]}).n_raters == 2


@pytest.mark.parametrize("blank", ["", " ", None, np.nan, pd.NA], ids=["empty", "space", "None", "nan", "NA"])
def test_blank_cells_are_excluded_by_any_blank_value(blank, tmp_path):
    TABLE.to_csv(tmp_path / "ratings.csv", index=False)
    for exclude, left in (({"passed": ["no", blank]}, 1), ({"passed": blank}, 2)):
        ratings = ps.Ratings(TABLE, (1, 5), exclude=exclude)
        assert ratings.n_raters == left
        assert ratings.policies.iloc[0]["detail"] == ("no, blank" if left == 1 else "blank")
        assert ps.read_ratings(tmp_path / "ratings.csv", scale=(1, 5), exclude=exclude).n_raters == left


def test_check_names_values_that_never_occur_and_how_to_leave_blank_cells_out():
    problems = ps.check(TABLE, scale=(1, 5), exclude={"passed": ["missing"]}).problems
    expected = (
        "`exclude` of 'passed' names a value that never occurs: missing (not found; there are no, yes, and blank "
        'cells, which "" means). Correct it, or leave it out.'
    )
    assert problems[0] == expected
    assert "blank (not found; there are 1, 2, 3)" in ps.check(TABLE, scale=(1, 5), exclude={"rating": ""}).problems[0]
