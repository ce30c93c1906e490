"""Folders that are written beside their place and moved there whole, so that nobody reads half of one."""

import errno
import os
import platform
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from pluralstats.errors import ConfigError

try:
    import fcntl
except ImportError:  # Windows, where two programs must not write the same folder at the same time
    fcntl = None  # type: ignore[assignment]

_PARTIAL = re.compile(r"^\.(?P<name>.+)\.partial-(?P<pid>\d+)(\.\d+)?(@(?P<host>.*))?$")
_HOST = re.sub(r"[^\w-]", "-", platform.node())  # two machines on one disk may use the same process number
_DAY = 86400.0
_serial = count()  # threads of one process
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # come without a path from a file that is already open


@contextmanager
def replaced_whole(out: str | Path, refuse: Callable[[Path], None]) -> Iterator[Path]:
    """A new empty folder that becomes ``out`` when the block ends well, and vanishes when it does not.

    What stood at ``out`` before stays untouched until the new folder is complete. It is then renamed to
    ``.<name>.previous``, the new one takes its place, and the old one is deleted: whenever the program is
    killed, a complete folder stands at one of the two names, and the next run puts it back. Until then ``standing``
    finds it. Of several programs that write the same folder, the last one to end wins.

    Parameters
    ----------
    out : str or Path
        A symbolic link stays, and the folder it points to is replaced.
    refuse : callable
        Raises where ``out`` must not be replaced; nothing is written then.

    Raises
    ------
    ConfigError
        The system does not let us write there. Errors of the block about other paths pass unchanged.
    """
    out = _target(out)
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}.{next(_serial)}@{_HOST}")
    made = [parent for parent in out.parents if not parent.exists()]  # the nearest first
    try:
        with _system_errors(out, out, *out.parents):
            with locked(out.parent):
                _restore(out)
            refuse(out)
            _prepare(out, partial)
        with _system_errors(out, partial):
            yield partial
        with _system_errors(out), locked(out.parent):
            _swap(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # results are in it
                parent.rmdir()


def _target(out: str | Path) -> Path:
    with _system_errors(Path(out)):
        target = Path(out).resolve()
    if target == target.parent:
        raise ConfigError(f"Results cannot be written to {target}: it is a whole disk. Choose another folder.")
    return target


@contextmanager
def _system_errors(out: Path, *within: Path) -> Iterator[None]:
    """What the system says against writing as a ConfigError; with ``within`` only where it is about those folders."""
    try:
        yield
    except (OSError, ConfigError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__  # a folder within this one failed
        if not isinstance(cause, OSError) or (within and not _is_about(cause, within)):
            raise
        reason = cause.strerror or str(cause)
        raise ConfigError(f"Results cannot be written to {out}: {reason}. Choose another folder.") from cause


def _is_about(error: OSError, folders: tuple[Path, ...]) -> bool:
    if error.errno in _NO_SPACE:
        return True
    if not isinstance(error.filename, str | Path):
        return False
    path = Path(error.filename)
    return any(path == folder or folder in path.parents for folder in folders)


def standing(out: Path) -> Path:
    """The complete folder of that name: ``out``, or what a program killed between its two renames left beside it."""
    previous = _previous(out.resolve())
    return previous if previous.is_dir() and not out.exists() else out


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """No other program renames what lies in ``folder`` meanwhile; the system ends the lock of one that is killed.

    Parameters
    ----------
    shared : bool
        For reading: only writers wait. Disks without locks are read and written all the same.
    """
    handle = -1
    if fcntl is not None:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle >= 0:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


def remove_abandoned(parent: Path, name: str | None = None) -> None:
    """Delete what killed runs left in ``parent``: of the folder ``name``, or of all folders written there."""
    for entry in list(parent.iterdir()):
        found = _PARTIAL.match(entry.name)
        if found and name in (None, found["name"]) and _is_abandoned(entry, int(found["pid"]), found["host"]):
            shutil.rmtree(entry, ignore_errors=True)


def _is_abandoned(entry: Path, pid: int, host: str | None) -> bool:
    if host in (None, _HOST):
        return not _runs(pid)
    with suppress(OSError):  # it has gone
        return time.time() - entry.stat().st_mtime > _DAY
    return False


def _prepare(out: Path, partial: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(out.parent, out.name)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()


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


def _restore(out: Path) -> None:
    """Finish what a run killed between its two renames left behind."""
    previous = _previous(out)
    if previous.is_dir() and not out.exists():
        previous.rename(out)
    else:
        _remove(previous)


def _swap(new: Path, out: Path) -> None:
    previous = _previous(out)
    if not out.exists():
        new.rename(out)
        return
    out.rename(previous)
    try:
        new.rename(out)
    except BaseException:
        previous.rename(out)
        raise
    _remove(previous)


def _remove(previous: Path) -> None:
    if previous.is_dir() and not previous.is_symlink():
        shutil.rmtree(previous)
    else:
        previous.unlink(missing_ok=True)


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")
