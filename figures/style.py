"""The look of every figure: the only place that sets rcParams, always inside a context manager.

Widths are 89 mm (one column) and 183 mm (two columns), text is 7-8 pt, SVG and PDF keep live text, PNG has
300 dpi. The font is matplotlib's own, DejaVu Sans, unless ``font`` says otherwise, so that a figure is the same on
every machine.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from pluralstats.errors import ConfigError, nearest

from .parts.alt import alt_text, figure_of
from .parts.fonts import unwarned, warned_once

WIDTHS_MM = {"one": 89.0, "two": 183.0}
INK = "#222222"
REFERENCE = "#4d4d4d"  # the reference level (or model) of every figure
RULE = "#8c8c8c"  # zero lines, raw differences
BAND = "#e6e6e6"  # practical equivalence, intervals of the overall value
GRID = "#ececec"
ESTIMATE = "#0072B2"
ESTIMATE_LIGHT = "#b5d3e7"
# Okabe and Ito's order without black; yellow comes last because thin yellow lines vanish on white paper.
OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#F0E442")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<")
# The arms differ in lightness as well as in hue, so that a greyscale print still tells low from high.
RAMPS = {
    "diverging": ("#d4782a", "#f1c69c", "#e2e2e2", "#86b1d6", "#0b4a85"),
    "sequential": ("#d8e6f2", "#a3c6e0", "#5a9dc9", "#1f6aa8", "#0a3565"),
}
OWN_FONT = "DejaVu Sans"  # comes with matplotlib
# Only for characters that the chosen font lacks.
FALLBACKS = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Source Han Sans SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "PingFang SC", "Hiragino Sans",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Arial Unicode MS",
)  # fmt: skip
_fonts: ContextVar[tuple[str, ...]] = ContextVar("fonts", default=(OWN_FONT,))
_SALT = "pluralstats"
_SETTINGS: dict[Any, Any] = {
    "font.size": 7.0, "text.color": INK,
    "text.hinting": "none",  # else words are up to 7% wider or narrower on a screen than on paper
    "text.parse_math": False,  # "$50k-$100k" is a level, not mathematics
    "axes.labelsize": 7.5, "axes.labelcolor": INK, "axes.edgecolor": INK, "axes.linewidth": 0.6,
    "axes.titlesize": 7.5, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 4.0,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "figure.labelsize": 7.5, "figure.constrained_layout.h_pad": 0.03, "figure.constrained_layout.w_pad": 0.03,
    "figure.constrained_layout.wspace": 0.04,
    "legend.fontsize": 7.0, "legend.frameon": False, "legend.handlelength": 1.4, "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4, "legend.borderpad": 0.0,
    "savefig.dpi": 300, "svg.fonttype": "none", "svg.hashsalt": _SALT, "pdf.fonttype": 42,
}  # fmt: skip
_TICKS = {"labelsize": 7.0, "color": INK, "major.width": 0.6, "major.size": 2.5}
# Dates and program versions would make equal figures differ.
_METADATA: dict[str, tuple[str, dict[str, None]]] = {
    "svg": ("Description", {"Date": None, "Creator": None}),
    "png": ("Description", {"Software": None}),
    "pdf": ("Subject", {"CreationDate": None, "Creator": None, "Producer": None}),
}


@contextmanager
def paper(width: str = "two") -> Iterator[None]:
    """The house style for everything drawn inside; rcParams are as before afterwards.

    ``width`` is "one" column (89 mm) or "two" (183 mm); another one raises a ConfigError.

    >>> with paper(width="one"):
    ...     print(round(width_mm()))
    89
    """
    if width not in WIDTHS_MM:
        raise ConfigError(f"`width` must be 'one' or 'two', found {width!r}.{nearest(str(width), WIDTHS_MM)}")
    with mpl.rc_context(), unwarned():
        mpl.rcdefaults()  # a user's own style must not leak into a paper
        ticks = {f"{axis}tick.{name}": value for axis in "xy" for name, value in _TICKS.items()}
        mpl.rcParams.update(_SETTINGS | ticks)
        mpl.rcParams["font.family"] = _families()
        mpl.rcParams["font.sans-serif"] = [OWN_FONT]
        mpl.rcParams["figure.figsize"] = (WIDTHS_MM[width] / 25.4, 3.0)
        yield


@contextmanager
def font(*families: str) -> Iterator[None]:
    """Another font for the figures drawn inside, the first family that has a character; ``save`` keeps it.

    A family that is not installed raises a ConfigError: matplotlib would silently take another one.

    >>> with font("DejaVu Serif"), paper():
    ...     print(mpl.rcParams["font.family"][0])
    DejaVu Serif
    """
    installed = fontManager.get_font_names()
    missing = [family for family in families if family not in installed]
    if missing or not families:
        near = nearest(missing[0], installed) if missing else ""
        raise ConfigError(f"`font` needs names of installed fonts, found {', '.join(missing) or 'none'}.{near}")
    token = _fonts.set(families)
    try:
        yield
    finally:
        _fonts.reset(token)


def drawing(width: str, ax: Axes | None) -> AbstractContextManager[None]:
    """The surrounding style where there is one (``paper``, the caller's own Axes), else ``paper(width)``."""
    inside = ax is not None or mpl.rcParams["svg.hashsalt"] == _SALT
    return unwarned() if inside else paper(width)


@contextmanager
def as_drawn(figure: Figure) -> Iterator[None]:
    """The style and the font in which a figure was drawn: ticks get their texts only when it is drawn or saved."""
    with paper():
        if figure.axes:
            mpl.rcParams["font.family"] = figure.axes[0].xaxis.label.get_fontfamily()
        yield


def width_mm() -> float:
    """The width of the figures made now, in mm."""
    return float(mpl.rcParams["figure.figsize"][0]) * 25.4


def ramp(n: int, kind: str = "diverging") -> list[str]:
    """``n`` colours for the categories of a rating scale, lowest first.

    ``kind`` is "diverging" with a neutral middle for agree-disagree scales, or "sequential" for intensities; another
    one raises a ConfigError.

    >>> ramp(3)[1]
    '#e2e2e2'
    """
    if kind not in RAMPS:
        raise ConfigError(f"`ramp` must be 'diverging' or 'sequential', found {kind!r}.{nearest(str(kind), RAMPS)}")
    colours = LinearSegmentedColormap.from_list(kind, RAMPS[kind], N=257)  # odd: a colour sits in the middle
    return [to_hex(colours(i / (n - 1) if n > 1 else 0.5)) for i in range(n)]


def ink_on(colour: str) -> str:
    """Black or white, whichever is read more easily on the colour."""
    red, green, blue = to_rgb(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def save(figure_or_axes: Any, path: str | Path, formats: Sequence[str] = ("svg", "png")) -> list[Path]:
    """Write the figure at its print size; the same figure gives the same bytes, and one path for each format.

    Warns once when no installed font has some characters.

    Parameters
    ----------
    figure_or_axes : Figure, Axes or array of Axes
        What a figure function returned.
    path : str or Path
        Where to, without the suffix; missing folders are made.
    formats : sequence of {"svg", "png", "pdf"}
        SVG and PDF keep live text, PNG has 300 dpi; the alt text goes into the metadata. Others raise a ConfigError.
    """
    unknown = [name for name in formats if name not in _METADATA]
    if unknown:
        raise ConfigError(f"`formats` may hold svg, png and pdf, found {', '.join(map(str, unknown))}.")
    figure = figure_of(figure_or_axes)
    paths = [Path(f"{path}.{name}") for name in formats]
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    with as_drawn(figure), warned_once():
        for name, target in zip(formats, paths, strict=True):
            key, emptied = _METADATA[name]
            text = alt_text(figure)
            figure.savefig(target, format=name, metadata={**emptied, key: text} if text else {**emptied})
    return paths


def fonts() -> tuple[str, ...]:
    """The families chosen by ``font``, for work in other processes, which do not know of it."""
    return _fonts.get()


def _families() -> list[str]:
    # A family that is not installed would be warned about at every text.
    installed = set(fontManager.get_font_names())
    chosen = _fonts.get()
    return [*chosen, *(name for name in FALLBACKS if name in installed and name not in chosen), "sans-serif"]
