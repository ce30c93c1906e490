"""The text of a JSON file, compressed or not, as values; every way it can be broken has its sentence."""

import gzip
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pluralstats.errors import DataError, problems_error

_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')


def json_content(path: Path) -> Any:
    """The value in a JSON file, or a list of the values that stand on each line or one after the other.

    Raises
    ------
    DataError
        When the file is not JSON, or an object has one key twice.
    """
    return _parsed(path, _text(path))


def _text(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix.casefold() == ".gz":
        try:
            content = gzip.decompress(content)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(f"{path} is no complete gzip file. Download or compress it again.") from error
    if not content.strip():
        raise DataError(f"{path} has no text in it. Export it again.")
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path} is not UTF-8 text: line {line} has the byte 0x{content[error.start]:02x}. Save it as UTF-8."
        ) from error


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
    except _RepeatedKeyError as error:
        raise _repeated(path, error) from error
    except RecursionError as error:
        raise DataError(f"{path} is nested too deeply to be records. Export it again.") from error


def _by_line(path: Path, lines: Sequence[str]) -> list[Any]:
    records, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            record = _loads(line)
        except json.JSONDecodeError:
            problems.append(f"{path}: row {number} is not JSON. Put one object on each line.")
            continue
        except _RepeatedKeyError as error:
            raise _repeated(path, error) from error
        if not isinstance(record, dict):
            problems.append(f"{path}: row {number} is no object with columns. Put one object on each line.")
        records.append(record)
    if problems:
        raise problems_error(DataError, problems[:5] + [f"{len(problems) - 5} more."] * (len(problems) > 5))
    return records


def _one_after_the_other(path: Path, text: str, whole: json.JSONDecodeError) -> list[Any]:
    """Objects printed over several lines with nothing between them."""
    decoder, position, values = json.JSONDecoder(object_pairs_hook=_unique), 0, []
    try:
        while rest := text[position:].lstrip():
            value, used = decoder.raw_decode(rest)
            values.append(value)
            position = len(text) - len(rest) + used
    except json.JSONDecodeError as error:
        place = f"line {whole.lineno}, column {whole.colno}"
        raise DataError(
            f"{path} is not JSON: {whole.msg[0].lower()}{whole.msg[1:]} at {place}. Export it again."
        ) from error
    except _RepeatedKeyError as error:
        raise _repeated(path, error) from error
    return values


class _RepeatedKeyError(ValueError):
    """One object has a key twice, of which ``json`` would keep the last without a word."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return record


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True


def _repeated(path: Path, error: _RepeatedKeyError) -> DataError:
    return DataError(f"{path}: the key '{error}' stands twice in one object. Rename or drop one of them.")
