"""``draft_study``: the study file that a ratings file suggests, and what a person has to say before it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.data.checking.whole import Check
from pluralstats.data.reading.shapes import BY_NAME
from pluralstats.data.tables.frames import renamed
from pluralstats.study.drafts.entries import Entry, columns_in, keys_in
from pluralstats.study.drafts.opening import Opening, opened_draft
from pluralstats.study.drafts.people import people_entries
from pluralstats.study.drafts.remedies import advised, policy_sentences, remedies
from pluralstats.study.drafts.scales import scale_entries


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
    notes : tuple of str
        Finished sentences: what was assumed, changed and left out on the way.
    """

    path: Path
    entries: tuple[Entry, ...]
    check: Check
    to_confirm: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether the active lines read the file; whether they read it rightly may still be open."""
        return not (self.check.summary.empty or self.check.refused) and "scale" in keys_in(self.entries)

    @property
    def described(self) -> str:
        """How the file is read, after its name."""
        return f"is read as {BY_NAME[self.check.shape].title}" if self.check.shape in BY_NAME else "cannot be read yet"


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
    opening = opened_draft(path, dict(options or {}))
    entries = list(opening.entries)
    if opening.found is None:
        return Draft(Path(path), opening.entries, opening.check(entries), opening.doubts)
    table = renamed(opening.found.numbered.table, {**opening.found.options.get("columns", {}), **columns_in(entries)})
    entries += [] if "scale" in keys_in(entries) else scale_entries(table["rating"])
    entries, check = _with_people(opening, entries, table)
    confirm = dict.fromkeys([entry.confirm for entry in entries if entry.confirm])
    notes = (*opening.notes, *policy_sentences(check.policies.to_dict("records")))
    return Draft(Path(path), tuple(entries), check, (*confirm, *_unasked(check, entries)), notes)


def _unasked(check: Check, entries: list[Entry]) -> tuple[str, ...]:
    """What ``Ratings`` would refuse and no line of the draft asks about already."""
    if check.summary.empty:
        return check.problems
    asked = any(entry.confirm and not entry.active and entry.key in ("scale", "duplicates") for entry in entries)
    return () if asked else tuple(problem for problem in check.refused if not any(problem in e.why for e in entries))


def _with_people(opening: Opening, entries: list[Entry], table: pd.DataFrame) -> tuple[list[Entry], Check]:
    """The entries with demographics and policies, and the check of all of them."""
    known, check = keys_in(entries), opening.check(entries)
    if check.summary.empty:
        return entries, check
    people = people_entries(check.summary, check.options.get("demographics", ()), table)
    more = [entry for entry in people if entry.key not in known]
    more += [entry for entry in remedies(check.policies, len(table)) if entry.key not in known]
    entries = [*entries, *more]
    check = opening.check(entries)
    return [*entries, *(entry for entry in advised(check.problems) if entry.key not in keys_in(entries))], check
