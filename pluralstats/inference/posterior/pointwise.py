"""Log-likelihoods of ratings, raters or items, streamed: a block is made, reduced and forgotten.

All log-likelihoods of 27,375 ratings and 4,000 draws would fill 876 MB. Blocks of whole units hold at most
``BLOCK_NUMBERS`` linear predictors in each thread (a unit with more rows than that is worked through in parts of its
draws), so that memory hardly grows with ratings or draws.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from joblib import cpu_count

from pluralstats.inference.kernels import pointwise as kernels
from pluralstats.inference.kernels.effect_units import effect_units, gaussian_effect_units
from pluralstats.inference.kernels.part_rows import PartRows
from pluralstats.inference.kernels.part_units import part_units
from pluralstats.inference.posterior.integrals.quadrature import (
    mirrored,
    nodes_together,
    product_quadrature,
    quadrature,
)
from pluralstats.inference.posterior.integrals.several_effects import Together, effects_of_levels
from pluralstats.inference.posterior.row_predictors import linear_predictor, predictors
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design
from pluralstats.model.families.family import addresses
from pluralstats.model.thresholds import ThresholdGroups

BLOCK_NUMBERS = 1_000_000  # 8 MB of linear predictors in each thread
MOST_THREADS = 8


class Units(NamedTuple):
    """What is left out at a time, U units of L levels, parts of a unit that have integrated effects of their own.

    ``order`` (n,) rows of the design sorted by unit and level; ``level_start`` (L + 1,) first of these rows of each
    level; ``unit_start`` (U + 1,) first level of each unit; ``name`` (U,) rater, item, or row of the ratings;
    ``integrated`` positions of the random terms that lie within units: together one effect for each level, or one on
    each of eta, log s and a, unless ``together`` says which effects a level has.
    """

    name: np.ndarray
    order: np.ndarray
    level_start: np.ndarray
    unit_start: np.ndarray
    integrated: tuple[int, ...]
    together: Together | None = None


@dataclass(frozen=True)
class Pointwise:
    """What the log-likelihood of units needs: a design, S draws, and the units.

    Of a model with submodels it is the whole design, ``Design.whole``, with the draws of all of it together.
    """

    design: Design
    samples: Samples
    units: Units


def streamed[T](data: Pointwise, reduce: Callable[[np.ndarray], T]) -> list[T]:
    """``reduce`` of the log-likelihoods (units of a block, S), one result for each block in the order of units."""
    threads = min(cpu_count(), MOST_THREADS)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda block: reduce(_block_log_likelihood(data, block)), _blocks(data)))


def single_ratings(design: Design) -> Units:
    """Each rating a unit with nothing integrated, named by its row of the ratings, in their order."""
    order, start = np.argsort(design.rows), np.arange(design.n + 1)
    return Units(design.rows[order], order, start, start, ())


def rating_log_likelihood(design: Design, samples: Samples) -> np.ndarray:
    """(S, n) log-likelihood of every rating in every draw, in the order of the ratings."""
    return np.concatenate(streamed(Pointwise(design, samples, single_ratings(design)), np.copy)).T


def total_log_likelihood(data: Pointwise) -> np.ndarray:
    """(S,) log-likelihood of all units together."""
    return np.sum(streamed(data, lambda block: block.sum(axis=0)), axis=0)


def _blocks(data: Pointwise) -> Iterator[slice]:
    """Slices of units with about as many rows as a block may have, one unit at least."""
    first_row = data.units.level_start[data.units.unit_start]
    numbers = len(data.samples.sd) * data.design.n_predictors
    rows, last = max(BLOCK_NUMBERS // numbers, 1), len(data.units.name)
    first = 0
    while first < last:
        end = int(np.searchsorted(first_row, first_row[first] + rows, side="right")) - 1
        yield slice(first, max(end, first + 1))
        first = max(end, first + 1)


class _Block(NamedTuple):
    """Some units: their levels and sorted rows, also in the design, and where levels and units start there."""

    levels: slice
    order: slice
    rows: np.ndarray
    level_start: np.ndarray
    unit_start: np.ndarray


def _block_log_likelihood(data: Pointwise, block: slice) -> np.ndarray:
    """(units of the block, S), a part of the draws at a time where the block has very many rows."""
    units, n_draws = data.units, len(data.samples.sd)
    unit_start = units.unit_start[block.start : block.stop + 1]
    levels = units.level_start[unit_start[0] : unit_start[-1] + 1]
    order = slice(int(levels[0]), int(levels[-1]))
    within = slice(int(unit_start[0]), int(unit_start[-1]))
    own = _Block(within, order, units.order[order], levels - levels[0], unit_start - unit_start[0])
    fill = _fill_gaussian if data.samples.residual_sd is not None else _fill_ordered
    if data.design.n_predictors > 1:
        fill = _fill_parts
    if units.together is not None:
        fill = _fill_together
    out = np.empty((block.stop - block.start, n_draws))
    at_once = max(BLOCK_NUMBERS // (own.rows.size * data.design.n_predictors), kernels.CHUNK)
    for first in range(0, n_draws, at_once):
        draws = slice(first, min(first + at_once, n_draws))
        some = np.empty((len(out), draws.stop - first))  # whole: for a slice of ``out`` kernels are compiled once more
        fill(data, own, draws, some)
        out[:, draws] = some
    return out


def _fill_gaussian(data: Pointwise, block: _Block, draws: slice, out: np.ndarray) -> None:
    """Log-likelihoods of the units of a block in some draws, (units, D), written in place."""
    design, samples, rows = data.design, data.samples, block.rows
    assert samples.residual_sd is not None
    eta = linear_predictor(design, samples, rows, draws, data.units.integrated)
    sd, sigma = _effect_sd(data, draws), samples.residual_sd[draws]
    kernels.gaussian_units(
        design.y[rows], design.weight[rows], sigma, eta, block.level_start, block.unit_start, sd, out
    )


def _fill_ordered(data: Pointwise, block: _Block, draws: slice, out: np.ndarray) -> None:
    """The same of ordered answers, and of numbers between two ends."""
    design, samples, rows = data.design, data.samples, block.rows
    eta = linear_predictor(design, samples, rows, draws, data.units.integrated)
    start = _usual_effects(data, rows[block.level_start[:-1]])
    nodes, log_weights = quadrature(_effect_sd(data, slice(None)) / design.family.noise)
    sd = _effect_sd(data, draws) if data.units.integrated else np.empty(0)
    tau, cuts = _cuts(design.thresholds, _thresholds(data, draws), rows)
    y = design.y[rows]
    if design.family.bounded is not None:  # see ``Bounded.densities``
        tau, cuts, y = tau[[0, 1, 2, 4, 3]], cuts, y.view(np.int64)
    family, weight = addresses(design.family), design.weight[rows]
    kernels.ordered_units(
        family, y, weight, cuts, tau, eta, block.level_start, block.unit_start, sd, start, nodes, log_weights, out
    )


def _fill_parts(data: Pointwise, block: _Block, draws: slice, out: np.ndarray) -> None:
    """The same of rows with a noise and a use of the scale of their own."""
    design, at, rows = data.design, _part_rows(data, block.rows, draws), block.rows
    of_part = [tuple(t for t in data.units.integrated if design.grouping_parts[t] == part) for part in range(3)]
    every = [_effect_sd(data, slice(None), terms) for terms in of_part]
    nodes, log_weights = product_quadrature([every[0] / design.family.noise, *every[1:]])
    sd = np.stack([one[draws] for one in every]) if data.units.integrated else np.empty((3, 0))
    start = np.stack([_usual_effects(data, rows[block.level_start[:-1]], terms) for terms in of_part])
    family = addresses(design.family, parts=True)
    part_units(family, at, block.level_start, block.unit_start, sd, start, nodes, log_weights, out)


def _part_rows(data: Pointwise, rows: np.ndarray, draws: slice) -> PartRows:
    """Rows with their predictors, but for integrated effects, and their thresholds in some draws."""
    design, samples, groups = data.design, data.samples, data.design.thresholds
    m = predictors(design, samples, rows, draws, data.units.integrated)
    own = _thresholds(data, draws)
    tau, cuts = _cuts(groups, own, rows)
    centre = np.stack([own[:, groups.of_group(g)].mean(axis=1) for g in range(groups.n_groups)])
    return PartRows(design.y[rows], design.weight[rows], cuts, groups.group[rows], tau, centre, m)


def _fill_together(data: Pointwise, block: _Block, draws: slice, out: np.ndarray) -> None:
    """The same where levels have several effects that are integrated at once."""
    design, samples, units, rows = data.design, data.samples, data.units, block.rows
    assert units.together is not None
    some = samples.at(np.arange(draws.start, draws.stop))
    effects = effects_of_levels(design, some, units.together, units.integrated, block.levels, (block.order, rows))
    level_start, unit_start = block.level_start, block.unit_start
    if samples.residual_sd is not None:
        sigma = samples.residual_sd[draws]
        eta = linear_predictor(design, samples, rows, draws, units.integrated)
        y, weight = design.y[rows], design.weight[rows]
        gaussian_effect_units(y, weight, sigma, eta, effects, level_start, unit_start, out)
        return
    most = int(units.together.size.max())
    largest = float(np.quantile(samples.sd[:, list(units.integrated)], 0.95, axis=0).max()) / design.family.noise
    mirror = np.ascontiguousarray(mirrored(most, len(samples.sd))[:, draws])  # a slice would be compiled by itself
    family = addresses(design.family, parts=design.n_predictors > 1)
    at = _part_rows(data, rows, draws)
    effect_units(family, at, effects, level_start, unit_start, *nodes_together(most, largest), mirror, out)


def _effect_sd(data: Pointwise, draws: slice, terms: tuple[int, ...] | None = None) -> np.ndarray:
    """(D,) standard deviation of the integrated effect: of all terms within units together, or of some."""
    chosen = list(data.units.integrated if terms is None else terms)
    return np.sqrt((data.samples.sd[draws][:, chosen] ** 2).sum(axis=1))


def _usual_effects(data: Pointwise, rows: np.ndarray, terms: tuple[int, ...] | None = None) -> np.ndarray:
    """(L,) posterior means of the integrated effects of levels that have these first rows."""
    total = np.zeros(rows.size)
    for t in data.units.integrated if terms is None else terms:
        levels = data.design.groupings[t].index[rows]
        total += data.samples.effects[t][:, levels].mean(axis=0, dtype=float)
    return total


def _thresholds(data: Pointwise, draws: slice) -> np.ndarray:
    """(D, m) thresholds of all groups."""
    samples = data.samples
    return data.design.thresholds.stacked(samples.threshold[draws], samples.coefficient[draws])


def _cuts(groups: ThresholdGroups, threshold: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(M, D) thresholds of each group between two that are as good as infinite, and (R, 2) where those of rows are."""
    ends = np.full((1, len(threshold)), kernels.FAR)
    each = [np.concatenate([-ends, threshold[:, groups.of_group(g)].T, ends]) for g in range(groups.n_groups)]
    starts = np.cumsum([0, *(len(one) for one in each)])
    group = groups.group[rows] if groups.n_groups > 1 else np.zeros(rows.size, int)
    return np.ascontiguousarray(np.concatenate(each)), np.stack([starts[group], starts[group + 1]], axis=1)
