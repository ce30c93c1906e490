"""Fonts: widths and heights of words as the renderer has them, bold faces, characters that no font has.

No layout rests on the widths of one font: DejaVu Sans, which comes with matplotlib, is a seventh wider than Arial.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from textwrap import wrap
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, findfont, font_family_aliases, fontManager, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

RC: Any = mpl.rcParams  # its stubs know single names only
POINT_MM = 25.4 / 72
FEWEST_CHARACTERS = 8  # narrower lines say nothing
BOLD = (700, "bold")
MISSING_GLYPH = r"Glyph \d+ .*missing from"  # of matplotlib, for each character each time it is measured or drawn
TOLD = "No installed font has the characters"  # how our own warning starts
MOST_SHOWN = 10


def width_of(text: str, setting: str = "font.size", weight: str = "normal") -> float:
    """The width in mm of the longest line of a text, whose size is in an rcParam such as "legend.fontsize"."""
    return max((_size(line, setting, weight)[0] for line in str(text).split("\n") if line), default=0.0)


def line_height(setting: str = "font.size") -> float:
    """The height in mm of one of several lines of a text."""
    return 1.08 * _size("lÅp", setting, "normal")[1]


def widest(texts: Iterable[str], setting: str = "font.size") -> float:
    """The width in mm of the widest text, 0 without any."""
    return max((width_of(text, setting) for text in texts), default=0.0)


def fitted(text: object, room: float, setting: str = "font.size", *, weight: str = "normal", lines: int = 2) -> str:
    """The text in at most ``lines`` lines of ``room`` mm; what does not fit becomes an ellipsis.

    Lines of fewer than 8 characters are not made, however small the room.
    """
    words = found = str(text)
    characters = max((len(line) for line in words.split("\n")), default=0)
    while (width := width_of(found, setting, weight)) > room and characters > FEWEST_CHARACTERS:
        characters = max(FEWEST_CHARACTERS, min(characters - 1, int(characters * room / width) + 1))
        found = "\n".join(wrap(words, characters, max_lines=lines, placeholder="…"))
    return found


def embolden(text: Text) -> None:
    """Make a text bold, unless some character is only in a family without a bold face: regular beats a box.

    A family that only fills in missing glyphs may come in one weight, as Debian's Droid Sans Fallback does; bold text
    that named it would log "findfont: Failed to find font weight bold" at every header.
    """
    families = list(text.get_fontfamily())
    bold = [family for family in families if has_bold(family)]
    if len(bold) == len(families) or covers(bold, text.get_text()):
        text.set(fontfamily=bold, fontweight="bold")
    else:
        text.set_fontweight("normal")


def has_bold(family: str) -> bool:
    """Whether an upright bold face is installed; "sans-serif" and other generic names stand for families with one."""
    faces = (font for font in fontManager.ttflist if font.name == family and font.style == "normal")
    return family in font_family_aliases or any(font.weight in BOLD for font in faces)


def covers(families: Iterable[str], words: str) -> bool:
    """Whether the bold faces of the families together have a glyph for every character."""
    missing = {ord(character) for character in words if not character.isspace()}
    for family in families:
        if missing:
            font = get_font(findfont(FontProperties(family=[family], weight="bold")))
            missing = {code for code in missing if not font.get_char_index(code)}
    return not missing


@contextmanager
def unwarned() -> Iterator[None]:
    """Nothing is said about missing characters inside."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", MISSING_GLYPH)
        yield


@contextmanager
def warned_once() -> Iterator[None]:
    """One warning at the end that names all characters missing inside; other warnings pass as they are."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    missing: dict[str, None] = {}
    for warning in caught:
        if re.match(MISSING_GLYPH, text := str(warning.message)):
            missing[chr(int(re.findall(r"\d+", text)[0]))] = None
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if missing:
        more = f" and {len(missing) - MOST_SHOWN} more" if len(missing) > MOST_SHOWN else ""
        words = (
            f"{TOLD} {''.join(missing)[:MOST_SHOWN]}{more}: PNG and PDF show boxes, the SVG keeps them as text. "
            "Install a font that has them, such as Noto Sans CJK."
        )
        warnings.warn(words, UserWarning, stacklevel=4)  # where `style.save` was called


def _size(line: str, setting: str, weight: str) -> tuple[float, float]:
    families = RC["font.family"]
    if weight in BOLD:
        families = [family for family in families if has_bold(family)]
    points = FontProperties(size=RC[setting]).get_size_in_points()
    return _measured(line, tuple(families), weight, points, tuple(RC["font.sans-serif"]))


@lru_cache(4096)  # ticks are chosen by the widths of their labels, the same ones thousands of times
def _measured(line: str, families: tuple[str, ...], weight: str, points: float, _sans: tuple) -> tuple[float, float]:
    """Width and height in mm; ``_sans`` is what "sans-serif" stands for."""
    font = FontProperties(family=families, weight=weight, size=points)
    width, height, _ = text_to_path.get_text_width_height_descent(line, font, False)
    return POINT_MM * width, POINT_MM * height
