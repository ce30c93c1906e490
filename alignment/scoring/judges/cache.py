"""Answers of a judge that are paid for once: JSON lines, one for each question, never rewritten."""

import errno
import json
import os
import warnings
from pathlib import Path
from threading import Lock
from typing import Any

import pluralstats as ps
from pluralstats.storage.contents import NO_CARD, SUM, card_sum, is_sound
from pluralstats.storage.whole_files import interrupts_come_out

OF_EARLIER = {"key", "model", "reply", "prompt_tokens", "completion_tokens"}  # of lines without a checksum

_START = '{"key": '  # of every line


class ReplyCache:
    """Answers by question, kept in a file of JSON lines as soon as they come.

    A line is appended in one write, with its checksum, so that threads and programs may share the file; the half line
    of a killed program, and a damaged one, is passed over with a warning and its question asked again. The last line of
    a question counts.

    Parameters
    ----------
    path : path, optional
        Made where it does not exist; without it answers are kept in memory only.

    Raises
    ------
    ConfigError
        The file cannot be read or written, or is somebody's file of another kind.
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
                whole = {"key": key, **entry}
                with interrupts_come_out():
                    _append(self.path, json.dumps({**whole, SUM: card_sum(whole)}))
            self._entries[key] = entry


def _read_lines(path: Path) -> dict[str, dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    except OSError as error:
        raise ps.ConfigError(f"The judge's cache {path} cannot be read: {error.strerror}.") from error
    entries, damaged = {}, []
    for number, line in enumerate(lines, start=1):
        entry = _entry(line)
        if entry is not None:
            entries[entry.pop("key")] = entry
        elif line.strip():
            damaged.append(str(number))
    if damaged and not entries and not any(_may_be_ours(line) for line in lines if line.strip()):
        raise ps.ConfigError(
            f"{path} holds no answers of a judge, so nothing is written behind what it holds. Choose another `cache`."
        )
    if damaged:
        more = f" and {len(damaged) - 5} more" if len(damaged) > 5 else ""
        warnings.warn(
            f"Lines of the judge's cache {path} are cut off or have changed since they were written, and their "
            f"questions are asked again: {', '.join(damaged[:5])}{more}.",
            stacklevel=4,
        )
    return entries


def _may_be_ours(line: str) -> bool:
    """Whether a damaged line can have been ours: cut off at its start, or with one of two names still readable."""
    return _START.startswith(line) or _START in line or '"reply"' in line


def _entry(line: str) -> dict[str, Any] | None:
    """What a line holds; None where it is cut off or damaged. Lines of earlier versions have no checksum."""
    try:
        entry = json.loads(line)
        held = entry.pop(SUM, None)
        sound = entry.keys() <= OF_EARLIER if held is None else is_sound(entry, held)
        return entry if sound and isinstance(entry["key"], str) and isinstance(entry["reply"], str) else None
    except (KeyError, *NO_CARD):
        return None


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
