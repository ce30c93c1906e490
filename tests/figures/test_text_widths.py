"""Widths of words are those that matplotlib draws, in whichever font it has."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pluralstats.figures import style
from pluralstats.figures.keys import key_columns
from pluralstats.figures.text_widths import fitted, width_of

FAMILIES = ["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"]  # all come with matplotlib
WORDS = "standardised latent difference d (SD units)"


@pytest.fixture(params=FAMILIES)
def family(request, monkeypatch):
    monkeypatch.setattr(style, "_FAMILIES", (request.param,))
    with style.paper():
        yield request.param


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_widths_are_those_of_the_drawn_text(family, weight):
    figure = Figure(dpi=2400)  # pixels so small that rounding to them does not matter
    drawn = figure.text(0.0, 0.5, f"{WORDS}\nshort", fontsize=7.0, fontweight=weight)
    box = drawn.get_window_extent(FigureCanvasAgg(figure).get_renderer())
    assert width_of(f"{WORDS}\nshort", weight=weight) == pytest.approx(box.width / 2400 * 25.4, rel=0.005)
    assert width_of("") == 0.0


@pytest.mark.parametrize("room", [20.0, 30.0, 200.0])
def test_fitted_lines_fit_and_are_as_few_as_can_be(family, room):
    found = fitted(WORDS, room, "axes.labelsize")
    assert width_of(found, "axes.labelsize") <= room
    assert ("\n" in found) == (width_of(WORDS, "axes.labelsize") > room)
    assert fitted("", room, "axes.labelsize") == ""


def test_a_room_too_small_for_anything_keeps_eight_characters(family):
    assert max(map(len, fitted(WORDS, 1.0, "axes.labelsize").split("\n"))) == 8


def test_a_wider_font_takes_more_lines_of_a_key(monkeypatch):
    labels = ["posterior gap, 95% interval", "false signs, as expected"]
    columns = []
    for family in FAMILIES:
        monkeypatch.setattr(style, "_FAMILIES", (family,))
        with style.paper(width="one"):
            columns.append(key_columns(labels, style.width_mm()))
    # 51 characters of Mono, each 1233 / 2048 of 7 pt, are 76 mm, two marks with their spaces 15 mm: too much for 89 mm;
    # in the other two families a character of such words is narrower by a tenth or more
    assert columns == [2, 2, 1]
