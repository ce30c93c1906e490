"""What a file probably means, for ``check`` when nobody said: its scale and its demographics."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.checking.attention import is_attention_check
from pluralstats.data.checking.evidence import Columns, Numbers
from pluralstats.data.checking.missing import NO_POSITION
from pluralstats.data.checking.numbers import far_codes
from pluralstats.data.checking.scales import has_an_order
from pluralstats.data.scale import Scale
from pluralstats.data.tables.columns import distinct_pairs
from pluralstats.data.tables.frames import OPTIONAL, REQUIRED, as_text
from pluralstats.data.tables.texts import answer_text, meant, number_in, number_text, numbered_labels, numbers_in
from pluralstats.errors import listed

_MOST_ANSWERS = 11  # more distinct numbers than 0-10 are taken for a continuous rating
_MOST_NUMERIC_LEVELS = 7  # a column of more distinct numbers is a measure, not a group
_MOST_WORDS = 20  # more distinct texts are no answers of a scale
_MOST_CODES = 8  # for missing, beside the answers
_MANY_ROWS = 100_000
_CONSTANT = 0.9  # share of raters with one answer only, from which a column describes raters


def odd_answers(columns: Columns, scale: Scale | None, left_out: Sequence[object]) -> list[str]:
    """Sentences about ratings that are no answers: numbers with decimal commas, or text that people typed.

    Answers on the ``scale``, where there is one, and those ``left_out`` are not looked at.
    """
    if scale is None and has_an_order(columns.table["rating"]):
        return []
    found = _texts(columns)
    dropped = {text for value in left_out for text in meant(value, found)}
    texts = pd.Series([text for text in found if text not in dropped], dtype="str")
    if scale is not None:
        texts = texts[[scale.code_of(text) < 0 for text in texts]]
    numbers = numbers_in(list(texts))
    commas = texts[texts.str.fullmatch(r"-?\d+,\d+") & np.isnan(numbers)]
    words = texts[np.isnan(numbers) & ~texts.isin(commas)]
    sentences = []
    if len(commas):
        sentences.append(
            f"`rating` has commas that may part thousands or decimals: {_quoted(commas)}. "
            f"Write the numbers with points."
        )
    if len(words) > _MOST_WORDS:
        sentences.append(
            f"`rating` has {len(words):,} different texts, such as {_quoted(words)}; answers of a scale are fewer. "
            f"Is it the right column? Else name the answers in their order with scale=."
        )
    return sentences


def _texts(columns: Columns) -> list[str]:
    if columns.numbers("rating") is not None and pd.api.types.is_numeric_dtype(columns.table["rating"].dtype):
        return []
    return list(columns.level("rating").categories)


def _quoted(texts: pd.Series) -> str:
    return listed([repr(text) for text in texts[:4]])


def guessed_scale(columns: Columns, left_out: Sequence[object]) -> tuple[Scale | None, str]:
    """The scale that the ratings found suggest, with a sentence; None when nothing can be guessed.

    ``left_out`` are answers that are no position on the scale (``drop_ratings`` and ``na_values``). Numbers far from
    the others that are usual codes for missing, such as 9 and 99 beside 1 to 5, and answers such as "don't know" are
    taken for none either.
    """
    rating = columns.table["rating"]
    if has_an_order(rating):
        return None, ""
    if (given := columns.numbers("rating")) is not None:
        numbers = _without(given, left_out)
        if len(numbers.value) > _MOST_ANSWERS + _MOST_CODES:
            return Scale((), ()), '`scale` was not given; "continuous" is assumed.'
        return _of_numbers(numbers)
    level = columns.level("rating")
    dropped = {text for value in left_out for text in meant(value, level.categories)}
    found = [text for text in level.categories if text not in dropped]
    if scale := _of_numbered_labels(found):
        return scale, f"`scale` was not given; the answers found are assumed: {', '.join(scale.labels)}."
    numbers_found = numbers_in(found)
    values = np.unique(numbers_found[np.isfinite(numbers_found)])
    if len(values) >= max(2, 0.5 * len(found)):
        return _of_numbers(Numbers(values, np.full(len(values), 2)))
    found = [text for text in found if text.casefold() not in NO_POSITION]
    if len(found) < 2:
        return None, ""
    return Scale.parse(found), f"`scale` was not given; the answers found are {listed(found, 12)}, in unknown order."


def _of_numbered_labels(found: list[str]) -> Scale | None:
    """Answers such as "1 - not at all", "2", "3 - very" in the order of their numbers."""
    numbers = numbered_labels(found)
    bare = {text: number for text in found if text not in numbers and (number := number_in(text)) is not None}
    values = {**bare, **numbers}
    if not numbers or len(values) < len(found) or len(set(values.values())) < max(2, len(values)):
        return None
    in_order = sorted(values, key=lambda text: values[text])
    return Scale(tuple(in_order), tuple(values[text] for text in in_order))


def _without(numbers: Numbers, left_out: Sequence[object]) -> Numbers:
    gone = [number for value in left_out if (number := number_in(as_text(value))) is not None]
    kept = ~np.isin(numbers.value, gone)
    return Numbers(numbers.value[kept], numbers.n_rows[kept])


def _of_numbers(numbers: Numbers) -> tuple[Scale | None, str]:
    codes = far_codes(numbers, any_value=False)
    values = [value for value in numbers.value.tolist() if value not in codes]
    values = sorted({float(answer_text(value)) for value in values})  # 3.4 may be 3.4000000000000004 too
    if len(values) > _MOST_ANSWERS:
        return Scale((), ()), '`scale` was not given; "continuous" is assumed.'
    if len(values) < 2:
        return None, ""
    shown = [answer_text(value) for value in values]
    rest = f" (without {listed([number_text(code) for code in codes])})" if codes else ""
    return Scale.parse(values), f"`scale` was not given; the answers found are assumed: {', '.join(shown)}{rest}."


def guessed_demographics(columns: Columns, taken: Sequence[str]) -> list[str]:
    """Columns that look like groups of raters: few levels or words, and one answer for nearly every rater."""
    known = {*REQUIRED, *OPTIONAL, *taken}
    return [
        name
        for name in columns.table.columns
        if name not in known and _describes_raters(columns, name) and not is_attention_check(columns, name)
    ]


def _describes_raters(columns: Columns, name: str) -> bool:
    rater = columns.level("rater").codes
    most = max(2, len(columns.level("rater").categories) / 2)
    if columns.table[name].head(_MANY_ROWS).nunique() > most:  # texts, each of its own: not worth sorting
        return False
    level = columns.level(name)
    if len(level.categories) < 2:
        return False
    numeric = not np.isnan(numbers_in(list(level.categories))).any()
    if numeric and len(level.categories) > _MOST_NUMERIC_LEVELS:
        return False
    n_levels = len(level.categories)
    who, said = distinct_pairs(rater, level.codes, n_levels)
    per_rater = np.bincount(who[(who >= 0) & (said >= 0)])
    per_rater = per_rater[per_rater > 0]
    return bool(n_levels <= max(2, len(per_rater) / 2) and per_rater.size and (per_rater == 1).mean() >= _CONSTANT)
