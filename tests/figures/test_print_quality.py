"""What holds for every figure before anybody looks at it: size, text, alt text, bytes, no traces left."""

import hashlib
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from pluralstats.figures import style

from pluralstats import figures


def axes_of(drawn):
    return list(np.ravel(np.array(drawn, dtype=object)))


def text_boxes(figure):
    """Bounding boxes in pixels of every text that is drawn, after layout."""
    canvas = FigureCanvasAgg(figure)
    with style.paper():
        canvas.draw()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and is_drawn(t)]
    # Of an annotation the words alone: its hair line leads across the panel on purpose.
    return {text: Text.get_window_extent(text, canvas.get_renderer()) for text in texts}


def is_drawn(text):
    """Ticks beyond the limits of their axis exist but are not drawn."""
    for ax in text.figure.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(limits)
            for tick in axis.get_major_ticks():
                if text in (tick.label1, tick.label2):
                    return tick.label1 is text and low <= tick.get_loc() <= high
    return True


def test_every_figure_returns_axes(drawn):
    assert all(isinstance(ax, Axes) for ax in axes_of(drawn))


def test_every_figure_is_one_or_two_columns_wide(drawn):
    width = axes_of(drawn)[0].figure.get_size_inches()[0] * 25.4
    assert round(width, 6) in (89.0, 183.0)


@pytest.fixture(scope="module")
def boxes(drawn):
    """The texts of a figure with their boxes, measured once for all tests."""
    return text_boxes(axes_of(drawn)[0].figure)


def check_boxes(figure, boxes):
    """Every text lies inside the figure, and none on another."""
    for text, box in boxes.items():
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1
        assert inside, f"{text.get_text()!r} at {box} leaves {figure.bbox}"
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a.x1 - 1 <= b.x0 or b.x1 - 1 <= a.x0 or a.y1 - 1 <= b.y0 or b.y1 - 1 <= a.y0
        assert apart, f"{one.get_text()!r} overlaps {other.get_text()!r}"


def test_no_text_leaves_the_figure_or_overlaps_another(drawn, boxes):
    check_boxes(axes_of(drawn)[0].figure, boxes)


def test_no_text_is_smaller_than_six_points(boxes):
    assert min(text.get_fontsize() for text in boxes) >= 6


def test_no_panel_is_empty_or_squeezed(drawn, boxes):
    figure = axes_of(drawn)[0].figure
    for ax in axes_of(drawn):
        assert ax.has_data()
        width, height = ax.get_window_extent().size / figure.dpi * 25.4
        assert width >= 15, "a panel is narrower than 15 mm"
        assert height >= 3, "a panel is lower than one row"


def test_every_axis_says_its_quantity(drawn):
    figure = axes_of(drawn)[0].figure
    assert figure.get_supxlabel() or all(ax.get_xlabel() for ax in axes_of(drawn))


def test_no_title_is_burnt_in(drawn):
    assert not axes_of(drawn)[0].figure.get_suptitle()


def test_alt_text_is_a_few_sentences_without_gaps(drawn):
    text = figures.alt_text(drawn)
    assert text.endswith(".")
    assert len(text) > 40
    assert "  " not in text and "nan" not in text
    assert figures.alt_text(axes_of(drawn)[0].figure) == text


@pytest.mark.parametrize("name", ["forest", "likert", "wright", "caterpillar of raters and items"])
def test_the_same_table_gives_the_same_bytes(draw, name, tmp_path):
    digests = []
    for turn in "ab":
        paths = style.save(draw(name), tmp_path / turn, formats=("svg", "png", "pdf"))
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    assert digests[0] == digests[1]


def test_saved_files_keep_live_text_resolution_and_alt_text(draw, tmp_path):
    svg, png = style.save(draw("forest of long names"), tmp_path / "new" / "forest.1")
    assert (svg.name, png.name) == ("forest.1.svg", "forest.1.png")
    text = svg.read_text(encoding="utf-8")
    assert "$50k–$100k" in text  # live text, and dollars are not mathematics
    assert "sans-serif" in text  # a machine without our fonts still shows one without serifs
    assert "Forest plot of 2 effects" in text
    assert "<dc:date>" not in text
    assert png.read_bytes()[16:20] == (int(89 / 25.4 * 300)).to_bytes(4)  # width in the PNG header


def test_rcparams_are_as_before(draw, tmp_path):
    names = [name for name in mpl.rcParams if name != "backend"]  # reading it would load pyplot
    before = {name: mpl.rcParams[name] for name in names}
    with style.paper(width="one"):
        assert mpl.rcParams["svg.fonttype"] == "none"
        style.save(draw("forest"), tmp_path / "forest")
    assert {name: mpl.rcParams[name] for name in names} == before


def test_a_users_style_does_not_leak_into_a_paper(draw, tmp_path):
    plain = style.save(draw("forest"), tmp_path / "plain", formats=("svg",))[0].read_bytes()
    with mpl.rc_context({"font.size": 20, "axes.grid": True, "lines.linewidth": 9}):
        styled = style.save(draw("forest"), tmp_path / "styled", formats=("svg",))[0].read_bytes()
    assert styled == plain


def test_pyplot_is_never_loaded():
    code = (
        "import sys, pandas as pd; from pluralstats import figures\n"
        "table = pd.DataFrame({'component': ['item'], 'percent': [9.0], 'lower': [8.0], 'upper': [10.0]})\n"
        "figures.variance_shares(table); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


def test_paper_sets_the_width(draw):
    with style.paper(width="two"):
        ax = draw("forest")
    assert ax.figure.get_size_inches()[0] * 25.4 == pytest.approx(183)


def test_a_figure_of_nobody_has_no_alt_text():
    figure = Figure()
    figure.add_subplot()
    assert figures.alt_text(figure) == ""


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("intersections of two terms", "one"),
        ("intersection differences of many cells", "two"),
        ("contested with texts", "one"),
        ("contested of two dimensions", "one"),
        ("cohesion of long names", "one"),
        ("association", "one"),
        ("item disagreement of few ratings", "two"),
        ("label entropy", "two"),
        ("label entropy of two dimensions and targets", "one"),
        ("population with effects", "one"),
        ("robustness of long names", "one"),
    ],
)
def test_figures_of_groups_fit_the_other_width_too(draw, name, width):
    with style.paper(width=width):
        figure = axes_of(draw(name))[0].figure
    check_boxes(figure, text_boxes(figure))


@pytest.mark.parametrize("family", ["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"])
@pytest.mark.parametrize(
    "name",
    [
        "likert of long names",
        "caterpillar of few",
        "contested with texts",
        "contested of four contrasts",
        "sbc ranks",
        "label entropy",
        "elpd of long names",
        "distances without a floor",
    ],
)
def test_texts_fit_in_fonts_of_any_width(draw, name, family, monkeypatch):
    """The three families come with matplotlib; Mono is a third wider than Arial, for which figures were drawn first."""
    monkeypatch.setattr(style, "_FAMILIES", (family,))
    figure = axes_of(draw(name))[0].figure
    check_boxes(figure, text_boxes(figure))
    assert {text.get_fontfamily()[0] for text in figure.findobj(Text) if text.get_text()} == {family}
