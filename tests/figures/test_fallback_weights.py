"""A fallback font without a bold face is nobody's concern; a main font without one is."""

import logging

import pytest
from matplotlib.font_manager import FontEntry, fontManager
from pluralstats.figures import style
from pluralstats.figures.font_weights import MESSAGE

from pluralstats import figures

REGULAR = "Only Regular Sans"


@pytest.fixture
def regular_family(monkeypatch):
    """A family with a regular face only, as Debian's Droid Sans Fallback."""
    dejavu = next(font for font in fontManager.ttflist if font.name == "DejaVu Sans" and font.weight == 400)
    entry = FontEntry(fname=dejavu.fname, name=REGULAR, style="normal", variant="normal", weight=400, stretch="normal")
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist, entry])


def logged(caplog):
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith(MESSAGE)]


def test_bold_headers_say_nothing_about_a_fallback_without_bold(tables, tmp_path, monkeypatch, regular_family, caplog):
    monkeypatch.setattr(style, "_FALLBACKS", (REGULAR,))
    with caplog.at_level(logging.WARNING, "matplotlib.font_manager"):
        style.save(figures.forest(tables["effects"](("toxicity", "bias"))), tmp_path / "forest")
    assert REGULAR in (tmp_path / "forest.svg").read_text(encoding="utf-8")
    assert not logged(caplog)


def test_a_main_family_without_bold_is_told(tables, tmp_path, monkeypatch, regular_family, caplog):
    monkeypatch.setattr(style, "_FAMILIES", (REGULAR, "DejaVu Sans"))
    with caplog.at_level(logging.WARNING, "matplotlib.font_manager"):
        style.save(figures.forest(tables["effects"]()), tmp_path / "forest")
    assert any(REGULAR in message for message in logged(caplog))


def test_other_messages_pass_and_the_logger_is_as_before(caplog):
    logger = logging.getLogger("matplotlib.font_manager")
    before = list(logger.filters)
    with caplog.at_level(logging.WARNING, logger.name), style.paper():
        logger.warning(MESSAGE + " %s for %s, now using %s.", "bold", "Droid Sans Fallback", 400)
        logger.warning("findfont: Font family %r not found.", "Droid Sans Fallback")
        logger.warning("plain")
    assert [record.getMessage() for record in caplog.records] == [
        "findfont: Font family 'Droid Sans Fallback' not found.",
        "plain",
    ]
    assert logger.filters == before
