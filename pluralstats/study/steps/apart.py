"""Work on a study in other processes: what needs ratings alone while models are fitted, figures side by side.

A process takes seconds to start, so a small study runs in one. What comes out is the same: every part of a study has
random numbers of its own.
"""

import signal
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager

from joblib import Parallel, cpu_count, delayed

ROWS = 5_000  # ratings from which other processes are worth their start


@contextmanager
def started[Part, Result](
    work: Callable[[Part], Result], parts: Sequence[Part], *, rows: int
) -> Iterator[Iterator[Result]]:
    """The results in the order of the parts, on which other processes work from now until the block ends.

    With fewer than ``ROWS`` ratings, or one processor, each part is done here when its result is asked for.
    """
    processes = min(cpu_count(), len(parts)) if rows >= ROWS else 1
    if processes < 2:
        yield map(work, parts)
        return
    side_by_side = Parallel(processes, backend="loky", return_as="generator", initializer=_leave_interrupts)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs")  # its memory grew: joblib starts another
        results: Generator[Result] = side_by_side(delayed(work)(part) for part in parts)
        try:
            yield results
        finally:
            warnings.filterwarnings("ignore", ".* tasks")  # not all results were taken: something failed
            results.close()


def _leave_interrupts() -> None:
    """Ctrl-C is heard by every process of a terminal; the study's own ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
