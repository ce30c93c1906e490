"""Columns whose role is a number, or an answer that stands for one: ratings, weights and covariates, of any type."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pluralstats.data.batch import Batch
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import answers_of
from pluralstats.data.tables.frames import levels, relabelled
from pluralstats.data.tables.texts import decimal_commas, number_text, numbered_labels, numbers_in, thousands
from pluralstats.errors import listed

_CODE = r"^\s*[+-]?0[0-9]"  # leading zeros, as in 007
_KINDS = {"string": "text", "decimal": "decimals", "mixed-integer": "text and numbers"}


class Numbers(NamedTuple):
    """A column as numbers.

    ``values`` (n,): NaN where a cell is missing or no number; ``is_all``: whether there are cells and all are numbers
    or missing; ``has_codes``: whether some are codes such as 007; ``was``: "" for a column of numbers, else what.
    """

    values: np.ndarray
    is_all: bool = True
    has_codes: bool = False
    was: str = ""


def is_number_column(column: pd.Series) -> bool:
    """Whether a column holds numbers by its type; true and false are none."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def numbers_of(column: pd.Series) -> Numbers:
    """The numbers in a column of any type; also in text, with decimal commas, as decimals or as other objects."""
    if is_number_column(column):
        return Numbers(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if (plain := _plain_numbers(column)) is not None:
        return plain
    level = levels(column, in_order=False)
    texts = list(level.categories)
    found = numbers_in(texts)
    was = _KINDS.get(pd.api.types.infer_dtype(column, skipna=True), "objects")
    return Numbers(
        np.append(found, np.nan)[level.codes],
        bool(texts) and not np.isnan(found).any(),
        any(re.match(_CODE, text) for text in texts),
        "text with decimal commas" if decimal_commas(texts) else was,
    )


def _plain_numbers(column: pd.Series) -> Numbers | None:
    """A text column of which every cell is a plain number, all at once; None for every other column."""
    if not isinstance(column.dtype, pd.StringDtype) or column.isna().all():
        return None
    cells = pa.array(column)
    try:
        values = pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:
        return None
    if pc.any(pc.is_nan(values)).as_py():  # the word "nan", which is no number
        return None
    has_codes = pc.any(pc.match_substring_regex(cells, _CODE)).as_py()
    return Numbers(values.to_numpy(zero_copy_only=False), True, bool(has_codes), "text")


class Told(NamedTuple):
    """A column in the type of its role; ``where`` (n,) marks cells that were converted, ``detail`` says from what."""

    values: pd.Series | pd.Categorical
    where: np.ndarray | None = None
    detail: str = ""
    problem: str = ""
    policy: str = "numbers"

    def said(self, batch: Batch, name: str) -> Batch:
        """The batch with a record of what was converted."""
        batch = batch.complaining(self.problem) if self.problem else batch
        if self.where is None:
            return batch
        return batch.recorded("converted", name, self.policy, where=self.where, detail=self.detail)


def covariate_column(column: pd.Series, options: RatingOptions, typed: bool) -> Told:
    """Numbers where every cell is one, else categories; what the user treats as categories is left as it is.

    That is a column named in ``reference``, ``order``, ``recode`` or ``multi_select``, and whole numbers that a data
    frame (``typed``) holds as text: somebody made text of them.
    """
    as_factor = {*options.reference, *options.order, *options.recode, *options.multi_select}
    if column.name in as_factor or isinstance(column.dtype, pd.CategoricalDtype):
        return Told(levels(column))
    found = numbers_of(column)
    if typed and found.is_all and found.was == "text" and not np.nan_to_num(found.values % 1).any():
        return Told(levels(column))
    if found.is_all and not found.has_codes and not pd.api.types.is_bool_dtype(column.dtype):
        where = ~np.isnan(found.values) if found.was else None
        return Told(pd.Series(found.values), where, found.was)
    level = levels(column)
    unclear = thousands(list(level.categories))
    return Told(level, problem=_unclear(str(column.name), unclear) if unclear else "")


def _unclear(name: str, texts: list[str]) -> str:
    found = listed([repr(text) for text in texts], 3)
    return (
        f"'{name}' has numbers whose commas may part thousands or decimals: {found}. "
        "Write them without thousands separators and with decimal points."
    )


def weight_column(column: pd.Series) -> Told:
    """Weights as they are, but for decimal commas, which become points."""
    if is_number_column(column) or pd.api.types.infer_dtype(column, skipna=True) != "string":
        return Told(pd.Series(column))
    found = numbers_of(column)
    if not found.is_all:
        return Told(pd.Series(column))
    return Told(pd.Series(found.values), ~np.isnan(found.values) if "comma" in found.was else None, found.was)


def rating_column(column: pd.Series, options: RatingOptions) -> Told:
    """Ratings as answers; on a continuous scale as numbers, since as text each would be a level of its own."""
    scale = None if options.scale is None else answers_of(options.scale)
    if scale is None or not scale.is_numeric:
        return Told(levels(column, in_order=False))
    if scale.is_continuous and "rating" not in options.recode and not _is_category(column):
        found = numbers_of(column)
        if found.is_all:
            return Told(pd.Series(found.values), ~np.isnan(found.values) if "comma" in found.was else None, found.was)
    level = levels(column, in_order=False)
    return _as_answers(level, scale)


def _is_category(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(column.dtype)


def _as_answers(level: pd.Categorical, scale: Scale) -> Told:
    """Texts that stand for a number of the scale in the form of that number: "4.0", "4,0" and "4 - often" are 4."""
    texts = list(level.categories)
    by_value = _by_value(texts, scale)
    numbered = {} if scale.is_continuous else _numbered_answers(texts, scale)
    commas = [text for text in by_value if "," in text]
    changed = [*commas, *numbered]
    told = Told(pd.Categorical(relabelled(level, by_value | numbered)))
    if not changed:
        return told
    said = by_value | numbered
    detail = listed([f"{text} -> {said[text]}" for text in changed], 12)
    policy = "numbered labels" if numbered else "numbers"
    return told._replace(where=np.asarray(level.isin(changed)), detail=detail, policy=policy)


def _by_value(texts: list[str], scale: Scale) -> dict[str, str]:
    """The texts that write a number of the scale in another way than the scale does."""
    found = numbers_in(texts)
    numbers = {text: float(number) for text, number in zip(texts, found, strict=True) if np.isfinite(number)}
    if scale.is_continuous:
        return {text: number_text(number) for text, number in numbers.items() if "," in text}
    codes = {text: scale.code_of(number_text(number)) for text, number in numbers.items() if text not in scale.labels}
    return {text: scale.labels[code] for text, code in codes.items() if code >= 0}


def _numbered_answers(texts: list[str], scale: Scale) -> dict[str, str]:
    """ "1 - not at all" as the answer 1."""
    codes = {text: scale.code_of(number_text(number)) for text, number in numbered_labels(texts).items()}
    return {text: scale.labels[code] for text, code in codes.items() if code >= 0}
