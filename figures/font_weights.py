"""Bold text beside fallback fonts that have no bold face.

For every text matplotlib looks up all families of its list in its weight. A family that only fills in missing glyphs
may come in one weight (Debian's Droid Sans Fallback does), so that each bold header logged "findfont: Failed to find
font weight bold for Droid Sans Fallback, now using 400.", although none of its characters came from that font. Bold
text therefore names only families that have a bold face.
"""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, font_family_aliases, fontManager, get_font
from matplotlib.text import Text

BOLD = (700, "bold")


def embolden(text: Text) -> None:
    """Make a text bold, unless some character is only in a family without a bold face: regular beats a box."""
    families = list(text.get_fontfamily())
    bold = [family for family in families if has_bold(family)]
    if len(bold) == len(families) or covers(bold, text.get_text()):
        text.set(fontfamily=bold, fontweight="bold")
    else:
        text.set_fontweight("normal")


def write_title(ax: Axes, words: str) -> None:
    """Set the title of a panel in the weight of the style at hand."""
    title = ax.set_title(words)
    if title.get_fontweight() in BOLD:
        embolden(title)


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
