"""``draft_study``: the study file that a ratings file suggests, and what a person has to say before it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import pluralstats as ps
from pluralstats.data.checking import Check
from pluralstats.data.frames import renamed
from pluralstats.data.reading.from_file import AUTO, opened, wanted
from pluralstats.data.reading.roles import Roles, guessed_roles
from pluralstats.data.reading.shapes import BY_NAME, SHAPES
from pluralstats.data.reading.sources import Found, Source
from pluralstats.study.drafts.entries import Entry, active_options
from pluralstats.study.drafts.people import people_entries
from pluralstats.study.drafts.remedies import remedies
from pluralstats.study.drafts.scales import scale_entries
from pluralstats.study.drafts.toml import plain_values

READER = ("format", "dimensions", "items", "raters")  # arguments of read_ratings that are not of Ratings


@dataclass(frozen=True)
class Draft:
    """A study file in the making.

    Attributes
    ----------
    path : Path
        The ratings file.
    entries : tuple of Entry
        The lines under [data].
    check : Check
        What ``ps.check`` finds with the active lines.
    to_confirm : tuple of str
        Finished sentences: what a person must say before a study may rely on the file.
    """

    path: Path
    entries: tuple[Entry, ...]
    check: Check
    to_confirm: tuple[str, ...]

    @property
    def title(self) -> str:
        """The shape of the file in words."""
        return BY_NAME[self.check.shape].title if self.check.shape in BY_NAME else "a file that cannot be read yet"


def draft_study(path: str | Path, options: Mapping[str, Any] | None = None) -> Draft:
    """The study file that a ratings file suggests.

    Parameters
    ----------
    path : path
        As for ``read_ratings``.
    options : mapping
        What is known already: arguments of ``read_ratings``, which win over every guess.

    Raises
    ------
    DataError
        When the file cannot be read at all.
    """
    given = dict(options or {})
    roles = _roles(path, given)
    entries = [*_given(given, roles), *_of_roles(roles, given.get("columns", {}))]
    if roles.doubts:
        found, check = None, ps.check(path, **active_options(entries))
    else:
        found, entries = _read(path, entries)
        table = renamed(found.numbered.table, found.options.get("columns", {}) | dict(_columns(entries)))
        entries += [] if "scale" in _keys(entries) else scale_entries(table["rating"])
        check = ps.check(path, **active_options(entries))
        entries, check = _with_people(path, entries, check, table)
    confirm = dict.fromkeys([entry.confirm for entry in entries if entry.confirm])
    return Draft(Path(path), tuple(entries), check, (*confirm, *(roles.doubts or _unasked(check, entries))))


def _unasked(check: Check, entries: list[Entry]) -> tuple[str, ...]:
    """What ``Ratings`` would refuse and no line of the draft asks about already."""
    if check.summary.empty:
        return check.problems
    return () if any(entry.confirm and not entry.active for entry in entries) else check.refused


def _roles(path: str | Path, given: Mapping[str, Any]) -> Roles:
    """The roles of the columns where no shape recognises the file and nobody said what it is."""
    source = _source(path, given)
    if given.get("format", AUTO) != AUTO or any(shape.recognises(source) for shape in SHAPES):
        return Roles()
    return guessed_roles(renamed(source.table, given.get("columns", {})))


def _source(path: str | Path, options: Mapping[str, Any]) -> Source:
    others = {key: value for key, value in options.items() if key not in READER}
    shape = wanted(options.get("dimensions"), options.get("items", ()), options.get("raters", ()), others)
    return Source(Path(path), shape)


def _given(given: Mapping[str, Any], roles: Roles) -> list[Entry]:
    names = [name for name in given if name != "columns" or not roles.columns]
    return [Entry(name, plain_values(given[name]), "As given.") for name in names]


def _of_roles(roles: Roles, known: Mapping[str, str]) -> list[Entry]:
    entries = []
    if roles.columns:
        said = ", ".join(f"{old} for {new}" for old, new in roles.columns.items())
        why = f"Taken by name and content: {said}. To be confirmed."
        entries.append(Entry("columns", {**known, **roles.columns}, why))
    if roles.dimensions:
        entries.append(Entry("dimensions", list(roles.dimensions), "Columns with the same answers, one a dimension."))
    return entries


def _read(path: str | Path, entries: list[Entry]) -> tuple[Found, list[Entry]]:
    """The file in its shape, and what it tells of itself as entries."""
    options = active_options(entries)
    found = opened(_source(path, options), options.get("format", AUTO))
    shape = Entry("format", found.shape, f"The shape that was found: {BY_NAME[found.shape].title}.")
    told = [
        Entry(key, plain_values(value), "Told by the file itself.")
        for key, value in found.options.items()
        if key not in options and key != "columns"  # its reader renames them; said twice, they would not be found
    ]
    return found, [entry for entry in [shape, *entries] if entry.key != "format" or entry is shape] + told


def _columns(entries: list[Entry]) -> Mapping[str, str]:
    return active_options(entries).get("columns", {})


def _keys(entries: list[Entry]) -> set[str]:
    return {entry.key for entry in entries if entry.active}


def _with_people(
    path: str | Path, entries: list[Entry], check: Check, table: pd.DataFrame
) -> tuple[list[Entry], Check]:
    """The entries with demographics and policies, and the check of all of them."""
    known = _keys(entries)
    if check.summary.empty:
        return entries, check
    people = people_entries(check.summary, check.options.get("demographics", ()), table)
    more = [entry for entry in people if entry.key not in known]
    more += [entry for entry in remedies(check.policies, len(table)) if entry.key not in known]
    entries = [*entries, *more]
    return entries, ps.check(path, **active_options(entries))
