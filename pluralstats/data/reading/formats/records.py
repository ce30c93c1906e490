"""JSON files of records, whichever of the usual layouts they have; every way they can be broken has its sentence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.data.reading.formats.json_text import json_content
from pluralstats.data.tables.columns import exact_column
from pluralstats.errors import DataError, listed

type Record = dict[str, Any]

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_LAYOUTS = (
    "a list of objects, one object on each line, an object of equally long lists, or an object of objects keyed by id"
)


def is_json(path: Path) -> bool:
    """Whether the name of a file says that it is JSON or JSON lines, also compressed."""
    return path.name.casefold().removesuffix(".gz").endswith(JSON_SUFFIXES)


def read_records(path: Path) -> tuple[Record, ...]:
    """The objects in a JSON file, one for each record.

    Parameters
    ----------
    path : path
        A list of objects; one object on each line; objects printed over several lines, one after the other; an
        object of equally long lists; an object of objects keyed by id (the key becomes ``id``); what pandas writes
        with any ``orient`` that keeps the names of columns; an object that has one list of objects among its values.
        A comma too many before a closing bracket is passed over.

    Raises
    ------
    DataError
        When the file is not JSON, an object has one key twice, or there are no records in it.
    """
    content = json_content(path)
    records = _records(content)
    if records is None:
        raise DataError(f"{path} has no records: {_LAYOUTS} is needed; found {_described(content)}.")
    if not records:
        raise DataError(f"{path} has no records in it. Export it again.")
    return tuple(records)


def records_table(path: Path) -> pd.DataFrame:
    """The records of a JSON file as a table; nested objects become columns such as "rater.age"."""
    return table_of(read_records(path))


def table_of(records: Sequence[Record]) -> pd.DataFrame:
    """Records as a table, whole numbers exact; nested objects become columns such as "rater.age"."""
    return whole_table(
        [_flat(record) if any(isinstance(cell, dict) for cell in record.values()) else record for record in records]
    )


def whole_table(records: Sequence[Record]) -> pd.DataFrame:
    """Records as a table, whole numbers exact; nested objects stay cells, for readers that know what is in them."""
    names = dict.fromkeys(name for record in records for name in record)
    table = pd.DataFrame({name: exact_column([_cell(record.get(name)) for record in records]) for name in names})
    return table.rename(columns=str.strip)


def _records(content: Any) -> Sequence[Record] | None:
    if isinstance(content, list):
        return content if all(isinstance(record, dict) for record in content) else _with_header(content)
    if not isinstance(content, dict) or not content:
        return None
    return next((records for layout in _OBJECTS if (records := layout(content)) is not None), [content])


def _with_header(rows: list[Any]) -> Sequence[Record] | None:
    """A list of lists whose first names the columns."""
    names = rows[0]
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows if isinstance(names, list)):
        return None
    is_header = isinstance(names, list) and len(set(map(str, names))) == len(names)
    return _rows(names, rows[1:]) if is_header and all(isinstance(name, str) for name in names) else None


def _rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Record]:
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _split(content: Record) -> Sequence[Record] | None:
    """``to_json(orient="split")`` of pandas."""
    names, rows = content.get("columns"), content.get("data")
    fits = isinstance(names, list) and isinstance(rows, list) and set(content) <= {"columns", "index", "data"}
    if not fits or not all(isinstance(row, list) and len(row) == len(names or ()) for row in rows or ()):
        return None
    return _rows(names or (), rows or ())


def _keyed(content: Record) -> Sequence[Record] | None:
    if not all(isinstance(value, dict) for value in content.values()):
        return None
    first = next(iter(content.values()))
    numbers = [str(number) for number in range(len(first))]
    if first and list(first) == numbers and all(list(value) == numbers for value in content.values()):
        return [{name: content[name][number] for name in content} for number in numbers]  # pandas' default
    same = all(str(value.get("id", key)) == key for key, value in content.items())
    taken = {name for value in content.values() for name in value}
    name = "id" if same else "outer key" if "key" in taken else "key"
    return [{name: key} | value for key, value in content.items()]


def _columns(content: Record) -> Sequence[Record] | None:
    values = list(content.values())
    if not all(isinstance(value, list) for value in values) or len({len(value) for value in values}) != 1:
        return None
    if len(values) == 1 and all(isinstance(cell, dict) for cell in values[0]):
        return None
    return _rows(list(content), zip(*values, strict=True))


def _wrapped(content: Record) -> Sequence[Record] | None:
    """The one list of objects beside metadata, such as {"version": 1, "data": [...]}; an item with lists is none."""
    lists = [name for name, value in content.items() if isinstance(value, list) and value and _are_objects(value)]
    return content[lists[0]] if len(lists) == 1 and lists[0] in _WRAPPERS else None


def _are_objects(values: Sequence[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


_WRAPPERS = ("data", "records", "results", "rows", "items", "tasks", "examples")
_OBJECTS: tuple[Callable[[Record], Sequence[Record] | None], ...] = (_split, _keyed, _columns, _wrapped)


def _described(content: Any) -> str:
    if isinstance(content, list):
        kinds = sorted({type(value).__name__ for value in content})
        return f"a list of {listed([_WORDS.get(kind, kind) for kind in kinds])}"
    return "an object without keys" if isinstance(content, dict) else f"only {str(content)[:20]!r}"


_WORDS = {"int": "numbers", "float": "numbers", "str": "texts", "list": "lists", "dict": "objects", "NoneType": "nulls"}


def _flat(record: Mapping[str, Any], above: str = "") -> Record:
    flat: Record = {}
    for name, value in record.items():
        whole = f"{above}{name.strip()}"
        inner = _flat(value, f"{whole}.") if isinstance(value, dict) and value else {whole: value}
        if repeated := flat.keys() & inner.keys():
            raise DataError(f"A record has two values for the column '{min(repeated)}'. Rename or drop one of them.")
        flat |= inner
    return flat


def _cell(value: Any) -> Any:
    return None if value == {} or value != value else value
