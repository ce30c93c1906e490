"""A table with a card on disk: one Parquet file that has the card inside, and a copy of the card beside it to read.

The Parquet file is the truth and is moved into place whole. Before that the old copy of the card is removed, and the
new one comes last: a program that is killed leaves a table with its own card, or a table alone, whose card is inside.

Each of the two can be checked alone: the Parquet file has its own checksum in its footer, computed with ``MARK`` in
its place; the copy of the card has the checksum of itself and that of the Parquet file (which ``sha256sum`` prints).
"""

import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pluralstats.errors import ConfigError, DataError
from pluralstats.storage.contents import NO_CARD, SUM, card_sum, file_sum, is_sound
from pluralstats.storage.whole_files import whole_file

CARD_KEY, SUM_KEY = b"pluralstats_card", b"pluralstats_sha256"
SAVED = "saved"  # what a card says of its file, and not of the table
FORMAT = 2  # 1 had no checksums
MARK = hashlib.sha256(b"the place of the checksum").hexdigest().encode()
ADVICE = "Take it from a backup, or make it and save it again."
FOREIGN = "It is left alone; choose another name."
_HELD = re.compile(re.escape(SUM_KEY) + rb"\x18\x40([0-9a-f]{64})")  # a text of 64 bytes, in the footer's encoding
_CHUNK = 1 << 20


def card_path(path: Path) -> Path:
    """Where the card of a table is: "labels.card.json" beside "labels.parquet"."""
    return path.with_name(f"{path.stem}.card.json")


def write_with_card(path: Path, table: pd.DataFrame, card: Mapping[str, Any], kind: str) -> Path:
    """Write a table and its card, whole or not at all.

    Parameters
    ----------
    path : Path
        Ends in .parquet.
    kind : str
        ``card["kind"]``; only a table of this kind is replaced.

    Raises
    ------
    ConfigError
        Another ending, something else in the place, or a place that cannot be written.
    """
    _refuse_foreign(path, kind)
    subject = f"The {kind}"
    with whole_file(card_path(path), subject) as beside, whole_file(path, subject) as made:
        _write_table(made, table, card)
        _write_copy(beside, card, made, path.name)
        _refuse_foreign(path, kind)  # again: writing takes seconds, in which somebody may save another file there
        card_path(path).unlink(missing_ok=True)
    return path


def write_lines_with_card(path: Path, lines: str, card: Mapping[str, Any], kind: str) -> Path:
    """Write rows as text and their card beside them, each whole; the card comes last and knows the file's checksum.

    Raises
    ------
    ConfigError
        Something else in the place of the card, or a place that cannot be written.
    """
    subject, place = f"The {kind}", card_path(path)
    _refuse_foreign_card(place, kind)
    with whole_file(place, subject) as beside, whole_file(path, subject) as made:
        made.write_text(lines, encoding="utf-8", newline="")
        _write_copy(beside, card, made, path.name)
        place.unlink(missing_ok=True)
    return path


def _write_table(path: Path, table: pd.DataFrame, card: Mapping[str, Any]) -> None:
    text = _text({**card, SAVED: {"format": FORMAT}})
    made = pa.Table.from_pandas(table, preserve_index=False)
    made = made.replace_schema_metadata({**(made.schema.metadata or {}), CARD_KEY: text.encode(), SUM_KEY: MARK})
    pq.write_table(made, path)
    body, footer = _parts(path)
    with path.open("r+b") as file:
        file.seek(body)
        file.write(footer.replace(SUM_KEY + b"\x18\x40" + MARK, SUM_KEY + b"\x18\x40" + _sum(path, body, footer)))


def _write_copy(place: Path, card: Mapping[str, Any], table: Path, name: str) -> None:
    saved = {"format": FORMAT, "file": name, "file_sha256": file_sum(table)}
    copy = json.loads(_text({**card, SAVED: saved}))
    copy[SAVED][SUM] = card_sum(copy)
    place.write_text(_text(copy) + "\n", encoding="utf-8")


def _text(card: Mapping[str, Any]) -> str:
    return json.dumps(dict(card), indent=2, ensure_ascii=False, allow_nan=False)


def _parts(path: Path) -> tuple[int, bytes]:
    """Where the footer of a Parquet file begins, and all bytes from there; everything where its length is damaged."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        footer = int.from_bytes(file.read(4), "little") + 8
        start = size - footer if footer <= size else 0
        file.seek(start)
        return start, file.read()


def _sum(path: Path, body: int, footer: bytes) -> bytes:
    """SHA-256 (hex) of a file with ``MARK`` in the place of its checksum."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while body > 0:
            found.update(chunk := file.read(min(body, _CHUNK)))
            body -= len(chunk)
    found.update(_HELD.sub(SUM_KEY + b"\x18\x40" + MARK, footer, count=1))
    return found.hexdigest().encode()


def read_with_card(path: Path, kind: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table and the card that ``write_with_card`` wrote.

    Raises
    ------
    ConfigError
        There is no such file, or it holds something else.
    DataError
        The file cannot be read, or it or its card has changed since it was saved.

    Warns
    -----
    UserWarning
        An earlier version wrote it, without a checksum.
    """
    if not path.is_file():
        raise ConfigError(f"There is no file '{path}'. Pass the Parquet file that `save` wrote.")
    table, card = table_and_card(path)
    if card.get("kind") != kind:
        raise ConfigError(f"'{path}' holds no {kind} of pluralstats (it has {_found(card)}).")
    return table, card


def table_and_card(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A Parquet file and the card inside it, both checked; an empty card where the file is not of this package.

    Errors and warnings are those of ``read_with_card``.
    """
    try:
        body, footer = _parts(path)
        held = _HELD.search(footer)
        if held and held[1] != _sum(path, body, footer):  # before anything is decoded: decoders may crash on damage
            raise DataError(f"'{path}' has changed since it was saved: its checksum is another one. {ADVICE}")
        made = pq.read_table(path)
        card = _card_inside(made.schema)
        table = made.to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"'{path}' cannot be read as Parquet ({reason}). Make it and save it again.") from error
    saved = card.pop(SAVED, {})
    if "format" in saved and not held:
        raise DataError(f"'{path}' has changed since it was saved: its checksum is missing. {ADVICE}")
    if "kind" in card and not held:
        warnings.warn(
            f"'{path}' was saved by an earlier pluralstats, without a checksum, so that damage cannot be seen. Save it "
            "again.",
            stacklevel=4,
        )
    if held and card_path(path).is_file():
        read_copy(card_path(path), path)
    return table, card


def read_copy(beside: Path, table: Path) -> dict[str, Any]:
    """The copy of a card, checked against its own checksum and, where it is the card of ``table``, against that.

    Raises
    ------
    DataError
        It cannot be read, has changed since it was saved, or was saved with another file of that name.
    """
    try:
        copy = json.loads(beside.read_text(encoding="utf-8"))
        saved = copy.pop(SAVED, {})
        expected = saved.pop(SUM, None)
    except (OSError, *NO_CARD) as error:
        raise DataError(f"The card '{beside}' cannot be read ({error}). {_WITHOUT}") from error
    if expected is not None and not is_sound({**copy, SAVED: saved}, expected):
        raise DataError(f"The card '{beside}' has changed since it was saved. {_WITHOUT}")
    if saved.get("file") == table.name and saved.get("file_sha256") != file_sum(table):
        raise DataError(f"The card '{beside}' was saved with another '{table.name}' than the one there. {_WITHOUT}")
    return copy


_WITHOUT = "Take it from a backup, or delete it: a Parquet file that pluralstats wrote has its card inside as well."


def _card_inside(schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(CARD_KEY)
    return {} if text is None else json.loads(text)


def _found(card: Mapping[str, Any]) -> str:
    return f"a card of kind '{card['kind']}'" if "kind" in card else "no card"


def _refuse_foreign(path: Path, kind: str) -> None:
    """Leave alone what is no table of this kind."""
    if path.suffix.lower() != ".parquet":
        raise ConfigError(
            f"{kind.capitalize()} are saved as Parquet; found '{path.name}'. Let the name end in .parquet."
        )
    if path.exists():
        try:
            found = _card_inside(pq.read_schema(path)).get("kind")
        except (OSError, ValueError, pa.ArrowException):
            found = None
        if found != kind:
            raise ConfigError(f"'{path}' exists and holds no {kind} of pluralstats. {FOREIGN}")
    _refuse_foreign_card(card_path(path), kind)


def _refuse_foreign_card(place: Path, kind: str) -> None:
    if place.exists() and not _is_card(place, kind):
        raise ConfigError(f"'{place}' exists and is no card of {kind}. {FOREIGN}")


def _is_card(path: Path, kind: str) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("kind") == kind
    except (OSError, *NO_CARD):
        return False
