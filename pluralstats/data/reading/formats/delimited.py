"""CSV and TSV into tables: every cell stays the text it is, and what spreadsheets leave around a table is named."""

import csv
import io
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.formats.leftovers import tidy
from pluralstats.data.reading.formats.text import MISSING_TEXT, text_of, utf8_content
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.errors import DataError, counted, listed

_OTHER_SEPARATORS = "|,; :"
_HEAD = 1 << 20  # bytes in which header and first rows are looked for
_FIRST = 20  # rows that show how long rows are
_LARGEST = 1 << 30  # bytes of a row
_QUOTED = re.compile(r'(^|[,;|\t\n\r])[ ]?"(?:[^"]|"")*"')


class _Layout(NamedTuple):
    """How a table stands in its file: names of the columns, separator, the byte where rows begin, and records."""

    names: list[str | None]
    separator: str
    start: int
    policies: tuple[dict[str, object], ...]


def csv_table(path: Path, missing: Collection[str] = MISSING_TEXT) -> NumberedTable:
    """Comma, semicolon or tab, whichever the header has most of."""
    return _delimited(path, ",;\t", missing)


def tsv_table(path: Path, missing: Collection[str] = MISSING_TEXT) -> NumberedTable:
    """Fields between tabs."""
    return _delimited(path, "\t", missing)


def _delimited(path: Path, separators: str, missing: Collection[str]) -> NumberedTable:
    content = utf8_content(path)
    layout = _layout(path, content, separators)
    table = _rows_as_text(content, layout, missing)
    if table is None:
        table = _rows_as_text(content, layout, missing, block_size=_LARGEST)
    if table is None:
        text_of(path, content)  # says where it is no UTF-8
        mended = _mended(path, content[layout.start :].decode(), layout).encode()
        table = _rows_as_text(mended, layout._replace(start=0), missing, block_size=_LARGEST)
    if table is None:
        raise DataError(f"{path} cannot be read as a table. Export it again.")
    return tidy(path, table.to_pandas(), layout.names, layout.policies)


def _rows_as_text(
    content: bytes, layout: _Layout, missing: Collection[str], block_size: int | None = None
) -> pa.Table | None:
    """Every column as text, in parallel, called by its position; None where rows have not all one length."""
    names = [str(i) for i in range(len(layout.names))]
    if layout.start >= len(content):
        return pa.table({name: pa.array([], pa.large_string()) for name in names})
    quoted = content.find(b'"', layout.start) >= 0
    try:
        return pa.csv.read_csv(
            pa.BufferReader(pa.py_buffer(content).slice(layout.start)),
            read_options=pa.csv.ReadOptions(column_names=names, block_size=block_size),
            parse_options=pa.csv.ParseOptions(delimiter=layout.separator, newlines_in_values=quoted),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                null_values=list(missing),
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _mended(path: Path, text: str, layout: _Layout) -> str:
    """The rows with empty cells at their ends cut or added, so that all have the length of the header.

    Raises
    ------
    DataError
        When rows have more or fewer cells than that.
    """
    n = len(layout.names)
    needed = max((i + 1 for i, name in enumerate(layout.names) if name), default=n)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=layout.separator, lineterminator="\n")
    uneven = []
    try:
        for number, row in enumerate(filter(None, _rows(text, layout.separator)), start=1):
            length = max((i + 1 for i, cell in enumerate(row) if cell.strip()), default=0)
            if length > n or (length > 0 and len(row) < needed):
                uneven.append(f"row {number} has {len(row)}")
            writer.writerow([*row, *[""] * n][:n])
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as a table ({error}). Export it again.") from error
    if uneven:
        raise DataError(_uneven(path, uneven, n))
    return out.getvalue()


def _uneven(path: Path, uneven: list[str], n: int) -> str:
    return (
        f"{path}: every row needs {counted(n, 'field')} as the header has; {listed(uneven, 5)}. "
        f"Put text with separators into quotes."
    )


def _layout(path: Path, content: bytes, separators: str) -> _Layout:
    head = content[:_HEAD].decode("utf-8", "ignore")
    begin, separators = _said_separator(head, separators)
    body = head[begin:]
    separator = _separator(body, separators)
    records = list(islice(_records(body, separator), _FIRST))
    header, titles = _header(records)
    names = records[header].fields if records else []
    if not any(map(str.strip, names)):
        text_of(path, content)
        raise DataError(f"{path} has no names of columns in its first row. Write them there.")
    other = _separator(body, _OTHER_SEPARATORS)
    if len(names) == 1 and names[0].count(other) > 1:
        raise DataError(f'{path} has one column; is the separator "{other}"? Save it as CSV with commas.')
    policies = [policy_record("title_line", "", "left out", len(titles), detail=listed(titles))] if titles else []
    called, row_names = _as_long_as_rows([name.strip() for name in names], records[header + 1 :])
    policies += [
        policy_record("row_names", "", "left out", detail="the header has one name less than the rows cells")
    ] * (row_names)
    start = len((head[:begin] + body[: records[header].end]).encode())
    return _Layout(called, separator, start, tuple(policies))


def _said_separator(text: str, separators: str) -> tuple[int, str]:
    """Where the text begins after Excel's first line "sep=;", and the separators that are possible."""
    blank = len(text) - len(text.lstrip("\r\n"))
    first, _, rest = text[blank:].partition("\n")
    said = first.rstrip("\r").strip('"')
    is_said = len(said) == 5 and said.casefold().startswith("sep=") and rest
    return (blank + len(first) + 1, said[-1]) if is_said else (blank, separators)


def _separator(text: str, separators: str) -> str:
    """The separator that the first line with any has most of, quoted text aside."""
    lines = _QUOTED.sub(r"\1x", text).splitlines()[:_FIRST]
    line = next((line for line in lines if any(separator in line for separator in separators)), "")
    return max(separators, key=line.count)


class _Record(NamedTuple):
    fields: list[str]
    end: int  # characters up to the end of its line


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _records(text: str, separator: str) -> Iterator[_Record]:
    """The first rows of a table with the place where each ends."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in io.StringIO(text, newline=""):
            end += len(line)
            yield line

    with suppress(csv.Error):  # what comes later is read by others
        for fields in csv.reader(lines(), delimiter=separator):
            yield _Record(fields, end)


def _header(records: list[_Record]) -> tuple[int, list[str]]:
    """The record with the names of the columns, and the lines above it, which have their first field only."""
    filled = [i for i, record in enumerate(records) if any(map(str.strip, record.fields))]
    titles: list[str] = []
    for at, following in pairwise(filled):
        first, *others = records[at].fields
        is_title = first.strip() and not any(map(str.strip, others))
        if not is_title or sum(bool(cell.strip()) for cell in records[following].fields) < 2:
            return at, titles
        titles.append(first.strip())
    return (filled[-1] if filled else 0), titles


def _as_long_as_rows(names: list[str], records: list[_Record]) -> tuple[list[str | None], bool]:
    """The names with empty ones for empty cells at the end of all rows; None for row names, which R gives no name."""
    rows = [record.fields for record in records if any(map(str.strip, record.fields))]
    lengths = {len(row) for row in rows}
    n, length = len(names), max(lengths, default=len(names))
    if len(lengths) != 1 or length == n:
        return [*names], False
    if length > n and not any(cell.strip() for row in rows for cell in row[n:]):
        return [*names, *[""] * (length - n)], False
    if length < n and not any(names[length:]):
        return [*names[:length]], False
    first = [row[0] for row in rows]
    numbered = all(map(str.isdecimal, first)) and all(int(one) < int(other) for one, other in pairwise(first))
    return ([None, *names], True) if length == n + 1 and numbered else ([*names], False)
