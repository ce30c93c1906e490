"""Ratings drawn from a model, one draw at a time, and the statistics that are kept of each draw.

All replicated ratings of 27,375 rows and 500 draws would fill 110 MB; kept are shares, means, sds and percent
agreement, so that memory grows with raters and items times draws and never with ratings times draws.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, problems_error
from pluralstats.inference.kernels.rows import predictors
from pluralstats.inference.posterior.answers import among_all, drawn_answers
from pluralstats.model.design import Design
from pluralstats.results.checks.rating_layout import Layout
from pluralstats.results.checks.replication_kernels import agreeing_pairs, tally

TIE = 1e-6  # relative difference below which two statistics, kept in single precision, are equal
QUANTILES = {"estimate": 0.5, "lower": 0.025, "upper": 0.975, "lower_50": 0.25, "upper_50": 0.75}


class Drawn(NamedTuple):
    """The parameters of one draw.

    ``threshold`` (m,) of all groups, empty if gaussian; ``fixed`` (predictors, n_cells) fixed part of each cell,
    (n_cells,) of eta alone; ``effect`` (q,) random effects of all terms, stacked; ``residual_sd`` of the noise, 1
    unless gaussian.
    """

    threshold: np.ndarray
    fixed: np.ndarray
    effect: np.ndarray
    residual_sd: float


def check_replications(draws: object, seed: object) -> None:
    """Refuse numbers of draws and seeds that cannot be meant.

    Raises
    ------
    ConfigError
    """
    problems = []
    if not isinstance(draws, int) or isinstance(draws, bool) or draws < 1:
        problems.append(f"`draws` is a positive number of replications; found {draws!r}. The default is 500.")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        problems.append(f"`seed` is a whole number of at least 0; found {seed!r}. The default is 1.")
    if problems:
        raise problems_error(ConfigError, problems)


def replicated(
    layout: Layout,
    numbers: Sequence[int],
    draw_of: Callable[[int, np.random.Generator], Drawn],
    seed: int,
    keep: np.ndarray,
) -> np.ndarray:
    """(draws, kept) float32 statistics of one replication for each draw.

    Parameters
    ----------
    numbers : sequence of int
        Which draws; each has random numbers of its own, so that a draw gives the same ratings in any selection.
    draw_of : function of a number and a generator
        The parameters of a draw. Draws with parameters that are not finite are left out.
    keep : (n_statistics,) bool
    """
    out, done = np.empty((len(numbers), int(keep.sum())), np.float32), 0
    for bins, value in replications(layout, numbers, draw_of, seed):
        out[done] = statistics(layout, bins, value)[keep]
        done += 1
    return out[:done]


def replications(
    layout: Layout, numbers: Sequence[int], draw_of: Callable[[int, np.random.Generator], Drawn], seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(m,) bins and values of the ratings of one replication after another, in arrays that are used again."""
    value, bins = np.empty(layout.item.size), np.empty(layout.item.size, np.int64)
    for number in numbers:
        rng = np.random.default_rng([seed, number])
        drawn = draw_of(number, rng)
        if all(np.isfinite(part).all() for part in drawn):
            _replicate(layout, drawn, rng, value, bins)
            yield bins, value


def fixed_parts(design: Design, coefficient: np.ndarray) -> np.ndarray:
    """(predictors, n_cells) what coefficients (p,) add to eta, or to eta, log s and a."""
    parts = [np.where(design.column_parts == part, coefficient, 0.0) for part in range(design.n_predictors)]
    out = np.stack(parts) @ design.fixed.X.T
    out[0] += design.fixed.offset
    return out


def _replicate(layout: Layout, drawn: Drawn, rng: np.random.Generator, value: np.ndarray, bins: np.ndarray) -> None:
    """One rating for each entry of the layout, written into value (rating points less the centre) and bins."""
    answers, own = layout.answers, np.array([drawn.residual_sd]) if layout.family.has_residual else drawn.threshold
    m = np.empty((value.size, layout.n_predictors))
    predictors(np.atleast_2d(drawn.fixed), layout.cell, layout.index, layout.multiplier, layout.part, drawn.effect, m)
    made = drawn_answers(layout.family, layout.thresholds, m, own, np.ones(value.size), rng)
    if layout.family.ordered:
        bins[:] = among_all(layout.thresholds, answers.values, made)
        np.take(answers.points, bins, out=value)
    else:
        if answers.values.size:  # both ends
            made = answers.values[0] + (answers.values[1] - answers.values[0]) * made
        bins[:] = np.searchsorted(answers.edges, made)
        np.subtract(made, answers.centre, out=value)


def statistics(layout: Layout, bins: np.ndarray, value: np.ndarray) -> np.ndarray:
    """(n_statistics,) in the order of ``layout.labels``; missing where a unit has too few ratings.

    Shares and agreement in percent, means and sds in rating points (divisor n - 1). Agreement is the mean over items
    of the share of pairs of raters who gave the same answer.
    """
    answers, n_bins = layout.answers, len(layout.answers.names)
    of_rater, of_item = np.zeros((layout.groups.shape[1], n_bins + 2)), np.zeros((layout.n_items, 2))
    tally(layout.item, layout.rater, layout.weight, bins, value, of_rater, of_item)
    size = of_rater[:, :n_bins].sum(axis=1)
    groups = layout.groups @ of_rater
    size_of_groups = groups[:, :n_bins].sum(axis=1)
    size_of_items = np.bincount(layout.item, layout.weight, layout.n_items)
    raters = _moments(size, of_rater[:, n_bins:], answers.centre)
    items = _moments(size_of_items, of_item, answers.centre)
    overall = _moments(size_of_groups, groups[:, n_bins:], answers.centre)
    agreement, agreement_of_items = _agreement(layout, bins, n_bins)
    shares = _per(100.0 * groups[:, :n_bins], size_of_groups[:, None])
    spreads = [_sd(raters[0]), _sd(items[0])]
    return np.concatenate([shares.ravel(), *overall, agreement, spreads, *raters, *items, agreement_of_items])


def _moments(size: np.ndarray, sums: np.ndarray, centre: float) -> tuple[np.ndarray, np.ndarray]:
    """Means and sds of units from their sums and sums of squares, (units, 2)."""
    mean = _per(sums[:, 0], size)
    left = np.maximum(sums[:, 1] - size * mean**2, 0.0)
    return mean + centre, np.sqrt(_per(left, size - 1.0))


def _per(total: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Total by size; missing for units without any, such as an item that nobody rated on a dimension."""
    return np.divide(total, size, out=np.full(total.shape, np.nan), where=size > 0.0)


def _sd(means: np.ndarray) -> float:
    """The sd of the means of the units that were rated."""
    rated = means[np.isfinite(means)]
    return float(np.std(rated, ddof=1)) if rated.size > 1 else np.nan


def _agreement(layout: Layout, bins: np.ndarray, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """(1 + L,) percent agreement of everybody and within each group, (J,) of each item; empty without pairings."""
    groups, items = [], np.empty(0)
    for which, (order, level, pairs) in enumerate(layout.pairings):
        agree = np.zeros_like(pairs)
        agreeing_pairs(order, layout.place, level, layout.rater, layout.item, layout.weight, bins, n_bins, agree)
        percent = np.divide(100.0 * agree, pairs, out=np.zeros_like(pairs), where=pairs > 0.0)
        rated = (pairs > 0.0).sum(axis=1)
        groups.append(_per(percent.sum(axis=1), rated))
        if which == 0:
            items = np.where(pairs[0] > 0.0, percent[0], np.nan)
    return np.concatenate([np.empty(0), *groups]), items


def sizes(layout: Layout) -> np.ndarray:
    """(n_statistics,) ratings behind each statistic: the sum of the frequency weights."""
    of_rater = np.bincount(layout.rater, layout.weight, layout.groups.shape[1])
    of_item = np.bincount(layout.item, layout.weight, layout.n_items)
    groups = layout.groups @ of_rater
    n_bins, agree = len(layout.answers.names), 1 if layout.pairings else 0
    everything = np.repeat(of_rater.sum(), 2)
    shares = np.repeat(groups, n_bins)
    return np.concatenate([shares, *[groups] * (2 + agree), everything, of_rater, of_rater, *[of_item] * (2 + agree)])


def summarised(labels: pd.DataFrame, observed: np.ndarray, values: np.ndarray, n_ratings: np.ndarray) -> pd.DataFrame:
    """``labels`` with observed, estimate (median), intervals of the replications (draws, n), p and n_ratings.

    ``p`` is P(replicated > observed) + P(replicated = observed) / 2; without a replication all are missing.
    """
    table = labels.reset_index(drop=True).assign(observed=observed)
    if not len(values):
        return table.assign(**dict.fromkeys([*QUANTILES, "p"], np.nan), n_ratings=n_ratings)
    ordered = np.quantile(values, list(QUANTILES.values()), axis=0).astype(float)
    ties = np.abs(values - observed) <= TIE * np.abs(observed)
    p = ((values > observed) & ~ties).mean(axis=0) + 0.5 * ties.mean(axis=0)
    return table.assign(**dict(zip(QUANTILES, ordered, strict=True)), p=p, n_ratings=n_ratings)
