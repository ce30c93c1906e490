"""Widths are those of the drawn text in any font; bold faces; characters that no font has."""

import logging
import warnings

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.text import Text
from pluralstats.figures import style
from pluralstats.figures.parts.fonts import covers, fitted, has_bold, warned_once, width_of
from pluralstats.figures.parts.marks import key_columns

from pluralstats import figures

FAMILIES = ["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"]  # all come with matplotlib


WORDS = "standardised latent difference d (SD units)"


@pytest.fixture(params=FAMILIES)
def family(request):
    with style.font(request.param), style.paper():
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


def test_a_wider_font_takes_more_lines_of_a_key():
    labels = ["posterior gap, 95% interval", "false signs, as expected"]
    columns = []
    for family in FAMILIES:
        with style.font(family), style.paper(width="one"):
            columns.append(key_columns(labels, style.width_mm()))
    # 51 characters of Mono, each 1233 / 2048 of 7 pt, are 76 mm, two marks with their spaces 15 mm: too much for 89 mm;
    # in the other two families a character of such words is narrower by a tenth or more
    assert columns == [2, 2, 1]


REGULAR = "Only Regular Sans"


@pytest.fixture
def regular_family(monkeypatch):
    """A fallback with a regular face only, as Debian's Droid Sans Fallback."""
    dejavu = next(font for font in fontManager.ttflist if font.name == "DejaVu Sans" and font.weight == 400)
    entry = FontEntry(fname=dejavu.fname, name=REGULAR, style="normal", variant="normal", weight=400, stretch="normal")
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist, entry])
    monkeypatch.setattr(style, "FALLBACKS", (REGULAR,))


def bold_texts(ax):
    return {text.get_text() for text in ax.findobj(Text) if text.get_fontweight() == "bold" and text.get_text()}


def test_nothing_is_logged_about_a_fallback_without_bold(tables, tmp_path, regular_family, caplog):
    """Neither where figures are drawn and saved, nor where the caller draws them, in a notebook for example."""
    with caplog.at_level(logging.WARNING, "matplotlib"):
        ax = figures.forest(tables["effects"](("toxicity", "bias")))[0]
        svg, _ = style.save(ax, tmp_path / "forest")
        FigureCanvasAgg(ax.figure).draw()
    assert not caplog.records
    assert REGULAR in svg.read_text(encoding="utf-8")  # regular text may still fall back
    assert {"toxicity", "race, minus White"} <= bold_texts(ax)


def test_bold_text_of_that_family_would_be_logged(regular_family, caplog):
    """The test above could not fail if matplotlib no longer logged this."""
    figure = Figure()
    figure.text(0.5, 0.5, "bold", fontfamily=["DejaVu Sans", REGULAR], fontweight="bold")
    with caplog.at_level(logging.WARNING, "matplotlib"):
        FigureCanvasAgg(figure).draw()
    assert [record.getMessage() for record in caplog.records] == [
        f"findfont: Failed to find font weight bold for {REGULAR}, now using 400."
    ]
    assert not has_bold(REGULAR) and has_bold("DejaVu Sans") and has_bold("sans-serif")


def test_characters_without_a_bold_glyph_are_regular_rather_than_boxes(tables, regular_family):
    table = tables["effects"](groups={"gender \U0010fffd": ("female", "male"), "race": ("White", "Black")})
    ax = figures.forest(table)
    assert bold_texts(ax) == {"race"}
    assert covers(["DejaVu Sans"], "gender Ω ж") and not covers(["DejaVu Sans"], "gender \U0010fffd")


def test_a_callers_own_style_keeps_its_titles(tables):
    ax = Figure().add_subplot()
    figures.forest(tables["effects"](("toxicity",)), ax=ax)
    assert ax.get_title() == "toxicity"
    assert ax.title.get_fontweight() == "normal"


NOWHERE = "\U0010fffd\U000ffffd"  # private use: no font has them


def test_a_figure_warns_once_and_the_svg_keeps_the_text(tables, tmp_path):
    table = tables["effects"]()
    table["level"] = table["level"].astype(str) + NOWHERE
    ax = figures.forest(table)
    with pytest.warns(UserWarning) as caught:
        svg, _ = style.save(ax, tmp_path / "forest")
    assert [warning.filename for warning in caught] == [__file__]
    assert str(caught[0].message).startswith("No installed font has the characters ")
    assert NOWHERE in svg.read_text(encoding="utf-8")


def test_other_warnings_pass():
    with pytest.warns(RuntimeWarning, match="something else"), warned_once():
        warnings.warn("something else", RuntimeWarning, stacklevel=1)


def test_a_key_has_as_many_columns_as_fit():
    with style.paper():
        assert key_columns(["agree", "disagree"], 89.0) == 2
        assert key_columns(["a" * 40, "b" * 40], 89.0) == 1
