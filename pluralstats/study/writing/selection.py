"""Which rows of a long table are seen first, and by what a reader brings in the others."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.printing.units import KINDS
from pluralstats.printing.wording import capital

ROWS, FIRST = 40, 12  # at most seen before anybody chooses; of a longer table with nothing to choose by
type Words = Mapping[str, Callable[[str], str]]  # column -> how its values are called


class Selector(NamedTuple):
    """A column to choose rows by: its values in words, and which of them is chosen first (-1 for every value)."""

    label: str
    options: Sequence[str]
    chosen: int
    every: bool


class Selection(NamedTuple):
    """What a reader chooses rows by: the value of each row in each column, and the rows that are seen first."""

    selectors: Sequence[Selector]
    codes: np.ndarray  # (rows, selectors), positions in the options
    seen: np.ndarray  # positions of rows


def selection(frame: pd.DataFrame, names: Sequence[str], words: Words, first: Mapping[str, str]) -> Selection:
    """Rows of one estimand, and of as many values of the other columns as fit on ``ROWS`` lines.

    Columns are fixed at their first value (or that in ``first``) from left to right until the rows are few; those
    that are measured in different units are always fixed. Columns with one value are nothing to choose by.

    >>> frame = pd.DataFrame({"estimand": ["points", "percent"] * 30, "dimension": ["a"] * 4 + ["b"] * 56})
    >>> found = selection(frame, ["estimand", "dimension"], {}, {})
    >>> [(each.label, each.chosen) for each in found.selectors], len(found.seen)
    ([('Estimand', 0), ('Dimension', -1)], 30)
    """
    names = [name for name in names if name in frame and len(set(frame[name])) > 1]
    values = {name: list(dict.fromkeys(frame[name].astype(str))) for name in names}
    codes = np.array([[values[name].index(value) for value in frame[name].astype(str)] for name in names], int)
    codes = codes.reshape(len(names), len(frame)).T
    chosen, seen = [-1] * len(names), np.arange(len(frame))
    for fixed in (True, False):
        for j, name in enumerate(names):
            if (name in KINDS) is fixed and (fixed or len(seen) > ROWS):
                chosen[j] = values[name].index(first[name]) if name in first else 0
                seen = seen[codes[seen, j] == chosen[j]]
    selectors = [
        Selector(
            capital(name.replace("_", " ")),
            [words[name](value) if name in words else value for value in values[name]],
            chosen[j],
            name not in KINDS,
        )
        for j, name in enumerate(names)
    ]
    return Selection(selectors, codes, seen if len(seen) <= ROWS else seen[: ROWS if names else FIRST])


def seen_words(found: Selection) -> str:
    """Which rows are seen.

    >>> row = Selector("Dimension", ["a", "b"], 1, True)
    >>> seen_words(Selection([row], np.array([[0], [1], [1]]), np.array([1, 2])))
    'Shown: b (2 of 3 rows).'
    """
    named = [each.options[each.chosen] for each in found.selectors if each.chosen >= 0]
    n, total = len(found.seen), len(found.codes)
    if not named:
        return f"Shown: the first {n:,} of {total:,} rows." if n < total else ""
    return f"Shown: {', '.join(named)} ({n:,} of {total:,} rows)."
