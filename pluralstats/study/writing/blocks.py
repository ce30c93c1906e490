"""What stands on the page: each block is data, and the macro of its kind in the template writes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import pandas as pd

from pluralstats.study.writing.columns import PageTable


@dataclass(frozen=True)
class Heading:
    """A heading within a chapter."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; ``lead`` opens a chapter. A text that is ``Markup`` may hold tags."""

    kind: ClassVar[str] = "text"
    text: str
    lead: bool = False


@dataclass(frozen=True)
class Lines:
    """A list of sentences; ``summary`` folds it away."""

    kind: ClassVar[str] = "lines"
    lines: Sequence[str]
    summary: str = ""


@dataclass(frozen=True)
class Problem:
    """A sentence that warns, and where it is so."""

    kind: ClassVar[str] = "problem"
    text: str
    where: str = ""


class Term(NamedTuple):
    """A name and what is said of it; code is set as such."""

    name: str
    text: object
    code: bool = False


@dataclass(frozen=True)
class Terms:
    """A list of names with a sentence, or code, for each."""

    kind: ClassVar[str] = "terms"
    terms: Sequence[Term]


@dataclass(frozen=True)
class Drawn:
    """A figure that was drawn, by its name."""

    kind: ClassVar[str] = "figure"
    name: str


@dataclass(frozen=True)
class Shown:
    """A table; ``summary`` folds it away."""

    kind: ClassVar[str] = "table"
    table: PageTable
    summary: str = ""


@dataclass(frozen=True, eq=False)
class Claim:
    """What a paper needs to say a finding: a table and a figure.

    Attributes
    ----------
    name : str
        Of its files.
    caption : str
        Of the table.
    table, columns : data frame, sequence of str
        What the table holds, and which of its columns are printed.
    printed : data frame
        The rows that are printed.
    figure, drawn : str, data frame
        The figure of the report that is drawn again, and the rows it is drawn from.
    """

    name: str
    caption: str
    table: pd.DataFrame
    printed: pd.DataFrame
    columns: Sequence[str]
    figure: str
    drawn: pd.DataFrame


class Finding(NamedTuple):
    """What opens a report: one sentence, what would change it, and the contrasts that it lists."""

    text: str
    note: str
    lines: Sequence[str] = ()
    claim: Claim | None = None


@dataclass(frozen=True)
class Numbered:
    """Numbered findings, each with its list and its note."""

    kind: ClassVar[str] = "numbered"
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Paste:
    """Text to copy into a paper, with the works that it cites."""

    kind: ClassVar[str] = "paste"
    text: str
    works: Sequence[str]


@dataclass(frozen=True)
class Command:
    """A command line to copy."""

    kind: ClassVar[str] = "command"
    line: str


type Block = Heading | Text | Lines | Problem | Terms | Drawn | Shown | Numbered | Paste | Command


def texts(lines: Iterable[str]) -> list[Block]:
    """A paragraph for each sentence."""
    return [Text(line) for line in lines]


def folded(table: PageTable) -> Shown:
    """A table under its own caption, folded away."""
    return Shown(table, table.caption)
