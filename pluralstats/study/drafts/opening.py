"""How a file is read: its shape, which columns are what, and what its reader tells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import pluralstats as ps
from pluralstats.data.checking.whole import Check, check_source
from pluralstats.data.reading.arguments import wanted
from pluralstats.data.reading.from_file import AUTO, opened, source_of
from pluralstats.data.reading.proposals import LikelyError, Proposal
from pluralstats.data.reading.roles import Roles, guessed_roles
from pluralstats.data.reading.shapes import BY_NAME, SHAPES
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted
from pluralstats.data.tables.frames import renamed
from pluralstats.errors import listed
from pluralstats.study.configuration.toml import plain_values
from pluralstats.study.drafts.entries import Entry, active_options, columns_in, keys_in

READER = tuple(name for name in signature(ps.read_ratings).parameters if name not in ("path", "options"))
_PEOPLE = ("people", "people_key")


@dataclass(frozen=True)
class Opening:
    """What was read (None where nobody can tell how), the entries that read it so, and why it could not be read.

    ``source`` is the file, which is read once however often it is asked.
    """

    source: Source
    found: Found | None
    entries: tuple[Entry, ...]
    doubts: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of the shape assumed, as sentences."""
        if self.found is None:
            return ()
        named = f"Read as {BY_NAME[self.found.shape].title}."  # the key format says so already
        return tuple(note for note in self.found.notes if note != named)

    def check(self, entries: Sequence[Entry]) -> Check:
        """What ``ps.check`` finds with these entries."""
        options = active_options(entries)
        others = {name: value for name, value in options.items() if name not in READER}
        return check_source(self.source.asked_anew(_wanted(options)), options.get("format", AUTO), others)


def opened_draft(path: str | Path, given: dict[str, Any]) -> Opening:
    """A file in the shape that it has or is likely to have.

    Raises
    ------
    DataError
        When the file cannot be read at all.
    """
    alone = {name: value for name, value in given.items() if name not in _PEOPLE}  # joined when raters are known
    source, entries = source_of(path, _wanted(alone)), _given(given)
    is_known = given.get("format", AUTO) != AUTO or bool(source.paths) or any(map(_recognising(source), SHAPES))
    try:
        found = opened(source, given.get("format", AUTO))
    except LikelyError as error:
        if not error.proposal.options:
            return Opening(source, None, tuple(entries), error.problems)
        entries = _with_columns(entries, _of_proposal(error.proposal, is_known))
    else:
        roles = Roles() if is_known else guessed_roles(renamed(source.table, given.get("columns", {})))
        entries = _with_columns(entries, _of_roles(roles))
        if roles.doubts:
            return Opening(source, None, tuple(entries), roles.doubts)
        if is_known and alone == given:
            return Opening(source, found, _told(found, entries))
    options = active_options(entries)
    found = opened(source.asked_anew(_wanted(options)), options.get("format", AUTO))
    return Opening(source, found, _told(found, entries))


def _recognising(source: Source) -> Callable[[Shape], bool]:
    return lambda shape: shape.recognises(source)


def _wanted(options: Mapping[str, Any]) -> Wanted:
    others = {name: value for name, value in options.items() if name not in READER}
    reader = {name: options[name] for name in READER if name in options and name != "format"}
    return wanted(**{"dimensions": (), "items": (), "raters": (), **reader}, options=others)


def _given(given: Mapping[str, Any]) -> list[Entry]:
    return [Entry(name, plain_values(value), "As given.") for name, value in given.items()]


def _of_proposal(likely: Proposal, is_known: bool) -> list[Entry]:
    """The columns that a shape proposes; a person confirms them where the shape itself is only likely."""
    why = f"This looks like {likely.title}, with the ratings in {listed(list(likely.columns), 12)}."
    entries = [Entry(name, plain_values(value), why) for name, value in likely.options.items()]
    confirm = "" if is_known else f"{why} Keep the line {entries[0].key}, or change it."
    ids = [f"'{old}' names the {new}" for old, new in likely.options.get("columns", {}).items()]
    named = f"{listed(ids)}, to be confirmed."
    return [entries[0]._replace(confirm=confirm), *(entry._replace(why=named) for entry in entries[1:])]


def _of_roles(roles: Roles) -> list[Entry]:
    entries = []
    if roles.columns:
        said = ", ".join(f"{old} for {new}" for old, new in roles.columns.items())
        entries.append(Entry("columns", roles.columns, f"Taken by name and content: {said}. To be confirmed."))
    if roles.dimensions:
        entries.append(Entry("dimensions", list(roles.dimensions), "Columns with the same answers, one a dimension."))
    return entries


def _with_columns(given: list[Entry], guessed: list[Entry]) -> list[Entry]:
    """All entries; columns that are given go before columns that are guessed, in one entry."""
    known = columns_in(given)
    more = [
        entry._replace(value={**entry.value, **known}) if entry.key == "columns" else entry
        for entry in guessed
        if entry.key not in keys_in(given) - {"columns"}
    ]
    kept = [entry for entry in given if entry.key != "columns" or not columns_in(more)]
    return [*kept, *more]


def _told(found: Found, entries: list[Entry]) -> tuple[Entry, ...]:
    """With the shape, and with what the file tells of itself."""
    known = keys_in(entries) | {"columns"}  # its reader renames them; said twice, they would not be found
    shape = Entry("format", found.shape, f"The shape that was found: {BY_NAME[found.shape].title}.")
    told = [
        Entry(name, plain_values(value), "Told by the file itself.")
        for name, value in found.options.items()
        if name not in known
    ]
    return (shape, *(entry for entry in entries if entry.key != "format"), *told)
