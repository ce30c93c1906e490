"""The results folder: what may be replaced by a new study and what is left alone.

``provenance.json`` lists every file that the study wrote, with its checksum. Whatever else lies in the folder, at any
depth, and every file that has changed since, is somebody's work, and the folder is not replaced.
"""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pluralstats.errors import ConfigError
from pluralstats.fits.folder import NAMES
from pluralstats.storage.contents import (
    NO_CARD,
    OF_THE_SYSTEM,
    Strangers,
    card_sum,
    entries,
    file_sums,
    is_sound,
    listed,
    refuse_strangers,
    some,
)
from pluralstats.storage.folders import replaced_whole

PROVENANCE = "provenance.json"
PROGRAM = "pluralstats"
ADVICE = "Move those elsewhere, or choose another folder with --out."
PAIRED = {"tables": {".csv": ".parquet", ".parquet": ".csv"}, "figures": {".svg": ".png", ".png": ".svg"}}
SECONDS = 300  # in which an earlier version wrote, or somebody copied, all files
SINGLE = frozenset({PROVENANCE, "report.html", "study.toml", "tables/labels.card.json"})


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
    found = sorted(entry.name for entry in out.iterdir() if entry.name not in OF_THE_SYSTEM)
    record = read_provenance(out / PROVENANCE)
    if found and record.get("program") != PROGRAM:
        raise ConfigError(
            f"{out} is not empty and was not written by pluralstats (it holds {some(found)}, and no "
            f"{PROVENANCE} of ours), so it is left alone. {advice}"
        )
    refuse_strangers(out, _strangers(record), "results of an earlier study", ADVICE)


def with_files(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The provenance of a study with the checksums of all that it wrote, and of itself."""
    record = record | {"files": file_sums(folder, entries(folder))}
    return record | {"sha256": card_sum(record)}


def read_provenance(path: Path) -> dict[str, Any]:
    """The content of the file; nothing where it is missing or no record of ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, *NO_CARD):
        return {}
    return found if isinstance(found, dict) else {}


def _strangers(record: dict[str, Any]) -> Strangers:
    if not isinstance(record.get("files"), dict):
        return _by_name
    own = [] if is_sound(record, record.get("sha256")) else [PROVENANCE]
    others = listed(record["files"])

    def strangers(folder: Path, found: list[str]) -> tuple[list[str], list[str]]:
        foreign, changed = others(folder, [name for name in found if name != PROVENANCE])
        return foreign, [*own, *changed]

    return strangers


def _by_name(folder: Path, found: list[str]) -> tuple[list[str], list[str]]:
    """Results of a version that kept no list: ours is what has a name of ours, tables and figures in both formats.

    Such a version wrote the report last; what is much younger was edited since.
    """
    written = max((path.stat().st_mtime for path in folder.glob(PROVENANCE)), default=0.0)  # an empty folder has none
    known = [name for name in found if _is_known(folder, Path(name))]
    changed = [name for name in known if (folder / name).lstat().st_mtime > written + SECONDS]
    return [name for name in found if name not in known], changed


def _is_known(folder: Path, name: Path) -> bool:
    if name.as_posix() in SINGLE:
        return True
    room, depth = name.parts[0], len(name.parts)
    if room == "fits":
        return depth == 1 or (depth == 3 and name.name in NAMES)
    twin = PAIRED.get(room, {}).get(name.suffix)
    return (depth == 1 and room in PAIRED) or (
        depth == 2 and twin is not None and (folder / name).with_suffix(twin).is_file()
    )
