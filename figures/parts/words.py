"""Words in figures and their alt texts: numbers, counts, names cut to length, what an axis says."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

import numpy as np


def in_order(values: Iterable[object]) -> list[str]:
    """The different values as text, in order of appearance."""
    return list(dict.fromkeys(map(str, values)))


def wrapped(text: object, width: int, lines: int = 2) -> str:
    """The text in at most ``lines`` lines of ``width`` characters; what does not fit becomes an ellipsis."""
    characters = str(text)
    if any(east_asian_width(character) in "WF" for character in characters):
        width = max(2, width // 2)
    return "\n".join(wrap(characters, width, max_lines=lines, placeholder="…")) or characters


def shortened(text: object, width: int = 14) -> str:
    """An identifier cut in its middle, because ids differ at their ends."""
    characters, half = str(text), (width - 1) // 2
    return characters if len(characters) <= width else f"{characters[:half]}…{characters[-half:]}"


def plural(term: str) -> str:
    """The groups of a model term in words."""
    return f"{term}s" if term in ("rater", "item", "question") else f"levels of {term}"


def number(value: float, digits: int = 2) -> str:
    """A number for sentences, with a true minus sign and never "−0.00"."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def with_interval(row: Any, column: str = "estimate") -> str:
    """An estimate and, where the row has ``lower`` and ``upper``, its interval."""
    lower, upper = (float(getattr(row, end, np.nan)) for end in ("lower", "upper"))
    known = np.isfinite([lower, upper]).all() and column == "estimate"
    return number(getattr(row, column)) + (f" (interval {number(lower)} to {number(upper)})" if known else "")


def count(n: float, word: str) -> str:
    """A number of things, such as "1,095 raters"."""
    return f"{n:,.0f} {word}{'' if n == 1 else 's'}"


def count_range(counts: np.ndarray) -> str:
    """One number, or the range when panels differ; nothing where none is known."""
    known = counts[np.isfinite(counts)]
    return "–".join(in_order(f"{end:,.0f}" for end in (known.min(), known.max()))) if known.size else ""


def joined(*words: str) -> str:
    """Those of the words that are not empty, with commas."""
    return ", ".join(filter(None, words))


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence, cut after ``most``, and long ones after fewer: where their letters reach 30 for each."""
    within = np.cumsum([len(name) for name in names[:most]]) <= 30 * most
    shown = max(1, int(within.sum()))
    more = len(names) - shown
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:shown])} and {more} more"


def on_scale(scale: Any, before: str = "") -> str:
    """The ends of a rating scale for an axis, after a unit where there is one; nothing where they are not known."""
    values = list(getattr(scale, "values", scale) if scale is not None else ())
    parts = [before] if before else []
    parts += [f"scale {values[0]:g}–{values[-1]:g}"] if values else []
    return f" ({', '.join(parts)})" if parts else ""


def band_sentence(rope: float, what: str = "differences", of: str = " as practically equivalent") -> str:
    """What the grey band of practical equivalence marks; nothing where there is none."""
    return f"A grey band marks {what} within {rope:g}{of}." if rope > 0 else ""
