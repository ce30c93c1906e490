"""What happens to the ratings themselves: answers to leave out, codes of the scale, repeated ratings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from pluralstats.data.batch import Batch
from pluralstats.data.policies.choices import having_any, levels_in, renamed_levels
from pluralstats.data.policies.items import is_crossed
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales
from pluralstats.data.tables.columns import combined
from pluralstats.data.tables.frames import as_text, relabelled
from pluralstats.data.tables.texts import answer_text, meant, number_in
from pluralstats.errors import counted, listed, rows_text, shortened

_NO_WEIGHTS = {
    "boolean": "true and false",
    **dict.fromkeys(("datetime64", "datetime", "date"), "dates"),
    **dict.fromkeys(("timedelta64", "timedelta", "time", "period"), "times"),
}  # kinds that pandas would turn into numbers
_LONG = 17  # digits of a number that arithmetic made


def without_dropped_answers(batch: Batch, options: RatingOptions) -> Batch:
    """Leaves out ratings that are no position on the scale ("don't know"), as ``drop_ratings`` lists them."""
    answer = batch.table["rating"].array
    drop = np.zeros(len(answer), dtype=bool)
    for value in options.drop_ratings:
        text, where = as_text(value), _answered(answer, [value])
        detail = f"rating {text}" if where.any() else f"rating {text}, not found"
        batch = batch.recorded("drop_ratings", "rating", "drop", where=where, detail=detail)
        drop |= where
    return batch.kept(~drop)


def _answered(answer: ExtensionArray, values: Sequence[object]) -> np.ndarray:
    """Where the answer is one that the values mean, or, among numbers, one of the numbers they write, (n,) bool."""
    if isinstance(answer, pd.Categorical):
        return np.asarray(answer.isin([text for value in values for text in meant(value, answer.categories)]))
    numbers = [number_in(as_text(value)) for value in values]
    return np.isin(np.asarray(answer), [number for number in numbers if number is not None])


def without_missing_ratings(batch: Batch, options: RatingOptions) -> Batch:
    """Leaves out rows without a rating: a question nobody answered says nothing about the scale."""
    missing = batch.table["rating"].isna().to_numpy()
    batch = batch.recorded("missing_ratings", "rating", "drop", where=missing)
    return batch.kept(~missing)


def coded(batch: Batch, options: RatingOptions) -> Batch:
    """Ratings as codes 0..K-1 (int16), or as numbers (float64) on a continuous scale.

    What is not on the scale is a problem; it stays, as -1 or not finite, so that it hides no other problem.
    """
    scale = options.scale
    if scale is None:
        raise AssertionError("the scale is settled before ratings are coded")
    if isinstance(scale, Scales):
        return _coded_by_level(batch, scale)
    answer = batch.table["rating"].array
    if not isinstance(answer, pd.Categorical):
        return _finite(batch, _between(np.asarray(answer, float), scale), np.asarray(answer), scale)
    lookup = _between(_numbers(answer.categories), scale) if scale.is_continuous else _codes(answer.categories, scale)
    unknown = ~np.isfinite(lookup)
    where = unknown[answer.codes]
    if where.any():
        values = [_as_answer(text) for text, bad in zip(answer.categories, unknown, strict=True) if bad]
        batch = batch.complaining(_outside(scale, values, batch.rows[where], int(where.sum())))
    codes = lookup[answer.codes]
    if not scale.is_continuous:
        codes = np.where(where, -1, codes).astype(np.int16)
    return batch.column("rating", codes)


def _coded_by_level(batch: Batch, scales: Scales) -> Batch:
    """Each rating as its code on the scale of its own level; a level that has no scale is a problem."""
    answer, codes = batch.table["rating"].array, np.full(len(batch.table), -1, dtype=np.int16)
    for level, scale, here in scales.parts(batch.table):
        code = _codes(answer.categories, scale)[answer.codes]
        where = here & ~np.isfinite(code)
        codes[here & ~where] = code[here & ~where]
        if where.any():
            values = [_as_answer(text) for text in answer[where].remove_unused_categories().categories]
            whose = f" of {scales.column} {level}"
            batch = batch.complaining(_outside(scale, values, batch.rows[where], int(where.sum()), whose))
    none = scales.rows(batch.table) < 0
    if none.any():
        levels = batch.table[scales.column][none].array.remove_unused_categories().categories
        batch = batch.complaining(
            f"`scale` has no answers for {scales.column} {listed(list(levels))} ({rows_text(batch.rows[none])}); it "
            f"names {listed(list(scales.of))}. Name the scale of each {scales.column}, or leave rows out with exclude=."
        )
    return batch.column("rating", codes)


def _as_answer(text: str) -> str:
    """A number without the last digits that arithmetic leaves: 3.4 for 3.4000000000000004."""
    number = number_in(text)
    return text if number is None or len(text) < _LONG or not np.isfinite(number) else answer_text(number)


def _between(number: np.ndarray, scale: Scale) -> np.ndarray:
    """Numbers, missing where they lie outside the ends of a continuous scale."""
    if scale.ends is None:
        return number
    low, high = scale.ends
    return np.where((number >= low) & (number <= high), number, np.nan)


def _finite(batch: Batch, number: np.ndarray, given: np.ndarray, scale: Scale) -> Batch:
    where = ~np.isfinite(number)
    if not where.any():
        return batch
    values = [as_text(float(value)) for value in dict.fromkeys(given[where])]
    return batch.complaining(_outside(scale, values, batch.rows[where], int(where.sum())))


def _codes(answers: pd.Index, scale: Scale) -> np.ndarray:
    codes = np.array([scale.code_of(answer) for answer in answers], dtype=float)
    return np.where(codes < 0, np.nan, codes)


def _numbers(answers: pd.Index) -> np.ndarray:
    return pd.to_numeric(pd.Series(answers, dtype="str"), errors="coerce").to_numpy(dtype=float)


def _outside(scale: Scale, values: list[str], rows: np.ndarray, n: int, whose: str = "") -> str:
    values = [shortened(value) for value in values]
    if scale.is_continuous and scale.ends is None:
        return (
            f"`rating` has {counted(n, 'value')} that {'is' if n == 1 else 'are'} no finite number: "
            f"{listed(values)} ({rows_text(rows)}). Correct or drop them, or pass na_values=."
        )
    return (
        f"`rating` has {counted(n, 'value')} outside the scale {scale.describe()}{whose}: {listed(values)} "
        f"({rows_text(rows)}). Recode or drop them (recode=, drop_ratings=), or pass another `scale=`."
    )


def event_keys(table: pd.DataFrame) -> list[str]:
    """The columns that make a rating one event: rater and item, dimension and wave where there are any.

    Where items are crossed with questions, the question too.
    """
    names = [name for name in ("rater", "item", "dimension", "wave") if name in table]
    return [*names, "question"] if is_crossed(table) else names


def one_rating_each(batch: Batch, options: RatingOptions) -> Batch:
    """One rating per rater and item (and dimension, wave), by the policy ``duplicates``."""
    keys = event_keys(batch.table)
    key = combined([batch.table[name].array.codes for name in keys])
    if not pd.Series(key).duplicated().any():
        return batch.recorded("duplicates", "rating", options.duplicates)
    event = pd.factorize(key)[0]
    count = np.bincount(event)
    repeated = count[event] > 1
    n_events = int((count > 1).sum())
    detail = f"{counted(n_events, 'repeated event')}: same {', '.join(keys)}" if n_events else ""
    if options.duplicates == "error":
        batch = batch.recorded("duplicates", "rating", "error", where=repeated, detail=detail)
        return batch.complaining(_repeats(batch, event, repeated, keys)) if n_events else batch
    keep_last = options.duplicates == "last"
    kept = ~pd.Series(event).duplicated(keep="last" if keep_last else "first").to_numpy()
    batch = batch.recorded("duplicates", "rating", options.duplicates, where=~kept, detail=detail)
    if options.duplicates == "mean":
        mean = np.bincount(event, weights=batch.table["rating"]) / count
        batch = batch.column("rating", np.where(repeated, mean[event], batch.table["rating"]))
    return batch.kept(kept)


def _repeats(batch: Batch, event: np.ndarray, repeated: np.ndarray, keys: list[str]) -> str:
    table = batch.table[repeated].assign(_event=event[repeated], _row=batch.rows[repeated])
    spread = table.groupby("_event")["rating"].agg(["min", "max"])
    n, n_differ = len(spread), int((spread["min"] < spread["max"]).sum())
    first = table[table["_event"] == table["_event"].iloc[0]]
    example = ", ".join(f"{key} {first[key].iloc[0]}" for key in keys)
    combinations = f"{counted(n, 'combination')} of {', '.join(keys)} {'has' if n == 1 else 'have'}"
    return (
        f"{combinations} more than one rating, {counted(len(table) - n, 'row')} too many; "
        f"{n_differ} with different ratings ({rows_text(table['_row'])}). "
        f"The first is {example} ({rows_text(first['_row'])}). "
        f'Pass duplicates="first" or "last", or drop the extra rows.'
    )


def checked_weights(batch: Batch, options: RatingOptions) -> Batch:
    """Weights as positive numbers."""
    return positive_weights(batch, "weight", "Drop ratings without weight.")


def positive_weights(batch: Batch, name: str, advice: str) -> Batch:
    """A column of weights as positive numbers; what is none is a problem."""
    if name not in batch.table:
        return batch
    kind = pd.api.types.infer_dtype(batch.table[name], skipna=True)
    if found := _NO_WEIGHTS.get(kind):
        batch = batch.complaining(f"`{name}` must be a positive number; found {found}. Rename or drop the column.")
        return batch.column(name, np.ones(len(batch.table)))
    weight = pd.to_numeric(batch.table[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(weight) & (weight > 0))
    if bad.any():
        found = listed(list(dict.fromkeys(batch.table[name][bad].map(_shown))))
        batch = batch.complaining(
            f"`{name}` must be a positive number; found {counted(int(bad.sum()), 'other value')}: {found} "
            f"({rows_text(batch.rows[bad])}). {advice}"
        )
    return batch.column(name, weight)


def _shown(value: Any) -> str:
    return "missing" if np.ndim(value) == 0 and pd.isna(value) else as_text(value)


def recoded(batch: Batch, options: RatingOptions) -> Batch:
    """Old answers replaced by new ones, as ``recode`` says; None makes them missing."""
    for name, mapping in options.recode.items():
        level = batch.table[name].array if name in batch.table else None
        if level is None or not isinstance(level, pd.Categorical):
            batch = batch.complaining(f"`recode` names '{name}', which the data do not have or which is no category.")
            continue
        known = levels_in(level, name, options)
        found = {old: meant(old, known) for old in mapping}
        if unknown := [as_text(old) for old, levels in found.items() if not levels]:
            batch = batch.complaining(
                f"`recode` of '{name}' has answers the data do not: {listed(unknown)}. Found: {listed(known, 12)}."
            )
        texts = {text: None if new is None else as_text(new) for old, new in mapping.items() for text in found[old]}
        where = having_any(level, list(texts), name, options)
        detail = "; ".join(f"{old} -> {'missing' if new is None else new}" for old, new in texts.items())
        batch = batch.recorded("recode", name, "recode", where=where, detail=detail)
        batch = batch.column(name, renamed_levels(level, texts, name, options))
    return batch


def without_missing_codes(batch: Batch, options: RatingOptions) -> Batch:
    """Codes such as "DATA_EXPIRED" made missing, in ratings, demographics and covariates."""
    codes = options.na_values
    for name in ("rating", *options.demographics, *options.covariates) if codes else ():
        level = batch.table[name].array
        where = _answered(level, codes)
        column: pd.Categorical | np.ndarray
        if isinstance(level, pd.Categorical):
            found = [text for value in codes for text in meant(value, level.categories)]
            column = relabelled(level, dict.fromkeys(found))
        else:
            found = [as_text(value) for value in codes if _answered(level, [value]).any()]
            column = np.where(where, np.nan, level)
        batch = batch.recorded("na_values", name, "missing", where=where, detail=listed(found))
        batch = batch.column(name, column)
    return batch
