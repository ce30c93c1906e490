"""The folder of a run: which run it holds, its card and its model, and what a full disk leaves."""

import errno
import json
import os
import platform
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors import SafetensorError

import pluralstats as ps
from pluralstats.storage.contents import entries, remove_files, some

from ..models.loading import processes
from ..models.records import PLAN, read_json, write_json
from ..tables.rows import TrainingTable
from ..trainers.settings import RunSettings
from .checkpoints import checkpoint_step, clear_unfinished, complete_checkpoints

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


_RECORDED = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers", "safetensors")


def run_plan(settings: RunSettings, table: TrainingTable, held_out: TrainingTable | None) -> dict[str, Any]:
    """What makes a run this run: a folder is continued, or believed to be finished, only for the same plan."""
    return {
        **{name: value for name, value in asdict(settings).items() if name != "out"},
        "target": table.target,
        "data_hash": table.data_hash,
        "held_out_hash": None if held_out is None else held_out.data_hash,
        "processes": processes().num_processes,
    }


def run_card(plan: dict[str, Any], table: TrainingTable, found: dict[str, Any]) -> dict[str, Any]:
    """The card of a finished run.

    Parameters
    ----------
    found : dict
        What the run gave: steps, tokens, rows, metrics.

    Returns
    -------
    dict
        ``kind`` "run"; ``plan``; ``labels`` (the card of the table); ``versions``; ``device``; and ``found``'s.
    """
    return {
        "kind": "run",
        "plan": plan,
        "labels": table.provenance,
        "versions": {
            "pluralstats": ps.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _RECORDED},
        },
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or "cpu",
        **found,
    }


def metrics_table(history: list[dict[str, Any]]) -> pd.DataFrame:
    """What TRL logged while it trained, one row per logged step.

    Returns
    -------
    DataFrame
        ``step``, ``loss`` and the rest by name. Times, and TRL's count of tokens, are left out: a run that was
        continued would not have the same (``num_input_tokens_seen`` counts on).
    """
    rows = pd.DataFrame([row for row in history if "loss" in row])
    rest = sorted(name for name in rows if name not in ("step", "loss", "num_tokens") and "train_" not in name)
    return rows[["step", "loss", *rest]] if len(rows) else pd.DataFrame({"step": []})


def write_metrics(path: Path, metrics: pd.DataFrame) -> None:
    """The table as CSV, with every digit."""
    metrics.to_csv(path, index=False)
