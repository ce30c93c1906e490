"""Pairs on disk: one Parquet file that holds the card too, and a copy of the card for people."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from pluralstats.errors import ConfigError, DataError, nearest

KEY = b"pluralstats"  # of the card among the notes of the Parquet file


def write_pairs(path: Path, table: pd.DataFrame, card: dict[str, Any]) -> Path:
    """Write both files, each whole or not at all; the Parquet file, which is complete by itself, first."""
    if path.suffix.lower() != ".parquet":
        raise ConfigError(f"Pairs are written to a file that ends in .parquet; found '{path.name}'.")
    text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    made = pa.Table.from_pandas(table, preserve_index=False)
    made = made.replace_schema_metadata({**(made.schema.metadata or {}), KEY: text.encode("utf-8")})
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(made, sink)
    _write_whole(path, sink.getvalue().to_pybytes())
    write_text(path.with_suffix(".card.json"), text)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a text file, whole or not at all."""
    _write_whole(path, text.encode("utf-8"))
    return path


def read_pairs(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table and the card, which says only "pairs" where another program wrote the file."""
    if not path.is_file():
        names = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"There is no file {path}.{nearest(path.name, names)}")
    try:
        made = pa.parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no readable Parquet file. Write the pairs again with `Pairs.save`.") from error
    notes = (made.schema.metadata or {}).get(KEY)
    return made.to_pandas(), json.loads(notes) if notes else {"kind": "pairs"}


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside the place and rename, so that nobody reads half a file and a failure leaves the old one."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"Pairs cannot be written to {path}: {reason}. Choose another place.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
