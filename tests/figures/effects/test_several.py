"""The same contrasts under several models, on several scales and by several methods, on the page."""

import numpy as np
import pandas as pd
import pytest
import training_tables
from pluralstats.figures import style

import pluralstats as ps
from pluralstats import figures
from pluralstats.errors import ConfigError


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def dots(ax, marker="o"):
    return [tuple(line.get_xdata()) for line in ax.lines if line.get_marker() == marker and len(line.get_xdata())]


def test_scales_have_a_mark_each_beside_each_other_in_a_row(tables):
    table = training_tables.collapsed(tables["effects"](estimand="latent_d"))
    ax = figures.scale_collapse(table)
    for n, marker in ((5, "o"), (3, "s"), (2, "D")):
        assert dots(ax, marker)[0] == tuple(table[table["answers"] == n]["estimate"])


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


def test_marks_of_methods_differ_in_shape_not_only_in_colour(tables):
    """A greyscale print tells them apart."""
    points, _ = figures.robustness(tables["methods"]())
    marks = {
        (line.get_marker(), line.get_mfc() == "white") for line in points.lines if line.get_marker() in style.MARKERS
    }
    assert len(marks) == 4


def test_numbers_of_answers_tell_marks_apart_and_no_rows_wherever_their_column_stands(tables):
    """Between reference and estimand, where ``by=`` puts its columns, it is none of them."""
    table = training_tables.collapsed(tables["effects"](groups={"gender": ("female", "male")}, estimand="latent_d"))
    beside = table[["demographic", "level", "reference", "answers", "estimand", "estimate", "lower", "upper"]]
    assert labels_of(figures.scale_collapse(beside)) == ["gender", "male minus female"]


def test_fits_by_name_are_drawn_as_the_tables_of_their_effects():
    ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    terms = {"items": "(1 | item)", "both": "(1 | item) + (1 | rater)"}
    fits = {
        name: ps.fit(ratings, f"rating ~ gender + {term}", method="laplace", on_problem="ignore")
        for name, term in terms.items()
    }
    for column, draw, names in (("model", figures.comparison, terms), ("answers", figures.scale_collapse, (5, 3))):
        named = dict(zip(names, fits.values(), strict=True))
        tables = {name: ps.effects(fit, estimands=["points", "latent_d"]) for name, fit in named.items()}
        table = pd.concat([table.assign(**{column: name}) for name, table in tables.items()])
        assert figures.alt_text(draw(named)) == figures.alt_text(draw(table))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.comparison(t["effects"]()), "the table lacks model and has"),
        (lambda t: figures.robustness(t["methods"]().assign(estimate=np.nan)), "`robustness` found no row to draw"),
        (lambda t: figures.robustness(pd.concat([t["methods"]()] * 2)), "(first: points, exact, gender, male, female)"),
        (lambda t: figures.robustness(t["methods"]().drop(columns="method")), "the table lacks method and has"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(call, message, tables):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)
