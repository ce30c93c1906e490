"""One line of a drafted study file: a key, its value, and why it is there."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A key under [data] with its value.

    ``why`` is a finished sentence for the comment above it. An entry that is not ``active`` is written as a comment.
    ``confirm`` says what a person must decide before a study may rely on it; empty where nothing is open.
    """

    key: str
    value: Any
    why: str = ""
    active: bool = True
    confirm: str = ""


def active_options(entries: Sequence[Entry]) -> dict[str, Any]:
    """The entries that count, as options of ``ps.check`` and ``ps.read_ratings``."""
    return {entry.key: entry.value for entry in entries if entry.active and entry.key != "path"}


def columns_in(entries: Sequence[Entry]) -> Mapping[str, str]:
    """The columns that the entries rename."""
    return active_options(entries).get("columns", {})


def keys_in(entries: Sequence[Entry]) -> set[str]:
    """The keys that have a value."""
    return {entry.key for entry in entries if entry.active}
