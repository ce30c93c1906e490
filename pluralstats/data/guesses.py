"""What a file probably means, for ``check`` when nobody said: its scale and its demographics."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.batch import listed
from pluralstats.data.frames import OPTIONAL, REQUIRED, as_text, levels
from pluralstats.data.scale import Scale, number_text

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
    dropped = {as_text(value) for value in left_out}
    texts = pd.Series([text for text in _texts(rating) if text not in dropped], dtype="str")
    if scale is not None:
        texts = texts[[scale.code_of(text) < 0 for text in texts]]
    commas = texts[texts.str.fullmatch(r"-?\d+,\d+")]
    words = texts[pd.to_numeric(texts, errors="coerce").isna() & ~texts.isin(commas)]
    sentences = []
    if len(commas):
        sentences.append(f"`rating` has decimal commas: {_quoted(commas)}. Write the numbers with points.")
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
    dropped = {as_text(value) for value in left_out}
    found = [text for text in levels(rating).categories if text not in dropped]
    numbers = pd.to_numeric(pd.Series(found, dtype="str"), errors="coerce").dropna().sort_values().to_numpy(dtype=float)
    if len(numbers) >= 2 and len(numbers) >= 0.5 * len(found):
        if len(numbers) > _MOST_ANSWERS:
            return Scale((), ()), '`scale` was not given; "continuous" is assumed.'
        scale = Scale.parse([float(number) for number in numbers])
        return (
            scale,
            f"`scale` was not given; the answers found are assumed: {', '.join(map(number_text, numbers))}.",
        )
    if len(found) < 2:
        return None, ""
    return Scale.parse(found), f"`scale` was not given; the answers found are {listed(found, 12)}, in unknown order."


def guessed_demographics(table: pd.DataFrame, taken: Sequence[str]) -> list[str]:
    """Columns that look like groups of raters: few levels or words, and one answer for nearly every rater."""
    rater = levels(table["rater"]).codes
    known = {*REQUIRED, *OPTIONAL, *taken}
    names = [name for name in table.columns if name not in known]
    return [name for name in names if _describes_raters(table[name], rater)]


def _describes_raters(column: pd.Series, rater: np.ndarray) -> bool:
    level = levels(column)
    if len(level.categories) < 2:
        return False
    numeric = pd.to_numeric(pd.Series(level.categories), errors="coerce").notna().all()
    if numeric and len(level.categories) > _MOST_NUMERIC_LEVELS:
        return False
    pairs = pd.DataFrame({"rater": rater, "level": level.codes}).query("level >= 0 and rater >= 0").drop_duplicates()
    per_rater = pairs.groupby("rater").size()
    few = len(level.categories) <= max(2, len(per_rater) / 2)
    return bool(few and (per_rater == 1).mean() >= _CONSTANT)
