"""Characters without a glyph are told once for a figure, and other warnings pass."""

import warnings

import pytest
from pluralstats.figures import forest, style
from pluralstats.figures.glyphs import warned_once

NOWHERE = "\U0010fffd\U000ffffd"  # private use: no font has them


def test_a_figure_warns_once_and_the_svg_keeps_the_text(tables, tmp_path):
    table = tables["effects"]()
    table["level"] = table["level"].astype(str) + NOWHERE
    ax = forest(table)
    with pytest.warns(UserWarning) as caught:
        svg, _ = style.save(ax, tmp_path / "forest")
    assert [warning.filename for warning in caught] == [__file__]
    assert str(caught[0].message).startswith("No installed font has the characters ")
    assert NOWHERE in svg.read_text(encoding="utf-8")


def test_other_warnings_pass():
    with pytest.warns(RuntimeWarning, match="something else"), warned_once():
        warnings.warn("something else", RuntimeWarning, stacklevel=1)
