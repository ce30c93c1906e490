"""Files into tables: one reader per format, and one finished sentence for each way a file can be wrong."""

import os
import zipfile
import zlib
from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from pluralstats.data.reading.formats.delimited import csv_table, tsv_table
from pluralstats.data.reading.formats.records import records_table
from pluralstats.data.reading.formats.spreadsheet import excel_table
from pluralstats.data.reading.formats.statistical import statistical_table
from pluralstats.data.reading.formats.text import MISSING_TEXT
from pluralstats.data.tables.columns import exact_table
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.errors import DataError, nearest


def read_table(
    path: str | Path, *, codes_of: Collection[str] = (), missing: Collection[str] = MISSING_TEXT
) -> pd.DataFrame:
    """The table in a file, unchecked; the formats of ``ps.read_ratings``.

    Columns of text files hold text, exactly as it stands there; whole numbers of other files are not rounded.

    Parameters
    ----------
    path : path
        The file.
    codes_of : list of str
        Columns of SPSS and Stata files that keep their numbers where they have value labels.
    missing : list of str
        Cells of text files and of Excel that are missing.

    Raises
    ------
    DataError
        When there is no such file, its format is not known, or its content is not of that format.
    """
    return read_numbered(path, codes_of=codes_of, missing=missing).table


def read_numbered(
    path: str | Path, *, codes_of: Collection[str] = (), missing: Collection[str] = MISSING_TEXT
) -> NumberedTable:
    """As ``read_table``, with the numbers of the rows in the file and what was left out there."""
    path = Path(path)
    suffix = _suffix(path)
    existing_file(path)
    if suffix in STATISTICAL:
        return _statistical(path, suffix, codes_of)
    made = READERS[suffix](path, missing) if suffix in WORDED else READERS[suffix](path)
    if isinstance(made, NumberedTable):
        return made
    typed = frozenset(map(str, made.columns)) if suffix in TYPED else frozenset()
    return NumberedTable(made, np.arange(1, len(made) + 1), typed=typed)


def existing_file(path: Path) -> Path:
    """The path of a file that is there, is not empty and may be read.

    Raises
    ------
    DataError
        When it is none of these.
    """
    if not path.exists():
        names = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"There is no file {path}.{nearest(path.name, names)}")
    if path.is_dir():
        raise DataError(f"{path} is a folder; a file of ratings is needed.")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty (0 bytes). Export it again.")
    if not os.access(path, os.R_OK):
        raise DataError(f"{path} may not be read by this user. Change its permissions.")
    return path


def _suffix(path: Path) -> str:
    known = (*READERS, *STATISTICAL)
    for suffix in known:
        if path.name.casefold().endswith(suffix):
            return suffix
    found = f"'{path.suffix}'" if path.suffix else "none"
    raise DataError(
        f"{path}: the name of a file of ratings ends in {', '.join(known)}; found {found}. Convert the file."
    )


def _parquet_table(path: Path) -> pd.DataFrame:
    try:
        return exact_table(pa.parquet.read_table(path))
    except pa.ArrowException as error:
        raise _unreadable(path, "Parquet") from error


def _feather_table(path: Path) -> pd.DataFrame:
    try:
        return exact_table(pa.feather.read_table(path))
    except pa.ArrowException as error:
        raise _unreadable(path, "Feather") from error


def _excel_table(path: Path, missing: Collection[str] = MISSING_TEXT) -> NumberedTable:
    openpyxl = _extra(path, "openpyxl")
    try:
        return excel_table(openpyxl, path, missing)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, SyntaxError) as error:
        raise _unreadable(path, "Excel") from error  # SyntaxError: of XML


def _statistical(path: Path, suffix: str, codes_of: Collection[str]) -> NumberedTable:
    pyreadstat = _extra(path, "pyreadstat")
    try:
        return statistical_table(getattr(pyreadstat, STATISTICAL[suffix]), path, codes_of)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise _unreadable(path, "Stata" if suffix == ".dta" else "SPSS") from error


def _extra(path: Path, module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise DataError(f'{path} needs the package {module}: pip install "pluralstats[io]"') from error


def _unreadable(path: Path, kind: str) -> DataError:
    return DataError(f"{path} is no readable {kind} file. Export it again, or rename it if it is of another kind.")


READERS: dict[str, Callable[..., pd.DataFrame | NumberedTable]] = {
    ".csv": csv_table,
    ".csv.gz": csv_table,
    ".tsv": tsv_table,
    ".tsv.gz": tsv_table,
    ".jsonl": records_table,
    ".jsonl.gz": records_table,
    ".ndjson": records_table,
    ".ndjson.gz": records_table,
    ".json": records_table,
    ".json.gz": records_table,
    ".parquet": _parquet_table,
    ".feather": _feather_table,
    ".xlsx": _excel_table,
}
STATISTICAL = {".sav": "read_sav", ".zsav": "read_sav", ".dta": "read_dta"}
WORDED = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".xlsx")  # files with words for missing
TYPED = (".parquet", ".feather")  # whose columns of text are meant to be text
