"""The text in a file, also compressed; every way it can be broken has its sentence."""

import codecs
import gzip
import zlib
from pathlib import Path

from pluralstats.errors import DataError

MISSING_TEXT = ("", "NA", "NaN", "nan", "NULL", "null", "<NA>")
EMPTY_ONLY = ("",)  # of tables of levels, among which "NA" and "None" are words like others
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
