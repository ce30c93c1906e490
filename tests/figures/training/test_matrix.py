"""The matrix of steering: a colour, a score and a frame for each cell that has one."""

import pytest
import training_tables
from matplotlib.colors import to_hex
from pluralstats.figures import style

from pluralstats import figures
from pluralstats.errors import ConfigError


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_the_diagonal_is_framed_and_scores_stand_in_their_cells():
    ax = figures.steerability(training_tables.steering(), advantage=training_tables.advantages())
    frames = [patch for patch in ax.patches if patch.get_facecolor()[3] == 0.0]
    assert [(round(p.get_x()), round(p.get_y())) for p in frames] == [(0, 0), (1, 1), (2, 2)]
    assert "3.50\n[3.30, 3.70]" in texts_of(ax)
    assert texts_of(ax).count("+0.50\n[0.30, 0.70]") == 3


def test_cells_are_darker_where_scores_are_higher():
    """Scores 3.0 to 3.7 (see the table): the lowest has the first colour of the ramp, the highest the last."""
    (cells,) = figures.steerability(training_tables.steering()).collections
    scores, colours = cells.get_array(), [to_hex(colour) for colour in cells.get_facecolors()]
    ramp = style.ramp(9, "sequential")
    assert (colours[scores.ravel().argmin()], colours[scores.ravel().argmax()]) == (ramp[0], ramp[-1])


def test_a_matrix_with_a_hole_is_refused():
    with pytest.raises(ConfigError, match=r"`steerability` needs a score for each of 3 x 3 cells; found 8\."):
        figures.steerability(training_tables.steering().iloc[1:])
