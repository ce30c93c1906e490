"""The text of a JSON file, compressed or not, as values; every way it can be broken has its sentence."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pluralstats.data.reading.formats.text import text_of, utf8_content
from pluralstats.errors import DataError, problems_error

NUMBER = int | float | Decimal  # what a number in a JSON file is read as
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
_FLOAT_DIGITS = 15  # characters: numbers so short are different floats
_LEAST, _GREATEST = 1e-300, 1e300  # beyond them a few characters would write millions of digits
_HALF_LETTER = re.compile(r"\\u[dD][89a-fA-F]")  # half of a surrogate pair, as it stands in JSON


def json_content(path: Path) -> Any:
    """The value in a JSON file, or a list of the values that stand on each line or one after the other.

    Raises
    ------
    DataError
        When the file is not JSON, an object has one key twice, or a value in it can be no cell.
    """
    text = text_of(path, utf8_content(path))
    try:
        content = _parsed(path, text)
        if _HALF_LETTER.search(text):
            json.dumps(content, ensure_ascii=False).encode()
    except RecursionError as error:
        raise DataError(f"{path} has lists in lists too deep to be read. Put plain values into its fields.") from error
    except _RepeatedKeyError as error:
        raise DataError(f"{path}: the key '{error}' stands twice in one object. Rename or drop one of them.") from error
    except UnicodeEncodeError as error:
        half = "half a letter (a lone surrogate such as \\ud800), which is no text"
        raise DataError(f"{path} has {half}. Export it again as UTF-8.") from error
    except ValueError as error:  # of int: a number of more than 4,300 digits
        raise DataError(f"{path} has a number of thousands of digits. Write it as text.") from error
    return content


def _parsed(path: Path, text: str) -> Any:
    """The whole content: one value, or a list of the values that stand on each line or one after the other."""
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if len(lines) > 1 and _is_json(lines[0][1]):
            return _by_line(path, [line for _, line in lines])
        try:
            return _loads(_TRAILING_COMMA.sub(lambda match: match[1] or "", text))
        except json.JSONDecodeError:
            return _one_after_the_other(path, text, error)


def _by_line(path: Path, lines: Sequence[str]) -> list[Any]:
    records, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            record = _loads(line)
        except json.JSONDecodeError:
            problems.append(f"{path}: row {number} is not JSON. Put one object on each line.")
            continue
        if not isinstance(record, dict):
            problems.append(f"{path}: row {number} is no object with columns. Put one object on each line.")
        records.append(record)
    if problems:
        raise problems_error(DataError, problems[:5] + [f"{len(problems) - 5} more."] * (len(problems) > 5))
    return records


def _one_after_the_other(path: Path, text: str, whole: json.JSONDecodeError) -> list[Any]:
    """Objects printed over several lines with nothing between them."""
    position, values = _after_space(text, 0), []
    try:
        while position < len(text):
            value, end = _DECODER.raw_decode(text, position)
            values.append(value)
            position = _after_space(text, end)
    except json.JSONDecodeError as error:
        place = f"line {whole.lineno}, column {whole.colno}"
        raise DataError(
            f"{path} is not JSON: {whole.msg[0].lower()}{whole.msg[1:]} at {place}. Export it again."
        ) from error
    return values


def _after_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


class _RepeatedKeyError(ValueError):
    """One object has a key twice, of which ``json`` would keep the last without a word."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return record


def _loads(text: str) -> Any:
    return _DECODER.decode(text)


def _number(text: str) -> float | Decimal:
    """A number with a point or exponent, as a decimal where a float would be another number, and two ids one."""
    number = float(text)
    is_short = len(text) <= _FLOAT_DIGITS or not _LEAST < abs(number) < _GREATEST
    return number if is_short or Decimal(repr(number)) == Decimal(text) else Decimal(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_number
)  # one for all lines: making one costs as much as a line


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True
