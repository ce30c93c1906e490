"""From the table of intersections to cells with names."""

from collections.abc import Sequence

import pandas as pd

from ..parts.tables import checked_rows
from ..parts.words import shortened, wrapped

SOURCE = "the table of `ps.intersections`"
CROSS = " × "


def cell_rows(table: pd.DataFrame, numbers: Sequence[str], figure: str, characters: int) -> tuple[pd.DataFrame, str]:
    """The finite rows with ``name``, ``label`` (of about ``characters`` at most), ``differs``, and what is left out."""
    columns, names = ("term", "group", *numbers), ("term", "group")
    rows, left_out = checked_rows(table, columns, figure, SOURCE, numbers=numbers, names=names)
    levels = [_levels(row) for _, row in rows.iterrows()]
    rows["name"] = [CROSS.join(some) for some in levels]
    rows["label"] = ""
    for _, part in rows.groupby(rows["term"].astype(str), sort=False):
        rows.loc[part.index, "label"] = short_names([levels[i] for i in part.index], characters)
    rows["differs"] = (rows["difference_lower"] > 0) | (rows["difference_upper"] < 0)
    return rows, left_out


def crossed(term: object) -> str:
    """A term in words.

    >>> crossed("gender:race")
    'gender × race'
    """
    return CROSS.join(str(term).split(":"))


def short_names(levels: Sequence[Sequence[str]], characters: int) -> list[str]:
    """Names of cells in which every level is still told from the others of its demographic.

    >>> short_names([("woman", "Graduate degree or more"), ("man", "Some college")], 20)
    ['woman × Graduate…', 'man × Some college']
    >>> short_names([("non-binary", "an income below $50k"), ("male", "an income above $50k")], 24)
    ['non-binary × an in… $50k', 'male × an in… $50k']
    """
    columns = [list(dict.fromkeys(column)) for column in zip(*levels, strict=False)]
    for most in range(characters, 5, -1):
        short = [_short_levels(column, most) for column in columns]
        longest = sum(max(map(len, names.values())) for names in short) + len(CROSS) * (len(short) - 1)
        if longest <= characters:
            break
    return [CROSS.join(names.get(level, level) for names, level in zip(short, some, strict=False)) for some in levels]


def _short_levels(levels: Sequence[str], most: int) -> dict[str, str]:
    """Cut at the end, or in the middle where ends alone tell levels apart."""
    cut = {level: _cut(level, most) for level in levels}
    kept = list(cut.values())
    return {level: text if kept.count(text) == 1 else shortened(level, most) for level, text in cut.items()}


def _cut(level: str, most: int) -> str:
    words = wrapped(level, most, 1)
    return words if 2 * len(words) > min(most, len(level)) else f"{level[: most - 1]}…"  # one long word


def _levels(row: pd.Series) -> tuple[str, ...]:
    """The levels of a cell from its own columns, because a level may hold a colon; else from ``group``."""
    factors = str(row["term"]).split(":")
    if set(factors) <= set(row.index):
        return tuple(str(row[factor]) for factor in factors)
    parts = str(row["group"]).split(":")
    return tuple(parts) if len(parts) == len(factors) else (str(row["group"]),)
