"""A training summary: the tables of comparisons in one folder, which the report of a study reads."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import pluralstats as ps
from pluralstats.errors import expect, path_of
from pluralstats.storage.shown_text import write_csv

CARD = "card.json"
KIND = "training summary"
TABLES = ("arm_effects", "arm_seeds", "arm_bootstrap", "trade_off", "win_rates", "pair_accuracy",
          "pair_calibration", "distances", "steering", "steering_advantage", "reductions", "scale_effects",
          "training_conditions")  # fmt: skip
VERSIONS = ("pluralstats", "numpy", "pandas", "scipy")


def write_summary(
    folder: str | Path, tables: Mapping[str, pd.DataFrame], *, problems: Sequence[str] = (), **card: Any
) -> Path:
    """Write tables as Parquet and CSV beside a card, for ``[training] results = "..."`` of a study file.

    Parameters
    ----------
    folder : path
        Made when missing; tables of the same names are replaced, others stay.
    tables : mapping from name to data frame
        ``arm_effects``, ``arm_seeds``, ``arm_bootstrap`` (``ArmComparison.tables()``), ``trade_off``
        (``joint_effects``), ``win_rates`` (``judged_wins``), ``pair_accuracy``, ``pair_calibration``, ``distances``,
        ``steering`` and ``steering_advantage`` (``steering_matrix``), ``reductions`` (``reduction_ratios``),
        ``scale_effects`` (of ``analysis/scales.py``), ``training_conditions`` (free columns, one row for each arm).
    problems : list of str
        Finished sentences that the report repeats.
    **card
        What else is known of the runs (model, data, licence, ``simulated=True``), as plain values.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ConfigError
        A table of another name, or a folder with the card of something else, as of a training run.
    """
    expect(tables, Mapping, "`tables` is a dict from name to data frame")
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise ps.ConfigError(f"A training summary has the tables {', '.join(TABLES)}; found {', '.join(unknown)}.")
    folder = path_of(folder, "folder")
    if (folder / CARD).is_file() and not _is_summary(folder / CARD):
        advice = "Choose another folder."
        raise ps.ConfigError(f"'{folder}' holds a {CARD} of something else, which would be lost. {advice}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
        write_csv(table, folder / f"{name}.csv")
    told = {"kind": KIND, "tables": sorted(tables), "problems": list(problems)} | card
    told["versions"] = {name: version(name) for name in VERSIONS}
    text = json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"
    (folder / CARD).write_text(text, encoding="utf-8")  # last: a folder with a card is complete
    return folder


def _is_summary(path: Path) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("kind") == KIND
    except (OSError, ValueError, AttributeError):
        return False
