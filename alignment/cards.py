"""The card of a run: where its labels come from, what was asked for, what ran, and what came out."""

import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch

import pluralstats as ps

from .loading import processes
from .settings import RunSettings
from .tables import TrainingTable

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
