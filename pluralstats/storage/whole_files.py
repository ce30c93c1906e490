"""Single files that appear whole, whatever stops the program: nobody reads half of one, and no link is followed.

A file is written beside its place, as ``.<name>.partial-<process>.<number>@<machine>`` so that leftovers are found, and
moved there.

Ctrl-C cannot get lost meanwhile. Python raises KeyboardInterrupt wherever the program happens to be. Where that is a
callback of a weak reference or a ``__del__`` (h5py and h5netcdf run many of them), the interpreter prints "Exception
ignored" and goes on: the save ends as if nobody had pressed a key. So the signal is noted as well, and comes again at
the end of the block.
"""

import os
import platform
import re
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pluralstats.errors import ConfigError

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """The stops that were heard within a block, each with the handler that it was for."""

    def __init__(self) -> None:
        self._heard: list[tuple[Callable[[int, Any], Any], int]] = []

    def listener(self, handler: Callable[[int, Any], Any]) -> Callable[[int, Any], Any]:
        """The handler, with a note of every call."""

        def listen(number: int, frame: Any) -> None:
            self._heard.append((handler, number))
            handler(number, frame)

        return listen

    def come_again(self) -> None:
        """Call the handler of the first stop once more, which raises; nothing where none was heard."""
        if self._heard:
            handler, number = self._heard[0]
            handler(number, None)


@contextmanager
def interrupts_come_out() -> Iterator[Interrupts]:
    """A stop within the block ends it at the latest where it ends, also when a library has swallowed or renamed it.

    Only of the main thread, the only one that hears signals, and only for signals that Python handles.
    """
    heard, before = Interrupts(), {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in STOPS:
                handler = signal.getsignal(number)
                if callable(handler):  # not of the system's own, nor of those that nohup ignores
                    before[number] = handler
                    signal.signal(number, heard.listener(handler))
        yield heard
    except Exception:  # what a library made of the interrupt
        _restore(before)
        heard.come_again()
        raise
    finally:
        _restore(before)
    heard.come_again()


def _restore(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)


_PARTIAL = re.compile(r"^\.(?P<name>.+)\.partial-(?P<pid>\d+)(\.\d+)?(@(?P<host>.*))?$")
_HOST = re.sub(r"[^\w-]", "-", platform.node())  # two machines on one disk may use the same process number
_DAY = 86400.0


def partial_of(place: Path) -> Path:
    """A name beside ``place`` that nobody can guess: a link that was put there would be followed."""
    return place.with_name(f".{place.name}.partial-{os.getpid()}.{secrets.randbelow(10**12)}@{_HOST}")


def remove_abandoned(parent: Path, name: str | None = None) -> None:
    """Delete what killed runs left in ``parent``: of the place ``name``, or of all that are written there."""
    for entry in list(parent.iterdir()):
        found = _PARTIAL.match(entry.name)
        if found and name in (None, found["name"]) and _is_abandoned(entry, int(found["pid"]), found["host"]):
            remove(entry)


def remove(partial: Path) -> None:
    """Delete a folder or file that this package was writing; one that has gone, or a link, is no trouble."""
    if os.path.isdir(partial) and not os.path.islink(partial):  # Path.is_dir raises where a name is too long
        shutil.rmtree(partial, ignore_errors=True)
    else:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _is_abandoned(entry: Path, pid: int, host: str | None) -> bool:
    if host in (None, _HOST):
        return not _runs(pid)
    with suppress(OSError):  # it has gone
        return time.time() - entry.stat().st_mtime > _DAY
    return False


def _runs(pid: int) -> bool:
    if os.name == "nt":  # signal 0 would be Ctrl-C there
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def whole_file(path: Path, what: str) -> Iterator[Path]:
    """An empty file to write, which becomes ``path`` when the block ends well and vanishes when it does not.

    Parameters
    ----------
    what : str
        The subject of the sentence about a place that cannot be written: "The table".

    Raises
    ------
    ConfigError
        The system does not let us write there.
    """
    partial = partial_of(path)
    with interrupts_come_out() as heard, writable(path, what):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_abandoned(path.parent, path.name)
            os.close(os.open(partial, _NEW, 0o666))
            yield partial
            heard.come_again()
            partial.replace(path)
        finally:
            remove(partial)


@contextmanager
def writable(path: Path, what: str) -> Iterator[None]:
    """What the system says against writing, as a ConfigError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"{what} cannot be written to {path}: {reason}. Choose another place.") from error


def write_whole(path: Path, content: bytes, what: str) -> Path:
    """Write a file whole or not at all; errors as of ``whole_file``."""
    with whole_file(path, what) as partial:
        partial.write_bytes(content)
    return path
