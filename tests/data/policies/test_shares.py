"""Several races of one person as shares of them: levels, sets of levels, and what every policy does to a set."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError

TICKED = ["White;Asian", "White", "Asian; White;", "Prefer not to say;White", "Native;Asian", "White"]


def made(ticked=TICKED, order=None, **options):
    rows = [(item, f"r{i}", 1 + (i + j) % 5, race) for i, race in enumerate(ticked) for j, item in enumerate("ab")]
    frame = pd.DataFrame(rows, columns=["item", "rater", "rating", "race"]).astype(order or {})
    return ps.Ratings(frame, **{"scale": (1, 5), "demographics": ["race"], "multi_select": {"race": "share"}} | options)


def levels(ratings):
    return list(ratings.frame["race"].cat.categories)


def test_a_person_is_a_set_of_levels_whatever_their_order():
    ratings = made()
    assert ratings.raters["race"].tolist() == [
        "White + Asian", "White", "White + Asian", "White", "Asian + Native", "White",
    ]  # fmt: skip
    assert levels(ratings) == ["White", "Asian", "Native", "White + Asian", "Asian + Native"]
    assert dict(ratings.shares["race"]) == {"White + Asian": ("White", "Asian"), "Asian + Native": ("Asian", "Native")}
    record = ratings.policies.query("step == 'multi_select'").iloc[0]
    assert record[["policy", "n_rows", "n_raters"]].tolist() == ["share", 8, 4]


def test_policies_rename_and_count_the_levels_inside_sets():
    assert levels(made(recode={"race": {"Native": "Asian"}})) == ["White", "Asian", "White + Asian"]
    assert levels(made(lump=2)) == ["White", "Asian", "other", "White + Asian", "Asian + other"]
    assert levels(made(reference={"race": "Native"}))[0] == "Native"
    assert levels(made(["White", "Asian;White", None, "none"], undisclosed="level", undisclosed_values=["none"])) == [
        "White", "Asian", "undisclosed", "White + Asian",
    ]  # fmt: skip


def test_a_level_that_nobody_has_alone_stays_while_a_set_has_it():
    some = made().where(rater=["r4", "r1"])
    assert levels(some) == ["White", "Asian", "Native", "Asian + Native"]
    assert levels(some.where(rater="r1")) == ["White"]
    assert dict(some.where(rater="r1").shares["race"]) == {}


def test_the_hash_tells_a_set_from_a_level_of_the_same_name():
    order = {"race": pd.CategoricalDtype(["White", "Asian", "White + Asian"])}
    one = made(["White;Asian", "White", "White", "Asian"])
    other = made(["White + Asian", "White", "White", "Asian"], multi_select={"race": "first"}, order=order)
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.data_hash != other.data_hash


def test_a_set_with_the_name_of_an_answer_is_refused():
    with pytest.raises(DataError, match=r"'race' has the answer 'Asian \+ White', which is also how raters with"):
        made(["White;Asian", "Asian + White", "White", "Asian"], reference={"race": "Asian"})


def test_shares_are_of_demographics():
    with pytest.raises(ConfigError, match="`multi_select` of 'topic' is \"share\", which is for demographics"):
        ps.Ratings(
            pd.DataFrame({"item": ["a"], "rater": [1], "rating": [1], "topic": ["x;y"]}),
            (1, 5), covariates=["topic"], multi_select={"topic": "share"},
        )  # fmt: skip


def test_check_counts_levels_and_not_sets():
    rows = [("a", f"r{i}", 1 + i % 5, race) for i, race in enumerate(["A;B", "A", "B", "A", "B", "C"] * 3 + ["D;A"])]
    frame = pd.DataFrame(rows, columns=["item", "rater", "rating", "race"])
    found = ps.check(frame, scale=(1, 5), demographics=["race"], multi_select={"race": "share"})
    assert [problem for problem in found.problems if "'race'" in problem and "one rater" in problem] == [
        "'race' has 1 level with one rater: D. Merge with recode= or lump=2."
    ]
    assert not [problem for problem in found.problems if "join others" in problem]
