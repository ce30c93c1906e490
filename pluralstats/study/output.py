"""The results folder: what may be replaced by a new study and what is left alone."""

import json
from contextlib import AbstractContextManager
from pathlib import Path

from pluralstats.errors import ConfigError
from pluralstats.folders import replaced_whole

PROVENANCE = "provenance.json"
PROGRAM = "pluralstats"
ENTRIES = frozenset({"figures", "fits", "tables", PROVENANCE, "report.html", "study.toml"})


def whole_folder(out: str | Path) -> AbstractContextManager[Path]:
    """A new empty folder that becomes ``out`` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    out : str or Path
        A folder that does not exist, is empty, or was written by an earlier study.

    Raises
    ------
    ConfigError
        When ``out`` holds anything else; nothing is written then.
    """
    return replaced_whole(out, refuse_foreign)


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


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
