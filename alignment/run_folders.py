"""The folder of a run: which run it holds, what is finished, and what a full disk leaves."""

import errno
import json
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

import pluralstats as ps
from pluralstats.storage.contents import changes, entries, file_sums, remove_files, some

from .checkpoints import checkpoint_step, clear_unfinished, complete_checkpoints
from .loading import processes
from .run_records import ADVICE, read_json, write_json

PLAN, CARD, METRICS = "plan.json", "card.json", "metrics.csv"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = ("no space left", "file too large", "disk quota", "file write failed", "unexpected pos")


def refuse_other_run(folder: Path, plan: dict[str, Any]) -> None:
    """Raise where the folder holds another run, or something that is no run.

    Raises
    ------
    ConfigError
        With everything in which the two differ.
    """
    held = read_json(folder / PLAN)
    if held is None:
        if folder.is_dir() and any(folder.iterdir()):
            raise ps.ConfigError(f"{folder} holds files that are no run. Choose another folder with `out` (--out).")
        return
    wanted = json.loads(json.dumps(plan))
    differ = [name for name in sorted({*held, *wanted}) if held.get(name) != wanted.get(name)]
    if differ:
        lines = "; ".join(f"{name}: {held.get(name)!r} there, {wanted.get(name)!r} now" for name in differ)
        raise ps.ConfigError(
            f"{folder} holds a run of another configuration ({lines}). "
            "Choose another folder with `out` (--out), or delete that one."
        )


def with_sums(card: dict[str, Any], folder: Path, place: Path) -> dict[str, Any]:
    """The card of a finished run with the checksums of its model and its metrics."""
    names = [METRICS, *(f"{place.name}/{name}" for name in entries(place))]
    return card | {"files": file_sums(folder, names)}


def check_finished(folder: Path, card: dict[str, Any]) -> None:
    """Raise where a file of a finished run has changed; weights that were deleted are no damage.

    Raises
    ------
    DataError
        With the names of the files.
    """
    sums = card.get("files", {})
    there = {name: held for name, held in sums.items() if (folder / name).is_file() or name == METRICS}
    if found := changes(folder, there):
        raise ps.DataError(f"The run in {folder} is damaged: {'; '.join(found)}. {ADVICE}")


def check_model_of_run(place: Path) -> None:
    """The same for a model that is about to be loaded, where it lies in the folder of a run of ours."""
    card = read_json(place.parent / CARD) if place.name in ("model", "adapter") else None
    if card is not None and card.get("kind") == "run":
        inside = {name: held for name, held in card.get("files", {}).items() if Path(name).parts[0] == place.name}
        check_finished(place.parent, card | {"files": inside})


def begin(folder: Path, plan: dict[str, Any]) -> None:
    """Claim the folder for a run and clear what a killed one left half written."""
    if processes().is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / PLAN, plan)
        clear_unfinished(folder)
    processes().wait_for_everyone()


def save_model(folder: Path, model: Any, tokenizer: Any, *, adapter: bool) -> Path:
    """The trained weights as ``model/`` or ``adapter/``, with the tokenizer, in place only when complete."""
    place = folder / ("adapter" if adapter else "model")
    partial = folder / f".{place.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    if place.is_dir():
        _clear(place, entries(partial))
    partial.rename(place)
    return place


def _clear(place: Path, names: list[str]) -> None:
    """Delete the files of these names; a folder in which others are is moved aside."""
    remove_files(place, names)
    if place.exists():
        kept = next(path for n in count(1) if not (path := place.with_name(f"{place.name}.kept-{n}")).exists())
        place.rename(kept)
        warnings.warn(f"{place} held {some(entries(kept))} as well; they were kept in '{kept}'.", stacklevel=4)


@contextmanager
def writing_errors(folder: Path) -> Iterator[None]:
    """A disk that is full, or a folder that must not be written, as a ConfigError that says what is kept."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError, ps.ConfigError) as error:  # torch and safetensors have own kinds
        reason = _disk_reason(error.__cause__ if isinstance(error, ps.ConfigError) else error)
        if reason is None:
            raise
        kept = next(iter(complete_checkpoints(folder)), None)
        what = f"The checkpoint of step {checkpoint_step(kept)} is kept" if kept else "No checkpoint was finished yet"
        raise ps.ConfigError(
            f"The run in {folder} cannot be written: {reason}. {what}; make room and repeat the same command, "
            "which goes on from there."
        ) from error


def _disk_reason(error: BaseException | None) -> str | None:
    if isinstance(error, OSError) and error.errno in (*_FULL, errno.EACCES, errno.EROFS):
        return os.strerror(error.errno)
    text = str(error)
    return text if any(sign in text.lower() for sign in _FULL_TEXTS) else None
