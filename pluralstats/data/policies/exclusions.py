"""Rows that shall not count, such as those of raters who failed an attention check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pluralstats.data.batch import policy_record
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.tables.frames import NumberedTable, as_text, levels
from pluralstats.data.tables.texts import cell_text, meant
from pluralstats.errors import DataError, counted, listed, nearest, problems_error

STEP = "exclude"
_BLANK = "blank"  # how records call an empty cell
_NOT_FOUND = "(not found; there are "


class ExclusionWarning(UserWarning):
    """Values of ``exclude`` that never occur: nothing was left out for them."""


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
    """(n,) where a column has one of the values, and each value in words; of one not found, what there is instead.

    Empty text and anything missing mean the cells that are blank.
    """
    column = levels(numbered.table[name], in_order=False)
    have, blank = list(column.categories), np.asarray(column.codes < 0)
    there = listed(have, 4) + (', and blank cells, which "" means' if blank.any() else "")
    where, texts = np.zeros(len(column), dtype=bool), []
    for value in values:
        is_blank = not cell_text(value)
        found = blank if is_blank else np.asarray(column.isin(meant(value, have)))
        text = _BLANK if is_blank else as_text(value)
        texts.append(text if found.any() else f"{text} {_NOT_FOUND}{there})")
        where |= found
    return where, ", ".join(texts)


def not_found_sentences(policies: Iterable[Mapping[str, object]]) -> list[str]:
    """A sentence for each column of which ``exclude`` names a value that never occurs.

    Parameters
    ----------
    policies : records with the fields of ``POLICY_COLUMNS``
    """
    return [
        f"`exclude` of '{record['column']}' names a value that never occurs: {record['detail']}. Correct it, or leave "
        "it out."
        for record in policies
        if record["step"] == STEP and _NOT_FOUND in str(record["detail"])
    ]
