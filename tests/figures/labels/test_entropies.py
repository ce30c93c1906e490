"""What labels and their two kinds of uncertainty become on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from pluralstats.figures import style
from pluralstats.figures.labels.entropies import typical_items

import pluralstats as ps
from pluralstats import figures
from pluralstats.errors import ConfigError


def two_labels(**columns):
    """People disagree about a, b is not known well."""
    table = pd.DataFrame({
        "item": ["a", "b"], "target": "all raters", "policy": "posterior", "p_1": [0.5, 0.3], "p_2": [0.3, 0.4],
        "p_3": 0.2, "expected": [1.7, 2.0], "entropy": [1.0, 0.9], "disagreement": [0.9, 0.5], "ignorance": [0.1, 0.4],
    })  # fmt: skip
    return table.assign(**columns)


def names_of(ax):
    return [text.get_text() for text in ax.texts if isinstance(text, Annotation)]


def keyed(ax):
    (legend,) = ax.figure.legends
    return [text.get_text() for text in legend.get_texts()]


def test_a_dot_is_the_disagreement_and_its_line_the_ignorance_up_to_the_entropy():
    ax = figures.label_entropy(two_labels(), scale=(1, 3))
    (sticks,) = ax.collections
    np.testing.assert_array_equal(sticks.get_segments(), [[[1.7, 0.9], [1.7, 1.0]], [[2.0, 0.5], [2.0, 0.9]]])
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(dots.get_xydata(), [[1.7, 0.9], [2.0, 0.5]])


def test_the_largest_possible_entropy_is_a_rule_at_the_log_of_the_number_of_answers():
    """From the scale, else from the probabilities of the table; else no rule."""
    for table, scale, n in ((two_labels(), None, 3), (two_labels(), (1, 5), 5), (two_labels(expected=0.5), (0, 1), 2)):
        ax = figures.label_entropy(table, scale=scale)
        assert ax.lines[-1].get_ydata()[0] == pytest.approx(np.log(n))
        assert f"largest possible, ln {n}" in keyed(ax)
    without = figures.label_entropy(two_labels().drop(columns=["p_1", "p_2", "p_3"]))
    assert [line.get_marker() for line in without.lines] == ["o"]


def test_a_demographic_that_is_called_like_a_probability_is_no_answer():
    table = two_labels()
    table.insert(1, "p_party", "left")
    assert "largest possible, ln 3" in keyed(figures.label_entropy(table))


def test_a_scale_of_two_answers_has_no_third_between_them():
    ax = figures.label_entropy(two_labels(expected=0.5), scale=ps.Scale(("no", "yes"), (-1.0, 1.0)))
    assert "largest possible, ln 2" in keyed(ax)


def test_items_with_most_disagreement_and_with_most_ignorance_are_named():
    assert set(names_of(figures.label_entropy(two_labels(), named=1))) == {"a", "b\nignorance 0.40"}
    assert not names_of(figures.label_entropy(two_labels(), named=0))
    assert not names_of(figures.label_entropy(two_labels(entropy=0.0, disagreement=0.0, ignorance=0.0)))
    text = figures.alt_text(figures.label_entropy(two_labels()))
    assert "disagreement (nats): 2 items, 0.90 for a; 0.50 for b." in text
    assert "ignorance (nats): 2 items, 0.10 for a; 0.40 for b." in text


def test_of_thousands_of_items_hexagons_hold_every_one_and_squares_the_medians(tables):
    table = tables["labels"](1580)
    ax = figures.label_entropy(table, scale=(1, 5))
    assert ax.collections[0].get_array().sum() == 1580
    squares = next(line for line in ax.lines if line.get_marker() == "s").get_xydata()
    edges = np.linspace(table["expected"].min(), table["expected"].max(), 11)
    third = table[(table["expected"] >= edges[2]) & (table["expected"] < edges[3])]
    np.testing.assert_allclose(squares[2], third[["expected", "disagreement"]].median())


def test_medians_are_those_of_steps_across_with_ten_items_or_more():
    rows = pd.DataFrame({"expected": [1.0] * 20 + [5.0], "dot": 0.5, "ignorance": 0.1})
    assert typical_items(rows).to_numpy().tolist() == [[1.0, 0.5, 0.1]]


def test_one_target_is_drawn_and_the_others_are_said():
    table = pd.concat([two_labels(), two_labels(target="politics: left", expected=2.5)])
    ax = figures.label_entropy(table)
    assert ax.get_xlabel().endswith("\nall raters")
    assert "Labels of the target all raters; not drawn: politics: left." in figures.alt_text(ax)
    ax = figures.label_entropy(table, target="politics: left")
    assert ax.get_xlabel().endswith("\npolitics: left")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [2.5, 2.5])


def test_each_dimension_has_its_panel():
    table = pd.concat([two_labels(dimension="toxicity"), two_labels(dimension="bias")])
    first, second = figures.label_entropy(table.astype({"dimension": "category", "target": "category"}))
    assert (first.get_title("left"), second.get_title("left")) == ("toxicity", "bias")


def test_labels_that_the_data_do_not_determine_are_left_out_and_said():
    ax = figures.label_entropy(two_labels(entropy=[1.0, np.nan]))
    assert "Left out because a number is missing: 1 row (b)." in figures.alt_text(ax)


def test_the_table_of_a_fit_is_drawn_as_it_is(small_labels):
    before = small_labels.table.copy()
    ax = figures.label_entropy(small_labels.table, scale=small_labels.scale)
    first = small_labels.table.query("target == 'gender: female'")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), first["ignorance"])  # 400 ratings tell much of 20 items
    pd.testing.assert_frame_equal(small_labels.table, before)
    assert figures.alt_text(figures.label_entropy(small_labels, scale=small_labels.scale)) == figures.alt_text(ax)


@pytest.fixture(scope="module")
def small_labels():
    """Labels of two groups, simulated."""
    ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
    return ps.label_distributions(ps.fit(ratings, formula, method="laplace", on_problem="ignore"), by="gender")


def test_marks_over_hexagons_are_told_apart_in_greyscale(tables):
    """Squares and lines are darker than the darkest hexagon by a third of the range from black to white."""
    ax = figures.label_entropy(tables["labels"](1580))
    grey = np.array([0.299, 0.587, 0.114])
    darkest = min(ax.collections[0].get_cmap().colors, key=lambda colour: grey @ to_rgb(colour))
    assert grey @ to_rgb(darkest) - grey @ to_rgb(style.INK) > 1 / 3


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        (two_labels(policy="majority", disagreement=np.nan, ignorance=np.nan), {},
         "both are missing in all 2 rows of these labels (policy majority): only labels from a posterior have them. "
         "Pass the table of `ps.label_distributions` (`labels.table`); for fewer answers"),
        (two_labels().drop(columns="ignorance"), {}, "the table lacks ignorance and has item, target, policy"),
        (two_labels(), {"target": "all rates"}, "the table has all raters. Did you mean 'all raters'?"),
        (pd.concat([two_labels()] * 2), {}, "draws each item of a target once, but 2 rows repeat one (first: a)"),
        (two_labels(), {"scale": (3, 5)}, "`scale` runs from 3 to 5, but the expected ratings run from 1.7 to 2."),
        (two_labels(expected=np.nan), {}, "`label_entropy` found no row to draw: 2 rows, none with finite expected"),
        (two_labels().head(0), {}, "`label_entropy` found no row to draw: 0 rows"),
        (pd.concat([two_labels(dimension="x"), two_labels(dimension="y")]), {"ax": Figure().add_subplot()},
         "`ax` holds one panel, the table fills 2."),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(table, arguments, message):
    with pytest.raises(ConfigError) as caught:
        figures.label_entropy(table, **arguments)
    assert message in str(caught.value)


def test_small_ignorance_has_an_axis_of_its_own_since_disagreement_lies_on_a_curve():
    table = two_labels(entropy=[0.92, 0.55], disagreement=[0.9, 0.5], ignorance=[0.02, 0.05])
    ax = figures.label_entropy(table, scale=(1, 5))
    assert ax.get_ylabel() == "ignorance about the label (nats)"
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1.7, 0.02], [2.0, 0.05]])
    assert ax.get_ylim()[1] < 0.06
    assert "Ignorance alone is drawn" in figures.alt_text(ax)
    assert "Ignorance alone" not in figures.alt_text(figures.label_entropy(two_labels(), scale=(1, 5)))
