"""Ratings on disk, as they are: nothing is checked or changed on the way back.

``ratings.parquet`` has the rows; ``ratings.json`` the scale, what the columns are, the order of every column's levels
(for which Parquet has no place of its own), the policies that were applied and a simulation's truth.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_table
from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales
from pluralstats.data.truth import Truth

TABLE, NOTES = "ratings.parquet", "ratings.json"
TRUTH_TABLES = ("coefficients", "sds", "random_effects", "correlations")


def write_ratings(folder: Path, ratings: Ratings) -> None:
    """Write the two files into ``folder``."""
    ratings.frame.to_parquet(folder / TABLE)
    levels = {
        name: {"levels": column.cat.categories.tolist(), "ordered": bool(column.cat.ordered)}
        for name, column in ratings.frame.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
    }
    notes = {
        "scale": _scale_notes(ratings),
        "demographics": ratings.demographics,
        "covariates": ratings.covariates,
        "simulated": ratings.simulated,
        "shares": ratings.shares,
        "to_impute": ratings.to_impute,
        "levels": levels,
        "orders": dict(ratings.orders),
        "policies": ratings.policies.to_dict("records"),
        "truth": None if ratings.truth is None else _truth_notes(ratings.truth),
    }
    (folder / NOTES).write_text(json.dumps(notes, ensure_ascii=False, indent=1, default=_plain), encoding="utf-8")


def stored_ratings(folder: Path) -> Ratings:
    """The ratings that ``write_ratings`` wrote into ``folder``, equal in every value and level."""
    notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    frame = pd.read_parquet(folder / TABLE)
    columns = {name: _categorical(frame[name], **levels) for name, levels in notes["levels"].items()}
    ratings = object.__new__(Ratings)  # the constructor would apply the policies a second time
    ratings._hold(
        frame=frame.assign(**columns),
        _scale=_scale(notes["scale"]),
        demographics=tuple(notes["demographics"]),
        covariates=tuple(notes["covariates"]),
        policies=policy_table(notes["policies"]),
        simulated=notes["simulated"],
        truth=None if notes["truth"] is None else _truth(notes["truth"]),
        shares={name: _sets(sets) for name, sets in notes.get("shares", {}).items()},  # older files have none
        to_impute=notes.get("to_impute", {}),
        orders={name: tuple(levels) for name, levels in notes.get("orders", {}).items()},  # older files have none
    )
    return ratings


def _scale_notes(ratings: Ratings) -> dict[str, Any]:
    """The scale, or the scales with the column that they go by, in plain lists."""
    if not ratings.scale_by:
        return asdict(ratings.scale)
    return {"by": ratings.scale_by, "scales": {level: asdict(scale) for level, scale in ratings.scales.items()}}


def _scale(notes: dict[str, Any]) -> Scale | Scales:
    if "by" in notes:
        return Scales(notes["by"], {level: _one_scale(**scale) for level, scale in notes["scales"].items()})
    return _one_scale(**notes)


def _one_scale(labels: list[str], values: list[float], ends: list[float] | None = None) -> Scale:
    return Scale(tuple(labels), tuple(values), (ends[0], ends[1]) if ends else None)


def _sets(sets: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {text: tuple(levels) for text, levels in sets.items()}


def _categorical(column: pd.Series, levels: list[str], ordered: bool) -> pd.Categorical:
    return pd.Categorical(column, categories=pd.Index(levels, dtype="str"), ordered=ordered)


def _truth_notes(truth: Truth) -> dict[str, Any]:
    """A truth in plain lists."""
    tables = {name: getattr(truth, name).to_dict("list") for name in TRUTH_TABLES}
    thresholds = {name: np.asarray(values).tolist() for name, values in truth.thresholds.items()}
    by_dimension = {"thresholds": thresholds, "centres": truth.centres, "precisions": truth.precisions}
    return {"family": truth.family, "link": truth.link} | by_dimension | tables


def _truth(notes: dict[str, Any]) -> Truth:
    tables = {name: pd.DataFrame(notes[name]) for name in TRUTH_TABLES if name in notes}  # older files have fewer
    thresholds = {name: np.array(values, float) for name, values in notes["thresholds"].items()}
    return Truth(
        notes["family"],
        notes["link"],
        thresholds,
        **tables,
        centres=notes.get("centres", {}),
        precisions=notes.get("precisions", {}),
    )


def _plain(number: Any) -> Any:
    return number.item()  # of numpy
