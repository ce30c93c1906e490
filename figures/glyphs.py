"""Characters that no font at hand can draw: one warning for a figure instead of one for each text and character."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

MESSAGE = r"Glyph \d+ .*missing from"  # of matplotlib, for each character each time it is measured or drawn
TOLD = "No installed font has the characters"  # how our own warning starts
MOST_SHOWN = 10


@contextmanager
def unwarned() -> Iterator[None]:
    """Nothing is said about missing characters inside."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", MESSAGE)
        yield


@contextmanager
def warned_once() -> Iterator[None]:
    """One warning at the end that names all characters missing inside; other warnings pass as they are."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    missing: dict[str, None] = {}
    for warning in caught:
        if re.match(MESSAGE, text := str(warning.message)):
            missing[chr(int(re.findall(r"\d+", text)[0]))] = None
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if missing:
        warnings.warn(sentence("".join(missing)), UserWarning, stacklevel=4)  # where `style.save` was called


def sentence(characters: str) -> str:
    """What is missing, and what to do.

    >>> sentence("中文")
    'No installed font has the characters 中文: PNG and PDF show boxes, the SVG keeps them as text. Install a font that has them, such as Noto Sans CJK.'
    """  # noqa: E501
    more = f" and {len(characters) - MOST_SHOWN} more" if len(characters) > MOST_SHOWN else ""
    return (
        f"{TOLD} {characters[:MOST_SHOWN]}{more}: PNG and PDF show boxes, the SVG keeps "
        "them as text. Install a font that has them, such as Noto Sans CJK."
    )
