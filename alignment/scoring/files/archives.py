"""Files of other evaluation programs: found, read and parsed, with one sentence for what cannot be."""

import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

import pluralstats as ps
from pluralstats.errors import path_of

from ..scorers import SCORE_COLUMNS

ZSTANDARD = 93  # the compression method of a zip entry
_LOCAL_HEADER = 30  # bytes before the name of an entry; the lengths of name and extra field are the last four


class ImportedScoresWarning(UserWarning):
    """Something in the file of another program is no score and is not in the table."""


def existing(path: str | Path, endings: tuple[str, ...], what: str) -> Path:
    """The path, or a ConfigError about its ending or its absence."""
    path = path_of(path)
    if path.suffix not in endings:
        raise ps.ConfigError(f"A {what} ends in {' or '.join(endings)}; found {path.name}.")
    if not path.is_file():
        raise ps.ConfigError(f"There is no file {path}.")
    return path


def text_of(path: Path) -> str:
    """The text of a file, or a DataError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ps.DataError(f"{path} cannot be read: {error}.") from error


def parsed(text: str | bytes, where: str) -> Any:
    """JSON, or a DataError that says where there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # also bytes that are no UTF-8
        raise ps.DataError(f"{where} is no JSON: {error}.") from error


def number(value: Any) -> float:
    """A value as a number; missing where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def entry(archive: zipfile.ZipFile, path: Path, name: str) -> bytes:
    """What an entry of a zip holds, also one that is packed with zstandard.

    Parameters
    ----------
    archive : ZipFile
        Of ``path``, opened.
    path : Path
    name : str
        Of the entry.

    Raises
    ------
    DataError
        The entry is damaged, or packed by a method for which a library is missing.
    """
    info = archive.getinfo(name)
    try:
        if info.compress_type != ZSTANDARD or sys.version_info >= (3, 14):  # where zipfile knows it
            return archive.read(name)
        content = _unpacked(_packed(path, info), path)
    except NotImplementedError as error:
        raise ps.DataError(
            f"{path} is packed in a way that cannot be read ({error}). Run: inspect log convert --to json"
        ) from error
    except (zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise ps.DataError(f"{path}, {name}, is damaged: {error}. Copy it again.") from error
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise ps.DataError(f"{path}, {name}, is damaged: its content does not fit its checksum. Copy it again.")
    return content


def _packed(path: Path, info: zipfile.ZipInfo) -> bytes:
    with path.open("rb") as file:
        file.seek(info.header_offset)
        name, extra = struct.unpack("<HH", file.read(_LOCAL_HEADER)[-4:])
        file.seek(name + extra, 1)
        return file.read(info.compress_size)


def _unpacked(data: bytes, path: Path) -> bytes:
    """Of all frames: inspect_ai begins a new one after 200 MiB, and the plain call ends after the first."""
    try:
        zstandard = import_module("zstandard")
    except ImportError as error:
        raise ps.DataError(
            f'{path} is packed with zstandard, which Python reads from 3.14. Run: pip install "pluralstats[alignment]" '
            "(or pip install zstandard), or inspect log convert --to json."
        ) from error
    try:
        with zstandard.ZstdDecompressor().stream_reader(BytesIO(data), read_across_frames=True) as reader:
            return reader.read()
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(str(error)) from error


def score_rows(rows: Sequence[tuple[Any, ...]], path: Path, otherwise: str, more: tuple[str, ...] = ()) -> pd.DataFrame:
    """The rows as a score table with the columns ``more`` at its end; a DataError where there is none."""
    if not rows:
        raise ps.DataError(f"{path} has no scores: {otherwise}")
    return pd.DataFrame(list(rows), columns=[*SCORE_COLUMNS, *more])
