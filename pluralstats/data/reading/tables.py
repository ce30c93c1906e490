"""Files into tables: one reader per format, and one finished sentence for each way a file can be wrong."""

import os
import zipfile
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from pluralstats.data.reading.records import records_table
from pluralstats.data.reading.text import MISSING_TEXT, csv_table, tsv_table
from pluralstats.errors import DataError, nearest


def read_table(path: str | Path, *, codes_of: Collection[str] = ()) -> pd.DataFrame:
    """The table in a file, unchecked; the formats of ``ps.read_ratings``.

    Parameters
    ----------
    path : path
        The file.
    codes_of : list of str
        Columns of SPSS and Stata files that keep their numbers where they have value labels.

    Raises
    ------
    DataError
        When there is no such file, its format is not known, or its content is not of that format.
    """
    path = Path(path)
    suffix = _suffix(path)
    existing_file(path)
    return _statistical(path, suffix, codes_of) if suffix in STATISTICAL else READERS[suffix](path)


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
        return pa.parquet.read_table(path).to_pandas(split_blocks=True, self_destruct=True)
    except pa.ArrowException as error:
        raise _unreadable(path, "Parquet") from error


def _feather_table(path: Path) -> pd.DataFrame:
    try:
        return pa.feather.read_table(path).to_pandas(split_blocks=True, self_destruct=True)
    except pa.ArrowException as error:
        raise _unreadable(path, "Feather") from error


def _excel_table(path: Path) -> pd.DataFrame:
    _extra(path, "openpyxl")
    try:
        return pd.read_excel(path, engine="openpyxl", keep_default_na=False, na_values=list(MISSING_TEXT))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _unreadable(path, "Excel") from error


def _statistical(path: Path, suffix: str, codes_of: Collection[str]) -> pd.DataFrame:
    pyreadstat = _extra(path, "pyreadstat")
    try:
        table, meta = getattr(pyreadstat, STATISTICAL[suffix])(path)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise _unreadable(path, "Stata" if suffix == ".dta" else "SPSS") from error
    labelled = {name: labels for name, labels in meta.variable_value_labels.items() if name not in codes_of}
    return table.assign(**{name: _labelled(table[name], labels) for name, labels in labelled.items()})


def _labelled(column: pd.Series, labels: Mapping[float, str]) -> pd.Series:
    """Value labels in the order of their values; values without a label stay."""
    values = sorted({*labels, *column.dropna()}, key=lambda value: (isinstance(value, str), value))
    codes = pd.Categorical(column, categories=values).codes
    names = [str(labels.get(value, value)) for value in values]
    texts = [names[code] if code >= 0 else None for code in codes]
    return pd.Series(pd.Categorical(texts, categories=list(dict.fromkeys(names))))


def _extra(path: Path, module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise DataError(f'{path} needs the package {module}: pip install "pluralstats[io]"') from error


def _unreadable(path: Path, kind: str) -> DataError:
    return DataError(f"{path} is no readable {kind} file. Export it again, or rename it if it is of another kind.")


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
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
