"""Rows that shall not count, such as those of raters who failed an attention check."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pluralstats.data.batch import policy_record
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.tables.frames import NumberedTable, as_text, levels
from pluralstats.data.tables.texts import meant
from pluralstats.errors import DataError, counted, listed, nearest, problems_error

STEP = "exclude"


def without_excluded(numbered: NumberedTable, options: RatingOptions) -> NumberedTable:
    """The rows without those that ``exclude`` names; what each column left out is recorded.

    Raises
    ------
    DataError
        A column that the data do not have, or nothing is left.
    """
    table = numbered.table
    if problems := [
        f"`exclude` names '{name}', but the data have no such column.{nearest(name, list(table.columns))}"
        for name in options.exclude
        if name not in table
    ]:
        raise problems_error(DataError, problems)
    drop, policies = np.zeros(len(table), dtype=bool), []
    raters = table["rater"].astype(object)
    for name, values in options.exclude.items():
        where, detail = _found(numbered, name, values)
        n_raters = raters[where].nunique()
        policies.append(policy_record(STEP, name, "drop", where.sum(), n_raters, detail))
        drop |= where
    if drop.all() and len(drop):
        raise DataError(f"`exclude` leaves no row of {counted(len(drop), 'row')}. Name fewer values.")
    if not policies:
        return numbered
    kept = table[~drop].reset_index(drop=True)
    return replace(numbered, table=kept, rows=numbered.rows[~drop], policies=(*numbered.policies, *policies))


def _found(numbered: NumberedTable, name: str, values: Sequence[object]) -> tuple[np.ndarray, str]:
    """(n,) where a column has one of the values, and each value in words; of one not found, what there is instead."""
    column = levels(numbered.table[name], in_order=False)
    have, texts, wanted = list(column.categories), [], []
    for value in values:
        same = meant(value, have)
        wanted += same
        text = as_text(value)
        texts.append(text if same else f"{text} (not found; there are {listed(have, 4)})")
    return np.asarray(column.isin(wanted)), ", ".join(texts)
