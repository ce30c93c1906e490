"""A progress bar on a terminal, nothing in a pipe."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


class Steps(Protocol):
    """Called with a few words at the start of each step; ``total`` says how many steps there will be."""

    def __call__(self, description: str, total: int | None = None) -> None: ...


@contextmanager
def progress_bar() -> Iterator[Steps]:
    """A function to call at the start of each step of a long job.

    The bar is drawn on the standard error output, and only when that is a terminal.
    """
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=None, completed=-1)

        def step(description: str, total: int | None = None) -> None:
            bar.update(task, description=description, advance=1)
            if total is not None:
                bar.update(task, total=total)

        yield step
