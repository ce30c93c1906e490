"""What commands print: tables, problems."""

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from pluralstats.cli.exits import in_command_words, say
from pluralstats.storage.shown_text import visible

if TYPE_CHECKING:
    import pandas as pd

PIPE_WIDTH = 120  # characters of a table that is not printed on a terminal


def print_table(frame: "pd.DataFrame", decimals: str = "{:,.1f}") -> None:
    """A data frame as a table on the standard output; nothing where it has no rows."""
    if not len(frame):
        return
    numeric = [name for name in frame.columns if frame[name].dtype.kind in "iuf"]
    rows = [[cell_text(cell, decimals) for cell in row] for row in frame.itertuples(index=False)]
    print_texts([str(name) for name in frame.columns], rows, right={str(name) for name in numeric})


def print_texts(names: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()) -> None:
    """Rows of texts as a table on the standard output, the columns in ``right`` aligned at their right edge."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(visible(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(visible, row))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False).print(table)


def cell_text(value: object, decimals: str = "{:,.1f}") -> str:
    """A cell as people write it: whole numbers with commas, others with one decimal, or as ``decimals`` says.

    >>> cell_text(12088), cell_text(33.333), cell_text("male")
    ('12,088', '33.3', 'male')
    """
    if isinstance(value, float):
        return decimals.format(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def print_problems(problems: tuple[str, ...]) -> None:
    """Every problem on a line of its own."""
    if not problems:
        say("No problems were found.")
        return
    say(f"{len(problems)} {'problem was' if len(problems) == 1 else 'problems were'} found:")
    for problem in problems:
        say(f"- {in_command_words(problem)}")
