"""Folders that are written beside their place and moved there whole, so that nobody reads half of one."""

import errno
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from pluralstats.errors import ConfigError
from pluralstats.storage.whole_files import interrupts_come_out, partial_of, remove, remove_abandoned

try:
    import fcntl
except ImportError:  # Windows, where two programs must not write the same folder at the same time
    fcntl = None  # type: ignore[assignment]  # mypy knows the other systems only

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
        Raises a ConfigError where a folder must not be deleted, because it holds what is not ours; nothing is written
        then. It is asked again at the end: what people put into ``out`` meanwhile is kept, see Warns.

    Raises
    ------
    ConfigError
        The system does not let us write there. Errors of the block about other paths pass unchanged.
    KeyboardInterrupt
        Also when a library swallowed it within the block; ``out`` is what it was then.

    Warns
    -----
    UserWarning
        ``out`` came to hold what is not ours while the block ran: it was moved aside, whole.
    """
    out = _target(out)
    partial = partial_of(out)
    made = [parent for parent in out.parents if not parent.exists()]  # the nearest first
    with interrupts_come_out() as heard:
        try:
            with _system_errors(out, out, *out.parents):
                with locked(out.parent):
                    _restore(out, refuse)
                refuse(out)
                _prepare(out, partial)
            with _system_errors(out, partial):
                yield partial
            heard.come_again()
            with _system_errors(out), locked(out.parent):
                _swap(partial, out, refuse)
        finally:
            remove(partial)
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


def _prepare(out: Path, partial: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(out.parent, out.name)
    partial.mkdir()


def _restore(out: Path, refuse: Callable[[Path], None]) -> None:
    """Finish what a run killed between its two renames left behind."""
    previous = _previous(out)
    if previous.is_dir() and not previous.is_symlink() and not out.exists():
        previous.rename(out)
    elif previous.is_symlink() or previous.is_file():
        raise ConfigError(f"'{previous}' stands where results are put for a moment. Move it elsewhere, or delete it.")
    elif previous.exists():
        refuse(previous)
        _discard(previous, out)


def _swap(new: Path, out: Path, refuse: Callable[[Path], None]) -> None:
    if not out.exists():
        new.rename(out)
        return
    previous = _previous(out)
    try:
        out.rename(previous)
        new.rename(out)
    except BaseException:
        if not out.exists():
            previous.rename(out)
        raise
    if not _kept(previous, out, refuse):
        _discard(previous, out)


def _kept(previous: Path, out: Path, refuse: Callable[[Path], None]) -> bool:
    """Whether the earlier folder is kept because of what was put into it since it was asked for.

    It is asked here, where it has left its place: checking takes seconds, in which somebody may save another file.
    """
    try:
        refuse(previous)
    except ConfigError as error:
        names = (f"{out.name}.kept" if n == 1 else f"{out.name}.kept-{n}" for n in count(1))
        place = next(path for path in map(out.with_name, names) if not path.exists())
        previous.rename(place)
        said = str(error).replace(str(previous), str(out))
        warnings.warn(f"{said} The earlier folder was kept as '{place}'.", stacklevel=5)
        return True
    return False


def _discard(previous: Path, out: Path) -> None:
    """Delete it under a name of leftovers: whatever stands at ``.<name>.previous`` is whole."""
    going = partial_of(out)
    previous.rename(going)
    remove(going)


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")
