"""Published files into a folder of this computer: whole or not at all, with their checksums."""

import errno
import gzip
import http.client
import json
import os
import shutil
import sys
import tarfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import wrap_file

from pluralstats.data.datasets.dataset import Dataset, Published
from pluralstats.errors import ConfigError, DataError, listed, problems_error
from pluralstats.storage.contents import NO_CARD, entries, file_sum
from pluralstats.storage.contents import listed as of_list
from pluralstats.storage.folders import replaced_whole

VARIABLE = "PLURALSTATS_DATA"
HASHES = "sha256.json"
_PATIENCE = 60.0  # seconds without a byte
_CHUNK = 1 << 20


def data_folder() -> Path:
    """Where fetched data are kept: the folder that PLURALSTATS_DATA names, or the cache of this computer."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    if sys.platform == "win32":
        cache = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        cache = "~/Library/Caches"
    else:
        cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(cache).expanduser() / "pluralstats" / "data"


def fetched(dataset: Dataset) -> Path:
    """The folder with the published files of a data set, fetched on first use and checked on every one.

    Raises
    ------
    DataError
        A file cannot be fetched, is not the one that was published, or has changed since it was fetched.
    ConfigError
        The folder cannot be written.
    """
    folder = data_folder() / dataset.name
    if not (folder / HASHES).exists():
        with replaced_whole(folder, _refuse_strangers) as partial:
            hashes: dict[str, str] = {}
            for address in dict.fromkeys(file.address for file in dataset.published):
                files = [file for file in dataset.published if file.address == address]
                hashes |= _brought(dataset, address, files, partial)
            (partial / HASHES).write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    _check(folder, _hashes(folder))
    return folder


def _hashes(folder: Path) -> dict[str, str]:
    """The checksums that were kept when the files were fetched; none where they are damaged."""
    try:
        held = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    except (OSError, *NO_CARD):
        return {}
    return held if isinstance(held, dict) else {}


def _refuse_strangers(folder: Path) -> None:
    """Let nothing be replaced but what another program has fetched meanwhile."""
    if not folder.exists():
        return
    found = [name for name in entries(folder) if name != HASHES] if folder.is_dir() else [folder.name]
    if any(of_list(_hashes(folder))(folder, found)):
        raise ConfigError(f"{folder} holds files that were not fetched. Move them, or name another {VARIABLE}.")


def _brought(dataset: Dataset, address: str, files: list[Published], folder: Path) -> dict[str, str]:
    """What lies at an address, in the folder; file name -> SHA-256."""
    archived = files[0].archived
    target = folder / (Path(address).name if archived else files[0].file)
    try:
        download(address, target)
    except (OSError, http.client.HTTPException) as error:
        if _is_of_the_disk(error):
            raise  # ``replaced_whole`` explains it
        reason = getattr(error, "reason", None) or error
        raise DataError(
            f"{dataset.title} could not be fetched from {address} ({reason}). Download it on a computer that is "
            f"online (see {dataset.page}), and pass path=, its file or folder."
        ) from error
    found = file_sum(target)
    if files[0].sha256 and found != files[0].sha256:
        raise DataError(
            f"The file at {address} is not the one that was published: its SHA-256 is {found}, expected "
            f"{files[0].sha256}. Try again, or download it yourself and pass path= to use it as it is."
        )
    if not archived:
        return {target.name: found}
    _unpack(target, [file.file for file in files], folder)
    target.unlink()
    return {file.file: file_sum(folder / file.file) for file in files}


def _is_of_the_disk(error: Exception) -> bool:
    if not isinstance(error, OSError) or isinstance(error, urllib.error.URLError):  # which has a file name of its own
        return False
    return error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def download(address: str, target: Path) -> None:
    """The bytes at an address into a file; on a terminal a bar shows how far it is."""
    request = urllib.request.Request(address, headers={"User-Agent": "pluralstats"})
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer, target.open("wb") as file:
        said = answer.headers.get("Content-Length")
        with wrap_file(
            answer,
            int(said or 0),
            description=f"Fetching {target.name}",
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        ) as bar:
            shutil.copyfileobj(bar, file)
    if said is not None and target.stat().st_size != int(said):
        raise http.client.IncompleteRead(b"", int(said) - target.stat().st_size)


def _unpack(archive: Path, files: list[str], folder: Path) -> None:
    """Copies the named files out of an archive, wherever in it they lie; nothing else of it touches the disk."""
    try:
        with gzip.open(archive) as packed:
            while packed.read(_CHUNK):  # its checksum comes last, after where a reader of archives stops
                pass
        with tarfile.open(archive) as tar:
            members = {Path(member.name).name: member for member in tar if member.isfile()}
            if lacking := [name for name in files if name not in members]:
                raise DataError(f"{archive.name} has no {listed(lacking)}; it has {listed(list(members), 12)}.")
            for name in files:
                content = tar.extractfile(members[name])
                if content is None:
                    raise AssertionError("a regular file of an archive has content")
                with content, (folder / name).open("wb") as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{archive.name} arrived damaged: it is no archive (.tgz). Try again.") from error


def _check(folder: Path, hashes: Mapping[str, str]) -> None:
    problems = [] if hashes else [f"{folder / HASHES} has changed. Delete {folder} to fetch it again."]
    problems += [
        f"{folder / name} has changed since it was fetched. Delete {folder} to fetch it again."
        for name, expected in hashes.items()
        if not (folder / name).is_file() or file_sum(folder / name) != expected
    ]
    if problems:
        raise problems_error(DataError, problems)
