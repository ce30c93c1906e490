"""Tables and the fingerprint that say what is in the data."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.policies.ratings import event_keys
from pluralstats.data.scale import Scale
from pluralstats.data.shares import Sets
from pluralstats.data.tables.columns import distinct_pairs


def summary_table(frame: pd.DataFrame, scale: Scale, demographics: Sequence[str]) -> pd.DataFrame:
    """Raters and ratings of everything, of each answer, dimension and demographic level.

    Returns
    -------
    DataFrame
        column ("all", "rating", "dimension" or a demographic), level, n_raters, n_ratings, percent (of
        ratings).
    """
    everything = pd.Categorical.from_codes(np.zeros(len(frame), dtype=int), categories=["all"])
    columns = {"all": pd.Series(everything)}
    if not scale.is_continuous:
        columns["rating"] = pd.Series(pd.Categorical.from_codes(frame["rating"], categories=list(scale.labels)))
    columns |= {name: frame[name] for name in ("dimension", *demographics) if name in frame}
    parts = [_level_counts(name, column, frame["rater"]) for name, column in columns.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(percent=100 * table["n_ratings"] / len(frame))


def shown_rows(frame: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Rows of ratings as people read them: answers by their labels."""
    if scale.is_continuous:
        return frame
    return frame.assign(rating=[scale.labels[code] for code in frame["rating"]])


def _level_counts(name: str, column: pd.Series, rater: pd.Series) -> pd.DataFrame:
    codes, n_levels = column.cat.codes.to_numpy(), len(column.cat.categories)
    met, _ = distinct_pairs(codes, rater.cat.codes.to_numpy(), len(rater.cat.categories))
    return pd.DataFrame(
        {
            "column": name,
            "level": column.cat.categories.astype("str"),
            "n_raters": np.bincount(met, minlength=n_levels),
            "n_ratings": np.bincount(codes, minlength=n_levels),
        }
    )


def rater_table(frame: pd.DataFrame, demographics: Sequence[str]) -> pd.DataFrame:
    """One row per rater: rater, demographics, n_ratings."""
    first = frame[["rater", *demographics]].drop_duplicates("rater").sort_values("rater")
    counts = np.bincount(frame["rater"].cat.codes, minlength=len(first))
    return first.assign(n_ratings=counts).reset_index(drop=True)


def item_table(frame: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    """One row per item: item, n_ratings, mean of ``values``, (n_ratings,)."""
    item = frame["item"].array
    n_items = len(item.categories)
    counts = np.bincount(item.codes, minlength=n_items)
    means = np.bincount(item.codes, weights=values, minlength=n_items) / counts
    names = pd.Categorical.from_codes(np.arange(n_items), dtype=item.dtype)
    return pd.DataFrame({"item": names, "n_ratings": counts, "mean": means})


def content_hash(frame: pd.DataFrame, scale: Scale, shares: Mapping[str, Sets]) -> str:
    """SHA-256 (hex) of scale, columns, levels and rows sorted by rater, item, dimension and wave."""
    order = np.lexsort([frame[key].cat.codes for key in event_keys(frame)])
    names = sorted(frame.columns)
    head: dict[str, Any] = {"labels": scale.labels, "values": scale.values, "columns": names, "levels": {}}
    head |= {"ends": scale.ends} if scale.ends else {}
    head |= {"shares": shares} if shares else {}
    content = hashlib.sha256()
    for name in names:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            head["levels"][name] = list(column.cat.categories)
            content.update(column.cat.codes.to_numpy("<i4")[order].tobytes())
        else:
            content.update(column.to_numpy("<f8")[order].tobytes())
    content.update(json.dumps(head, sort_keys=True).encode())
    return content.hexdigest()
