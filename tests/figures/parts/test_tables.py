"""What the shared checks of tables hand on and say."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures.parts import tables

from pluralstats.errors import ConfigError


def test_rows_of_a_dimension_stay_in_order_of_appearance():
    rows = pd.DataFrame({"dimension": ["toxicity", "bias", "toxicity"], "n": [1, 2, 3]})
    assert {name: part["n"].tolist() for name, part in tables.by_dimension(rows).items()} == {
        "toxicity": [1, 3], "bias": [2],
    }  # fmt: skip
    assert list(tables.by_dimension(rows[["n"]])) == [""]


def test_numbers_as_text_are_numbers_and_missing_ones_leave_by_name():
    table = pd.DataFrame({"arm": list("abc"), "estimate": ["1", None, "x"], "other": [np.nan, 2.0, np.nan]})
    rows, left_out = tables.rows_with_numbers(table, ["estimate"], ["arm"], "figure")
    assert rows["estimate"].tolist() == [1.0]
    assert left_out == "Left out because a number is missing: 2 rows (b, c)."
    rows, _ = tables.rows_with_numbers(table, ["estimate", "other"], ["arm"], "figure", "any")
    assert rows["arm"].tolist() == ["a", "b"]


def test_rows_that_differ_in_their_key_alone_are_no_repeats():
    table = pd.DataFrame({"level": ["a", "a"], "reference": ["b", "c"], "estimate": 1.0})
    asked = {"numbers": ["estimate"], "names": ["level"], "once": "level"}
    rows, _ = tables.checked_rows(table, ["level"], "figure", "a table", **asked, key=["level", "reference"])
    assert rows["key"].tolist() == [("a", "b"), ("a", "c")]
    with pytest.raises(ConfigError, match=r"draws each level once, but 1 row repeat one \(first: a\)"):
        tables.checked_rows(table, ["level"], "figure", "a table", **asked, key=["level"])
