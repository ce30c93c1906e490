"""Calibration of preferences on the page."""

import numpy as np
import training_tables
from pluralstats.figures import style

from pluralstats import figures


def test_right_probabilities_lie_on_the_diagonal():
    ax = figures.pair_calibration(training_tables.calibrations())
    np.testing.assert_allclose(*np.array(next(line.get_xydata() for line in ax.lines if line.get_marker() == "o")).T)


def test_policies_differ_in_colour_and_shape_and_all_stand_in_the_key():
    """A greyscale print tells them apart."""
    ax = figures.pair_calibration(training_tables.calibrations())
    lines = [line for line in ax.lines if line.get_marker() in style.MARKERS]
    for looks in ("get_color", "get_marker"):
        assert len({getattr(line, looks)() for line in lines}) == 3
    (key,) = ax.figure.legends
    assert {text.get_text() for text in key.get_texts()} == {"posterior", "shares", "majority", "95% interval"}
    assert ax.get_legend() is None
