"""Who the raters are: demographics, the level the others are compared with, and numbers."""

from collections.abc import Collection, Mapping

import pandas as pd

from pluralstats.data.tables.frames import OPTIONAL, REQUIRED
from pluralstats.errors import listed
from pluralstats.study.drafts.entries import Entry

_MOST_LEVELS = 12
_FEWEST_NUMBERS = 8  # fewer different numbers are groups
_OF_THE_TOOL = ("duration", "time", "date", "latitude", "longitude", "progress", "ip")  # begin a column of no person


def people_entries(summary: pd.DataFrame, guessed: Collection[str], table: pd.DataFrame) -> list[Entry]:
    """``demographics``, ``reference`` and ``covariates``.

    Parameters
    ----------
    summary : DataFrame
        Of the check, with the rows of each demographic, its reference first.
    guessed : names of columns that describe groups of raters
    table : DataFrame
        The ratings as read, with the fixed names.
    """
    levels: Mapping[str, list[str]] = {name: list(rows["level"]) for name, rows in summary.groupby("column")}
    names = [name for name in guessed if 2 <= len(levels.get(name, [])) <= _MOST_LEVELS]
    entries = []
    if names:
        entries.append(Entry("demographics", names, "The same in all rows of a rater, and few levels."))
        why = "The level that the others are compared with: the one with most raters."
        entries.append(Entry("reference", {name: levels[name][0] for name in names}, why))
    many = {name: n for name in guessed if (n := len(levels.get(name, []))) > _MOST_LEVELS}
    if many:
        said = listed([f"'{name}' ({n})" for name, n in many.items()])
        why = f"Too many levels: {said}. Merge them with recode or lump before they are demographics."
        entries.append(Entry("lump", 5, why, active=False))
    return entries + _covariates(table, names)


def _covariates(table: pd.DataFrame, taken: Collection[str]) -> list[Entry]:
    """Numbers that are the same in all rows of a rater; not where some are missing, whose ratings would be lost."""
    known = {*REQUIRED, *OPTIONAL, *taken}
    names = [name for name in table.columns if name not in known and _is_measure(table[name], table["rater"])]
    whole = [name for name in names if table[name].notna().all()]
    entries = [Entry("covariates", whole, "Numbers about raters, for formulas.")] if whole else []
    if gaps := [name for name in names if name not in whole]:
        why = "Numbers about raters with some missing; as covariates they would cost the ratings without them."
        entries.append(Entry("covariates", [*whole, *gaps], why, active=False))
    return entries


def _is_measure(column: pd.Series, rater: pd.Series) -> bool:
    if str(column.name).casefold().startswith(_OF_THE_TOOL) or column.map(lambda cell: isinstance(cell, list)).any():
        return False
    numbers = pd.to_numeric(column, errors="coerce")
    if (numbers.isna() & column.notna()).any() or numbers.nunique() < _FEWEST_NUMBERS:
        return False
    pairs = pd.DataFrame({"rater": rater, "number": numbers}).drop_duplicates()
    few = numbers.nunique() < pairs["rater"].nunique()  # as many numbers as raters are their ids
    return bool(few and not pairs["rater"].duplicated().any())
