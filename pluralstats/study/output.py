"""The results folder: written beside its place and moved there whole, so that nobody reads half of it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pluralstats.errors import ConfigError

PROVENANCE = "provenance.json"
PROGRAM = "pluralstats"
ENTRIES = frozenset({"figures", "fits", "tables", PROVENANCE, "report.html", "study.toml"})


@contextmanager
def whole_folder(out: str | Path) -> Iterator[Path]:
    """A new empty folder that becomes ``out`` when the block ends well, and vanishes when it does not.

    What stood at ``out`` before stays untouched until the new folder is complete. It is then renamed to
    ``.<name>.previous``, the new one takes its place, and the old one is deleted: whenever the program is
    killed, a complete folder stands at one of the two names, and the next run puts it back.

    Parameters
    ----------
    out : str or Path
        A folder that does not exist, is empty, or was written by an earlier study.

    Raises
    ------
    ConfigError
        When ``out`` holds anything else; nothing is written then.
    """
    out = Path(out).absolute()
    restore(out)
    refuse_foreign(out)
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        _swap(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def restore(out: Path) -> None:
    """Finish what a run killed between its two renames left behind."""
    previous = _previous(out)
    if previous.is_dir() and not out.exists():
        previous.rename(out)
    elif previous.is_dir():
        shutil.rmtree(previous)


def refuse_foreign(out: Path) -> None:
    """Raise a ConfigError unless ``out`` is absent, empty, or holds only an earlier study's results."""
    if not out.exists():
        return
    advice = "Choose another folder with --out, or empty this one."
    if not out.is_dir():
        raise ConfigError(f"The results should go into a folder, but {out} is a file. {advice}")
    entries = sorted(entry.name for entry in out.iterdir())
    if entries and not _is_ours(out / PROVENANCE):
        raise ConfigError(
            f"{out} is not empty and was not written by pluralstats (it holds {_some(entries)}, and no "
            f"{PROVENANCE} of ours), so it is left alone. {advice}"
        )
    if strangers := [name for name in entries if name not in ENTRIES]:
        raise ConfigError(
            f"{out} holds results of an earlier study, which would be replaced, and also {_some(strangers)}, "
            f"which would be lost. Move those elsewhere, or choose another folder with --out."
        )


def _is_ours(path: Path) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("program") == PROGRAM
    except (OSError, ValueError, AttributeError):
        return False


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


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
