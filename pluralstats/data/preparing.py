"""The one place that checks data: from any data frame to trusted ratings, or one error with all problems."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.policies.answer_lists import one_answer_a_row
from pluralstats.data.policies.choices import one_answer_each
from pluralstats.data.policies.demographics import (
    disclosed,
    one_level_per_rater,
    reference_first,
    without_rare_levels,
)
from pluralstats.data.policies.exclusions import without_excluded
from pluralstats.data.policies.items import items_of_questions
from pluralstats.data.policies.numbers import covariate_column, rating_column, weight_column
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.policies.rater_weights import checked_rater_weights, with_mean_one
from pluralstats.data.policies.ratings import (
    checked_weights,
    coded,
    one_rating_each,
    recoded,
    without_dropped_answers,
    without_missing_codes,
    without_missing_ratings,
)
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales
from pluralstats.data.shares import Sets, with_used_levels
from pluralstats.data.tables.column_kinds import shape_hint
from pluralstats.data.tables.columns import used_only
from pluralstats.data.tables.frames import (
    ID_COLUMNS,
    OPTIONAL,
    REQUIRED,
    NumberedTable,
    joined,
    levels,
    missing_columns,
    numbered_table,
    renamed,
)
from pluralstats.data.tables.user_missing import formulas_without_result
from pluralstats.errors import ConfigError, DataError, counted, listed, problems_error, rows_text


@dataclass(frozen=True)
class Prepared:
    """What came out: the batch (with its problems, if any) and the scale, or the scales by level."""

    batch: Batch
    scale: Scale | Scales


@dataclass(frozen=True)
class Started:
    """Half way: ``asked`` all rows with an id, answers recoded, before any is left out; ``batch`` what came of it."""

    asked: Batch
    batch: Batch
    scale: Scale | Scales
    n_rows: int


def prepared(frame: Any, options: RatingOptions) -> Prepared:
    """All steps in their order; problems are collected, not raised, once the columns are there.

    Raises
    ------
    DataError
        When the frame cannot be read as a table with the wanted columns.
    ConfigError
        When there is no ``scale`` and the ratings do not carry one.
    """
    return completed(begun(rows_of_ratings(frame, options), options), options)


def rows_of_ratings(frame: Any, options: RatingOptions) -> NumberedTable:
    """The table with its columns renamed, without the rows to exclude, and one answer in each cell.

    Raises
    ------
    DataError
        When the frame cannot be read as a table with the wanted columns, or every row is excluded.
    """
    numbered = numbered_table(frame)
    typed = frozenset(options.columns.get(name, name) for name in numbered.typed)
    numbered = replace(numbered, table=renamed(numbered.table, options.columns), typed=typed)
    by = [options.scale.column] if isinstance(options.scale, Scales) else []
    wanted = (*REQUIRED, *by, *options.demographics, *options.covariates)
    if problems := missing_columns(numbered.table, wanted):
        raise problems_error(DataError, [*problems, *shape_hint(numbered.table)])
    return one_answer_a_row(without_excluded(numbered, options), options)


def begun(numbered: NumberedTable, options: RatingOptions) -> Started:
    """The steps up to what is done about raters whose demographics are missing."""
    scale = _scale(numbered.table["rating"], options.scale)
    options = replace(options, scale=scale)
    asked = _through(
        (items_of_questions, without_missing_codes, one_answer_each, recoded), arrived(numbered, options), options
    )
    if isinstance(scale, Scales):
        scale = scale.meant_by(list(asked.table[scale.column].array.categories))
        options = replace(options, scale=scale)
    steps = (
        one_level_per_rater,
        without_dropped_answers,
        without_missing_ratings,
        coded,
        checked_weights,
        checked_rater_weights,
    )
    return Started(asked, _through(steps, asked, options), scale, len(numbered.rows))


def completed(started: Started, options: RatingOptions) -> Prepared:
    """The steps from there on."""
    options = replace(options, scale=started.scale)
    steps = (disclosed, with_known_covariates, one_rating_each, without_rare_levels, reference_first)
    batch = _through(steps, started.batch, options)
    batch, scale = _finished(batch, started.n_rows), started.scale
    return Prepared(batch, scale.settled(batch.table) if isinstance(scale, Scales) else scale)


def _through(steps: Sequence[Callable[[Batch, RatingOptions], Batch]], batch: Batch, options: RatingOptions) -> Batch:
    for step in steps:
        if len(batch.table):
            batch = step(batch, options)
    return batch


def _scale(rating: pd.Series, scale: Scale | Scales | None) -> Scale | Scales:
    if scale is not None:
        return scale
    if isinstance(rating.dtype, pd.CategoricalDtype) and rating.cat.ordered:
        return Scale.parse(list(rating.cat.categories))
    found = listed(list(levels(rating).categories), 12)
    raise ConfigError(
        f"`scale` is missing; the ratings found are {found}. Say what was possible, such as scale=(1, 5)."
    )


def arrived(numbered: NumberedTable, options: RatingOptions) -> Batch:
    """The wanted columns in their fixed order, categories cleaned; rows without an id are problems."""
    table = numbered.table
    ids = [name for name in ID_COLUMNS if name in table]
    columns: dict[str, Any] = {name: levels(joined(table[name], options.separator)) for name in ids}
    for name in options.demographics:
        columns[name] = levels(joined(table[name], options.separator))
    told = {"rating": rating_column(joined(table["rating"], options.separator), options)}
    told |= {name: weight_column(table[name]) for name in ("weight", "rater_weight") if name in table}
    told |= {
        name: covariate_column(joined(table[name], options.separator), options, name in numbered.typed)
        for name in options.covariates
    }
    columns |= {name: column.values for name, column in told.items()}
    order = [name for name in (*REQUIRED, *OPTIONAL) if name in columns]
    order += [*options.demographics, *options.covariates]
    made = pd.DataFrame({name: columns[name] for name in order})
    ordered = frozenset(name for name in order if getattr(table[name].dtype, "ordered", False))
    batch = Batch(made, numbered.rows, numbered.policies, ordered=ordered)
    for name, column in told.items():
        batch = column.said(batch, name)
    ignored = [name for name in table.columns if name not in columns]
    batch = batch.recorded("columns", "", "ignored", detail=listed(ignored, 40)) if ignored else batch
    for name in ids:
        missing = np.asarray(batch.table[name].isna())
        if missing.any():
            where = f"{counted(int(missing.sum()), 'row')} ({rows_text(batch.rows[missing])})"
            sentence = f"`{name}` is missing in {where}. Fill it in or drop them."
            batch = batch.complaining(" ".join([sentence, *formulas_without_result(batch.policies)])).kept(~missing)
    return batch


def with_known_covariates(batch: Batch, options: RatingOptions) -> Batch:
    """Rows where a covariate is missing are left out; an infinite covariate is a problem."""
    drop = np.zeros(len(batch.table), dtype=bool)
    for name in options.covariates:
        column = batch.table[name]
        missing = column.isna().to_numpy()
        batch = batch.recorded("missing_covariate", name, "drop", where=missing)
        drop |= missing
        if column.dtype == np.float64 and np.isinf(column).any():
            rows = batch.rows[np.isinf(column)]
            batch = batch.complaining(f"'{name}' must be finite; it is infinite in {rows_text(rows)}. Correct them.")
    return batch.kept(~drop)


def _finished(batch: Batch, n_rows: int) -> Batch:
    if batch.table.empty and not batch.problems:
        reasons = [
            f"{record['n_rows']:,} by {record['step']} ({record['column']})"
            for record in batch.policies
            if record["n_rows"] and record["policy"] in ("drop", "first", "last", "missing")
        ]
        return batch.complaining(
            f"No ratings are left of {counted(n_rows, 'row')}; left out: {listed(reasons)}. "
            f"Choose other policies or correct the data."
        )
    batch = batch.kept(_on_the_scale(batch.table["rating"]))
    ids = [name for name in ID_COLUMNS if name in batch.table]
    tidy = {name: used_only(batch.table[name].array) for name in ids}
    return replace(batch, table=with_mean_one(batch.table.assign(**tidy)))


def _on_the_scale(rating: pd.Series) -> np.ndarray:
    """Which ratings could be coded; the others have been complained about."""
    if isinstance(rating.dtype, pd.CategoricalDtype):  # there were no rows to code
        return np.zeros(len(rating), dtype=bool)
    return (rating >= 0 if rating.dtype == np.int16 else np.isfinite(rating)).to_numpy()


def rows_kept(frame: pd.DataFrame, keep: np.ndarray, shares: Mapping[str, Sets]) -> pd.DataFrame:
    """Some rows of prepared ratings, prepared: categories without unused levels, weights of raters with mean 1."""
    part = frame[keep].reset_index(drop=True)
    categories = part.select_dtypes("category")
    part = part.assign(**{name: with_used_levels(column, shares.get(name, {})) for name, column in categories.items()})
    return with_mean_one(part)
