"""How far a job is: a bar on a terminal while chains run, and lines for the log of a cluster.

In a log each step has a line with the time, and one a minute while it goes on. Only commands ask for it, and only where
the standard error output is no terminal (there a bar is drawn). A call from a script says nothing in a pipe, unless the
script asks with ``progress_lines`` as the commands do.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from rich.console import Console
from rich.errors import LiveError
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 60.0  # seconds after which a step that goes on says so


class Log:
    """Lines of one job; steps and counts may come from any thread.

    Parameters
    ----------
    write : callable
        Takes a line.
    clock : callable
        Seconds.
    """

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock, self._lock = write, clock, Lock()
        self._start = self._last = clock()
        self._step = self._count = ""

    def step(self, words: str) -> None:
        """A new step begins."""
        with self._lock:
            self._step, self._count = words, ""
            self._say(words)

    def count(self, words: str) -> None:
        """How far the step is, for the next line that says that it goes on."""
        with self._lock:
            self._count = words

    def beat(self) -> float:
        """Say that the step goes on where that is due; the seconds until it is due again."""
        with self._lock:
            if self._clock() - self._last >= EVERY:
                self._say(f"{self._step or 'Working'}: {self._count or 'still running'}")
            return EVERY - (self._clock() - self._last)

    def _say(self, words: str) -> None:
        self._last = self._clock()
        seconds = int(self._last - self._start)
        self._write(f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d} {words}")


_listening: list[Log] = []  # the innermost last; not by thread, because chains run in threads of their own


def step(words: str) -> None:
    """A new step of the job begins; nothing happens where nobody listens."""
    if _listening:
        _listening[-1].step(words)


def count(words: str) -> None:
    """How far the step is: "640 of about 4,000 transitions"."""
    if _listening:
        _listening[-1].count(words)


@contextmanager
def progress_lines(write: Callable[[str], object], *, wanted: bool = True) -> Iterator[None]:
    """Steps within the block become lines.

    Parameters
    ----------
    write : callable
        Takes a line, such as ``functools.partial(print, file=sys.stderr, flush=True)``.
    wanted : bool
        False leaves everything as it is, as on a terminal.
    """
    if not wanted:
        yield
        return
    log, over = Log(write), Event()
    watch = Thread(target=_watch, args=(log, over), daemon=True)
    _listening.append(log)
    watch.start()
    try:
        yield
    finally:
        over.set()
        _listening.remove(log)
        watch.join()


def _watch(log: Log, over: Event) -> None:
    while not over.wait(log.beat()):
        pass


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
        count(f"{int(bar.tasks[task].completed):,} of about {transitions:,} transitions")

    try:
        yield tick
    finally:
        bar.stop()
