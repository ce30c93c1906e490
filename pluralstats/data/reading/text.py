"""CSV, TSV and JSON lines, also compressed, into tables; every way they can be broken has its sentence."""

import csv
import gzip
import io
import json
import zlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from pluralstats.data.batch import counted, listed
from pluralstats.errors import DataError, problems_error

_OTHER_SEPARATORS = "|,; :"
MISSING_TEXT = ("", "NA", "NaN", "nan", "NULL", "null", "<NA>")


def _content(path: Path) -> bytes:
    if path.suffix.casefold() != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is no complete gzip file. Download or compress it again.") from error


def _text(path: Path) -> str:
    content = _content(path)
    if not content.strip():
        raise DataError(f"{path} has no text in it. Export it again.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path} is UTF-16 text; UTF-8 is needed. Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path} is not UTF-8 text: line {line} has the byte 0x{content[error.start]:02x}. Save it as UTF-8."
        ) from error


def csv_table(path: Path) -> pd.DataFrame:
    """Comma, semicolon or tab, whichever the header has most of."""
    return _delimited(path, ",;\t")


def tsv_table(path: Path) -> pd.DataFrame:
    """Fields between tabs."""
    return _delimited(path, "\t")


def _delimited(path: Path, separators: str) -> pd.DataFrame:
    text = _text(path)
    text, separators = _said_separator(text, separators)
    header = text.lstrip("\r\n").splitlines()[0]
    separator = max(separators, key=header.count)
    names = next(csv.reader([header], delimiter=separator))
    stripped = [name.strip() for name in names]
    if repeated := sorted({name for name in stripped if stripped.count(name) > 1}):
        raise DataError(f"{path}: two columns have one name: {listed(repeated)}. Rename or drop one of each.")
    if len(names) == 1 and (other := max(_OTHER_SEPARATORS, key=header.count)) and header.count(other) > 1:
        raise DataError(f'{path} has one column; is the separator "{other}"? Save it as CSV with commas.')
    uneven: list[pa.csv.InvalidRow] = []
    try:
        table = _all_text(text, separator, names, uneven)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} cannot be read as a table ({error}). Export it again.") from error
    if uneven:
        raise DataError(_uneven(path, uneven))
    return table.rename_columns(stripped).to_pandas()


def _said_separator(text: str, separators: str) -> tuple[str, str]:
    """The text without Excel's first line "sep=;", and the separators that are possible."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    said = first.rstrip("\r").strip('"')
    return (rest, said[-1]) if len(said) == 5 and said.casefold().startswith("sep=") and rest else (text, separators)


def _all_text(text: str, separator: str, names: list[str], uneven: list[pa.csv.InvalidRow]) -> pa.Table:
    """Every column as text, so that ids keep their zeros; rows of another length go to ``uneven``."""

    def noted(row: pa.csv.InvalidRow) -> str:
        uneven.append(row)
        return "skip"

    return pa.csv.read_csv(
        io.BytesIO(text.encode()),
        read_options=pa.csv.ReadOptions(use_threads=False),  # with threads rows have no numbers
        parse_options=pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=noted),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=MISSING_TEXT, strings_can_be_null=True
        ),
    )


def _uneven(path: Path, bad: list[pa.csv.InvalidRow]) -> str:
    found = listed([f"row {row.number - 1} has {row.actual_columns}" for row in bad], 5)
    return (
        f"{path}: every row needs {counted(bad[0].expected_columns, 'field')} as the header has; {found}. "
        f"Put text with separators into quotes."
    )


def json_lines_table(path: Path) -> pd.DataFrame:
    """One JSON object on each line."""
    records, problems = [], []
    for number, line in enumerate(filter(str.strip, _text(path).splitlines()), start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            problems.append(f"{path}: row {number} is not JSON. Put one object on each line.")
            continue
        if not isinstance(record, dict):
            problems.append(f"{path}: row {number} is no object with columns. Put one object on each line.")
        records.append(record)
    if problems:
        raise problems_error(DataError, problems[:5] + [f"{len(problems) - 5} more."] * (len(problems) > 5))
    return pd.DataFrame(records).rename(columns=str.strip)
