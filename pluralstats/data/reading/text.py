"""The text in a file, also compressed, and JSON lines as a table; every way they can be broken has its sentence."""

import codecs
import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.data.exact import exact_column
from pluralstats.errors import DataError, problems_error

MISSING_TEXT = ("", "NA", "NaN", "nan", "NULL", "null", "<NA>")
EMPTY_ONLY = ("",)  # of tables of levels, among which "NA" and "None" are words like others
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HALF_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")  # half of a surrogate pair, as it stands in JSON


def utf8_content(path: Path) -> bytes:
    """The text in a file as UTF-8 without byte order mark, not yet checked; UTF-16 with a mark is converted.

    Raises
    ------
    DataError
        When the file is no complete gzip file, or has no text in it.
    """
    content = _content(path)
    if content.startswith(_UTF16):
        content = _decoded(path, content, "utf-16", "UTF-16").encode()
    content = content.removeprefix(codecs.BOM_UTF8)
    if not content[:1000].strip() and not content.strip():
        raise DataError(f"{path} has no text in it. Export it again.")
    return content


def _content(path: Path) -> bytes:
    if path.suffix.casefold() != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is no complete gzip file. Download or compress it again.") from error


def text_of(path: Path, content: bytes) -> str:
    """UTF-8 content as text.

    Raises
    ------
    DataError
        When it is not UTF-8, with the line and the byte.
    """
    return _decoded(path, content, "utf-8", "UTF-8")


def _decoded(path: Path, content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"line {line} has the byte 0x{content[error.start]:02x}"
        raise DataError(f"{path} is not {name} text: {found}. Save it as UTF-8.") from error


def json_lines_table(path: Path) -> pd.DataFrame:
    """One JSON object on each line."""
    content = utf8_content(path)
    text_of(path, content)
    lines = [line for line in content.split(b"\n") if line.strip()]  # other line ends may stand inside strings
    records, problems = [], []
    for number, line in enumerate(lines, start=1):
        record, problem = _record(line)
        records.append(record)
        problems += [f"{path}: row {number} {problem}"] if problem else []
    if problems:
        raise problems_error(DataError, problems[:5] + [f"{len(problems) - 5} more."] * (len(problems) > 5))
    return records_table(records)


def _record(line: bytes) -> tuple[dict[str, Any], str]:
    """The object on a line, and what is wrong with it."""
    try:
        record = json.loads(line)
        if _HALF_LETTER.search(line):
            json.dumps(record, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        return {}, "is not JSON. Put one object on each line."
    except RecursionError:
        return {}, "has lists in lists too deep to be read. Put plain values into its fields."
    except UnicodeEncodeError:
        return {}, "has half a letter (a lone surrogate such as \\ud800), which is no text. Export it again as UTF-8."
    except ValueError:
        return {}, "has a number of thousands of digits. Write it as text."
    if not isinstance(record, dict):
        return {}, "is no object with columns. Put one object on each line."
    return record, ""


def records_table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Objects as rows, the fields of all of them as columns; no number changes."""
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: exact_column([_cell(record.get(name)) for record in records]) for name in names}
    return pd.DataFrame(columns, index=range(len(records))).rename(columns=str.strip)


def _cell(value: object) -> object:
    return None if isinstance(value, float) and value != value else value
