"""The ratings of a design in the order in which they are replicated, and the names of what is kept of them.

A row with frequency weight w stands for w ratings: it is replicated w times independently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError
from pluralstats.model.design import Design, codes_of
from pluralstats.model.families.family import Family
from pluralstats.model.thresholds import BETWEEN, ThresholdGroups
from pluralstats.results.checks.replication_kernels import agreeing_pairs

MOST_RATINGS = 50_000_000  # of one draw: gigabytes of arrays
MOST_ANSWERS = 13  # of a scale whose every answer a gaussian model is held against
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
EVERYBODY = "all"
SPREADS = ("sd of rater means", "sd of item means")


class Pairing(NamedTuple):
    """Pairs of two raters who rated the same item, among everybody or within the levels of a demographic.

    ``order`` (m,) sorts the ratings by place, level and rater; ``level`` (m,); ``pairs`` (levels, J).
    """

    order: np.ndarray
    level: np.ndarray
    pairs: np.ndarray


class Answers(NamedTuple):
    """The answers, and the observed ratings in them.

    ``names`` (B,) of the categories, or of the bins that a gaussian model's ratings are sorted into at ``edges``
    (B - 1,); ``points`` (K,) of the categories less ``centre``, and their ``values``, empty if gaussian. ``bin`` and
    ``value`` (m,) are the observed ratings: their bin, and their rating points less ``centre``.
    """

    names: tuple[str, ...]
    edges: np.ndarray
    points: np.ndarray
    values: np.ndarray
    centre: float
    bin: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class Layout:
    """One entry for each rating, sorted by item, dimension and rater.

    Attributes
    ----------
    cell, item, rater, place : (m,) codes; ``place`` tells items and dimensions apart
    index : (m, T) positions among the stacked random effects
    multiplier : (n_cells, T) what those are multiplied by
    part : (T,) which predictor they move, one of ``n_predictors``
    thresholds : the groups of thresholds of the m ratings
    weight : (m,) 1, or what is left of a fractional weight
    groups : (1 + L, R) which raters are in each group, everybody first
    pairings : everybody, then each demographic; empty where no two ratings can be the same answer
    labels : statistic, level, unit, category of each statistic, in the order they are computed
    """

    family: Family
    cell: np.ndarray
    index: np.ndarray
    multiplier: np.ndarray
    part: np.ndarray
    n_predictors: int
    thresholds: ThresholdGroups
    item: np.ndarray
    rater: np.ndarray
    place: np.ndarray
    weight: np.ndarray
    answers: Answers
    groups: np.ndarray
    n_items: int
    pairings: tuple[Pairing, ...]
    labels: pd.DataFrame


def arranged(ratings: Ratings, design: Design, *, agreement: bool = True, keep: np.ndarray | None = None) -> Layout:
    """The ratings of a design, ready for replication; without ``agreement`` pairs of raters are not counted.

    A model with submodels is laid out whole, so that predictors and effects are those of ``Design.whole``. ``keep``
    (n,) bool marks the rows of the design to replicate; default all.

    Raises
    ------
    ConfigError
        Weights that stand for more ratings than fit into memory.
    """
    columns, of_eta, design = group_columns(ratings, design), design.rows, design.whole
    rows, weight = _copies(design.weight / design.rater_weight)  # a design weight repeats nobody's rating
    if keep is not None:
        kept = keep[np.argsort(of_eta)[design.rows[rows]]]
        rows, weight = rows[kept], weight[kept]
    item, rater = (codes_of(ratings, design, name).astype(np.int64) for name in ("item", "rater"))
    place = item * len(ratings.dimensions) + codes_of(ratings, design, "dimension") if ratings.dimensions else item
    order = np.lexsort((rater[rows], place[rows]))
    rows, weight = rows[order], weight[order]
    item, rater, place = item[rows], rater[rows], place[rows]
    answers = _answers(ratings, design, rows)
    names, groups = _groups(ratings, columns)
    countable = agreement and (design.family.ordered or _few_answers(ratings))
    pairings = _pairings(ratings, design, columns, rows, (place, rater, item, weight)) if countable else ()
    return Layout(
        family=design.family,
        cell=design.fixed.cell[rows],
        index=np.ascontiguousarray(design.index[rows]),
        multiplier=design.Z,
        part=design.grouping_parts,
        n_predictors=design.n_predictors,
        thresholds=design.thresholds.with_rows(design.thresholds.group[rows]),
        item=item,
        rater=rater,
        place=place,
        weight=weight,
        answers=answers,
        groups=groups,
        n_items=ratings.n_items,
        pairings=pairings,
        labels=_labels(ratings, names, answers.names, bool(pairings)),
    )


def group_columns(ratings: Ratings, design: Design) -> list[str]:
    """The demographics that a formula or a submodel names, in its fixed part or as groups of a random term."""
    formulas = [design.formula, *(part.design.formula for part in design.parts)]
    named = {name for one in formulas for name in (*one.described, *(f for term in one.random for f in term.factors))}
    return [name for name in ratings.demographics if name in named]


def _copies(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m,) row behind each rating, and (m,) weights of 1 or of what is left of a fractional frequency."""
    if weight.sum() > MOST_RATINGS:
        raise ConfigError(
            f"The weights stand for {weight.sum():,.0f} ratings, and each is replicated in every draw; "
            f"{MOST_RATINGS:,} are the most. A weight counts ratings: divide survey weights by their mean."
        )
    copies = np.ceil(weight).astype(np.int64)
    out = np.ones(int(copies.sum()))
    out[np.cumsum(copies) - 1] = weight - copies + 1.0
    return np.repeat(np.arange(weight.size), copies), out


def _few_answers(ratings: Ratings) -> bool:
    return not ratings.scale.is_continuous and ratings.scale.K <= MOST_ANSWERS


def _answers(ratings: Ratings, design: Design, rows: np.ndarray) -> Answers:
    if design.family.ordered:
        observed = design.categories[design.answers]
        centre = float(np.mean(observed))
        codes = design.answers[rows].astype(np.int64)
        points, values = design.categories - centre, design.categories
        return Answers(design.labels, np.empty(0), points, values, centre, codes, observed[rows] - centre)
    observed = np.asarray(design.points(design.y), float)
    if design.family.bounded is not None:
        names, edges = _bins_between(design, observed)
    else:
        names, edges = _scale_bins(ratings) if _few_answers(ratings) else _quantile_bins(observed)
    codes, centre = np.searchsorted(edges, observed)[rows], float(np.mean(observed))
    return Answers(
        names, edges, np.empty(0), design.categories, centre, codes.astype(np.int64), observed[rows] - centre
    )


def _bins_between(design: Design, observed: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Both ends, each a bin of its own, and quantiles of what lies between them."""
    low, high = design.categories
    inside = observed[(observed > low) & (observed < high)]
    names, edges = _quantile_bins(inside) if inside.size else ((BETWEEN,), np.empty(0))
    below_high = np.nextafter(high, low)
    return (design.labels[0], *names, design.labels[1]), np.concatenate([[low], edges, [below_high]])


def _scale_bins(ratings: Ratings) -> tuple[tuple[str, ...], np.ndarray]:
    """Bins around each answer, half way to the next one and as far beyond the ends, and what lies off the scale."""
    scale, values = ratings.scale, np.array(ratings.scale.values)
    half = np.diff(values) / 2.0
    edges = np.concatenate([values[:1] - half[:1], values[:-1] + half, values[-1:] + half[-1:]])
    return ("below the scale", *scale.labels, "above the scale"), edges


def _quantile_bins(observed: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Bins between quantiles of the observed ratings."""
    edges = np.unique(np.quantile(observed, QUANTILES))
    texts = [f"{edge:.4g}" for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    return (f"up to {texts[0]}", *between, f"above {texts[-1]}"), edges


def _groups(ratings: Ratings, columns: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Names of the groups ("all", "gender:male"), and (1 + L, R) which raters are in them."""
    of_rater = ratings.frame.drop_duplicates("rater").sort_values("rater")  # in the order of the codes
    names, members = [EVERYBODY], [np.ones(ratings.n_raters)]
    for column in columns:
        held = of_rater[column].cat.remove_unused_categories()  # a level may stand in sets of levels alone
        codes = held.cat.codes.to_numpy()
        for code, level in enumerate(held.cat.categories):
            names.append(f"{column}:{level}")
            members.append((codes == code).astype(float))
    return names, np.stack(members)


def _pairings(
    ratings: Ratings, design: Design, columns: Sequence[str], rows: np.ndarray, arrays: tuple[np.ndarray, ...]
) -> tuple[Pairing, ...]:
    """Of everybody and of each demographic, from the (m,) place, rater, item and weight of the ratings in ``rows``.

    Levels and items that have none of these ratings keep their places.
    """
    place, rater, item, weight = arrays
    levels = [(np.zeros(rows.size, np.int64), 1)]
    for name in columns:
        held = ratings.frame[name].cat.remove_unused_categories()
        levels.append((held.cat.codes.to_numpy()[design.rows][rows].astype(np.int64), len(held.cat.categories)))
    out = []
    for level, n_levels in levels:
        order, pairs = np.lexsort((rater, level, place)), np.zeros((n_levels, ratings.n_items))
        agreeing_pairs(order, place, level, rater, item, weight, np.zeros_like(item), 1, pairs)
        out.append(Pairing(order, level, pairs))
    return tuple(out)


def _labels(ratings: Ratings, groups: Sequence[str], answers: Sequence[str], agree: bool) -> pd.DataFrame:
    """One row for each statistic, in the order of :func:`pluralstats.results.checks.replication.statistics`."""
    at = {unit: "overall" if unit == EVERYBODY else "group" for unit in groups}
    rows = [("share", at[unit], unit, name) for unit in groups for name in answers]
    moments = ("mean", "sd", "agreement") if agree else ("mean", "sd")
    rows += [(statistic, at[unit], unit, "") for statistic in moments for unit in groups]
    rows += [(statistic, "overall", EVERYBODY, "") for statistic in SPREADS]
    for level, some in (("rater", moments[:2]), ("item", moments)):
        units = ratings.frame[level].cat.categories.astype(str)
        rows += [(statistic, level, unit, "") for statistic in some for unit in units]
    return pd.DataFrame(rows, columns=["statistic", "level", "unit", "category"])
