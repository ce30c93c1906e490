"""Cells with several answers: one row each where it is plain whose each is, else a sentence that says what to do.

Annotation tools write a row an item, with the people in one cell and their answers in another: "u1,u2" and "4,2". The
two are parallel where they have as many parts in every row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.policies.cells import (
    UnclearCell,
    distinct_texts,
    holds_lists,
    is_joined_numbers,
    is_texts,
    lists_of,
    separators_in,
    split_texts,
)
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.scales.by_level import answers_of
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.errors import DataError, counted, listed, shortened

STEP = "several_answers"
_WHOSE = ("rater", "item", "dimension", "question", "wave")
_SHOWN = 3

type Lists = Sequence[list[object]]


def one_answer_a_row(numbered: NumberedTable, options: RatingOptions) -> NumberedTable:
    """Rows with several answers in a cell as several rows; ``policies`` says which columns went together.

    Raises
    ------
    DataError
        Several answers of which it cannot be told whose they are: the column, three cells, and what to write.
    """
    rating = numbered.table["rating"]
    if is_texts(rating) and holds_lists(rating):
        return _of_lists(numbered, options)
    for name in _WHOSE:
        if name in numbered.table and (column := numbered.table[name]).dtype == object and holds_lists(column):
            raise DataError(
                f"'{name}' holds lists, such as {_shown(column)}, and `rating` one answer beside each. Write one "
                f'{name} a row: table.explode("{name}").'
            )
    return _of_texts(numbered, options) if is_texts(rating) else numbered


def _of_lists(numbered: NumberedTable, options: RatingOptions) -> NumberedTable:
    answers = _read(numbered, "rating")
    if max(map(len, answers)) <= 1 and not holds_lists(numbered.table["rater"]):
        column = pd.Series([cell[0] if cell else None for cell in answers], dtype=object, name="rating")
        where = f"such as {_shown(numbered.table['rating'], 1)}"
        table = numbered.table.assign(rating=column.infer_objects())
        return _recorded(numbered, table, numbered.rows, "the value inside", len(table), where)
    others = [name for name in _companions(numbered, options) if holds_lists(numbered.table[name])]
    lists = {name: _read(numbered, name) for name in others}
    parallel = {name: cells for name, cells in lists.items() if _lengths(cells) == _lengths(answers)}
    if not set(parallel) & set(_WHOSE):
        raise DataError(_refusal(numbered, _lengths(answers), {n: c for n, c in lists.items() if n in _WHOSE}, ""))
    return _one_row_each(numbered, {**parallel, "rating": answers}, "lists")


def _of_texts(numbered: NumberedTable, options: RatingOptions) -> NumberedTable:
    """Texts such as "4;2": parallel where "u1;u2" stands beside them in every row."""
    texts = _not_on_the_scale(distinct_texts(numbered.table["rating"]), options)
    joined = [separator for separator in ("|", ";", ",", options.separator) if any(separator in t for t in texts)]
    for separator in dict.fromkeys(joined):
        answers = split_texts(numbered.table["rating"], separator)
        parallel = _parallel(numbered, options, answers, separator)
        if set(parallel) & set(_WHOSE) and _is_plain(parallel, answers, texts, separator, options):
            return _one_row_each(numbered, {**parallel, "rating": answers}, f"cut at '{separator}'")
    for separator in separators_in(texts, options.separator):
        if any(is_joined_numbers(text, separator) for text in texts):
            lengths = _lengths(split_texts(numbered.table["rating"], separator))
            cut = _cut(numbered, _WHOSE, separator)
            whose = {name: cells for name, cells in cut.items() if _some_several(cells)}
            raise DataError(_refusal(numbered, lengths, whose, separator))
    return numbered


def _not_on_the_scale(texts: Sequence[str], options: RatingOptions) -> list[str]:
    """Texts that are no answer as they stand and that no policy speaks of."""
    handled = {str(value) for value in (*options.na_values, *options.drop_ratings, *options.recode.get("rating", ()))}
    scale = None if options.scale is None else answers_of(options.scale)
    known = [] if scale is None or scale.is_continuous else [text for text in texts if scale.code_of(text.strip()) >= 0]
    return [text for text in texts if text not in handled and text not in known]


def _parallel(numbered: NumberedTable, options: RatingOptions, answers: Lists, separator: str) -> dict[str, Lists]:
    """Columns with as many parts as answers in every row, and more than one in some."""
    lengths = _lengths(answers)
    cut = _cut(numbered, _companions(numbered, options), separator)
    return {name: cells for name, cells in cut.items() if _lengths(cells) == lengths and max(lengths) > 1}


def _cut(numbered: NumberedTable, names: Sequence[str], separator: str) -> dict[str, Lists]:
    columns = {name: numbered.table[name] for name in names if name in numbered.table}
    return {name: split_texts(column, separator) for name, column in columns.items() if is_texts(column)}


def _is_plain(
    parallel: Mapping[str, Lists], answers: Lists, texts: Sequence[str], separator: str, options: RatingOptions
) -> bool:
    """Not "4,2" by "Doe, Jane": a decimal number and one name, unless the parts are answers of the scale.

    Without a scale, people listed in a cell stand now first and now second; surnames do not.
    """
    if separator != "," or max(map(len, answers)) > 2 or separators_in(texts, ",") == [","]:
        return True
    if options.scale is not None:
        parts = {str(part) for cell in answers for part in cell}
        scale = answers_of(options.scale)
        return not scale.is_continuous and all(scale.code_of(part) >= 0 for part in parts)
    first, second = ({cell[i] for cell in parallel.get("rater", ()) if len(cell) == 2} for i in (0, 1))
    return bool(first & second) or min(map(len, answers)) == 1


def _companions(numbered: NumberedTable, options: RatingOptions) -> list[str]:
    """Columns that may run parallel to the ratings: ids, and facts that are no choices of one person."""
    facts = [name for name in (*options.demographics, *options.covariates) if name not in options.multi_select]
    return [name for name in (*_WHOSE, *facts) if name in numbered.table]


def _read(numbered: NumberedTable, name: str) -> Lists:
    column = numbered.table[name]
    try:
        return lists_of(column)
    except UnclearCell:
        raise DataError(
            f"Column '{name}' holds nested objects, such as {_shown(column)}. Make columns of plain values of it: "
            f'table["{name}"] = table["{name}"].map(lambda cell: cell["<part>"]).'
        ) from None


def _some_several(cells: Lists) -> bool:
    return max(map(len, cells), default=0) > 1


def _lengths(cells: Lists) -> list[int]:
    return [len(cell) for cell in cells]


def _one_row_each(numbered: NumberedTable, lists: Mapping[str, Lists], how: str) -> NumberedTable:
    lengths = np.array(_lengths(lists["rating"]))
    again = np.repeat(np.arange(len(lengths)), lengths)
    columns = {
        name: pd.Series([part for cell in cells for part in cell], dtype=object).infer_objects()
        for name, cells in lists.items()
    }
    table = numbered.table.take(again).reset_index(drop=True).assign(**columns)
    empty = int((lengths == 0).sum())
    detail = f"{how}: {counted(len(lengths), 'row')} became {len(again):,}"
    detail += f"; {counted(empty, 'row')} without an answer left out" if empty else ""
    return _recorded(numbered, table, numbered.rows[again], "one row each", int((lengths != 1).sum()), detail, lists)


def _recorded(
    numbered: NumberedTable,
    table: pd.DataFrame,
    rows: np.ndarray,
    policy: str,
    n_rows: int,
    detail: str,
    columns: Sequence[str] | Mapping[str, object] = ("rating",),
) -> NumberedTable:
    n_raters = int(table["rater"].nunique())
    record: dict[str, object] = {"step": STEP, "column": listed(list(columns)), "policy": policy, "n_rows": n_rows}
    policies = (*numbered.policies, record | {"n_raters": n_raters, "detail": detail})
    return replace(numbered, table=table, rows=rows, policies=policies)


def _refusal(numbered: NumberedTable, lengths: Sequence[int], whose: Mapping[str, Lists], separator: str) -> str:
    n = np.array(lengths)
    several = n > 1
    cells = _shown(numbered.table["rating"][several], _SHOWN, numbered.rows[several])
    cut = f'.assign(rating=table["rating"].str.split("{separator}"))' if separator else ""
    start = f"`rating` holds several answers in a cell in {counted(int(several.sum()), 'row')}: {cells}. "
    for name, parts in whose.items():
        at = int(np.flatnonzero(np.array(_lengths(parts)) != n)[0])
        return (
            f"{start}'{name}' does not hold as many in every row ({len(parts[at])} beside {n[at]} in row "
            f"{numbered.rows[at]}), so that it cannot be told whose they are. Correct these rows; parallel lists are "
            f'read as they are, or after table.explode(["{name}", "rating"]).'
        )
    return (
        f"{start}No column says whose or about what each is. Write one answer a row, with that column: "
        f'table{cut}.explode("rating"); or keep one answer with recode={{"rating": {{"<several>": "<one>"}}}}.'
    )


def _shown(column: pd.Series, limit: int = _SHOWN, rows: np.ndarray | None = None) -> str:
    cells = list(column.head(limit))
    texts = [shortened(repr(cell.tolist() if isinstance(cell, np.ndarray) else cell)) for cell in cells]
    return listed([f"{text} (row {rows[i]})" if rows is not None else text for i, text in enumerate(texts)])
