"""A table with a card on disk: one Parquet file that has the card inside, and a copy of the card beside it to read.

The Parquet file is the truth and is moved into place whole. Before that the old copy of the card is removed, and the
new one comes last: a program that is killed leaves a table with its own card, or a table alone, whose card is inside.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pluralstats.errors import ConfigError, DataError
from pluralstats.folders import remove_abandoned

CARD_KEY = b"pluralstats_card"


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
    text = json.dumps(dict(card), indent=2, ensure_ascii=False, allow_nan=False)
    made = pa.Table.from_pandas(table, preserve_index=False)
    made = made.replace_schema_metadata({**(made.schema.metadata or {}), CARD_KEY: text.encode("utf-8")})
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent, path.name)
        partial.mkdir(exist_ok=True)
        pq.write_table(made, partial / path.name)
        (partial / "card").write_text(text + "\n", encoding="utf-8")
        card_path(path).unlink(missing_ok=True)
        (partial / path.name).replace(path)
        (partial / "card").replace(card_path(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"The {kind} cannot be written to {path}: {reason}. Choose another place.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return path


def read_with_card(path: Path, kind: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table and the card that ``write_with_card`` wrote.

    Raises
    ------
    ConfigError
        There is no such file, or it holds something else.
    DataError
        The file cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f"There is no file '{path}'. Pass the Parquet file that `save` wrote.")
    try:
        made = pq.read_table(path)
        card = _card_inside(made.schema)
        table = made.to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"'{path}' cannot be read as Parquet ({reason}). Make it and save it again.") from error
    if card.get("kind") != kind:
        raise ConfigError(f"'{path}' holds no {kind} of pluralstats (it has {_found(card)}).")
    return table, card


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
    advice = "It is left alone; choose another name."
    if path.exists():
        try:
            found = _card_inside(pq.read_schema(path)).get("kind")
        except (OSError, ValueError, pa.ArrowException):
            found = None
        if found != kind:
            raise ConfigError(f"'{path}' exists and holds no {kind} of pluralstats. {advice}")
    if card_path(path).exists() and not _is_card(card_path(path), kind):
        raise ConfigError(f"'{card_path(path)}' exists and is no card of {kind}. {advice}")


def _is_card(path: Path, kind: str) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("kind") == kind
    except (OSError, ValueError, AttributeError):
        return False
