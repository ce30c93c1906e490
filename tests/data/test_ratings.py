"""Ratings: fixed columns, reference first, nothing mutated, the same content however it arrives."""

from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pluralstats as ps


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "note": list("uvwxyz"),
            "politics": ["left", "left", "right", "right", "left", "left"],
            "rating": [1, 5, 3, 2, 4, 1],
            "rater": [10, 10, 9, 9, 2, 2],
            "item": ["i2", "i10", "i2", "i10", "i2", "i1"],
            "age": [30, 30, 41, 41, 25, 25],
        }
    )


def random_table(seed: int, n_raters: int = 6, n_items: int = 4) -> pd.DataFrame:
    """A crossed table with two demographics and some cells left out."""
    rng = np.random.default_rng(seed)
    rater, item = np.divmod(np.arange(n_raters * n_items), n_items)
    levels = {"gender": ["female", "male"], "race": ["Asian", "Black", "White"]}
    people = {name: rng.choice(values, n_raters) for name, values in levels.items()}
    full = pd.DataFrame({"item": item, "rater": rater, "rating": rng.integers(1, 6, len(item))})
    full = full.assign(**{name: values[rater] for name, values in people.items()})
    return full.sample(frac=0.8, random_state=seed, ignore_index=True)


def made(frame: object, **options: object) -> ps.Ratings:
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender", "race"], **options)


def test_columns_are_fixed_and_typed(table):
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["politics"], covariates=["age"])
    assert list(ratings.frame) == ["item", "rater", "rating", "politics", "age"]
    assert ratings.frame["rating"].dtype == np.int16
    assert ratings.frame["rating"].tolist() == [0, 4, 2, 1, 3, 0]
    assert ratings.frame["age"].dtype == np.float64
    assert list(ratings.frame["item"].cat.categories) == ["i1", "i2", "i10"]
    assert list(ratings.frame["rater"].cat.categories) == ["2", "9", "10"]
    assert isinstance(ratings.frame.index, pd.RangeIndex)


def test_the_optional_columns_are_kept_in_order(table):
    more = table.assign(weight=[1, 2, 1, 1, 1, 1], wave=1, question="q", dimension="d")
    ratings = ps.Ratings(more, scale=(1, 5))
    assert list(ratings.frame)[3:] == ["dimension", "question", "wave", "weight"]
    assert ratings.frame["weight"].tolist() == [1, 2, 1, 1, 1, 1]


def test_tables_of_raters_items_and_values_add_up(table):
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["politics"])
    assert ratings.values.tolist() == [1, 5, 3, 2, 4, 1]
    assert ratings.raters.to_dict("list") == {
        "rater": ["2", "9", "10"],
        "politics": ["left", "right", "left"],
        "n_ratings": [2, 2, 2],
    }
    assert ratings.items["n_ratings"].tolist() == [1, 3, 2]
    assert ratings.items["mean"].tolist() == pytest.approx([1, 8 / 3, 3.5])
    summary = ratings.summary().set_index(["column", "level"])
    assert summary.loc[("all", "all"), ["n_raters", "n_ratings", "percent"]].tolist() == [3, 6, 100]
    assert summary.loc[("politics", "left"), ["n_raters", "n_ratings"]].tolist() == [2, 4]
    assert summary.loc["rating", "n_ratings"].tolist() == [2, 1, 1, 1, 1]


def test_the_reference_comes_first_and_is_the_most_frequent_by_default(table):
    by_default = ps.Ratings(table, scale=(1, 5), demographics=["politics"])
    chosen = ps.Ratings(table, scale=(1, 5), demographics=["politics"], reference={"politics": "right"})
    assert list(by_default.frame["politics"].cat.categories) == ["left", "right"]
    assert list(chosen.frame["politics"].cat.categories) == ["right", "left"]


def test_the_order_of_a_categorical_column_is_kept(table):
    order = ["right", "centre", "left"]
    frame = table.assign(politics=pd.Categorical(table["politics"], categories=order))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["politics"], reference={"politics": "right"})
    assert list(ratings.frame["politics"].cat.categories) == ["right", "left"]


def test_an_ordered_categorical_rating_brings_its_scale(table):
    answers = pd.Categorical(["poor"] * 3 + ["good"] * 3, categories=["poor", "fair", "good"], ordered=True)
    ratings = ps.Ratings(table.assign(rating=answers))
    assert ratings.scale.labels == ("poor", "fair", "good")
    assert ratings.frame["rating"].tolist() == [0, 0, 0, 2, 2, 2]


def test_ratings_are_frozen_and_the_input_is_not_changed(table):
    before = table.copy(deep=True)
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["politics"], columns={"note": "remark"})
    with pytest.raises(FrozenInstanceError):
        ratings.scale = None
    pd.testing.assert_frame_equal(table, before)


def test_wide_and_long_tables_give_the_same_ratings():
    wide = pd.DataFrame({"item": ["a", "b"], "rater": [1, 1], "toxic": [1, 2], "helpful": [5, 4]})
    long = wide.melt(["item", "rater"], var_name="dimension", value_name="rating")
    long["dimension"] = pd.Categorical(long["dimension"], categories=["toxic", "helpful"])
    from_wide = ps.Ratings.from_wide(wide, ["toxic", "helpful"], scale=(1, 5))
    assert from_wide.data_hash == ps.Ratings(long, scale=(1, 5)).data_hash
    assert from_wide.dimensions == ("toxic", "helpful")


def test_problems_of_wide_tables_name_the_rows_of_the_wide_table():
    wide = pd.DataFrame({"item": ["a", "b"], "rater": [1, 1], "toxic": [1, 9], "helpful": [5, 4]})
    with pytest.raises(ps.DataError, match=r"1 value outside the scale 1-5: 9 \(row 2\)"):
        ps.Ratings.from_wide(wide, ["helpful", "toxic"], scale=(1, 5))


def test_one_dimension_has_its_rows_and_no_unused_levels():
    ratings = ps.simulate(30, 8, 3, dimensions=["x", "y"], seed=3)
    part = ratings.select("y")
    assert (part.n_ratings, part.dimensions) == (90, ("y",))
    assert part.values.tolist() == ratings.values[(ratings.frame["dimension"] == "y").to_numpy()].tolist()
    assert part.policies.iloc[-1][["step", "policy", "n_rows"]].tolist() == ["select", "y", 90]
    assert set(part.truth.sds["dimension"]) == {"y"}


def test_collapse_names_its_midpoint_rule_and_keeps_the_rows(table):
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["politics"])
    three, two = ratings.collapse(3), ratings.collapse(2, midpoint="down")
    assert three.values.tolist() == [1, 3, 2, 1, 3, 1]
    assert two.values.tolist() == [1, 2, 1, 1, 2, 1]
    assert three.policies.iloc[-1]["policy"] == "3 answers, midpoint own"
    assert two.policies.iloc[-1]["policy"] == "2 answers, midpoint down"
    assert ratings.values.tolist() == [1, 5, 3, 2, 4, 1]


def test_numbers_text_and_booleans_are_the_same_answers(table):
    text = ps.Ratings(table.assign(rating=table["rating"].map("{}.0 ".format)), scale=(1, 5))
    assert text.data_hash == ps.Ratings(table, scale=(1, 5)).data_hash
    yes = ps.Ratings(table.assign(rating=table["rating"] > 2), scale=["False", "True"])
    assert yes.frame["rating"].tolist() == [0, 1, 1, 0, 1, 0]
    assert ps.Ratings(table.assign(rating=table["rating"] > 2), (0, 1)).values.tolist() == [0, 1, 1, 0, 1, 0]


def test_ids_read_as_floats_are_the_same_raters(table):
    floats = table.assign(rater=table["rater"].astype(float))
    assert ps.Ratings(floats, scale=(1, 5)).data_hash == ps.Ratings(table, scale=(1, 5)).data_hash


@pytest.mark.parametrize("n", [1, 2])
def test_very_small_data_are_possible(n):
    ratings = ps.Ratings(pd.DataFrame({"item": range(n), "rater": 1, "rating": 1, "g": "a"}), (1, 5), ["g"])
    assert (ratings.n_ratings, ratings.n_raters, ratings.n_items) == (n, 1, n)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_columns_does_not_matter(seed):
    frame = random_table(seed)
    mixed = frame.sample(frac=1, random_state=seed + 1)[frame.columns[::-1]]
    ratings, other = made(frame), made(mixed)
    assert ratings.data_hash == other.data_hash
    pd.testing.assert_frame_equal(ratings.raters, other.raters)
    pd.testing.assert_frame_equal(ratings.items, other.items)
    pd.testing.assert_frame_equal(ratings.summary(), other.summary())


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_new_names_for_raters_change_nothing_but_names(seed):
    frame = random_table(seed)
    names = dict(enumerate(np.random.default_rng(seed).permutation([f"person {i}" for i in range(6)])))
    ratings, other = made(frame), made(frame.assign(rater=frame["rater"].map(names)))
    back = other.frame["rater"].astype(str).map({str(new): str(old) for old, new in names.items()})
    assert back.tolist() == ratings.frame["rater"].astype(str).tolist()
    unnamed = [name for name in ratings.frame if name != "rater"]
    pd.testing.assert_frame_equal(ratings.frame[unnamed], other.frame[unnamed])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_every_frame_library_gives_the_same_ratings(seed):
    frame = random_table(seed)
    libraries = [pl.from_pandas(frame), pl.from_pandas(frame).lazy(), pa.Table.from_pandas(frame)]
    assert {made(other).data_hash for other in libraries} == {made(frame).data_hash}


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_reading_ratings_again_changes_nothing(seed):
    ratings = made(random_table(seed))
    again = made(ratings.frame.assign(rating=ratings.values))
    pd.testing.assert_frame_equal(again.frame, ratings.frame)


@given(seed=st.integers(0, 10_000), value=st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_another_rating_or_scale_has_another_hash(seed, value):
    frame = random_table(seed)
    changed = frame.assign(rating=frame["rating"].where(frame.index > 0, value % 5 + 1))
    assert (made(changed).data_hash == made(frame).data_hash) == (value % 5 + 1 == frame["rating"][0])
    assert ps.Ratings(frame, (0, 5)).data_hash != ps.Ratings(frame, (1, 5)).data_hash


def test_a_dimension_may_be_called_rating():
    frame = pd.DataFrame({"item": ["a", "b"], "rater": 1, "rating": [1, 5], "help": [2, 4]})
    assert ps.Ratings.from_wide(frame[["item", "rater", "rating"]], ["rating"], scale=(1, 5)).dimensions == ("rating",)
    both = ps.Ratings.from_wide(frame, ["rating", "help"], scale=(1, 5))
    assert both.values.tolist() == [1, 5, 2, 4]
