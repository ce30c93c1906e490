"""Tables and the fingerprint that say what is in the data."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.policies.ratings import event_keys
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales, scale_parts
from pluralstats.data.shares import Sets
from pluralstats.data.tables.columns import distinct_pairs


def summary_table(frame: pd.DataFrame, scale: Scale | Scales, demographics: Sequence[str]) -> pd.DataFrame:
    """Raters and ratings of everything, of each answer, dimension and demographic level.

    Returns
    -------
    DataFrame
        column ("all", "rating", "dimension" or a demographic), level, n_raters, n_ratings, percent (of
        ratings). Where each wave has its own scale, "rating, wave 1" and so on stand for "rating".
    """
    everything = pd.Categorical.from_codes(np.zeros(len(frame), dtype=int), categories=["all"])
    columns = {"all": pd.Series(everything)}
    columns |= {name: pd.Series(answer) for name, answer in _answers(frame, scale)}
    columns |= {name: frame[name] for name in ("dimension", *demographics) if name in frame}
    parts = [_level_counts(name, column, frame["rater"]) for name, column in columns.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(percent=100 * table["n_ratings"] / len(frame))


def _answers(frame: pd.DataFrame, scale: Scale | Scales) -> Iterator[tuple[str, pd.Categorical]]:
    """What each scale is called in a summary, and its answers; those of other rows are missing."""
    for level, own, here in scale_parts(scale, frame):
        if not own.is_continuous:
            name = f"rating, {scale.column} {level}" if isinstance(scale, Scales) else "rating"
            yield name, pd.Categorical.from_codes(np.where(here, frame["rating"], -1), categories=list(own.labels))


def shown_rows(frame: pd.DataFrame, scale: Scale | Scales) -> pd.DataFrame:
    """Rows of ratings as people read them: answers by their labels."""
    if not isinstance(scale, Scales) and scale.is_continuous:
        return frame
    shown = np.empty(len(frame), dtype=object)
    for _, own, here in scale_parts(scale, frame):
        shown[here] = np.array(own.labels, dtype=object)[frame["rating"].to_numpy()[here]]
    return frame.assign(rating=list(shown))


def _level_counts(name: str, column: pd.Series, rater: pd.Series) -> pd.DataFrame:
    codes, n_levels = column.cat.codes.to_numpy(), len(column.cat.categories)
    codes, by = codes[codes >= 0], rater.cat.codes.to_numpy()[codes >= 0]
    met, _ = distinct_pairs(codes, by, len(rater.cat.categories))
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


def item_table(frame: pd.DataFrame, values: np.ndarray | None) -> pd.DataFrame:
    """One row per item: item, n_ratings, and the mean of ``values``, (n_ratings,), where there are any."""
    item = frame["item"].array
    n_items = len(item.categories)
    counts = np.bincount(item.codes, minlength=n_items)
    names = pd.Categorical.from_codes(np.arange(n_items), dtype=item.dtype)
    table = pd.DataFrame({"item": names, "n_ratings": counts})
    if values is None:
        return table
    return table.assign(mean=np.bincount(item.codes, weights=values, minlength=n_items) / counts)


def content_hash(frame: pd.DataFrame, scale: Scale | Scales, shares: Mapping[str, Sets]) -> str:
    """SHA-256 (hex) of scale, columns, levels and rows sorted by rater, item, dimension and wave."""
    order = np.lexsort([frame[key].cat.codes for key in event_keys(frame)])
    names = sorted(frame.columns)
    head: dict[str, Any] = {"columns": names, "levels": {}, **_of_scale(scale)}
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


def _of_scale(scale: Scale | Scales) -> dict[str, Any]:
    if isinstance(scale, Scales):
        return {"by": scale.column, "scales": {level: _of_scale(own) for level, own in scale.of.items()}}
    return {"labels": scale.labels, "values": scale.values, **({"ends": scale.ends} if scale.ends else {})}
