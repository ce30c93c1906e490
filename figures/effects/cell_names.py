"""From the table of intersections to cells with names."""

from collections.abc import Sequence

import pandas as pd

from ..parts.words import in_order, shortened, wrapped

CROSS = " × "


def with_names(rows: pd.DataFrame, characters: int) -> pd.DataFrame:
    """The cells with ``name``, ``label`` (of about ``characters`` at most) and whether each ``differs``."""
    levels = [_levels(row) for _, row in rows.iterrows()]
    rows = rows.assign(name=[CROSS.join(some) for some in levels], label="")
    for _, part in rows.groupby(rows["term"].astype(str), sort=False):
        rows.loc[part.index, "label"] = short_names([levels[i] for i in part.index], characters)
    return rows.assign(differs=(rows["difference_lower"] > 0) | (rows["difference_upper"] < 0))


def crossed(term: object) -> str:
    """A term in words: "gender × race"."""
    return CROSS.join(str(term).split(":"))


def short_names(levels: Sequence[Sequence[str]], characters: int) -> list[str]:
    """Names of cells in which every level is still told from the others of its demographic."""
    columns = [in_order(column) for column in zip(*levels, strict=False)]
    for most in range(characters, 5, -1):
        short = [_short_levels(column, most) for column in columns]
        longest = sum(max(map(len, names.values())) for names in short) + len(CROSS) * (len(short) - 1)
        if longest <= characters:
            break
    return [CROSS.join(names.get(level, level) for names, level in zip(short, some, strict=False)) for some in levels]


def _short_levels(levels: Sequence[str], most: int) -> dict[str, str]:
    """Cut at the end, after a word where that leaves enough, or in the middle where ends alone tell levels apart."""
    cut = {level: wrapped(level, most, 1) for level in levels}
    for level, words in cut.items():
        if 2 * len(words) <= min(most, len(level)):  # one long word
            cut[level] = f"{level[: most - 1]}…"
    kept = list(cut.values())
    return {level: text if kept.count(text) == 1 else shortened(level, most) for level, text in cut.items()}


def _levels(row: pd.Series) -> tuple[str, ...]:
    """The levels of a cell from its own columns, because a level may hold a colon; else from ``group``."""
    factors = str(row["term"]).split(":")
    if set(factors) <= set(row.index):
        return tuple(str(row[factor]) for factor in factors)
    parts = str(row["group"]).split(":")
    return tuple(parts) if len(parts) == len(factors) else (str(row["group"]),)
