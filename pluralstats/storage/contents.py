"""What a folder holds beside what the program wrote into it: such files are named, and never deleted."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pluralstats.errors import ConfigError
from pluralstats.storage.contents import file_sum

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
