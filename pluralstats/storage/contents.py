"""What a folder holds: checksums by which damage is found, and files of others, which are named and never deleted."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pluralstats.errors import ConfigError

SUM = "sha256"  # of a card, in the card
NO_CARD = (ValueError, TypeError, AttributeError, RecursionError)  # what reading and checking other JSON raises


def file_sum(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def card_sum(card: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a card without the sum it has of itself, in whatever way its text is laid out."""
    content = {key: value for key, value in card.items() if key != SUM}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def is_sound(card: Mapping[str, Any], expected: object) -> bool:
    """Whether a card has the checksum that was kept of it."""
    try:
        return card_sum(card) == expected
    except NO_CARD:  # NaN, which we never write
        return False


def canonical(content: Mapping[str, Any]) -> str:
    """One text for equal plain values: JSON with sorted keys, numbers of numpy as plain ones."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(number: Any) -> Any:
    return number.item()


def file_sums(folder: Path, names: list[str]) -> dict[str, str]:
    """Path within ``folder`` -> SHA-256 (hex)."""
    return {name: file_sum(folder / name) for name in names}


def changes(folder: Path, sums: Mapping[str, str]) -> list[str]:
    """What has become of files whose sums were kept, as parts of a sentence: "x.json is missing".

    Raises
    ------
    OSError
        A file that is there cannot be read.
    """
    found = []
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif file_sum(path) != expected:
            found.append(f"{name} has changed since it was saved")
    return found


SHOWN = 5  # names in a sentence
OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # file managers put them into what they show

type Strangers = Callable[[Path, list[str]], tuple[list[str], list[str]]]  # folder, entries -> foreign, changed


def entries(folder: Path) -> list[str]:
    """Everything in a folder at any depth, by its path within it: files, links, and folders with nothing in them."""
    return sorted(_entries(folder, ""))


def _entries(folder: Path, prefix: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.name in OF_THE_SYSTEM:
            continue
        inside = (
            list(_entries(Path(entry.path), f"{prefix}{entry.name}/")) if entry.is_dir(follow_symlinks=False) else []
        )
        yield from inside or [prefix + entry.name]


def named(names: Collection[str]) -> Strangers:
    """Foreign is whatever has another name; nothing counts as changed."""
    return lambda folder, found: ([name for name in found if name not in names], [])


def listed(sums: Mapping[str, str]) -> Strangers:
    """Foreign is what a list of files with their checksums has not; changed is what it has with another checksum."""

    def strangers(folder: Path, found: list[str]) -> tuple[list[str], list[str]]:
        ours = [name for name in found if name in sums and (folder / name).is_file()]
        changed = [name for name in ours if file_sum(folder / name) != sums[name]]
        return [name for name in found if name not in ours], changed

    return strangers


def refuse_strangers(folder: Path, strangers: Strangers, what: str, advice: str) -> None:
    """Raise where deleting ``folder`` would delete what somebody else wrote, with the names.

    Parameters
    ----------
    what : str
        What the folder holds that is ours: "a fit".
    advice : str
        What to do, as a sentence.

    Raises
    ------
    ConfigError
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError(f"'{folder}' is a file, and {what} is a folder. Move it elsewhere, or choose another place.")
    foreign, changed = strangers(folder, entries(folder))
    parts = [f"and also {some(foreign)}, which would be lost"] if foreign else []
    parts += [f"and {some(changed)} changed since then, which would be lost"] if changed else []
    if parts:
        raise ConfigError(f"{folder} holds {what}, which would be replaced, {', '.join(parts)}. {advice}")


def remove_files(folder: Path, names: Collection[str]) -> None:
    """Delete these files of a folder, and the folders that are empty then; whatever else is there stays."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)
    inner = {parent for name in names for parent in Path(name).parents}
    for path in sorted(inner, key=lambda parent: len(parent.parts), reverse=True):  # the deepest first
        with suppress(OSError):  # somebody else's files are in it
            (folder / path).rmdir()


def some(names: list[str]) -> str:
    """The first names, and how many more there are.

    >>> some(["a", "b"]), some(list("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
