"""Spellings of one id are named, and told apart from ids that differ."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.checking.ids import id_key


def of_raters(names):
    return pd.DataFrame(
        [(f"t{j}", name, 1 + (j + i) % 5) for i, name in enumerate(names) for j in range(5)],
        columns=["item", "rater", "rating"],
    )


@pytest.mark.parametrize(
    "names",
    [
        ("Anna K", "anna k"),
        ("Anna K", "Anna  K"),
        ("Anna K", "Anna\u00a0K"),
        ("Chlo\u00e9", "Chloe\u0301"),
        ("7", "007"),
        ("7", "7.0"),
        ("anna", "anna "),
    ],
)
def test_two_spellings_of_one_rater_are_named(names):
    frame = of_raters([*names, "Ben"])
    frame = frame.assign(item=[f"t{i}" for i in range(len(frame))])  # whether taken as one or as two, nothing repeats
    (sentence,) = [text for text in ps.check(frame, scale=(1, 5)).problems if "written" in text]
    assert sentence.startswith("1 rater")
    assert "Ben" not in sentence


@pytest.mark.parametrize("names", [("a-1", "a1"), ("1-1", "11"), ("1.1", "1.10"), ("1E1", "10"), ("Chloé", "Chloe")])
def test_other_ids_are_other_ids(names):
    assert id_key(names[0]) != id_key(names[1])
    assert not any("written" in text for text in ps.check(of_raters(names), scale=(1, 5)).problems)


def test_items_are_looked_at_too():
    frame = of_raters(["a", "b"])
    frame.loc[0, "item"] = "T0"
    assert any(
        "1 item may be written in several ways: 'T0' = 't0'" in t for t in ps.check(frame, scale=(1, 5)).problems
    )
