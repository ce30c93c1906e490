"""One process at a time, measured from outside: wall time, CPU seconds and peak memory of all of it.

Only the standard library is imported here and in ``speed.py``: on Linux a child's peak memory starts from what its
parent holds at that moment, so the parent must be smaller than anything it measures.
"""

import contextlib
import importlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ABSENT = 3  # exit code of a script whose data or program cannot be had here
COMPILERS = ("cc1plus", "cc1", "as", "ld", "collect2")
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


class Run(NamedTuple):
    """A finished process.

    ``wall`` and ``cpu`` in seconds, ``peak`` in MB (10^6 bytes, the largest resident set), ``said`` the values it
    reported in lines "= name value", ``failure`` an empty string or why there is no result.
    """

    wall: float
    cpu: float
    peak: float
    said: dict[str, str]
    failure: str


def run(command: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None, tree=False) -> Run:
    """Run a command to its end, or to the timeout; no other process of ours runs meanwhile.

    ``tree``: the peak is of the process and its children together, looked at ten times a second (Linux); a compiler
    that they call is not counted.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        except OSError as error:
            return Run(0.0, 0.0, 0.0, {}, f"absent: {error.strerror}")
        late = threading.Event()
        timer = threading.Timer(timeout, lambda: (late.set(), process.kill()))
        timer.start()
        watch = Watch(process.pid) if tree else None
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        failure = f"no result after {timeout:.0f} s" if late.is_set() else _failure(process.returncode, errors.read())
        said = _said(output)
    peak = (watch.end() if watch else 0.0) or usage.ru_maxrss * BYTES_OF_MAXRSS / 1e6
    return Run(wall, usage.ru_utime + usage.ru_stime, peak, said, failure)


def run_here(command: Sequence[str], *_: object) -> Run:
    """A script of ours in this process instead of one of its own, for tiny data: nothing is loaded or compiled twice.

    Its exceptions are not caught. Peak memory is unknown, and times say nothing.
    """
    output, errors = io.StringIO(), io.StringIO()
    start, cpu = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = importlib.import_module(Path(command[1]).stem).main(list(command[2:])) or 0
    said = _said(output.getvalue().splitlines())
    cpu = time.process_time() - cpu
    return Run(time.perf_counter() - start, cpu, float("nan"), said, _failure(code, errors.getvalue()))


def run_tiny(command: Sequence[str], timeout: float, *rest: object) -> Run:
    """Our Python here, other programs (R) as a process."""
    return run_here(command) if command[0] == sys.executable else run(command, timeout)


def _said(lines: Iterable[str]) -> dict[str, str]:
    return dict(line[2:].rstrip("\n").split(" ", 1) for line in lines if line.startswith("= "))


class Watch:
    """Looks at the memory of a process and its children until told to end; pages they share count once."""

    def __init__(self, pid: int) -> None:
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def end(self) -> float:
        """The largest sum met, in MB."""
        self.over.set()
        self.thread.join()
        return self.peak

    def _look(self) -> None:
        while not self.over.wait(0.1):
            family = family_of(self.pid)
            highest = max((kilobytes(pid, "status", "VmHWM:") for pid in family), default=0.0)  # of one, without gaps
            together = sum(kilobytes(pid, "smaps_rollup", "Pss:") for pid in family) if len(family) > 1 else 0.0
            self.peak = max(self.peak, highest / 1e3, together / 1e3)


def family_of(pid: int) -> list[int]:
    """The process, its children, their children, without compilers."""
    try:
        if Path(f"/proc/{pid}/comm").read_text().strip() in COMPILERS:
            return []
        threads = [thread / "children" for thread in Path(f"/proc/{pid}/task").iterdir()]
        children = [int(child) for file in threads for child in file.read_text().split()]
    except OSError:  # it has ended meanwhile
        return []
    return [pid, *(member for child in children for member in family_of(child))]


def kilobytes(pid: int, file: str, name: str) -> float:
    """kB (10^3 bytes) in a line of a file about a process; ``Pss``: shared pages divided by those who share them."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    return sum(float(line.split()[1]) * 1.024 for line in lines if line.startswith(name))


def _failure(code: int, errors: str) -> str:
    """The last line of what a failed process complained about; paths are of no use in a table. Exit code 3: absent."""
    if code == 0:
        return ""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return f"{'absent' if code == ABSENT else f'failed ({code})'}: {lines[-1][:160] if lines else 'no message'}"
