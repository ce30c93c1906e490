"""Fallback fonts without a bold face: what matplotlib logs about them says nothing about the figure.

For every text matplotlib looks up all families of the list in the weight of the text, also when the first family
has every character. A family that only fills in missing glyphs may come in one weight (Debian's Droid Sans Fallback
does), so that each bold header logs "Failed to find font weight bold for Droid Sans Fallback, now using 400.",
although none of its characters comes from that font. Where some do, the regular weight is what is wanted: Chinese
characters in it instead of boxes.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

MESSAGE = "findfont: Failed to find font weight"  # of matplotlib; arguments: weight, family, weight found
_LOGGER = logging.getLogger("matplotlib.font_manager")


@contextmanager
def regular_fallbacks(families: Collection[str]) -> Iterator[None]:
    """Nothing is logged about the weights of these families inside; whatever else matplotlib logs passes."""

    def passes(record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        family = str(arguments[1]) if len(arguments) > 1 else ""
        return not (str(record.msg).startswith(MESSAGE) and family in families)

    _LOGGER.addFilter(passes)
    try:
        yield
    finally:
        _LOGGER.removeFilter(passes)
