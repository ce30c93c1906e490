"""The sentences of alt texts: how many rows, the ends with their names and intervals, what excludes no difference."""

import effect_tables as et
import numpy as np
import pandas as pd
import pytest
from pluralstats.figures.parts.alt import extremes, first_of, say_also

from pluralstats import figures


def rows(n=3, **columns):
    table = pd.DataFrame({"estimate": np.linspace(-0.2, 0.4, n)})
    return table.assign(lower=table["estimate"] - 0.15, upper=table["estimate"] + 0.15).assign(**columns)


def test_the_ends_are_said_with_intervals_and_what_excludes_no_difference():
    assert extremes(rows(), ["a", "b", "c"], place="toxicity", thing="effect", null=0.0) == (
        "toxicity: 3 effects, from −0.20 (interval −0.35 to −0.05) for a to 0.40 (interval 0.25 to 0.55) for c; "
        "intervals that exclude 0: a, c."
    )
    assert extremes(rows(), list("abc"), null=5.0).endswith("intervals that exclude 5: a, b, c.")
    assert extremes(rows(lower=-1.0, upper=1.0), list("abc"), null=0.0).endswith("intervals that exclude 0: none.")


def test_names_are_cut_after_a_few():
    names = [f"n{i}" for i in range(12)]
    assert extremes(rows(12), names, null=5.0).endswith("n0, n1, n2, n3, n4, n5 and 6 more.")


def test_of_a_few_rows_without_a_line_of_no_difference_all_are_said():
    plain = rows()[["estimate"]]
    assert extremes(plain, list("abc")) == "3 rows, −0.20 for a; 0.10 for b; 0.40 for c."
    assert extremes(plain.head(1), ["a"]) == "1 row, −0.20 for a."
    assert extremes(rows(6)[["estimate"]], list("abcdef")) == "6 rows, from −0.20 for a to 0.40 for f."


def test_of_many_rows_the_median_is_said():
    names = list(map(str, range(31)))
    assert extremes(rows(31), names).startswith("31 rows, median 0.10, from −0.20")


def test_rows_without_a_number_are_not_counted():
    table = rows(estimate=[np.nan, 0.1, 0.2])
    assert extremes(table[["estimate"]], list("abc")) == "2 rows, 0.10 for b; 0.20 for c."
    assert extremes(table.assign(estimate=np.nan), list("abc")) == ""
    assert extremes(table.drop(columns="estimate"), list("abc"), place="x") == "x: 3 rows."


def test_another_column_has_no_interval_of_the_estimate():
    assert (
        extremes(rows(gap=[1.0, 3.0, 2.0]), list("abc"), column="gap") == "3 rows, 1.00 for a; 3.00 for b; 2.00 for c."
    )


def test_of_many_panels_the_first_are_said_and_the_others_counted():
    short, long = ["One.", "", "Two."], [f"{i} {'x' * 200}." for i in range(4)]
    assert first_of(short) == ["One.", "Two."]
    assert first_of(long) == [*long[:2], "And 2 more panels."]
    assert first_of(long[:3], "arm") == [*long[:2], "And 1 more arm."]
    assert first_of(["x" * 900, "y"]) == ["x" * 900, "And 1 more panel."]
    assert first_of([]) == []


def test_what_is_left_out_is_said_however_many_panels_there_are():
    table = et.effects([f"dimension {i}" for i in range(9)])
    table.loc[0, "estimate"] = np.nan
    text = figures.alt_text(figures.forest(table))
    assert " more panels." in text and text.endswith("(dimension 0 gender male).") and len(text) <= 1200


def test_a_sentence_is_added_to_every_panel():
    axes = figures.forest(et.effects(("toxicity", "bias")))
    before = figures.alt_text(axes)
    say_also(axes, "And this.")
    say_also(axes, "")
    assert figures.alt_text(axes) == f"{before} And this."


@pytest.mark.parametrize("dimensions", [(), ("toxicity", "bias")])
def test_an_alt_text_says_quantity_extremes_key_band_and_what_is_left_out(dimensions):
    table = et.effects(dimensions) if dimensions else et.effects()
    table.loc[table["level"] == "male", "estimate"] = np.nan
    text = figures.alt_text(figures.forest(table, scale=(1, 5), rope=0.1, prob=0.9))
    drawn = table[table["estimate"].notna()]
    for dimension, part in drawn.groupby(drawn["dimension"]) if dimensions else [("", drawn)]:
        low, high = part.loc[part["estimate"].idxmin()], part.loc[part["estimate"].idxmax()]
        said = text.partition(f"{dimension}: " if dimension else "5). ")[2]
        assert f"for {low['level']}" in said.partition(" to ")[2] and f"for {high['level']}" in said
    for words in ("difference in rating points (scale 1–5)", "Marks: estimate, 90% interval", "within 0.1 as",
                  "Left out because a number is missing: "):  # fmt: skip
        assert words in text


def test_each_of_a_few_models_has_a_sentence_and_many_share_one_of_their_panel():
    text = figures.alt_text(figures.comparison(et.models()))
    assert "items only: 5 contrasts, from " in text and "items and raters: 5 contrasts, from " in text
    text = figures.alt_text(figures.comparison(et.models(et.DIMENSIONS)))
    assert "toxicity: 10 estimates, from " in text and "toxicity, items only" not in text
    assert "(country), items and raters; intervals that exclude 0: " in text


def test_long_names_are_cut_in_their_middle():
    text = figures.alt_text(figures.forest(et.effects(groups=et.WORDY)))
    assert max(map(len, text.split(" for "))) < 250 and "…" in text
