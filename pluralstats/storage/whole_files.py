"""Single files, written beside their place and moved there: nobody reads half of one, and no link is followed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pluralstats.errors import ConfigError
from pluralstats.storage.whole_files import interrupts_come_out, partial_of, remove, remove_abandoned

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
