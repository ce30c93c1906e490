"""What holds for every figure before anybody looks at it: size, text, alt text, bytes, no traces left."""

import hashlib
import re
import subprocess
import sys
from contextlib import nullcontext

import matplotlib as mpl
import numpy as np
import pytest
from figure_cases import CASES
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from pluralstats.figures import style

from pluralstats import figures


def axes_of(drawn):
    return list(np.ravel(np.array(drawn, dtype=object)))


def text_boxes(figure):
    """Bounding boxes in pixels of every text that is drawn, after layout; no pixel is painted for them."""
    canvas = FigureCanvasAgg(figure)
    with style.as_drawn(figure):
        figure.draw_without_rendering()
    hidden = hidden_labels(figure)
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in hidden]
    # Of an annotation the words alone: its hair line leads across the panel on purpose.
    return {text: Text.get_window_extent(text, canvas.get_renderer()) for text in texts}


def hidden_labels(figure):
    """Labels of ticks that exist but are not drawn: those beyond the limits of their axis, and on its second side."""
    hidden = set()
    for ax in figure.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(limits)
            for tick in axis.get_major_ticks():
                hidden.add(tick.label2)
                if not low <= tick.get_loc() <= high:
                    hidden.add(tick.label1)
    return hidden


def check_boxes(figure, boxes):
    """Every text lies inside the figure, and none on another."""
    ends = np.array([box.extents for box in boxes.values()])  # x0, y0, x1, y1
    texts = [text.get_text() for text in boxes]
    outside = (ends[:, :2] < -1).any(axis=1) | (ends[:, 2:] > np.array(figure.bbox.size) + 1).any(axis=1)
    assert not outside.any(), f"{texts[outside.argmax()]!r} at {ends[outside.argmax()]} leaves {figure.bbox}"
    low, high = ends[:, None, :2], ends[:, None, 2:] - 1
    on_another = ((high > ends[None, :, :2]) & (ends[None, :, 2:] - 1 > low)).all(axis=2)
    pairs = np.argwhere(np.triu(on_another, k=1))
    assert not len(pairs), [f"{texts[one]!r} overlaps {texts[other]!r}" for one, other in pairs[:5]]


@pytest.mark.parametrize("name", CASES)
def test_a_figure_is_ready_for_print(name, font):
    """One or two columns wide; every text seen, none under 6 pt; panels filled; quantities, alt text, no title."""
    with style.font(font):
        drawn = CASES[name]()
    axes = axes_of(drawn)
    figure = axes[0].figure
    assert all(isinstance(ax, Axes) for ax in axes)
    assert round(figure.get_size_inches()[0] * 25.4, 6) in (89.0, 183.0)
    boxes = text_boxes(figure)
    check_boxes(figure, boxes)
    assert min(text.get_fontsize() for text in boxes) >= 6
    assert {text.get_fontfamily()[0] for text in boxes} == {font}
    for ax in axes:
        assert ax.has_data()
        width, height = ax.get_window_extent().size / figure.dpi * 25.4
        assert width >= 15, "a panel is narrower than 15 mm"
        assert height >= 3, "a panel is lower than one row"
    assert figure.get_supxlabel() or all(ax.get_xlabel() for ax in axes)
    assert not figure.get_suptitle()
    text = figures.alt_text(drawn)
    assert text.endswith(".") and len(text) > 40
    assert "  " not in text and "nan" not in text
    assert len(text) <= 1200, "nobody listens to more"
    assert figures.alt_text(figure) == text


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


def test_no_pyplot_figure_is_opened_and_no_backend_chosen(tmp_path):
    """seaborn and arviz-plots import pyplot; a caller's own pyplot figures and backend stay as they are."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import figure_cases, matplotlib as mpl\n"
        "from pluralstats import figures\n"
        "for name in ('forest', 'steerability', 'traces', 'variance shares', 'item disagreement', 'elpd'):\n"
        "    figures.style.save(figure_cases.CASES[name](), sys.argv[2] + '/figure')\n"
        "chosen = dict.__getitem__(mpl.rcParams, 'backend')\n"
        "opened = sys.modules['matplotlib.pyplot'].get_fignums() if 'matplotlib.pyplot' in sys.modules else []\n"
        "sys.exit(f'{chosen} {opened}' if opened or isinstance(chosen, str) else 0)"
    )
    home = str(next(path for path in sys.path if path.endswith("figures")))
    done = subprocess.run(
        [sys.executable, "-c", code, home, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_paper_sets_the_width(draw):
    with style.paper(width="two"):
        ax = draw("forest")
    assert ax.figure.get_size_inches()[0] * 25.4 == pytest.approx(183)


def test_a_figure_of_nobody_has_no_alt_text():
    figure = Figure()
    figure.add_subplot()
    assert figures.alt_text(figure) == ""


OTHER_WIDTH = {
    "intersections of two terms": "one", "intersection differences of many cells": "two", "contested with texts": "one",
    "contested of two dimensions": "one", "cohesion of long names": "one", "association": "one",
    "item disagreement of few ratings": "two", "label entropy": "two",
    "label entropy of two dimensions and targets": "one", "population with effects": "one",
    "robustness of long names": "one", "predicted units": "one", "wright of five dimensions": "one",
}  # fmt: skip
SAMPLE = ("likert of long names", "caterpillar of few", "contested with texts", "contested of four contrasts",
          "sbc ranks", "label entropy", "elpd of long names", "distances without a floor")  # fmt: skip


@pytest.mark.parametrize(("name", "width"), OTHER_WIDTH.items())
def test_figures_fit_the_other_width_too(draw, name, width):
    with style.paper(width=width):
        figure = axes_of(draw(name))[0].figure
    check_boxes(figure, text_boxes(figure))


@pytest.mark.parametrize("family", ["DejaVu Serif", "DejaVu Sans Mono"])
@pytest.mark.parametrize("name", SAMPLE)
def test_texts_fit_in_fonts_of_any_width(draw, name, family):
    """The families come with matplotlib; Mono is a fifth wider than its Sans."""
    with style.font(family):
        figure = axes_of(draw(name))[0].figure
    check_boxes(figure, text_boxes(figure))
    assert {text.get_fontfamily()[0] for text in figure.findobj(Text) if text.get_text()} == {family}


def test_the_font_is_matplotlibs_own_unless_another_is_asked_for(draw, tmp_path):
    """Whatever else is installed, figures of two machines are the same; saving keeps the font of the drawing."""
    for family, drawing in (("DejaVu Sans", nullcontext()), ("DejaVu Serif", style.font("DejaVu Serif"))):
        with drawing:
            ax = draw("forest")
        (svg,) = style.save(ax, tmp_path / "forest", formats=("svg",))
        fonts = set(re.findall(r"(?:font-family: |px )'([^']+)'", svg.read_text(encoding="utf-8")))
        assert fonts == {family}


def test_a_font_that_is_not_installed_is_refused():
    message = "`font` needs names of installed fonts, found DejaVu Sons. Did you mean 'DejaVu Sans'?"
    with pytest.raises(figures.style.ConfigError) as caught, style.font("DejaVu Sons"):
        pass
    assert str(caught.value) == message
