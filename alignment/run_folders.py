"""The folder of a run: which run it holds, its last complete checkpoint, and what is finished."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import TrainerCallback

import pluralstats as ps

from .loading import CHECKPOINTS, DATASET, processes

PLAN, CARD, METRICS, COMPLETE = "plan.json", "card.json", "metrics.csv", "complete.json"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = ("no space left", "file too large", "disk quota", "file write failed", "unexpected pos")


class CompleteCheckpoints(TrainerCallback):
    """Marks a checkpoint when every process has written its part: only marked ones are continued from.

    ``metrics.csv`` is written with it, so that a long run can be watched.
    """

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        processes().wait_for_everyone()
        if processes().is_main_process:
            write_json(
                Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE, {"step": state.global_step}
            )


def write_json(path: Path, content: dict[str, Any]) -> None:
    """The file whole or not at all, whenever the program is killed."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The content of a file; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


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
    """The newest checkpoint that was written to its end; None without one."""
    marks = [path.parent for path in (folder / CHECKPOINTS).glob(f"checkpoint-*/{COMPLETE}")]
    return max(marks, key=checkpoint_step, default=None)


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
        shutil.rmtree(folder / DATASET, ignore_errors=True)
        for checkpoint in (folder / CHECKPOINTS).glob("checkpoint-*"):
            if not (checkpoint / COMPLETE).is_file():
                shutil.rmtree(checkpoint)
    processes().wait_for_everyone()


def save_model(folder: Path, model: Any, tokenizer: Any, *, adapter: bool) -> Path:
    """The trained weights as ``model/`` or ``adapter/``, with the tokenizer, in place only when complete."""
    place = folder / ("adapter" if adapter else "model")
    partial = folder / f".{place.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(place, ignore_errors=True)
    partial.rename(place)
    return place


def clear_checkpoints(folder: Path) -> None:
    """Delete what only an unfinished run needs."""
    for name in (CHECKPOINTS, DATASET):
        shutil.rmtree(folder / name, ignore_errors=True)


@contextmanager
def writing_errors(folder: Path) -> Iterator[None]:
    """A disk that is full, or a folder that must not be written, as a ConfigError that says what is kept."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:  # torch and safetensors raise kinds of their own
        reason = _disk_reason(error)
        if reason is None:
            raise
        kept = last_checkpoint(folder)
        what = f"The checkpoint of step {checkpoint_step(kept)} is kept" if kept else "No checkpoint was finished yet"
        raise ps.ConfigError(
            f"The run in {folder} cannot be written: {reason}. {what}; make room and repeat the same command, "
            "which goes on from there."
        ) from error


def _disk_reason(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in (*_FULL, errno.EACCES, errno.EROFS):
        return os.strerror(error.errno)
    text = str(error)
    return text if any(sign in text.lower() for sign in _FULL_TEXTS) else None
