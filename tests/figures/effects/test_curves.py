"""Curves: a line and its band for each group, levels as dots in their order, one y axis for all panels."""

import numpy as np
import pandas as pd
import pytest
from effect_tables import DIMENSIONS, curves
from matplotlib.collections import FillBetweenPolyCollection, LineCollection

import pluralstats as ps
from pluralstats import figures


def test_a_line_lies_in_its_bands():
    table = curves(groups=("",))
    ax = figures.curve(table, scale=(1, 5))
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xydata(), table[["value", "estimate"]])
    outer, inner = (part for part in ax.collections if isinstance(part, FillBetweenPolyCollection))
    for band, ends in ((outer, ("lower", "upper")), (inner, ("lower_50", "upper_50"))):
        y = band.get_paths()[0].vertices[:, 1]
        assert (y.min(), y.max()) == pytest.approx((table[ends[0]].min(), table[ends[1]].max()))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "expected rating (scale 1–5)")


def test_groups_have_a_line_each_and_one_band():
    ax = figures.curve(curves())
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    assert sum(isinstance(part, FillBetweenPolyCollection) for part in ax.collections) == 2
    words = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert words == ["female", "male", "95% interval of each value"]


def test_levels_stand_in_order_with_an_interval_each():
    table = curves(column="education", levels=("none", "school", "phd"))
    ax = figures.curve(table.sample(frac=1.0, random_state=1))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["none", "school", "phd"]
    assert not any(isinstance(part, FillBetweenPolyCollection) for part in ax.collections)
    assert sum(len(part.get_segments()) for part in ax.collections if isinstance(part, LineCollection)) == 2 * 2 * 3
    joins = [line for line in ax.lines if line.get_linestyle() != "None"]
    assert [line.get_xdata().round().tolist() for line in joins] == [[0, 1, 2], [0, 1, 2]]


def test_panels_share_their_height():
    axes = figures.curve(curves(DIMENSIONS))
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert [ax.get_title("left") for ax in axes] == list(DIMENSIONS)


def test_the_alt_text_says_the_ends_of_every_curve():
    said = figures.alt_text(figures.curve(curves()))
    assert said.startswith("Curves of the expected rating along age, with bands. age, 25 values: female: 2.")
    assert "at 18 to" in said
    assert "; male: " in said


def test_a_fit_has_a_panel_for_each_number():
    ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    codes = ratings.frame["rater"].cat.codes
    ratings = ratings.with_covariates({"age": 20.0 + codes, "grade": codes % 3})
    fit = ps.fit(ratings, "rating ~ poly(age, 2) + mo(grade) + (1 | item) + (1 | rater)", method="laplace", draws=50,
                 on_problem="ignore")  # fmt: skip
    axes = figures.curve(fit)
    assert [ax.get_title("left") for ax in axes] == ["age", "grade"]
    assert len(axes[1].lines[0].get_xdata()) == 3


def test_a_value_is_drawn_once():
    table = curves()
    with pytest.raises(ps.ConfigError, match="value"):
        figures.curve(pd.concat([table, table.head(1)]))
