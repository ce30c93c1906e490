"""Columns of published files under the fixed names, whether a reader gave them as text or as numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.tables.frames import as_text, natural_key
from pluralstats.errors import DataError, listed, nearest, problems_error, rows_text

type Names = Mapping[str, Sequence[str]]

_AGES = ("under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65 or older")
_BIRTHDAYS = (0, 18, 25, 35, 45, 55, 65, np.inf)
_YES = ("true", "1", "yes")


def picked(
    table: pd.DataFrame, title: str, required: Names, optional: Names | None = None, *, nested: Sequence[str] = ()
) -> pd.DataFrame:
    """The columns of a published file under our names; those of ids as text.

    Parameters
    ----------
    required, optional : dict, our name -> names the column has had in published files
        A file without an optional column is used without it.
    nested : list of str
        Those that hold lists or objects in the published file.

    Raises
    ------
    DataError
        Naming every required column that the file does not have, and lists or objects where plain values belong.
    """
    wanted = {**required, **(optional or {})}
    found = {new: next((name for name in names if name in table.columns), None) for new, names in wanted.items()}
    problems = [
        f"{title}: the file has no column {' or '.join(repr(name) for name in names)}, which holds the {new}. "
        f"It has {listed([str(name) for name in table.columns], 12)}.{nearest(names[0], table.columns)}"
        for new, names in required.items()
        if found[new] is None
    ]
    problems += [
        f"{title}: column {old!r} has lists or objects where plain values "
        f"belong ({rows_text(np.flatnonzero(where) + 1)}). Take the file as it is published."
        for new, old in found.items()
        if old is not None and new not in nested and (where := _nested(table[old])).any()
    ]
    if problems:
        raise problems_error(DataError, problems)
    frame = pd.DataFrame({new: table[old] for new, old in found.items() if old is not None}).reset_index(drop=True)
    return frame.assign(**{name: ids(frame[name]) for name in ("item", "rater", "question") if name in frame})


def _nested(column: pd.Series) -> np.ndarray:
    if column.dtype != object:
        return np.zeros(len(column), dtype=bool)
    return np.array([isinstance(cell, list | tuple | dict | set | np.ndarray) for cell in column], dtype=bool)


def ids(column: pd.Series) -> pd.Series:
    """Ids as text, whole numbers with all their digits.

    >>> ids(pd.Series([7.0, None])).tolist()[0], ids(pd.Series(["007"])).tolist()
    ('7', ['007'])
    """
    codes, distinct = pd.factorize(column)
    texts = np.array([*map(_id, distinct), None], dtype=object)
    return pd.Series(texts[codes], index=column.index, dtype=object)


def _id(value: Any) -> str:
    return str(int(value)) if isinstance(value, int | np.integer) else as_text(value)


def numbers(column: pd.Series) -> pd.Series:
    """A column of numbers that came as text as numbers; any other column as it is.

    >>> numbers(pd.Series(["1.0", None])).tolist()[0], numbers(pd.Series(["1", "one"])).tolist()
    (1.0, ['1', 'one'])
    """
    number = _number(column)
    return number if (number.notna() == column.notna()).all() else column


def _number(column: pd.Series) -> pd.Series:
    """As float64, where missing is NaN in every library that makes columns."""
    number = pd.to_numeric(column, errors="coerce")
    return pd.Series(number.to_numpy(dtype=float, na_value=np.nan), index=column.index)


def called(column: pd.Series, answers: Mapping[str, str]) -> pd.Series:
    """Codes by what they mean; a code that is none of them stays, so that it is found out.

    >>> called(pd.Series([0, 1.0, 9]), {"0": "no", "1": "yes"}).tolist()
    ['no', 'yes', '9']
    """
    return ids(numbers(column)).map(lambda code: answers.get(code, code), na_action="ignore")


def age_groups(column: pd.Series) -> pd.Series:
    """Ages in years as groups, youngest first; a column that has groups already stays as it is.

    >>> age_groups(pd.Series(["17", "24", "80"])).tolist()
    ['under 18', '18-24', '65 or older']
    """
    years = _number(column)
    if not years.notna().any():
        return column
    return pd.Series(pd.cut(years, list(_BIRTHDAYS), right=False, labels=list(_AGES)), index=column.index)


def ordered(column: pd.Series, levels: Sequence[str]) -> pd.Series:
    """A column of text with its levels in their own order; others follow.

    >>> ordered(pd.Series(["phd", "none", "school"]), ["school", "phd"]).cat.categories.tolist()
    ['school', 'phd', 'none']
    """
    present = {str(value) for value in column.dropna().unique()}
    known = [level for level in levels if level in present]
    others = sorted(present - set(known), key=natural_key)
    text = column.map(str, na_action="ignore")
    return pd.Series(pd.Categorical(text, categories=[*known, *others], ordered=True), index=column.index)


def ticked(table: pd.DataFrame, prefix: str, separator: str) -> pd.Series:
    """Columns of yes and no, one for each choice, as the choices ticked in each row; missing where none is.

    >>> table = pd.DataFrame({"race_white": [True, True, False], "race_black": ["True", "False", "False"]})
    >>> ticked(table, "race_", ";").tolist()
    ['white;black', 'white', None]
    """
    names = [str(name) for name in table.columns if str(name).startswith(prefix)]
    yes = np.column_stack([ids(table[name]).str.casefold().isin(_YES).to_numpy(bool) for name in names])
    rows, which = np.unique(yes, axis=0, return_inverse=True)
    choices = [name.removeprefix(prefix) for name in names]
    texts = [separator.join(np.array(choices, object)[row]) or None for row in rows]
    return pd.Series(np.array(texts, dtype=object)[which.ravel()], index=table.index, dtype=object)


def inside(table: pd.DataFrame, column: str, key: str) -> pd.Series:
    """One entry of a column of objects; the column "object_entry" or "object.entry" where a file was flattened."""
    for flat in (f"{column}_{key}", f"{column}.{key}"):
        if flat in table:
            return table[flat]
    if column not in table:
        return pd.Series([None] * len(table), index=table.index, dtype=object)
    return table[column].map(lambda cell: cell.get(key) if isinstance(cell, Mapping) else None)


def melted_answers(table: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """One row per rating from a column for each dimension; of one dimension its ratings alone."""
    others = table.drop(columns=[name for name in dimensions if name in table])
    if len(dimensions) == 1:
        return others.assign(rating=numbers(table[dimensions[0]]))
    codes = np.repeat(np.arange(len(dimensions)), len(table))
    return pd.concat([others] * len(dimensions), ignore_index=True).assign(
        dimension=pd.Categorical.from_codes(codes, categories=list(dimensions)),
        rating=pd.concat([numbers(table[name]) for name in dimensions], ignore_index=True),
    )
