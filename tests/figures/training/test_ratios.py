"""Ratios on the page: bounded ones, unbounded ones, and none."""

import pytest
import training_tables
from matplotlib.figure import Figure

from pluralstats import figures
from pluralstats.errors import ConfigError


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def dots(ax, marker="o"):
    return [tuple(line.get_xdata()) for line in ax.lines if line.get_marker() == marker and len(line.get_xdata())]


def test_an_unbounded_ratio_has_arrows_and_no_dot():
    table = training_tables.ratios()
    ax, absolute = figures.reduction_ratios(table)
    assert texts_of(ax).count("unbounded") == 2
    assert dots(ax, "D") == [(1.5,)]  # the bounded one
    assert len(dots(ax, "<")) == len(dots(ax, ">")) == 2
    assert dots(absolute, "o")[0] == tuple(table["reduction"])
    assert "posterior against all ratings: unbounded; 0.60 and 0.30 (90%)." in figures.alt_text(ax)


def test_arms_that_change_scores_in_opposite_directions_have_no_ratio_on_the_page():
    table = training_tables.ratios(training_tables.ARMS[1:2])
    other = {"reduction_against": -0.3, "reduction_against_lower": -0.5, "reduction_against_upper": -0.1}
    for kind in ("none", "between"):  # "between" in tables that were written before
        ax, _ = figures.reduction_ratios(table.assign(set=kind, reduction_lower=0.3, **other))
        assert "opposite signs" in texts_of(ax)
        assert not dots(ax, "D") and not dots(ax, "<")
        assert "majority against all ratings: opposite signs; 0.60 and −0.30 (100%)." in figures.alt_text(ax)
    ax, _ = figures.reduction_ratios(table.assign(direction="up"))
    assert ax.get_xlabel() == "ratio of increases (1 = equal)"


def test_an_axes_of_the_caller_is_refused():
    with pytest.raises(ConfigError, match=r"`reduction_ratios` fills two panels and cannot be drawn into one `ax`\."):
        figures.reduction_ratios(training_tables.ratios(), ax=Figure().add_subplot())
