"""``Summary``: a table with what it is about, to be read, put into a paper, or taken further as a data frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pluralstats.printing.cards import WIDTH, Card, card_html, shortened_line
from pluralstats.printing.formats import latex, markdown, typst, without_control
from pluralstats.printing.printed import PrintedTable
from pluralstats.storage.shown_text import visible


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """A table to read, made by ``fit.summary()`` and ``ps.regression_table``; ``print`` shows all of it.

    ``ps.export_table`` writes it to a file: CSV, Markdown, LaTeX, HTML, Word or Typst.

    Attributes
    ----------
    title : str
    facts : tuple of (name, text)
        What the table is about; under the table in papers.
    printed : PrintedTable
        ``headers``, ``rows`` of strings, ``numeric``, ``breaks``, ``notes`` (finished sentences under the table).
    table : data frame
        The numbers behind the strings, tidy and in full precision.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    printed: PrintedTable
    table: pd.DataFrame

    def __repr__(self) -> str:
        return self.as_text()

    def _repr_html_(self) -> str:
        return self.as_html()

    def as_text(self) -> str:
        """The table for a terminal."""
        names = max((len(name) for name, _ in self.facts), default=0)
        facts = [f"{name:<{names}}  {text}" for name, text in self.facts]
        rows = aligned(without_control(self.printed))
        rule = "-" * max(map(len, rows))
        return "\n".join([*map(visible, (self.title, *facts)), rule, *rows, rule, *map(visible, self.printed.notes)])

    def as_html(self) -> str:
        """A part of a page, in the colours of the page around it; ``ps.export_table`` writes a whole page."""
        return card_html(Card(self.title, self.facts, table=self.printed))

    def as_markdown(self) -> str:
        """A pipe table."""
        return markdown(self.for_paper, visible(self.title))

    def as_latex(self) -> str:
        """A float with a booktabs table."""
        return latex(self.for_paper, visible(self.title))

    def as_typst(self) -> str:
        """A figure with a table."""
        return typst(self.for_paper, visible(self.title))

    @property
    def for_paper(self) -> PrintedTable:
        """The table with what it is about among its notes."""
        about = "; ".join(f"{name}: {text}" for name, text in self.facts)
        table = self.printed._replace(notes=(*([f"{about}."] if about else []), *self.printed.notes))
        return without_control(table)


def aligned(table: PrintedTable) -> list[str]:
    """The header and rows of a table as lines, numbers at their right edge, a rule where the table has one."""
    rows = [[shortened_line(cell, WIDTH) for cell in row] for row in (table.headers, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths, table.numeric) for row in rows]
    rule = "-" * sum(widths, 2 * (len(widths) - 1))
    body = [part for i, line in enumerate(lines[1:]) for part in ([rule, line] if i in table.breaks else [line])]
    return [lines[0], rule, *body]


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(padded).rstrip()
