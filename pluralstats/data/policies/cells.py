"""What stands in one cell: a value, a list of values, or text that writes a list (JSON, Python's own, "4;2")."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

SEPARATORS = (";", "|", ",")
_LISTS = (list, tuple, np.ndarray)
_DEEPEST = 20  # lists in lists; Python's own limit is no measure: pymc sets it to ten times as much at import
_DECIMAL = re.compile(r"-?\d+,\d+")


class UnclearCell(ValueError):
    """A cell that holds more than values in a row: named parts, or a set without an order."""


def distinct_texts(column: pd.Series) -> list[str]:
    """The different texts of a column; none of a column of numbers or lists."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [value for value in column.cat.categories if isinstance(value, str)]
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        return list(dict.fromkeys(cell for cell in column if isinstance(cell, str)))
    return [value for value in column.unique() if isinstance(value, str)] if is_texts(column) else []


def is_texts(column: pd.Series) -> bool:
    """Whether the cells of a column may be texts."""
    categorical = isinstance(column.dtype, pd.CategoricalDtype)
    return categorical or pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype)


def holds_lists(column: pd.Series) -> bool:
    """Whether some cell is a list, or text that writes one; or every cell an object, which survey headers are not."""
    if column.dtype == object and any(isinstance(cell, (*_LISTS, set, Mapping)) for cell in column):
        return True
    texts = distinct_texts(column)
    if any(_parsed(text) is not None for text in texts if text.lstrip()[:1] == "["):
        return True
    objects = [text for text in texts if text.lstrip()[:1] == "{"]
    return bool(objects) and len(objects) == len(texts) and all(_parsed(text) is not None for text in objects)


def lists_of(column: pd.Series) -> list[list[object]]:
    """Each cell as a list of values: [] where it is missing, one value where it is no list.

    Raises
    ------
    UnclearCell
        Where a cell holds named parts, a set, or lists in lists too deep to be read.
    """
    return [_values(_written(cell)) for cell in column]


def split_texts(column: pd.Series, separator: str) -> list[list[object]]:
    """Each cell cut at a separator; [] where it is missing."""
    return [
        [] if pd.isna(cell) else [part.strip() for part in cell.split(separator)] if isinstance(cell, str) else [cell]
        for cell in column
    ]


def separators_in(texts: Sequence[str], first: str) -> list[str]:
    """Separators by which some of the answers could be several: "4;2", "4, 2", "4,2,1"; "4,2" is a decimal number."""
    found = []
    for separator in dict.fromkeys((first, *SEPARATORS)):
        having = [text for text in texts if separator in text]
        if having and (separator != "," or not all(_DECIMAL.fullmatch(text.strip()) for text in having)):
            found.append(separator)
    return found


def is_joined_numbers(text: str, separator: str) -> bool:
    """Whether a text is several numbers.

    >>> is_joined_numbers("4;2", ";"), is_joined_numbers("yes; no", ";")
    (True, False)
    """
    parts = text.split(separator)
    return len(parts) > 1 and all(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", part) for part in parts)


def _written(cell: object) -> object:
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("[", "{"):
        return cell
    parsed = _parsed(cell)
    return cell if parsed is None else parsed


def _parsed(text: str) -> Any:
    """What a text says in JSON or in Python's own notation; None where it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return found if isinstance(found, list | tuple | dict | set) else None
    return None


def _values(cell: object, depth: int = 0) -> list[object]:
    """The values of a cell; an object of one part stands for that part."""
    if depth > _DEEPEST:
        raise UnclearCell
    if isinstance(cell, Mapping):
        if len(cell) != 1:
            raise UnclearCell
        return _values(next(iter(cell.values())), depth + 1)
    if isinstance(cell, set) and len(cell) > 1:
        raise UnclearCell
    if isinstance(cell, (*_LISTS, set)):
        return [value for part in cell for value in (_values(part, depth + 1) if _is_nested(part) else [part])]
    return [] if pd.isna(cell) else [cell]


def _is_nested(part: object) -> bool:
    return isinstance(part, (*_LISTS, Mapping))
