"""What intersections of demographics become on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.text import Annotation
from pluralstats.figures.effects.cells import crossed, short_names

from pluralstats import figures


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def names_of(ax):
    return {text.get_text().replace("\n", " ") for text in ax.texts if isinstance(text, Annotation)}


def four_cells():
    """One cell of four differs from the additive prediction; the others are ends or in the middle."""
    table = pd.DataFrame({"term": "gender:race", "gender": ["f", "f", "m", "m"], "race": ["A", "B", "A", "B"]})
    return table.assign(
        group=["f:A", "f:B", "m:A", "m:B"], n_raters=[10, 20, 40, 80], raw=[2.0, 3.0, 3.1, 4.0],
        predicted=[2.5, 3.0, 3.1, 3.5], lower=2.4, upper=3.6, difference=[0.0, 0.3, 0.0, 0.0],
        difference_lower=[-0.1, 0.1, -0.1, -0.1], difference_upper=[0.1, 0.5, 0.1, 0.1],
    )  # fmt: skip


def test_cells_lie_at_raw_and_pooled_means_with_areas_by_raters():
    points = [c for c in figures.intersections(four_cells()).collections if isinstance(c, PathCollection)]
    drawn = {tuple(at): size for c in points for at, size in zip(c.get_offsets(), c.get_sizes(), strict=True)}
    assert set(drawn) == {(2.0, 2.5), (3.0, 3.0), (3.1, 3.1), (4.0, 3.5)}
    areas = np.array([drawn[at] for at in sorted(drawn)])
    np.testing.assert_allclose(areas / areas[0], [1, 2, 4, 8])


def test_the_diagonal_is_where_raw_and_pooled_means_are_equal():
    (line,) = figures.intersections(four_cells()).lines
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())


def test_cells_that_differ_are_named_first_then_the_ends():
    assert names_of(figures.intersections(four_cells(), named=1)) == {"f × B"}
    assert names_of(figures.intersections(four_cells(), named=3)) == {"f × B", "m × B", "f × A"}
    assert not names_of(figures.intersections(four_cells(), named=0))
    assert "by their 95% interval: f × B 0.30." in figures.alt_text(figures.intersections(four_cells()))


def test_a_cell_of_one_rater_is_not_named_for_its_expected_rating():
    table = four_cells().assign(n_raters=[1, 20, 40, 80])
    assert names_of(figures.intersections(table, named=4)) == {"f × B", "m × B", "m × A"}


def test_names_come_from_the_columns_so_that_levels_may_hold_colons():
    table = four_cells().assign(race="A:B or C")
    assert "m × A:B or C" in names_of(figures.intersections(table))
    assert "m × B" in names_of(figures.intersections(table.drop(columns="race")))


def test_cells_without_raters_leave_with_a_note():
    table = four_cells()
    table.loc[0, "raw"] = np.nan
    assert "Left out because a number is missing: 1 row (gender:race f:A)." in figures.alt_text(
        figures.intersections(table)
    )


def test_differences_of_cells_go_from_high_to_low_whatever_the_row_order(tables):
    table = tables["cells"]()
    ordered = table.sort_values("difference", ascending=False)
    names = [" × ".join(pair) for pair in zip(ordered["gender"], ordered["race"], strict=True)]
    for case in (table, table.sample(frac=1, random_state=1)):
        assert labels_of(figures.intersection_differences(case))[1:] == names


def test_of_many_cells_those_that_differ_are_drawn():
    table = four_cells()
    table.loc[3, "difference"] = -0.9  # larger, but its interval (of the test's own making) includes 0
    assert labels_of(figures.intersection_differences(table, most=1))[1:] == ["f × B"]
    assert "Not drawn: 3 cells" in figures.alt_text(figures.intersection_differences(table, most=1))


@pytest.mark.parametrize(
    ("levels", "characters", "names"),
    [
        ([("woman", "Graduate degree or more"), ("man", "Some college")], 20,
         ["woman × Graduate…", "man × Some college"]),
        ([("non-binary", "an income below $50k"), ("male", "an income above $50k")], 24,
         ["non-binary × an in… $50k", "male × an in… $50k"]),
    ],
)  # fmt: skip
def test_short_names_keep_both_levels_of_a_cell(levels, characters, names):
    assert short_names(levels, characters) == names


def test_a_term_is_said_with_crosses():
    assert crossed("gender:race") == "gender × race"
