"""How wide words are on paper in the font at hand, so that no layout rests on the widths of one font.

Arial, Helvetica and Liberation Sans share their widths; DejaVu Sans, which comes with matplotlib and is the only one on
a fresh machine, is a seventh wider.
"""

from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from .font_weights import BOLD, has_bold

RC: Any = mpl.rcParams  # its stubs know single names only
POINT_MM = 25.4 / 72
FEWEST_CHARACTERS = 8  # narrower lines say nothing


def width_of(text: str, setting: str = "font.size", weight: str = "normal") -> float:
    """The width in mm of the longest line of a text.

    Parameters
    ----------
    text : str
    setting : str
        The rcParam that holds the size of such texts, such as "legend.fontsize".
    weight : {"normal", "bold"}

    Examples
    --------
    >>> width_of("wide") > width_of("ill")
    True
    """
    families = RC["font.family"]
    if weight in BOLD:
        families = [family for family in families if has_bold(family)]
    font = FontProperties(family=families, weight=weight, size=RC[setting])
    lines = (line for line in str(text).split("\n") if line)
    widths = (text_to_path.get_text_width_height_descent(line, font, False)[0] for line in lines)
    return POINT_MM * max(widths, default=0.0)


def points_mm(setting: str) -> float:
    """The font size in mm that an rcParam holds."""
    return POINT_MM * FontProperties(size=RC[setting]).get_size_in_points()


def widest(texts: Iterable[str], setting: str = "font.size") -> float:
    """The width in mm of the widest text, 0 without any."""
    return max((width_of(text, setting) for text in texts), default=0.0)


def fitted(text: object, room: float, setting: str, *, weight: str = "normal", lines: int = 2) -> str:
    """The text in at most ``lines`` lines of ``room`` mm; what does not fit becomes an ellipsis.

    Lines of fewer than 8 characters are not made, however small the room.

    >>> fitted("standardised latent difference d", 30.0, "axes.labelsize").count("\\n")
    1
    """
    words = str(text)
    characters = max((len(line) for line in words.split("\n")), default=0)
    found = words
    while width_of(found, setting, weight) > room and characters > FEWEST_CHARACTERS:
        characters = min(characters - 1, int(characters * room / width_of(found, setting, weight)) + 1)
        found = "\n".join(wrap(words, max(characters, FEWEST_CHARACTERS), max_lines=lines, placeholder="…"))
    return found
