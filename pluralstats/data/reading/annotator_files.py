"""Several files as one: a file for each annotator, whose name is the rater's."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.sources import Found, Source, rater_column
from pluralstats.data.reading.tables import READERS, STATISTICAL
from pluralstats.data.tables.columns import exact_concat
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.errors import DataError, counted, listed, problems_error

_SUFFIXES = tuple(sorted((*READERS, *STATISTICAL), key=len, reverse=True))


def files_at(path: Any) -> tuple[Path, ...]:
    """The files that a folder, a pattern or a list stands for; none when ``path`` is one file.

    Raises
    ------
    DataError
        When a folder, pattern or list has no file of ratings, or a folder has files and folders of them.
    """
    if not isinstance(path, str | Path):
        if not path or not all(isinstance(one, str | Path) for one in path):
            kinds = ", ".join(sorted({type(one).__name__ for one in path})) or "nothing"
            raise DataError(f"A list of files has one path or more, such as ['anna.csv', 'ben.csv']; found {kinds}.")
        return tuple(map(Path, path))
    place = Path(path)
    if place.is_dir():
        return _in_folder(place)
    if "*" in str(path) and not place.exists():
        star = next(i for i, part in enumerate(place.parts) if "*" in part)
        files = sorted(Path(*place.parts[:star]).glob(str(Path(*place.parts[star:]))))
        if not files:
            raise DataError(f"No file is called like {path}.")
        return tuple(file for file in files if file.is_file())
    return ()


def _in_folder(folder: Path) -> tuple[Path, ...]:
    files = _tables(folder)
    below = [file for inner in sorted(folder.iterdir()) if inner.is_dir() for file in _tables(inner)]
    if files and below:
        raise DataError(
            f"{folder} has files of ratings ({listed([file.name for file in files], 3)}) and folders of them "
            f"({listed([file.parent.name for file in below], 3)}). Name the files that are meant, such as "
            f"{folder}/*{files[0].suffix}."
        )
    if not files and not below:
        raise DataError(f"{folder} has no file of ratings; their names end in {', '.join(_SUFFIXES)}.")
    return tuple(files or below)


def _tables(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return [path for path in files if path.name.casefold().endswith(_SUFFIXES)]


def together(source: Source, read: Callable[[Source], Found]) -> Found:
    """The files of a source under each other; where they name no rater, the name of the file does.

    Raises
    ------
    DataError
        Naming every file that cannot be read or has other columns than the first, and names that two files share.
    """
    found, problems = [], []
    for path in source.paths:
        try:
            found.append(read(Source(path, source.wanted)))
        except DataError as error:
            problems += [problem if str(path) in problem else f"{path}: {problem}" for problem in error.problems]
    if problems:
        raise problems_error(DataError, problems)
    tables = [one.numbered.table for one in found]
    if problems := _other_columns(source.paths, tables):
        raise problems_error(DataError, problems)
    named = rater_column(tables[0], source.wanted) in tables[0]
    if not named:
        names = rater_names(source.paths)
        tables = [table.assign(rater=name) for table, name in zip(tables, names, strict=True)]
    return _one(source, found, tables, named)


def rater_names(paths: Sequence[Path]) -> list[str]:
    """The names of the files without what they end in; of their folders, where all files have one name."""
    stems = [_stem(path) for path in paths]
    names = [path.parent.name for path in paths] if len(set(stems)) == 1 and len(stems) > 1 else stems
    if repeated := [name for name, n in Counter(names).items() if n > 1]:
        files = listed([str(path) for path, name in zip(paths, names, strict=True) if name in repeated])
        raise DataError(f"The names of files are their raters', and several are called alike: {files}. Rename them.")
    return names


def _stem(path: Path) -> str:
    suffix = next((end for end in _SUFFIXES if path.name.casefold().endswith(end)), path.suffix)
    return path.name[: -len(suffix)] if suffix else path.name


def _other_columns(paths: Sequence[Path], tables: Sequence[pd.DataFrame]) -> list[str]:
    first = set(tables[0].columns)
    problems = []
    for path, table in zip(paths, tables, strict=True):
        more, fewer = sorted(set(table.columns) - first), sorted(first - set(table.columns))
        if more or fewer:
            has = f" has {listed([repr(name) for name in more])} beside" if more else ""
            lacks = f" lacks {listed([repr(name) for name in fewer])}" if fewer else ""
            problems.append(
                f"{path}{has}{' and' if has and lacks else ''}{lacks}: not the columns of {paths[0].name}. "
                f"Name the files that belong together."
            )
    return problems


def _one(source: Source, found: Sequence[Found], tables: Sequence[pd.DataFrame], named: bool) -> Found:
    rows, start, parts = [], 0, []
    for path, one in zip(source.paths, found, strict=True):
        last = int(one.numbered.rows.max(initial=0))
        rows.append(one.numbered.rows + start)
        parts.append(f"{path.name} rows {start + 1}-{start + last}")
        start += last
    how = "one table" if named else "name of the file is the rater"
    files = policy_record("files", "" if named else "rater", how, start, 0 if named else len(tables), listed(parts, 40))
    policies = (files, *_left_lying(source), *_summed([one.numbered.policies for one in found]))
    numbered = NumberedTable(exact_concat(tables), np.concatenate(rows), policies)
    texts = [one.texts for one in found if one.texts is not None]
    notes = tuple(dict.fromkeys(note for one in found for note in one.notes))
    if not named:
        notes = (
            f"{counted(len(tables), 'file')} without a column of raters: the name of each file is its rater.",
            *notes,
        )
    every = pd.concat(texts, ignore_index=True).drop_duplicates() if texts else None
    return replace(found[0], numbered=numbered, notes=notes, texts=every)


def _left_lying(source: Source) -> list[dict[str, object]]:
    """Files of a folder that are none of ratings."""
    if source.path is None or not source.path.is_dir():
        return []
    others = [path for path in sorted(source.path.rglob("*")) if path.is_file() and path not in source.paths]
    names = [str(path.relative_to(source.path)) for path in others]
    return [policy_record("files", "", "not read", detail=listed(names, 20))] if names else []


def _summed(policies: Sequence[tuple[dict[str, object], ...]]) -> list[dict[str, object]]:
    """The records of several files, one for each step."""
    every = pd.DataFrame([entry for of in policies for entry in of])
    if every.empty:
        return []
    keys = ["step", "column", "policy"]
    rest = {"n_rows": "sum", "n_raters": "sum", "detail": lambda texts: "; ".join(filter(None, texts))}
    return every.groupby(keys, sort=False).agg(rest).reset_index().to_dict("records")
