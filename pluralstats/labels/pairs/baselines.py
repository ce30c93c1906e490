"""Probabilities of pairs without a model: from all ratings, shares, majorities, means and medians."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.errors import ConfigError
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.source import PairRows
from pluralstats.labels.utilities import utility_steps
from pluralstats.labels.votes import weighted_median


class ItemLabels(NamedTuple):
    """Of J items on one dimension: ``shares`` (J, K) of answers with ``values`` (K,), one ``number`` (J,) an item.

    Missing where an item has no ratings.
    """

    shares: np.ndarray
    values: np.ndarray
    number: np.ndarray


def rows_of_pairs(p: np.ndarray, n_raters: np.ndarray, sd: np.ndarray | None = None) -> PairRows:
    """One row a pair, all with weight 1."""
    missing = np.full(p.size, np.nan) if sd is None else sd
    return PairRows(np.arange(p.size), p, missing, n_raters, np.ones(p.size))


def counted_raters(candidates: Candidates, parts: Sequence[pd.DataFrame]) -> np.ndarray:
    """(R,) raters who rated at least one response of each pair, on any dimension; ``parts`` are rows of ratings."""
    rows = pd.concat([part[["item", "rater"]].astype(object) for part in parts]).drop_duplicates()
    at = pd.Series(np.arange(len(candidates.responses)), index=candidates.items)
    rows = rows[rows["item"].isin(candidates.items)]
    raters, code = np.unique(rows["rater"].to_numpy(str), return_inverse=True)
    item = at[rows["item"]].to_numpy()
    having = [set(code[item == j].tolist()) for j in range(len(at))] if raters.size else [set()] * len(at)
    pairs = zip(candidates.first.tolist(), candidates.second.tolist(), strict=True)
    return np.array([len(having[a] | having[b]) for a, b in pairs])


def rating_rows(
    sources: Mapping[str, Ratings], utility: Mapping[str, float], policy: str, within: Mapping[str, str], c: Candidates
) -> PairRows:
    """The rows of one target by a baseline policy.

    Parameters
    ----------
    sources : dict, dimension -> its Ratings
    within : dict, demographic -> level of the target
    """
    tables = [_rows_within(sources[name], within, c) for name in utility]
    if policy == "all":
        return _rows_of_raters(tables, list(utility.values()), c)
    labels = [
        _labels(table, sources[name].scale, policy, len(c.items)) for name, table in zip(utility, tables, strict=True)
    ]
    p = label_probabilities(labels, list(utility.values()), policy, c)
    return rows_of_pairs(p, counted_raters(c, tables))


def label_probabilities(
    labels: Sequence[ItemLabels], worth: Sequence[float], policy: str, candidates: Candidates
) -> np.ndarray:
    """(R,) p of the first response: from shares as of two independent raters, else 1, 0, or 1/2 where labels tie."""
    first, second = candidates.first, candidates.second
    if policy in OF_NUMBERS:
        value = np.sum([w * at.number for w, at in zip(worth, labels, strict=True)], axis=0)
        gap = value[first] - value[second]
        return 0.5 + 0.5 * np.sign(np.where(np.abs(gap) < 1e-9, 0.0, gap))
    steps = utility_steps([w * at.values for w, at in zip(worth, labels, strict=True)])
    share = np.ones((len(candidates.responses), 1))
    for d, at in enumerate(labels):
        after = np.zeros((len(share), steps.sizes[d + 1]))
        for v in range(share.shape[1]):
            for k in range(at.values.size):
                after[:, steps.to[d, v, k]] += share[:, v] * at.shares[:, k]
        share = after
    below = np.cumsum(share, axis=1)[:, :-1]
    below = np.column_stack([np.zeros(len(share)), below, share.sum(axis=1)])
    middle = 0.5 * (below[:, :-1] + below[:, 1:])
    return np.einsum("rv,rv->r", share[first], middle[second])


def _rows_within(ratings: Ratings, within: Mapping[str, str], candidates: Candidates) -> pd.DataFrame:
    """item, rater, at (row of the responses), rating, value, weight: ratings of the responses by raters of a target."""
    frame = ratings.frame.assign(_value=ratings.values)
    for name, level in within.items():
        frame = frame[frame[name] == level]
    place = pd.Series(np.arange(len(candidates.responses)), index=candidates.items)
    frame = frame[frame["item"].isin(candidates.items)]
    weight = [frame[name].to_numpy(float) for name in ("weight", "rater_weight") if name in frame]
    return pd.DataFrame(
        {
            "item": frame["item"].astype(object),
            "rater": frame["rater"].astype(object),
            "at": place[frame["item"].astype(object)].to_numpy(),
            "rating": frame["rating"].to_numpy(),
            "value": frame["_value"].to_numpy(),
            "weight": weight[0] if weight else 1.0,
        }
    )


def _rows_of_raters(tables: Sequence[pd.DataFrame], worth: Sequence[float], candidates: Candidates) -> PairRows:
    """One row for every rater who rated both responses on all dimensions: p is 1, 0, or 1/2 for equal utilities."""
    parts = [
        table.groupby(["rater", "at"], sort=True).agg(value=("value", "mean"), weight=("weight", "mean")).mul([w, 1.0])
        for table, w in zip(tables, worth, strict=True)
    ]
    both = pd.concat([part["value"] for part in parts], axis=1, join="inner").sum(axis=1)
    rated = both.rename("value").to_frame().join(parts[0]["weight"]).reset_index()
    pairs = pd.DataFrame({"pair": np.arange(candidates.first.size), "a": candidates.first, "b": candidates.second})
    of_a = pairs.merge(rated, left_on="a", right_on="at")
    rows = of_a.merge(rated, left_on=["rater", "b"], right_on=["rater", "at"], suffixes=("", "_b"))
    rows = rows.sort_values(["pair", "rater"], ignore_index=True)
    gap = (rows["value"] - rows["value_b"]).to_numpy()
    p = 0.5 + 0.5 * np.sign(np.where(np.abs(gap) < 1e-9, 0.0, gap))
    weight = 0.5 * (rows["weight"] + rows["weight_b"]).to_numpy(float)
    return PairRows(rows["pair"].to_numpy(), p, np.full(p.size, np.nan), np.ones(p.size, int), weight)


def _labels(table: pd.DataFrame, scale: Scale, policy: str, n_items: int) -> ItemLabels:
    """Labels of one dimension from ratings."""
    if scale.is_continuous and policy not in ("mean", "median"):
        raise ConfigError(
            f"policy='{policy}' needs a scale of answers; these ratings are numbers. Use 'mean' or 'all'."
        )
    values, counts = np.array(scale.values), np.zeros((n_items, scale.K))
    if scale.K:
        np.add.at(counts, (table["at"].to_numpy(int), table["rating"].to_numpy(int)), table["weight"].to_numpy(float))
    with np.errstate(invalid="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
    if policy == "majority":  # of several answers that are equally frequent, their middle
        most = np.abs(shares - shares.max(axis=1, keepdims=True)) < 1e-9
        with np.errstate(invalid="ignore"):
            return ItemLabels(shares, values, (most @ values) / np.where(most.any(axis=1), most.sum(axis=1), np.nan))
    number = np.full(n_items, np.nan)
    at = table["at"].to_numpy(int)
    for item in np.unique(at):
        rows = table[at == item]
        of_item = rows["value"].to_numpy(), rows["weight"].to_numpy(float)
        number[item] = weighted_median(*of_item) if policy == "median" else np.average(of_item[0], weights=of_item[1])
    return ItemLabels(shares, values, number)


OF_NUMBERS = ("majority", "mean", "median")  # one number an item
OF_RATINGS = ("all", "shares", *OF_NUMBERS)
