"""Bold headers and titles ask no fallback font for a bold face that it does not have."""

import logging

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.text import Text
from pluralstats.figures import style
from pluralstats.figures.font_weights import covers, has_bold

from pluralstats import figures

REGULAR = "Only Regular Sans"


@pytest.fixture
def regular_family(monkeypatch):
    """A fallback with a regular face only, as Debian's Droid Sans Fallback."""
    dejavu = next(font for font in fontManager.ttflist if font.name == "DejaVu Sans" and font.weight == 400)
    entry = FontEntry(fname=dejavu.fname, name=REGULAR, style="normal", variant="normal", weight=400, stretch="normal")
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist, entry])
    monkeypatch.setattr(style, "_FAMILIES", ("DejaVu Sans", REGULAR))


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
