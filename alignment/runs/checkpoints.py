"""The checkpoints of a run: marked when complete, checked when continued from, and deleted without anybody's files."""

import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

import pluralstats as ps
from pluralstats.storage.contents import changes, entries, file_sums, remove_files
from pluralstats.storage.whole_files import interrupts_come_out

from ..models.loading import processes
from ..models.records import read_json, write_json
from ..trainers.starting import CHECKPOINTS, forget_dataset, remove_written

COMPLETE = "complete.json"
KEPT = 2  # the one before stays until the new one is complete
_STEP = re.compile(r"checkpoint-\d+")
_WRITTEN = re.compile(  # by transformers, peft, torch and us into a checkpoint
    r"(?:model|pytorch_model|adapter|value_head|optimizer|scheduler|scaler|rng_state|trainer_state|training_args|config"
    r"|generation_config|tokenizer|special_tokens|added_tokens|vocab|merges|spiece|chat_template|README\.md$"
    rf"|{re.escape(COMPLETE)}$|\.{re.escape(COMPLETE)}\.partial-)"
)


class CompleteCheckpoints(TrainerCallback):
    """Marks a checkpoint when every process has written its part: only marked ones are continued from.

    The mark lists the files of the checkpoint with their checksums. Older ones are deleted then, and not by the
    trainer, which would take "checkpoint-4-copy" for one of its own.
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
            for older in complete_checkpoints(place.parent.parent)[KEPT:]:
                remove_written(older, _WRITTEN)


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


def checkpoint_step(checkpoint: Path) -> int:
    """The number of optimiser steps behind a checkpoint.

    >>> checkpoint_step(Path("runs/x/checkpoints/checkpoint-50"))
    50
    """
    return int(checkpoint.name.rpartition("-")[2])


def clear_unfinished(folder: Path) -> None:
    """Delete what a killed run left half written."""
    forget_dataset(folder)
    for checkpoint in _checkpoints(folder):
        if not (checkpoint / COMPLETE).is_file():
            remove_written(checkpoint, _WRITTEN)


def clear_checkpoints(folder: Path) -> None:
    """Delete what only an unfinished run needs; files that people put there stay."""
    for checkpoint in complete_checkpoints(folder):
        remove_written(checkpoint, _WRITTEN)
    forget_dataset(folder)
    remove_files(folder / CHECKPOINTS, ["README.md"])  # which TRL writes over whatever is there
