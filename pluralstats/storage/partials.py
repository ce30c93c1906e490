"""Names of what is being written, ``.<name>.partial-<process>.<number>@<machine>``, and how leftovers are found."""

import os
import platform
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

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
