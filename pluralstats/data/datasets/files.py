"""The tables of a data set: from a file, a folder, data frames, or fetched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pluralstats.data.datasets.dataset import Dataset, Published
from pluralstats.data.datasets.fetching import fetched
from pluralstats.data.reading.formats.records import is_json, read_records, whole_table
from pluralstats.data.reading.tables import existing_file, read_table
from pluralstats.data.tables.frames import numbered_table
from pluralstats.errors import ConfigError, DataError, listed, nearest, problems_error
from pluralstats.storage.contents import file_sum

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".jsonl", ".jsonl.gz", ".parquet", ".feather")


class Given(NamedTuple):
    """The tables of a data set by name, and a sentence about each file they came from."""

    tables: dict[str, pd.DataFrame]
    sources: tuple[str, ...]


def given_tables(dataset: Dataset, path: Any) -> Given:
    """The tables of a data set.

    Parameters
    ----------
    path : None, path, data frame, or dict of table name -> path or data frame
        None fetches the published files; a folder holds them under their published names; a file of any name is
        the one table of a data set that has one.

    Raises
    ------
    DataError
        Files are missing, cannot be read or cannot be fetched.
    ConfigError
        A dictionary with other names than those of the tables.
    """
    if path is None:
        return _of_folder(dataset, fetched(dataset))
    if isinstance(path, Mapping):
        return _named(dataset, path)
    needed = [name for name, required in dataset.tables.items() if required]
    if isinstance(path, str | Path) and Path(path).is_dir():
        return _of_folder(dataset, Path(path))
    if len(needed) > 1:
        raise DataError(
            f"{dataset.title} comes in several files ({_files(dataset)}); found one. Pass the folder that holds them, "
            f"or a dictionary with the keys {listed(needed)}."
        )
    return _named(dataset, {needed[0]: path})


def _named(dataset: Dataset, parts: Mapping[str, Any]) -> Given:
    problems = [
        f"`path` has the key {name!r}; the tables of {dataset.title} are {listed(list(dataset.tables))}."
        f"{nearest(str(name), dataset.tables)}"
        for name in parts
        if name not in dataset.tables
    ]
    if "ratings" not in parts and not problems:
        problems = [f"`path` needs the key 'ratings', the table of ratings of {dataset.title}."]
    if problems:
        raise problems_error(ConfigError, problems)
    tables, sources = {}, []
    for name, part in parts.items():
        if isinstance(part, str | Path):
            tables[name] = _table(Path(part))
            sources.append(_source(dataset, name, Path(part)))
        else:
            tables[name] = numbered_table(part).table
    return Given(tables, tuple(sources))


def _of_folder(dataset: Dataset, folder: Path) -> Given:
    found = {file: path for file in dataset.published if (path := _present(file, folder)) is not None}
    problems = [
        f"{folder} has no {' or '.join(file.file for file in dataset.published if file.table == name)}, the {name} of "
        f"{dataset.title}. It has {listed(sorted(path.name for path in folder.iterdir())) or 'nothing'}. "
        f"Download it (see {dataset.page})."
        for name, required in dataset.tables.items()
        if required and not any(file.table == name for file in found)
    ]
    if problems:
        raise problems_error(DataError, problems)
    parts: dict[str, list[pd.DataFrame]] = {}
    for file, path in found.items():
        parts.setdefault(file.table, []).append(_table(path))
    tables = {name: pd.concat(some, ignore_index=True) for name, some in parts.items()}
    return Given(tables, tuple(_source(dataset, file.table, path) for file, path in found.items()))


def _table(path: Path) -> pd.DataFrame:
    if is_json(path):
        return whole_table(read_records(existing_file(path)))
    return read_table(path)


def _present(file: Published, folder: Path) -> Path | None:
    """A published file in a folder: under one of its names, compressed, or converted to another format."""
    names = (file.file, *file.also)
    stems = [name.removesuffix(".gz").rsplit(".", 1)[0] for name in names]
    candidates = [*names, *(f"{stem}{ending}" for stem in stems for ending in _ENDINGS)]
    return next((folder / name for name in candidates if (folder / name).is_file()), None)


def _source(dataset: Dataset, table: str, path: Path) -> str:
    found = file_sum(path)
    same = any(file.sha256 == found for file in dataset.published)
    return f"{table}: {path.name}, SHA-256 {found}{', as published' if same else ''}"


def _files(dataset: Dataset) -> str:
    return ", ".join(file.file for file in dataset.published)
