"""Which rows of ratings a condition means, and what says so."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales, answers_of, scale_parts
from pluralstats.data.tables.texts import cell_text, meant
from pluralstats.errors import ConfigError, listed, nearest, problems_error

type Condition = Callable[[pd.DataFrame], Any] | Any


def chosen_rows(
    frame: pd.DataFrame, scale: Scale | Scales, condition: Condition, columns: Mapping[str, Any]
) -> tuple[np.ndarray, str]:
    """(n,) bool, the rows that meet every condition, and the conditions in words.

    Raises
    ------
    ConfigError
        As ``Ratings.where`` does.
    """
    if condition is None and not columns:
        raise ConfigError(
            "`where` needs a condition, such as ratings.where(country='US') or "
            "ratings.where(lambda frame: frame['seconds'] > 2)."
        )
    problems = [sentence for name, wanted in columns.items() for sentence in _problems(frame, scale, name, wanted)]
    if problems:
        raise problems_error(ConfigError, problems)
    keep = np.ones(len(frame), dtype=bool) if condition is None else _mask(frame, condition)
    words = [] if condition is None else [_name_of(condition)]
    for name, wanted in columns.items():
        keep = keep & _of_column(frame, scale, name, wanted)
        words.append(f"{name} {listed(list(map(cell_text, _values(wanted))), 12)}")
    said = "; ".join(words)
    if not keep.any():
        raise ConfigError(f"No rating of {len(frame):,} meets the condition ({said}). Choose other values.")
    return keep, said


def rows_of_level(frame: pd.DataFrame, column: str, level: object) -> np.ndarray:
    """(n,) bool, the rows on a dimension, of a wave or about a question.

    Raises
    ------
    ConfigError
        When there is none such.
    """
    levels = list(frame[column].array.categories) if column in frame else []
    known = meant(level, levels)
    if len(known) != 1:
        have = f"the ratings have {', '.join(levels)}" if levels else "the ratings have none"
        raise ConfigError(f"There is no {column} {level!r}; {have}.{nearest(str(level), levels)}")
    return (frame[column] == known[0]).to_numpy()


def _name_of(condition: Condition) -> str:
    name = getattr(condition, "__name__", "")
    return f"a condition {name}" if name and name != "<lambda>" else "a condition on rows"


def _mask(frame: pd.DataFrame, condition: Condition) -> np.ndarray:
    """One truth value for each row, from a function of the frame or as it was given."""
    if callable(condition):
        given = frame.copy()  # what it does to the table stays there
        try:
            condition = condition(given)
        except KeyError as error:
            have = ", ".join(map(str, frame.columns))
            near = nearest(str(error.args[0]), list(map(str, frame.columns)))
            raise ConfigError(f"The condition uses the column {error}; the ratings have {have}.{near}") from error
    if isinstance(condition, str):
        raise ConfigError(
            f"The condition is text ({condition!r}); pass levels by name, as in ratings.where(country='US'), or a "
            "function of the frame."
        )
    try:
        mask = np.asarray(condition)
    except (TypeError, ValueError):
        mask = np.empty(0)
    if mask.shape != (len(frame),) or mask.dtype.kind != "b":
        found = f"{mask.dtype} of shape {mask.shape}" if mask.size else type(condition).__name__
        raise ConfigError(f"The condition must give true or false for each of {len(frame):,} ratings; found {found}.")
    return mask


def _values(wanted: Any) -> list[Any]:
    many = isinstance(wanted, Collection) and not isinstance(wanted, str | bytes | Mapping)
    return list(wanted) if many or isinstance(wanted, np.ndarray | pd.Series | pd.Index) else [wanted]


def _problems(frame: pd.DataFrame, scale: Scale | Scales, name: str, wanted: Any) -> list[str]:
    """Sentences about a column that is not there, or values that it does not have."""
    if name not in frame:
        have = list(map(str, frame.columns))
        return [
            f"The ratings have no column '{name}'; they have {', '.join(have)}.{nearest(name, have) or _not_kept(name)}"
        ]
    values = _values(wanted)
    if not values:
        return [f"`{name}` is an empty list: no rating would be left. Name the values to keep."]
    known = _levels(frame, scale, name)
    if known is None:
        return [f"`{name}` holds numbers; found {v!r}." for v in values if not isinstance(v, int | float | np.number)]
    return [
        f"'{name}' has no level '{cell_text(value)}'; it has {listed(known, 12)}.{nearest(cell_text(value), known)}"
        for value in values
        if (_code(answers_of(scale), value) < 0 if name == "rating" else not meant(value, known))
    ]


def _not_kept(name: str) -> str:
    """What to do about a column that the file may have and that was not read."""
    return (
        f" Columns of the file are kept where they are named: read with covariates=['{name}'] to choose by it, or "
        f'leave rows out while reading, as in exclude={{"{name}": ["failed", ""]}}.'
    )


def _levels(frame: pd.DataFrame, scale: Scale | Scales, name: str) -> list[str] | None:
    """The levels of a category, the answers of the scale; None of numbers."""
    if name == "rating" and not (answers := answers_of(scale)).is_continuous:
        return list(answers.labels)
    values = frame[name]
    return list(map(str, values.cat.categories)) if isinstance(values.dtype, pd.CategoricalDtype) else None


def _of_column(frame: pd.DataFrame, scale: Scale | Scales, name: str, wanted: Any) -> np.ndarray:
    values, column = _values(wanted), frame[name]
    if name == "rating" and not answers_of(scale).is_continuous:
        code = column.to_numpy()
        of_scales = [here & np.isin(code, _codes(own, values)) for _, own, here in scale_parts(scale, frame)]
        return np.any(of_scales, axis=0)
    known = _levels(frame, scale, name)
    if known is None:
        return np.isin(column.to_numpy(), values)
    return column.isin([level for value in values for level in meant(value, known)]).to_numpy()


def _codes(scale: Scale, answers: Sequence[Any]) -> list[int]:
    """Those of the answers that the scale has."""
    return [code for answer in answers if (code := _code(scale, answer)) >= 0]


def _code(scale: Scale, answer: Any) -> int:
    """The position of an answer, by its label or by its points; -1 where the scale has none such."""
    code = scale.code_of(cell_text(answer))
    return scale.values.index(answer) if code < 0 and answer in scale.values else code
