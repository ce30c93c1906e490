"""Disagreement about items on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation
from pluralstats.figures.disagreement.clouds import count_classes
from pluralstats.figures.parts.marks import round_sizes

from pluralstats import figures
from pluralstats.errors import ConfigError


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


def test_named_places_lie_all_along_the_means():
    """The most disagreement of all is about middling means; each third of the means has a name of its own."""
    table = pd.DataFrame({"item": list("abcdef"), "mean": [1.2, 1.4, 2.9, 3.0, 3.1, 4.9]})
    table = table.assign(entropy=[0.4, 0.6, 1.4, 1.5, 1.3, 0.3])
    names = [
        text.get_text() for text in figures.item_disagreement(table, named=3).texts if isinstance(text, Annotation)
    ]
    assert names == ["d", "b", "f"]
    assert "6 items, from 0.30 for f to 1.50 for d." in figures.alt_text(figures.item_disagreement(table))


def test_a_key_of_areas_has_two_of_them():
    """One circle alone shows no size; two items at a place are the most here."""
    (key,) = figures.item_disagreement(three_items()).figure.legends
    assert [text.get_text() for text in key.get_texts()] == ["1 item", "2 items"]


def test_what_is_possible_is_drawn_where_it_is_known():
    table = three_items().assign(polarisation=0.2)
    assert not figures.item_disagreement(table).lines
    assert not figures.item_disagreement(table, column="polarisation", scale=(1, 5)).lines
    lowest, highest = figures.item_disagreement(table, scale=(1, 5)).lines
    assert highest.get_ydata().max() == pytest.approx(np.log(5))  # all answers equally often
    # At mean 1.8 either a fifth is 5 and the rest 1, or a fifth 1 and the rest 2: closed form -0.2 ln 0.2 - 0.8 ln 0.8.
    assert lowest.get_ydata().max() == pytest.approx(-0.2 * np.log(0.2) - 0.8 * np.log(0.8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.item_disagreement(three_items(), column="entrophy"), "Did you mean 'entropy'?"),
        (lambda: figures.item_disagreement(three_items(), column="sd"), "the table lacks sd and has item, mean"),
        (lambda: figures.item_disagreement(three_items(), scale=(0, 1)), "`scale` runs from 0 to 1, but the means"),
        (lambda: figures.item_disagreement(three_items().assign(entropy=np.nan)), "found no row to draw: 3 rows"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(call, message):
    with pytest.raises(ConfigError) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize(("most", "ends"), [(45, [1, 2, 5, 10, 20]), (2, [1, 2]), (900, [1, 10, 100])])
def test_classes_of_counts_are_at_most_five(most, ends):
    assert count_classes(most) == ends


@pytest.mark.parametrize(("largest", "shown"), [(430, [20, 200]), (7, [5]), (1, [1])])
def test_a_key_of_areas_shows_round_numbers(largest, shown):
    assert round_sizes(largest) == shown
