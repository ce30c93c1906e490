"""How far the chains of a fit are, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.errors import LiveError
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pluralstats import progress


@contextmanager
def sampling_bar(transitions: int) -> Iterator[Callable[[int], None]]:
    """A function to call with the number of transitions made, out of ``transitions`` expected in all.

    Nothing is drawn unless the standard error output is a terminal, nor inside another progress bar. The log of a
    command (``progress_lines``) is told in any case.
    """
    columns = (TextColumn("Sampling"), BarColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    try:
        bar.start()
    except LiveError:  # a study shows its own steps
        bar.disable = True
    task = bar.add_task("", total=transitions)

    def tick(made: int) -> None:
        bar.advance(task, made)
        progress.count(f"{int(bar.tasks[task].completed):,} of about {transitions:,} transitions")

    try:
        yield tick
    finally:
        bar.stop()
