"""A line of progress on a terminal; in the log of a command a line for each step."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pluralstats import progress

type Steps = Callable[[str], None]  # called with a few words at the start of each step


@contextmanager
def progress_bar() -> Iterator[Steps]:
    """A function to call at the start of each step of a long job.

    The line is drawn on the standard error output, and only when that is a terminal; see ``progress_lines`` for others.
    """
    console = Console(stderr=True)
    words = TextColumn("{task.description}", markup=False)  # a dimension may be called "[/b]"
    columns = (SpinnerColumn(), words, TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(description: str) -> None:
            bar.update(task, description=description)
            progress.step(description)

        yield step
