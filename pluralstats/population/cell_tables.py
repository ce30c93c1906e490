"""Tables of cells: combinations of levels with the share of each, from a frame or counted among raters."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.policies.numbers import numbers_of
from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.frames import levels, missing_columns, numbered_table
from pluralstats.errors import DataError, counted, listed, problems_error, rows_text

OWN = ("share", "n_raters")  # columns of a table of cells that are no demographics
ROUNDED = 0.01  # how far published shares may be from a sum of 1, or percentages from 100


class CellTable(NamedTuple):
    """``cells``: a column for each demographic, ``share`` (sums to 1), ``n_raters``; where from; what was done."""

    cells: pd.DataFrame
    source: str
    notes: tuple[str, ...] = ()


def cells_of_frame(frame: Any, share: str) -> CellTable:
    """A table of cells read from any data frame: every column but ``share`` and ``n_raters`` is a demographic.

    ``n_raters`` of the result is missing: the frame does not know the raters.

    Raises
    ------
    DataError
        All problems at once, with row numbers from 1.
    """
    numbered = numbered_table(frame)
    table = numbered.table
    if problems := missing_columns(table, [share]):
        raise problems_error(DataError, problems)
    demographics = [name for name in table.columns if name not in (share, "n_raters")]
    columns = {name: levels(table[name]) for name in demographics}
    problems = _problems_of_columns(columns, numbered.rows)
    found, of_shares = _numbers(table[share], share, numbered.rows)
    problems += of_shares
    if not of_shares:
        problems += total_problem(found, f"`{share}`")
    if problems:
        raise problems_error(DataError, problems)
    cells = merged_cells(pd.DataFrame(columns), found)
    source = f"Shares of {cells_text(cells)} as given."
    n_rows = int((found > 0.0).sum())
    if len(cells) == n_rows:
        return CellTable(cells, source)
    return CellTable(cells, source, (f"{counted(n_rows, 'row')} were added up to {counted(len(cells), 'cell')}.",))


def demographics_of(cells: pd.DataFrame) -> list[str]:
    """The columns of a table of cells that are demographics."""
    return [name for name in cells.columns if name not in OWN]


def cells_text(cells: pd.DataFrame) -> str:
    """ "4 cells of gender, country"."""
    return f"{counted(len(cells), 'cell')} of {', '.join(demographics_of(cells))}"


def _problems_of_columns(columns: dict[str, pd.Categorical], rows: np.ndarray) -> list[str]:
    problems = (
        [] if columns else ["A table of cells needs a column for each demographic beside the shares; found none."]
    )
    problems += [
        f"'{name}' cannot be a demographic of a population, whose table has a column of that name. Rename it."
        for name in columns
        if name in OWN
    ]
    for name, level in columns.items():
        missing = np.asarray(level.isna())
        if missing.any():
            where = f"{counted(int(missing.sum()), 'cell')} ({rows_text(rows[missing])})"
            problems.append(f"'{name}' is missing in {where}. Fill it in, or leave the column out of all cells.")
    return problems


def _numbers(column: pd.Series, name: str, rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Shares as numbers, and a sentence when some are no share."""
    found = numbers_of(column).values
    bad = ~(np.isfinite(found) & (found >= 0.0))
    if not bad.any():
        return found, []
    values = listed([str(value) for value in column[bad].unique()])
    return found, [f"`{name}` must be a number, 0 or more; found {values} ({rows_text(rows[bad])}). Correct them."]


def total_problem(found: np.ndarray, name: str) -> list[str]:
    """A sentence when numbers are neither shares, percentages nor counts.

    >>> total_problem(np.array([0.5, 0.3]), "`share`")[0][:60]
    '`share` adds up to 0.8. Shares add up to 1 and percentages t'
    >>> total_problem(np.array([51.0, 49.0]), "`share`"), total_problem(np.array([120.0, 300.0]), "`share`")
    ([], [])
    """
    total = float(found.sum())
    if abs(total - 1.0) <= ROUNDED or total >= 2.0:
        return []
    return [f"{name} adds up to {total:.4g}. Shares add up to 1 and percentages to 100; a level or a cell is missing."]


def merged_cells(table: pd.DataFrame, share: np.ndarray) -> pd.DataFrame:
    """Cells with a share above 0, each once, and shares that sum to 1; ``n_raters`` is missing."""
    positive = table.assign(share=share)[share > 0.0]
    demographics = list(table.columns)
    summed = positive.groupby(demographics, observed=True, sort=True)["share"].sum()
    cells = summed.index.to_frame(index=False).assign(share=summed.to_numpy() / share.sum())
    return cells.assign(n_raters=pd.array([pd.NA] * len(cells), dtype="Int64"))


def raters_of(ratings: Ratings, columns: Sequence[str]) -> pd.DataFrame:
    """One row a rater: the columns, which are facts about raters, and ``_weight``, the design weight or 1."""
    named = list(dict.fromkeys(columns))
    weights = ["rater_weight"] if "rater_weight" in ratings.frame else []
    rows = ratings.frame.loc[~ratings.frame["rater"].duplicated(), [*named, *weights]].reset_index(drop=True)
    weight = rows["rater_weight"].to_numpy() if weights else np.ones(len(rows))
    return rows[named].assign(_weight=weight)


def cells_of_raters(people: pd.DataFrame) -> pd.DataFrame:
    """The cells that raters are in, as shares of raters by their weight; ``people`` are rows of ``raters_of``."""
    demographics = [name for name in people.columns if name != "_weight"]
    groups = people.groupby(demographics, observed=True, sort=True)["_weight"].agg(["sum", "size"])
    total = groups["sum"].sum()
    cells = groups.index.to_frame(index=False)
    return cells.assign(share=groups["sum"].to_numpy() / total, n_raters=pd.array(groups["size"], dtype="Int64"))
