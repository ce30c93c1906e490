"""What a file probably means, for ``check`` when nobody said: its scale and its demographics."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.batch import listed
from pluralstats.data.codes import distinct_pairs
from pluralstats.data.frames import OPTIONAL, REQUIRED, levels
from pluralstats.data.scale import Scale
from pluralstats.data.texts import answer_text, meant, number_in, numbered_labels, numbers_in

_MOST_ANSWERS = 11  # more distinct numbers than 0-10 are taken for a continuous rating
_MOST_NUMERIC_LEVELS = 7  # a column of more distinct numbers is a measure, not a group
_MOST_WORDS = 20  # more distinct texts are no answers of a scale
_CONSTANT = 0.9  # share of raters with one answer only, from which a column describes raters


def odd_answers(rating: pd.Series, scale: Scale | None, left_out: Sequence[object]) -> list[str]:
    """Sentences about ratings that are no answers: numbers with decimal commas, or text that people typed.

    Answers on the ``scale``, where there is one, and those ``left_out`` are not looked at.
    """
    if scale is None and isinstance(rating.dtype, pd.CategoricalDtype) and rating.cat.ordered:
        return []
    found = _texts(rating)
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


def _texts(rating: pd.Series) -> list[str]:
    return [] if pd.api.types.is_numeric_dtype(rating.dtype) else list(levels(rating, in_order=False).categories)


def _quoted(texts: pd.Series) -> str:
    return listed([repr(text) for text in texts[:4]])


def guessed_scale(rating: pd.Series, left_out: Sequence[object]) -> tuple[Scale | None, str]:
    """The scale that the ratings found suggest, with a sentence; None when nothing can be guessed.

    ``left_out`` are answers that are no position on the scale (``drop_ratings`` and ``na_values``).
    """
    if isinstance(rating.dtype, pd.CategoricalDtype) and rating.cat.ordered:
        return None, ""
    level = levels(rating)
    dropped = {text for value in left_out for text in meant(value, level.categories)}
    found = [text for text in level.categories if text not in dropped]
    if scale := _of_numbered_labels(found):
        return scale, f"`scale` was not given; the answers found are assumed: {', '.join(scale.labels)}."
    numbers = numbers_in(found)
    if np.isfinite(numbers).sum() >= max(2, 0.5 * len(found)):
        answers = sorted({float(answer_text(number)) for number in numbers[np.isfinite(numbers)]})
        if len(answers) > _MOST_ANSWERS:
            return Scale((), ()), '`scale` was not given; "continuous" is assumed.'
        if len(answers) > 1:
            said = ", ".join(map(answer_text, answers))
            return Scale.parse(answers), f"`scale` was not given; the answers found are assumed: {said}."
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


def guessed_demographics(table: pd.DataFrame, taken: Sequence[str]) -> list[str]:
    """Columns that look like groups of raters: few levels or words, and one answer for nearly every rater."""
    rater = levels(table["rater"], in_order=False).codes
    known = {*REQUIRED, *OPTIONAL, *taken}
    names = [name for name in table.columns if name not in known]
    return [name for name in names if _describes_raters(table[name], rater)]


def _describes_raters(column: pd.Series, rater: np.ndarray) -> bool:
    level = levels(column, in_order=False)
    if len(level.categories) < 2:
        return False
    numeric = not np.isnan(numbers_in(list(level.categories))).any()
    if numeric and len(level.categories) > _MOST_NUMERIC_LEVELS:
        return False
    who, said = distinct_pairs(rater, level.codes, len(level.categories))
    n_answers = np.bincount(who[(who >= 0) & (said >= 0)])
    n_answers = n_answers[n_answers > 0]
    few = len(level.categories) <= max(2, len(n_answers) / 2)
    return bool(few and (n_answers == 1).mean() >= _CONSTANT)
