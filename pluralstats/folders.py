"""Folders that are written beside their place and moved there whole, so that nobody reads half of one."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced_whole(out: str | Path, refuse: Callable[[Path], None]) -> Iterator[Path]:
    """A new empty folder that becomes ``out`` when the block ends well, and vanishes when it does not.

    What stood at ``out`` before stays untouched until the new folder is complete. It is then renamed to
    ``.<name>.previous``, the new one takes its place, and the old one is deleted: whenever the program is
    killed, a complete folder stands at one of the two names, and the next run puts it back.

    Parameters
    ----------
    out : str or Path
    refuse : callable
        Raises where ``out`` must not be replaced; nothing is written then.
    """
    out = Path(out).absolute()
    _restore(out)
    refuse(out)
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        _swap(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _restore(out: Path) -> None:
    """Finish what a run killed between its two renames left behind."""
    previous = _previous(out)
    if previous.is_dir() and not out.exists():
        previous.rename(out)
    elif previous.is_dir():
        shutil.rmtree(previous)


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
    shutil.rmtree(previous)


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")
