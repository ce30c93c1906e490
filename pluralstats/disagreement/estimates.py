"""The coefficients of one group of raters: estimate, bootstrap interval, and why a number is missing.

The only module that imports `krippendorff` (GPL-3): it computes the estimates of alpha. The replicates of the
bootstrap need multiplicities, which it does not know; they come from our own :mod:`.pairs`.
"""

import math
from functools import partial
from typing import NamedTuple

import krippendorff
import numpy as np

from pluralstats.disagreement.counting.answers import (
    NEED_ANSWERS,
    STATISTICS,
    agreement_weights,
    answer_statistics,
    answered,
)
from pluralstats.disagreement.counting.pairs import Crossed, crossed
from pluralstats.disagreement.counting.pairs import coefficients as pairwise_coefficients
from pluralstats.disagreement.counting.resampling import FEWEST, centred, percentile_interval, replicated, stream
from pluralstats.disagreement.groups import Group

PAIRWISE = ("alpha_nominal", "alpha_ordinal", "alpha_interval", "percent")
EVERY_COEFFICIENT = (*PAIRWISE, *STATISTICS)
_ALPHA_LEVELS: dict[str, krippendorff.LevelOfMeasurement] = {
    "alpha_nominal": "nominal",
    "alpha_ordinal": "ordinal",
    "alpha_interval": "interval",
}
_NEEDS_ANSWERS = ("alpha_nominal", "percent", *NEED_ANSWERS)  # equality of two continuous ratings means nothing
_NEEDS_VARIATION = (*_ALPHA_LEVELS, "fleiss")  # 0 / 0 when all ratings are equal
_OF_SHARES = ("entropy", "polarisation")
_LARGEST_CUBE = 20_000_000  # krippendorff builds (n_items, V, V) floats: 160 MB; above it our own sums take over


class Wanted(NamedTuple):
    """What ``agreement`` was asked for; ``values`` are the answers of the scale, ``weights`` those of ac2."""

    coefficients: tuple[str, ...]
    bootstrap: tuple[str, ...]
    values: tuple[float, ...]
    weights: str
    replicates: int
    prob: float
    seed: int


class _Tables(NamedTuple):
    """The ratings of a group for the two families of coefficients: items with two ratings or more, and all."""

    paired: Crossed
    every: Crossed
    weights: np.ndarray


def group_rows(group: Group, wanted: Wanted) -> list[dict]:
    """The rows of one group, coefficient by coefficient."""
    tables = _Tables(
        crossed(group.item, group.rater, group.rating),
        answered(group.item, group.rater, group.rating, wanted.values),
        agreement_weights(wanted.weights, wanted.values),
    )
    names = {"demographic": group.demographic, "level": group.level}
    counts = {
        "n_raters": len(np.unique(group.rater)),
        "n_items": tables.paired.n_items,
        "n_ratings": len(group.rating),
    }
    draws = {kind: _draws(tables, group, kind, wanted) for kind in wanted.bootstrap}
    rows = []
    for name in wanted.coefficients:
        undefined = _why_undefined(name, tables, not wanted.values)
        estimate = math.nan if undefined else _estimate(name, tables)
        for kind in wanted.bootstrap:
            found = {"coefficient": name, "bootstrap": kind, "estimate": estimate}
            values = draws[kind].get(name)
            lower, upper, doubt = (
                (math.nan, math.nan, undefined)
                if undefined
                else _interval(name, kind, tables, values, estimate, wanted.prob)
            )
            rows.append(names | found | {"lower": lower, "upper": upper} | counts | {"note": doubt})
    return rows


def _why_undefined(name: str, tables: _Tables, is_continuous: bool) -> str:
    """A sentence when the coefficient has no value for these ratings, otherwise nothing."""
    table = tables.paired
    if is_continuous and name in _NEEDS_ANSWERS:
        return f"{name} compares answers of a fixed scale; these ratings are continuous. Use alpha_interval."
    if name == "polarisation" and len(tables.weights) == 2:
        return "polarisation needs a scale of 3 answers or more: between two answers there is no valley."
    if table.n_items == 0:
        return "No item has two ratings, so there is nothing to compare."
    if table.n_items == 1 and name in _ALPHA_LEVELS:
        return "Alpha is not defined over a single item: pairs of ratings of other items are what it compares with."
    if table.n_raters == 1:
        return "Only one rater rated items twice or more, so there is nobody to agree with."
    found = np.unique(tables.every.code) if name == "fleiss" else table.value
    if len(found) == 1 and name in _NEEDS_VARIATION:
        kind = "Fleiss' kappa" if name == "fleiss" else "alpha"
        return f"All ratings of items with two or more are {table.value[0]:g}, so {kind} is undefined (0 / 0)."
    return ""


def _estimate(name: str, tables: _Tables) -> float:
    table = tables.paired
    n_answers = len(table.value)
    if name in STATISTICS:
        once = np.ones(tables.every.n_raters), np.ones(tables.every.n_items)
        return float(answer_statistics(tables.every, tables.weights, *once)[STATISTICS.index(name)])
    if name == "percent" or table.n_items * n_answers**2 > _LARGEST_CUBE:
        everything = pairwise_coefficients(table, np.ones(table.n_raters), np.ones(table.n_items))
        return float(everything[PAIRWISE.index(name)])
    cell = np.repeat(np.arange(table.n_items), np.diff(table.first)) * n_answers + table.code
    counts = np.bincount(cell, minlength=table.n_items * n_answers).reshape(table.n_items, n_answers)
    level = _ALPHA_LEVELS[name]
    return float(krippendorff.alpha(value_counts=counts, value_domain=table.value, level_of_measurement=level))


def _too_few(kind: str, table: Crossed) -> str:
    if kind != "items" and table.n_raters < FEWEST:
        return f"An interval over raters needs {FEWEST} of them; found {table.n_raters}."
    if kind != "raters" and table.n_items < FEWEST:
        return f"An interval over items needs {FEWEST} of them with two ratings; found {table.n_items}."
    return ""


def _draws(tables: _Tables, group: Group, kind: str, wanted: Wanted) -> dict[str, np.ndarray]:
    """Replicates of the coefficients by name, (replicates,) each; none where resampling makes no sense.

    The two families have streams of their own, so that the numbers of one never depend on the other.
    """
    if kind == "none" or _too_few(kind, tables.paired):
        return {}
    names = (group.demographic, group.level, kind)
    families = {
        PAIRWISE: (tables.paired, partial(pairwise_coefficients, tables.paired), names),
        STATISTICS: (tables.every, partial(answer_statistics, tables.every, tables.weights), (*names, "answers")),
    }
    found: dict[str, np.ndarray] = {}
    for family, (table, statistic, stream_names) in families.items():
        if set(family) & set(wanted.coefficients):
            generator = stream(wanted.seed, *stream_names)
            draws = replicated(statistic, table.n_raters, table.n_items, kind, wanted.replicates, generator)
            found |= dict(zip(family, draws.T, strict=True))
    return found


def _interval(
    name: str, kind: str, tables: _Tables, values: np.ndarray | None, estimate: float, prob: float
) -> tuple[float, float, str]:
    """Lower, upper, and a sentence when they are missing or rest on fewer replicates than asked for."""
    if kind == "none":
        return math.nan, math.nan, ""
    if values is None:
        return math.nan, math.nan, _too_few(kind, tables.paired)
    if len(tables.paired.value) == 1:
        return math.nan, math.nan, "All ratings are equal, so resampling them cannot show any uncertainty."
    n_undefined = int(np.isnan(values).sum())
    doubt = f"{n_undefined} of {len(values)} replicates were undefined (ratings all equal, or no pairs left)."
    if 2 * n_undefined > len(values):
        return math.nan, math.nan, doubt
    if name in _OF_SHARES:
        most = 1.0 if name == "polarisation" else math.log(len(tables.weights))
        values = np.clip(centred(values, estimate), 0.0, most)
    return *percentile_interval(values, prob), doubt if n_undefined else ""
