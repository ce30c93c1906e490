"""Answers of a judge that are paid for once: JSON lines, one for each question, never rewritten."""

import errno
import json
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import pluralstats as ps


class ReplyCache:
    """Answers by question, kept in a file of JSON lines as soon as they come.

    A line is appended in one write, so that threads and programs may share the file. The half line of a killed program
    and a line that does not fit its checksum are passed over, and their questions asked again. The last line of a
    question counts.

    Parameters
    ----------
    path : path, optional
        Made where it does not exist; without it answers are kept in memory only.

    Raises
    ------
    ConfigError
        The file cannot be read or written.
    """

    def __init__(self, path: str | Path | None) -> None:
        self.path = None if path is None else Path(path)
        self._lock = Lock()
        self._entries: dict[str, dict[str, Any]] = {} if self.path is None else _read_lines(self.path)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> dict[str, Any] | None:
        """The entry of a question, or None."""
        return self._entries.get(key)

    def put(self, key: str, entry: dict[str, Any]) -> None:
        """Keep an answer, on disk before this returns."""
        with self._lock:
            if self.path is not None:
                _append(self.path, json.dumps({"key": key, **entry, "sum": _checksum(key, entry)}))
            self._entries[key] = entry


def _read_lines(path: Path) -> dict[str, dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    except OSError as error:
        raise ps.ConfigError(f"The judge's cache {path} cannot be read: {error.strerror}.") from error
    entries = {}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # a half line, or what is no entry
            entry = json.loads(line)
            key, written = entry.pop("key"), entry.pop("sum", None)  # lines of earlier versions have none
            if isinstance(entry["reply"], str) and written in (None, _checksum(key, entry)):
                entries[key] = entry
    return entries


def _checksum(key: str, entry: dict[str, Any]) -> str:
    return sha256(json.dumps([key, entry], sort_keys=True).encode()).hexdigest()[:16]


def _append(path: Path, line: str) -> None:
    """One unbuffered write in append mode is one line, whoever else writes; it starts anew after a half line."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            half = file.tell() > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
            data = (("\n" if half else "") + line + "\n").encode()
            if file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise ps.ConfigError(
            f"An answer of the judge cannot be kept in {path}: {error.strerror}. Answers before it are kept; "
            "choose another `cache` or make room, then run again."
        ) from error
