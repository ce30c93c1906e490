"""One process at a time, measured from outside: wall time, CPU seconds and peak memory of all of it.

Only the standard library is imported here and in ``speed.py``: on Linux a child's peak memory starts from what its
parent holds at that moment, so the parent must be smaller than anything it measures.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

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


def run(command: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end, or to the timeout; no other process of ours runs meanwhile."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        except OSError as error:
            return Run(0.0, 0.0, 0.0, {}, f"not found: {error.strerror}")
        late = threading.Event()
        timer = threading.Timer(timeout, lambda: (late.set(), process.kill()))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        failure = f"no result after {timeout:.0f} s" if late.is_set() else _failure(process.returncode, errors.read())
        said = dict(line[2:].rstrip("\n").split(" ", 1) for line in output if line.startswith("= "))
    peak = usage.ru_maxrss * BYTES_OF_MAXRSS / 1e6
    return Run(wall, usage.ru_utime + usage.ru_stime, peak, said, failure)


def _failure(code: int, errors: str) -> str:
    """The last line of what a failed process complained about; paths are of no use in a table."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return "" if code == 0 else f"failed ({code}): {lines[-1][:160] if lines else 'no message'}"
