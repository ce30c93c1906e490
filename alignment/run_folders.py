"""The folder of a run: which run it holds, its last complete checkpoint, and what is finished."""

import errno
import json
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import TrainerCallback

import pluralstats as ps
from pluralstats.storage.contents import entries, remove_files, some
from pluralstats.storage.interrupts import interrupts_come_out
from pluralstats.storage.sums import SUM, card_sum, changes, file_sums
from pluralstats.storage.whole_files import write_whole

from .loading import CHECKPOINTS, DATASET, processes

PLAN, CARD, METRICS, COMPLETE = "plan.json", "card.json", "metrics.csv", "complete.json"
ADVICE = "Take it from a backup, or delete the folder of the run and train again."
_STEP = re.compile(r"checkpoint-\d+")
_WRITTEN = re.compile(  # by transformers, peft, torch and us into a checkpoint
    r"(?:model|pytorch_model|adapter|value_head|optimizer|scheduler|scaler|rng_state|trainer_state|training_args|config"
    r"|generation_config|tokenizer|special_tokens|added_tokens|vocab|merges|spiece|chat_template|README\.md$"
    rf"|{re.escape(COMPLETE)}$|\.{re.escape(COMPLETE)}\.partial-)"
)
_DATASET_FILES = re.compile(r"(?:data-|cache-|tmp|dataset_info\.json$|state\.json$)")  # of the package datasets
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = ("no space left", "file too large", "disk quota", "file write failed", "unexpected pos")


class CompleteCheckpoints(TrainerCallback):
    """Marks a checkpoint when every process has written its part: only marked ones are continued from.

    The mark lists the files of the checkpoint with their checksums.
    """

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        processes().wait_for_everyone()
        if processes().is_main_process:
            place = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            with suppress(FileNotFoundError):  # of a damaged one of the same step, which was just written over
                (place / COMPLETE).unlink()
            with interrupts_come_out():
                sums = file_sums(place, entries(place))
                write_json(place / COMPLETE, {"step": state.global_step, "files": sums})


def write_json(path: Path, content: dict[str, Any]) -> None:
    """The file whole or not at all, whenever the program is killed; with a checksum of itself."""
    plain = json.loads(json.dumps(content))
    text = json.dumps({**plain, SUM: card_sum(plain)}, indent=1, ensure_ascii=False)
    write_whole(path, text.encode("utf-8"), "The run")


def read_json(path: Path) -> dict[str, Any] | None:
    """The content of a file without its checksum; None where there is none.

    Raises
    ------
    DataError
        It cannot be read, or has changed since it was written.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        held = content.pop(SUM, None)
    except (ValueError, AttributeError, TypeError) as error:
        raise ps.DataError(f"'{path}' cannot be read as JSON ({error}). {ADVICE}") from error
    if held is not None and held != card_sum(content):
        raise ps.DataError(f"'{path}' has changed since it was written. {ADVICE}")
    return content


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


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end and has not changed since; None without one.

    Warns
    -----
    UserWarning
        A newer one is damaged, or cannot be checked.
    """
    for checkpoint in complete_checkpoints(folder):
        problem = _damage(checkpoint)
        if problem is None:
            return checkpoint
        warnings.warn(
            f"The checkpoint {checkpoint} is not continued from: {problem}. The run goes on from the one before, or "
            "from its start, and ends with the same weights.",
            stacklevel=3,
        )
    return None


def complete_checkpoints(folder: Path) -> list[Path]:
    """Those that were written to their end, the newest first."""
    return [checkpoint for checkpoint in _checkpoints(folder) if (checkpoint / COMPLETE).is_file()]


def _checkpoints(folder: Path) -> list[Path]:
    """Folders that a trainer wrote, the newest first; "checkpoint-4-copy" is somebody's."""
    found = [path for path in (folder / CHECKPOINTS).glob("checkpoint-*") if _STEP.fullmatch(path.name)]
    return sorted((path for path in found if path.is_dir()), key=checkpoint_step, reverse=True)


def _damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, as part of a sentence: its files are unpickled, and may say anything."""
    try:
        mark = read_json(checkpoint / COMPLETE) or {}
    except ps.DataError:
        return f"{COMPLETE} has changed since it was saved"
    if "files" not in mark:
        return "an earlier version wrote it, without checksums"
    return "; ".join(changes(checkpoint, mark["files"])) or None


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


def checkpoint_step(checkpoint: Path) -> int:
    """The number of optimiser steps behind a checkpoint.

    >>> checkpoint_step(Path("runs/x/checkpoints/checkpoint-50"))
    50
    """
    return int(checkpoint.name.rpartition("-")[2])


def begin(folder: Path, plan: dict[str, Any]) -> None:
    """Claim the folder for a run and clear what a killed one left half written."""
    if processes().is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / PLAN, plan)
        forget_dataset(folder)
        for checkpoint in _checkpoints(folder):
            if not (checkpoint / COMPLETE).is_file():
                _remove_written(checkpoint, _WRITTEN)
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


def forget_dataset(folder: Path) -> None:
    """Delete the rows that a run trains on, which it writes anew; files that people put there stay."""
    _remove_written(folder / DATASET, _DATASET_FILES)


def _remove_written(place: Path, written: re.Pattern[str]) -> None:
    """Delete the files of a folder that have names of the libraries, whole or half written."""
    if place.is_dir():
        remove_files(place, [name for name in entries(place) if written.match(Path(name).name)])


def clear_checkpoints(folder: Path) -> None:
    """Delete what only an unfinished run needs; files that people put there stay."""
    for checkpoint in complete_checkpoints(folder):
        _remove_written(checkpoint, _WRITTEN)
    forget_dataset(folder)
    remove_files(folder / CHECKPOINTS, ["README.md"])  # which TRL writes over whatever is there


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
