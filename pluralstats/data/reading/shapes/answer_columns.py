"""One column for each answer of the scale, ticked or counted, with ``answers=``."""

from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.column_patterns import Column, Names, columns_like
from pluralstats.data.reading.melting import blank, melted_columns
from pluralstats.data.reading.shapes.matrix import with_items
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted, rater_column
from pluralstats.data.tables.frames import NumberedTable, as_text, numbered_table
from pluralstats.data.tables.texts import meant, number_in
from pluralstats.errors import DataError, counted, rows_text

_MOST_RATINGS = 20_000_000
_TICKS = {"true": 1.0, "yes": 1.0, "x": 1.0, "false": 0.0, "no": 0.0}
_ANONYMOUS = (
    "The file has no raters: each rating counts as one of an anonymous rater of its own, so that nothing can be said "
    "of agreement within raters, their severity, or differences between groups."
)


def read(source: Source) -> Found:
    """One row for each answer that was ticked, and as many as were counted."""
    wanted, numbered = source.wanted, numbered_table(source.numbered)
    columns = _answer_columns(numbered, wanted)
    numbered, notes = with_items(numbered, columns, wanted)
    counts = _counts(numbered.table, columns)
    _refuse_other_than_counts(counts, numbered)
    rater = rater_column(numbered.table, wanted)
    has_raters = rater in numbered.table
    if has_raters and (counts > 1).any():
        rows = numbered.rows[(counts > 1).any(axis=1)]
        raise DataError(
            f"An answer is counted more than once for one rater ({rows_text(rows)}). Counts of several people have no "
            f'column of raters; rename it with columns={{"{rater}": "source"}}.'
        )
    names = frozenset(str(wanted.columns.get(name, name)) for name in numbered.table.columns)
    long = _as_ratings(melted_columns(numbered, columns, names), counts.T.ravel())
    if has_raters:
        return Found(long, shape=SHAPE.name, notes=notes)
    return Found(_anonymous(long), shape=SHAPE.name, notes=(*notes, _ANONYMOUS))


def _answer_columns(numbered: NumberedTable, wanted: Wanted) -> list[Column]:
    """The columns; of a pattern with ``*``, what that stands for is the answer."""
    known = {name: name for name in numbered.table.columns}
    patterns = [name if name in known or "{" in name else name.replace("*", "{answer}", 1) for name in wanted.answers]
    return columns_like(patterns, Names(known, wanted.others), "answer")


def _counts(table: pd.DataFrame, columns: list[Column]) -> np.ndarray:
    """How often each answer was given, (n, answers); NaN for cells that say nothing of the kind.

    Some tools write the answer itself where it was given, and nothing where it was not.
    """
    empty = np.column_stack([blank(table[column.name]) for column in columns])
    texts = [table[column.name].astype(object).map(as_text, na_action="ignore") for column in columns]
    own = [_is_answer(text, column.parts["answer"]) for text, column in zip(texts, columns, strict=True)]
    if empty.any() and (np.column_stack(own) | empty).all():
        return np.where(empty, 0.0, 1.0)
    ticks = [text.map(lambda cell: _TICKS.get(str(cell).casefold(), cell)) for text in texts]
    numbers = [pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan) for cells in ticks]
    return np.where(empty, 0.0, np.column_stack(numbers))


def _is_answer(texts: pd.Series, answer: str) -> pd.Series:
    """Where cells are the answer; of a number also in other forms: pandas writes 2 as "2.0" where cells are empty."""
    return texts.isin(meant(number, texts.dropna().unique()) if (number := number_in(answer)) is not None else [answer])


def _refuse_other_than_counts(counts: np.ndarray, numbered: NumberedTable) -> None:
    bad = ~np.isfinite(counts) | (counts < 0)
    if bad.any():
        raise DataError(
            f"The columns of answers have {counted(int(bad.sum()), 'cell')} that are neither a tick nor a count "
            f"({rows_text(numbered.rows[bad.any(axis=1)])}). Use 1 where the answer was given and 0 where it was not."
        )
    if counts.sum() > _MOST_RATINGS:
        raise DataError(
            f"The columns of answers count {counts.sum():,.0f} ratings; {_MOST_RATINGS:,} are the most. "
            f"Are they counts?"
        )
    broken = counts != np.floor(counts)
    if broken.any():
        shares = np.isclose(counts.sum(axis=1), 1.0, atol=0.01) | np.isclose(counts.sum(axis=1), 100.0, atol=1.0)
        what = "shares of raters" if shares.all() else "no whole numbers"
        raise DataError(
            f"The columns of answers hold {what} ({rows_text(numbered.rows[broken.any(axis=1)])}), from which the "
            f"number of ratings cannot be told. Multiply them by the number of raters of each item."
        )


def _as_ratings(melted: NumberedTable, counts: np.ndarray) -> NumberedTable:
    """As many rows as an answer was counted; the answer is the rating."""
    at = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
    if not len(at):
        raise DataError("None of the columns of answers has an answer in it. Choose other columns.")
    table = melted.table.drop(columns="rating").rename(columns={"answer": "rating"})
    answered = set(melted.rows[at].tolist())
    n_without = len(set(melted.rows.tolist()) - answered)
    policies = (
        *melted.policies,
        policy_record("answer_columns", "rating", "one row an answer", len(at), 0, _detail(counts)),
        policy_record("rows_without_answer", "rating", "not asked", n_without),
    )
    table = table.assign(rating=table["rating"].astype(object)).take(at).reset_index(drop=True)
    return NumberedTable(table, melted.rows[at], policies)


def _detail(counts: np.ndarray) -> str:
    most = int(counts.max(initial=0))
    return f"{counted(len(counts), 'cell')}, {'counts up to ' + str(most) if most > 1 else 'ticks'}"


def _anonymous(long: NumberedTable) -> NumberedTable:
    """A rater for each rating, called by the user's row and a number within it."""
    within = pd.Series(long.rows).groupby(long.rows).cumcount() + 1
    raters = [f"anonymous {row}.{number}" for row, number in zip(long.rows, within, strict=True)]
    policies = (
        *long.policies,
        policy_record("rater", "", "anonymous", len(raters), len(raters), "one for each rating"),
    )
    return replace(long, table=long.table.assign(rater=raters), policies=policies)


SHAPE = Shape("answers", "a column for each answer", lambda source: bool(source.wanted.answers), read)
