"""Work on a study in other processes: what needs ratings alone while models are fitted, figures as tables are made.

A process takes seconds to start, so a small study runs in one; a large one has as many as processors, this one among
them. What comes out is the same: every part of a study has random numbers of its own.
"""

import signal
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, cast

from joblib import cpu_count
from joblib.externals.loky import get_reusable_executor

from pluralstats.cluster.spreading import Engine, engine

ROWS = 5_000  # ratings from which other processes are worth their start
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # one core each


class Task[Result](NamedTuple):
    """Something to do, and what came of it."""

    work: Callable[[], Result]
    made: "Future[Result]"


class Others:
    """The other processes, and the tasks that wait for one. Each gets its next task when it has done the last one, so
    that this process can take over those that none has begun."""

    def __init__(self, processes: int) -> None:
        self.processes = self._free = processes
        self._waiting: deque[Task[Any]] = deque()
        self._lock = Lock()

    def begin[Result](self, work: Callable[[], Result]) -> Task[Result]:
        """Have something done as soon as a process is free; where there is none, it waits to be taken over."""
        task = Task(work, Future())
        self._waiting.append(task)
        self._hand_out()
        return task

    def take_over(self) -> bool:
        """Do the last of the waiting tasks here; False where none waits."""
        try:
            task = self._waiting.pop()
        except IndexError:
            return False
        task.made.set_result(task.work())
        return True

    def result[Result](self, task: Task[Result]) -> Result:
        """What came of a task; until it is done this process takes over what waits, and that may be the task itself."""
        while not task.made.done() and self.take_over():
            pass
        return task.made.result()

    def stop(self) -> None:
        """End the processes whatever they do."""
        self._waiting.clear()
        if self.processes:
            _executor(self.processes).shutdown(kill_workers=True)

    def _hand_out(self) -> None:
        with self._lock:
            if not self._free or not self._waiting:
                return
            task = self._waiting.popleft()
            self._free -= 1
        _executor(self.processes).submit(task.work).add_done_callback(partial(self._done, task))

    def _done(self, task: Task[Any], future: "Future[Any]") -> None:
        with self._lock:
            self._free += 1
        self._hand_out()
        if error := future.exception():
            task.made.set_exception(error)
        else:
            task.made.set_result(future.result())


class OnCluster(Others):
    """The workers of a cluster in place of other processes; they get their tasks at once.

    They may share no disk with this process, so that tasks which write files stay here.
    """

    def __init__(self, where: Engine, shared: Sequence[object]) -> None:
        super().__init__(0)
        self.where, self.shared = where, shared

    def begin[Result](self, work: Callable[[], Result]) -> Task[Result]:
        """Have a ``functools.partial`` done there."""
        return Task(work, self.where.begin(cast(partial[Result], work), self.shared))


def others_of_tables(ratings: object, others: Others) -> Others:
    """Who makes tables of ratings alone: the cluster, where tasks go to one, else the other processes."""
    where = engine()
    return others if where is None else OnCluster(where, [ratings])


@contextmanager
def others_beside(rows: int) -> Generator[Others]:
    """The other processes for a study of so many ratings; where the block fails they are ended.

    None with fewer than ``ROWS`` ratings, or one processor.
    """
    others = Others(cpu_count() - 1 if rows >= ROWS else 0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs")  # its memory grew: another is started
        try:
            yield others
        except BaseException:
            others.stop()
            raise


def _executor(processes: int) -> Any:
    """The processes, which wait a while for more work; started when there are none."""
    return get_reusable_executor(processes, timeout=60, initializer=_leave_interrupts, env=ONE_THREAD)


def _leave_interrupts() -> None:
    """Ctrl-C is heard by every process of a terminal; the study's own ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
