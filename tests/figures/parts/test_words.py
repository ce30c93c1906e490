"""Numbers, counts and names as they stand in figures and alt texts."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures.parts import words


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (words.in_order(["b", "a", "b"]), ["b", "a"]),
        (words.wrapped("a very long name of a level", 12), "a very long\nname of a…"),
        (words.wrapped("中文中文 中文中文", 12), "中文中文\n中文中文"),  # twice as wide as Latin letters
        (words.shortened("5f3a9c0e7b12d4", 9), "5f3a…12d4"),
        (words.shortened("5f3a", 9), "5f3a"),
        ([words.plural("rater"), words.plural("gender:race")], ["raters", "levels of gender:race"]),
        ([words.number(-0.1234), words.number(-0.001), words.number(2.5, 0)], ["−0.12", "0.00", "2"]),
        ([words.count(1, "row"), words.count(1095, "rater")], ["1 row", "1,095 raters"]),
        (words.count_range(np.array([512.0, np.nan, 1520.0])), "512–1,520"),
        ([words.count_range(np.array([7.0, 7.0])), words.count_range(np.array([np.nan]))], ["7", ""]),
        ([words.joined("a", "", "b"), words.joined("", "")], ["a, b", ""]),
        (words.listed(["a", "b", "c"], most=2), "a, b and 1 more"),
        (words.listed(["a", "b"], most=2), "a, b"),
        (words.listed(["a" * 50, "b" * 50, "c"], most=3), f"{'a' * 50} and 2 more"),  # 30 letters for each of three
        (words.listed(["a" * 99, "b"], most=2), f"{'a' * 99} and 1 more"),
        (words.listed([]), ""),
        ([words.on_scale((1, 5)), words.on_scale(None)], [" (scale 1–5)", ""]),
        (words.on_scale((1, 5), "rating points"), " (rating points, scale 1–5)"),
        (words.on_scale(None, "rating points"), " (rating points)"),
        (words.band_sentence(0.1), "A grey band marks differences within 0.1 as practically equivalent."),
        (words.band_sentence(0.0), ""),
    ],
)
def test_words(found, expected):
    assert found == expected


def test_an_interval_is_said_where_a_row_has_one():
    row = pd.Series({"estimate": -0.1, "lower": -0.25, "upper": 0.0, "gap": 2.0})
    assert words.with_interval(row) == "−0.10 (interval −0.25 to 0.00)"
    assert words.with_interval(row[["estimate"]]) == "−0.10"
    assert words.with_interval(row, "gap") == "2.00"
