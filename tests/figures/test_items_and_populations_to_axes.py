"""What item disagreement, populations and robustness become on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from pluralstats.figures import style

from pluralstats import figures
from pluralstats.errors import ConfigError

ODD = "a$b$c_1 <script>"


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def three_items():
    """Two items at one place, one apart."""
    return pd.DataFrame({"item": ["a", "b", "c"], "mean": [2.0, 2.0, 3.0], "entropy": [0.3, 0.1 + 0.2, 1.0]})


def test_items_at_one_place_are_one_circle_of_their_number():
    (circles,) = figures.item_disagreement(three_items()).collections
    np.testing.assert_allclose(circles.get_offsets(), [[2.0, 0.3], [3.0, 1.0]])
    assert circles.get_sizes()[0] == pytest.approx(2 * circles.get_sizes()[1])


def test_hexagons_hold_every_item(tables):
    (hexagons,) = figures.item_disagreement(tables["items"](1580, 75)).collections
    assert hexagons.get_array().sum() == 1580


def test_the_places_with_most_disagreement_are_named():
    ax = figures.item_disagreement(three_items(), named=2)
    names = [text.get_text() for text in ax.texts if isinstance(text, Annotation)]
    assert names == ["c", "a and 1 more"]
    high = three_items().rename(columns={"entropy": "percent_agreement"})
    names = figures.item_disagreement(high, column="percent_agreement", named=1).texts
    assert [text.get_text() for text in names] == ["a and 1 more"]  # low agreement is much disagreement


def test_what_is_possible_is_drawn_where_it_is_known():
    table = three_items().assign(polarisation=0.2)
    assert not figures.item_disagreement(table).lines
    assert not figures.item_disagreement(table, column="polarisation", scale=(1, 5)).lines
    lowest, highest = figures.item_disagreement(table, scale=(1, 5)).lines
    assert highest.get_ydata().max() == pytest.approx(np.log(5))  # all answers equally often
    # At mean 1.8 either a fifth is 5 and the rest 1, or a fifth 1 and the rest 2: closed form -0.2 ln 0.2 - 0.8 ln 0.8.
    assert lowest.get_ydata().max() == pytest.approx(-0.2 * np.log(0.2) - 0.8 * np.log(0.8))


def shares():
    return pd.DataFrame({
        "demographic": "gender", "level": ["female", "male", "other"], "percent_raters": [60.0, 39.0, 1.0],
        "percent_target": [51.0, 49.0, np.nan], "n_raters": [120, 78, 2],
    })  # fmt: skip


def gender_effects(estimate):
    table = pd.DataFrame({"demographic": "gender", "level": ["male"], "reference": "female", "estimand": "points"})
    return table.assign(estimate=estimate, lower=estimate - 0.1, upper=estimate + 0.1)


def test_shares_of_sample_and_target_lie_in_the_row_of_their_level():
    ax = figures.population(shares())
    sample, target = (line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 3)
    np.testing.assert_array_equal(sample, [60.0, 39.0, 1.0])
    np.testing.assert_array_equal(target, [51.0, 49.0, np.nan])
    assert {"120", "78", "2", "raters"} <= set(texts_of(ax))
    assert "Farthest apart: gender male, 39% of the raters and 49% of the target." in figures.alt_text(ax)


def test_effects_under_either_population_share_the_rows_of_the_shares():
    effects = {"us": gender_effects(0.2), "them": gender_effects(0.4)}
    _, ax = figures.population(shares(), effects=effects)
    row = ax.get_ylim()[0]
    drawn = {x: y for line in ax.lines if line.get_marker() in "oD" for x, y in zip(*line.get_data(), strict=True)}
    assert set(drawn) == {0.2, 0.4}
    assert 0 < drawn[0.4] - drawn[0.2] < 2.5 < row
    assert texts_of(ax) == ["reference"]
    (legend,) = ax.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["us", "them"]


def test_each_estimand_has_its_panel_and_each_method_its_mark(tables):
    points, odds = figures.robustness(tables["methods"](), scale=(1, 5))
    assert points.get_xlabel().replace("\n", " ") == "difference in rating points (scale 1–5)"
    assert odds.get_xscale() == "log" and points.get_xscale() == "linear"
    (legend,) = points.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "this model, exact", "without rater effects", "GEE", "raw", "ordinal GEE", "95% interval",
    ]  # fmt: skip
    circles = [line for line in points.lines if line.get_mfc() == "white" and len(line.get_xdata()) > 1]
    raw = tables["methods"]().query("method == 'raw'")["estimate"]
    np.testing.assert_allclose(np.concatenate([line.get_xdata() for line in circles]), raw)


def test_of_many_contrasts_those_with_the_widest_range_of_methods_are_drawn():
    levels = [f"l{i}" for i in range(5)]
    table = pd.DataFrame({"demographic": "g", "level": levels, "reference": "r", "estimand": "points"})
    other = table.assign(method="gee", estimate=[0.1, 0.9, 0.2, 0.8, 0.0])
    ax = figures.robustness(pd.concat([table.assign(method="exact", estimate=0.0), other]), most=2)
    assert labels_of(ax) == ["g, minus r", "l1", "l3"]
    assert "Not drawn: 3 contrasts on which the methods differ less." in figures.alt_text(ax)


@pytest.mark.parametrize(
    "draw",
    [
        lambda t, ax: figures.intersections(t["cells"](), ax=ax),
        lambda t, ax: figures.intersection_differences(t["cells"](), ax=ax),
        lambda t, ax: figures.contested(t["contested_items"](40), ax=ax),
        lambda t, ax: figures.cohesion(t["cohesions"](pairs=("voting",)), ax=ax),
        lambda t, ax: figures.association(t["cohesions"](pairs=("voting",)), ax=ax),
        lambda t, ax: figures.item_disagreement(t["items"](), ax=ax, scale=(1, 5)),
        lambda t, ax: figures.population(t["population_shares"](), ax=ax),
        lambda t, ax: figures.robustness(t["methods"]().query("estimand == 'points'"), ax=ax),
    ],
)
def test_one_panel_can_be_drawn_into_a_callers_axes(draw, tables):
    ax = Figure(figsize=(5, 5)).add_subplot()
    assert draw(tables, ax) is ax
    assert figures.alt_text(ax)


ODD_GROUPS = {"g$h$": (ODD, "50% & more")}


@pytest.mark.parametrize(
    "draw",
    [
        lambda t: figures.intersections(t["cells"](ODD_GROUPS, 50)),
        lambda t: figures.intersection_differences(t["cells"](ODD_GROUPS, 50)),
        lambda t: figures.contested(gapped(t)),
        lambda t: figures.contested(t["contested_items"](4), texts={"item-5f3a9c7e12d400001": ODD}),
        lambda t: figures.cohesion(t["cohesions"](ODD_GROUPS)),
        lambda t: figures.association(t["cohesions"](ODD_GROUPS)),
        lambda t: figures.item_disagreement(three_items().assign(item=ODD)),
        lambda t: figures.population(t["population_shares"](ODD_GROUPS)),
        lambda t: figures.robustness(t["methods"](ODD_GROUPS)),
    ],
)
def test_names_are_drawn_as_they_are(draw, tables):
    figure = np.ravel(np.array(draw(tables), dtype=object))[0].figure
    with_dollars = [text for text in figure.findobj(Text) if "$" in text.get_text()]
    assert with_dollars
    assert not any(text.get_parse_math() for text in with_dollars)


def gapped(tables):
    return tables["contested_items"](6, ((ODD, "b"), ("c", "b")))


def test_tables_are_not_changed(tables):
    for name, draw in {
        "cells": figures.intersections, "contested_items": figures.contested, "cohesions": figures.association,
        "items": figures.item_disagreement, "population_shares": figures.population, "methods": figures.robustness,
    }.items():  # fmt: skip
        table = tables[name]()
        before = table.copy()
        draw(table)
        pd.testing.assert_frame_equal(table, before)


def test_categorical_columns_with_unused_levels_draw_no_ghosts(tables):
    """A table cut down with its categories kept has the rows and panels of a table of text."""
    for name, column, value, draw in (
        ("cells", "race", "Black", figures.intersection_differences),
        ("cohesions", "pair", "voting", figures.association),
        ("population_shares", "demographic", "race", figures.population),
        ("methods", "estimand", "points", figures.robustness),
    ):
        table = tables[name]()
        cut = table[table[column] == value]
        text = [key for key in cut.columns if not pd.api.types.is_numeric_dtype(cut[key])]
        whole = table.astype(dict.fromkeys(text, "category"))
        assert labels_of(draw(whole[whole[column] == value])) == labels_of(draw(cut))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.item_disagreement(three_items(), column="entrophy"), "Did you mean 'entropy'?"),
        (lambda t: figures.item_disagreement(three_items(), column="sd"), "the table lacks sd and has item, mean"),
        (lambda t: figures.item_disagreement(three_items(), scale=(0, 1)), "`scale` runs from 0 to 1, but the means"),
        (lambda t: figures.item_disagreement(three_items().assign(entropy=np.nan)), "found no row to draw: 3 rows"),
        (lambda t: figures.population(shares().assign(percent_raters=np.nan, percent_target=np.nan)),
         "`population` found no row to draw: 3 rows"),
        (lambda t: figures.population(pd.concat([shares()] * 2)), "but 3 rows repeat one (first: gender female)"),
        (lambda t: figures.population(shares(), effects={"a": gender_effects(0.1)}), "by name"),
        (lambda t: figures.population(shares(), effects=[1, 2]), "found list."),
        (lambda t: figures.population(shares().head(1), effects={"a": gender_effects(0.1), "b": gender_effects(0.2)}),
         "effects of 1 level without a share (first: gender male)"),
        (lambda t: figures.population(t["population_shares"](), effects=dict.fromkeys(
            "ab", t["contrasts"](pairwise=True))), "Use `comparison` with a column `model`"),
        (lambda t: figures.population(shares(), ax=Figure().add_subplot(),
                                      effects={"a": gender_effects(0.1), "b": gender_effects(0.2)}),
         "`ax` holds one panel"),
        (lambda t: figures.robustness(t["methods"]().assign(estimate=np.nan)), "`robustness` found no row to draw"),
        (lambda t: figures.robustness(pd.concat([t["methods"]()] * 2)), "(first: gender male minus female by exact)"),
        (lambda t: figures.robustness(t["methods"]().drop(columns="method")), "the table lacks method and has"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(call, message, tables):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)


def test_marks_of_methods_and_groups_differ_in_shape_not_only_in_colour(tables):
    """A greyscale print tells them apart."""
    points, _ = figures.robustness(tables["methods"]())
    marks = {
        (line.get_marker(), line.get_mfc() == "white") for line in points.lines if line.get_marker() in style.MARKERS
    }
    assert len(marks) == 4
    ax = figures.cohesion(tables["cohesions"](pairs=("voting",)))
    assert {line.get_marker() for line in ax.lines} >= {"o", "s"}
