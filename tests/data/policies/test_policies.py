"""Policies: each does what its name says, and is counted, also where it touched nothing."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pluralstats as ps


def table(**changes: object) -> pd.DataFrame:
    """Six ratings of two items by three raters."""
    columns: dict[str, object] = {
        "item": ["a", "b"] * 3,
        "rater": ["r1", "r1", "r2", "r2", "r3", "r3"],
        "rating": [1, 2, 3, 4, 5, 1],
        "gender": ["female", "female", "male", "male", "female", "female"],
    }
    return pd.DataFrame(columns | changes)


def made(frame: pd.DataFrame, **options: object) -> ps.Ratings:
    return ps.Ratings(frame, **{"scale": (1, 5), "demographics": ["gender"]} | options)


def counted(ratings: ps.Ratings, step: str, column: str) -> list[object]:
    """The policy, rows and raters of one line of the record."""
    line = ratings.policies.query("step == @step and column == @column")
    assert len(line) == 1
    return line[["policy", "n_rows", "n_raters"]].iloc[0].tolist()


def levels(ratings: ps.Ratings, name: str = "gender") -> list[str]:
    return list(ratings.frame[name].cat.categories)


WITHHELD = ["female", "female", "I WISH NOT to declare", "I WISH NOT to declare", None, None]


def test_raters_who_do_not_disclose_are_dropped_and_counted():
    ratings = made(table(gender=WITHHELD))
    assert (ratings.n_raters, levels(ratings)) == (1, ["female"])
    assert counted(ratings, "undisclosed", "gender") == ["drop", 4, 2]
    assert ratings.policies.query("step == 'undisclosed'")["detail"].item() == "missing, I WISH NOT to declare"


def test_raters_who_do_not_disclose_can_be_a_level_of_their_own():
    ratings = made(table(gender=WITHHELD), undisclosed="level", undisclosed_label="unknown")
    assert levels(ratings) == ["female", "unknown"]
    assert ratings.n_ratings == 6
    assert counted(ratings, "undisclosed", "gender") == ["level", 4, 2]


def test_the_undisclosed_are_never_the_reference_by_default():
    ratings = made(table(gender=[None] * 4 + ["male"] * 2), undisclosed="level")
    assert levels(ratings) == ["male", "undisclosed"]


def test_rare_levels_become_other_but_the_undisclosed_do_not():
    gender = ["female", "male", "diverse", "female", "female", None]
    frame = pd.DataFrame({"item": "a", "rater": range(6), "rating": 3, "gender": gender})
    ratings = made(frame, undisclosed="level", lump=2)
    assert levels(ratings) == ["female", "other", "undisclosed"]
    assert counted(ratings, "lump", "gender") == ["fewer than 2 raters become other", 2, 2]


def test_a_single_rare_level_is_said_to_be_all_of_other():
    gender = ["female", "male", "diverse", "female", "female", "male"]
    frame = pd.DataFrame({"item": "a", "rater": range(6), "rating": 3, "gender": gender})
    details = {
        text: made(frame.replace({"gender": {"male": text}}), lump=2).policies.query("step == 'lump'")["detail"].item()
        for text in ("male", "other")
    }
    assert details == {"male": "diverse (the only one: 'other' is this level)", "other": "diverse"}


@pytest.mark.parametrize(("frequent", "rare", "expected"), [("Other", "x", "Other"), ("x", "Other", "other")])
def test_rare_levels_join_a_frequent_one_that_is_called_other_in_any_case(frequent, rare, expected):
    gender = ["female"] * 3 + [frequent] * 2 + [rare, "male"]
    frame = pd.DataFrame({"item": "a", "rater": range(7), "rating": 3, "gender": gender})
    ratings = made(frame, lump=2)
    assert sorted(levels(ratings)) == sorted({"female", expected, frequent} - {"Other"} | {expected})
    assert counted(ratings, "lump", "gender") == [f"fewer than 2 raters become {expected}", 2, 2]


def test_an_answer_to_drop_that_never_occurs_is_counted_as_not_found():
    policies = made(table(), drop_ratings=["x"]).policies.query("step == 'drop_ratings'")
    assert policies[["n_rows", "detail"]].to_numpy().tolist() == [[0, "rating x, not found"]]


def test_one_letter_in_two_encodings_is_one_level():
    frame = table(gender=["Andr\u00e9"] * 2 + ["Andre\u0301"] * 4)
    ratings = made(frame, reference={"gender": "Andre\u0301"})
    assert levels(ratings) == ["Andr\u00e9"]


@pytest.mark.parametrize("names", [("gender",), np.array(["gender"]), pd.Index(["gender"]), pd.Series(["gender"])])
def test_lists_may_be_any_list_of_names(names):
    assert made(table(), demographics=names).demographics == ("gender",)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("first", ["White", "White", "Asian"]), ("multiracial", ["multiracial", "White", "Asian"])],
)
def test_several_choices_become_one(policy, expected):
    race = ["White; Asian"] * 2 + ["White"] * 2 + ["Asian;"] * 2
    ratings = made(table(race=race), demographics=["race"], multi_select={"race": policy})
    assert ratings.raters["race"].tolist() == expected
    assert counted(ratings, "multi_select", "race") == [policy, 4, 2]


def test_lists_of_choices_are_read_like_text():
    race = [["White", "Asian"]] * 2 + [["White"]] * 4
    frame = pl.DataFrame({name: column.tolist() for name, column in table().items()} | {"race": race})
    ratings = ps.Ratings(frame, (1, 5), ["race"], multi_select={"race": "multiracial"})
    assert ratings.raters["race"].tolist() == ["multiracial", "White", "White"]


def test_the_first_answer_of_a_contradictory_rater_counts_when_asked():
    ratings = made(table(gender=["female", "male", "male", "male", None, "female"]), contradictions="first")
    assert ratings.raters["gender"].tolist() == ["female", "male", "female"]
    assert counted(ratings, "contradictions", "gender") == ["first", 4, 2]


def test_contradictory_raters_are_left_out_when_asked():
    ratings = made(table(gender=["female", "male", "male", "male", None, "female"]), contradictions="drop")
    assert ratings.raters["rater"].tolist() == ["r2"]


@pytest.mark.parametrize(("policy", "values"), [("first", [1, 3, 4, 5, 1]), ("last", [2, 3, 4, 5, 1])])
def test_the_first_or_last_of_repeated_ratings_counts(policy, values):
    ratings = made(table(item=["a", "a", "a", "b", "a", "b"]), duplicates=policy)
    assert ratings.values.tolist() == values
    assert counted(ratings, "duplicates", "rating") == [policy, 1, 1]


def test_the_mean_of_repeated_ratings_is_possible_for_numbers():
    frame = table(item=["a", "a", "a", "b", "a", "b"])
    ratings = made(frame, scale="continuous", duplicates="mean")
    assert ratings.values.tolist() == [1.5, 3, 4, 5, 1]


def test_the_same_item_in_another_dimension_or_wave_is_no_repetition():
    frame = table(item="a", dimension=["x", "y"] * 3)
    assert made(frame).n_ratings == 6
    assert made(frame.rename(columns={"dimension": "wave"})).n_ratings == 6


def test_answers_off_the_scale_are_dropped_however_they_are_written():
    assert made(table(rating=["1", "don't know", "3", "4", "5", "1"]), drop_ratings=["don't know"]).n_ratings == 5
    ratings = made(table(rating=[1, 9, 3, 9, 5, 1]), drop_ratings=[9])
    assert ratings.values.tolist() == [1, 3, 5, 1]
    assert counted(ratings, "drop_ratings", "rating") == ["drop", 2, 2]


def test_missing_ratings_are_dropped_and_counted():
    ratings = made(table(rating=[1, None, 3, 4, "DATA_EXPIRED", 1]), na_values=["DATA_EXPIRED"])
    assert ratings.n_ratings == 4
    assert counted(ratings, "na_values", "rating") == ["missing", 1, 1]
    assert counted(ratings, "missing_ratings", "rating") == ["drop", 2, 2]


def test_codes_for_missing_are_missing_in_demographics_and_covariates():
    frame = table(gender=["DATA_EXPIRED"] * 2 + ["male"] * 4, age=[20, 20, 30, 30, -99, -99])
    ratings = made(frame, covariates=["age"], na_values=["DATA_EXPIRED", -99])
    assert ratings.raters["rater"].tolist() == ["r2"]
    assert counted(ratings, "undisclosed", "gender") == ["drop", 2, 1]
    assert counted(ratings, "missing_covariate", "age") == ["drop", 2, 1]


def test_recoding_merges_renames_and_removes():
    age = ["18-24", "18-24", "25-29", "25-29", "child", "child"]
    recode = {"age": {"18-24": "young", "25-29": "young", "child": None}}
    ratings = made(table(age=age), demographics=["age"], recode=recode)
    assert (levels(ratings, "age"), ratings.n_raters) == (["young"], 2)
    assert counted(ratings, "recode", "age") == ["recode", 6, 3]


def test_ratings_can_be_recoded():
    ratings = made(table(), scale=(0, 1), recode={"rating": {1: 0, 2: 0, 3: 0, 4: 1, 5: 1}})
    assert ratings.values.tolist() == [0, 0, 0, 1, 1, 0]


def test_every_policy_is_recorded_even_when_it_touched_nothing():
    ratings = made(table(), lump=1, na_values=["x"], drop_ratings=[9], multi_select={"gender": "first"})
    steps = ratings.policies["step"].tolist()
    assert steps == [
        "na_values",
        "na_values",
        "multi_select",
        "contradictions",
        "drop_ratings",
        "missing_ratings",
        "undisclosed",
        "duplicates",
        "lump",
    ]
    assert ratings.policies["n_rows"].sum() == 0


def test_columns_nobody_named_are_listed_as_ignored():
    line = made(table(note="x", city="y")).policies.query("step == 'columns'")
    assert line["detail"].item() == "note, city"


def test_rows_are_numbered_as_in_the_file_after_rows_were_dropped():
    frame = table(rating=[9, 9, 9, 7, 5, 1])
    with pytest.raises(ps.DataError, match=r"7 \(row 4\)"):
        made(frame, drop_ratings=[9])


@pytest.mark.parametrize("kind", [float, "{:.17g}".format], ids=["numbers", "text"])
def test_policies_work_on_continuous_ratings_whether_numbers_or_text(kind):
    rating = pd.Series([0.25, -99.0, 7.0, 1e-9, 0.1 + 0.2]).map(kind)
    frame = pd.DataFrame({"item": list("abcde"), "rater": 1, "rating": rating})
    ratings = ps.Ratings(frame, scale="continuous", na_values=[-99, "x"], drop_ratings=[7, 8])
    assert ratings.values.tolist() == [0.25, 1e-9, 0.1 + 0.2]
    counts = ratings.policies.set_index(["step", "detail"])["n_rows"].to_dict()
    expected = {("na_values", "-99"): 1, ("drop_ratings", "rating 7"): 1, ("drop_ratings", "rating 8, not found"): 0}
    assert counts.items() >= (expected | {("missing_ratings", ""): 1}).items()
