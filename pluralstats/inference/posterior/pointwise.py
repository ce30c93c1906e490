"""Log-likelihoods of ratings, raters or items, streamed: a block is made, reduced and forgotten.

All log-likelihoods of 27,375 ratings and 4,000 draws would fill 876 MB. Blocks of whole units hold at most
``BLOCK_NUMBERS`` linear predictors in each thread (a unit with more rows than that is worked through in parts of its
draws), so that memory hardly grows with ratings or draws.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels import pointwise as kernels
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design
from pluralstats.model.families.family import addresses

BLOCK_NUMBERS = 1_000_000  # 8 MB of linear predictors in each thread
MOST_THREADS = 8
NODES = {1.0: 9, 1.5: 15, np.inf: 31}  # of the quadrature, up to this sd of the effect in residual sds


class Units(NamedTuple):
    """What is left out at a time, U units of L levels; a level is a part of a unit with one integrated effect.

    ``order`` (n,) rows of the design sorted by unit and level; ``level_start`` (L + 1,) first of these rows of each
    level; ``unit_start`` (U + 1,) first level of each unit; ``name`` (U,) rater, item, or row of the ratings;
    ``integrated`` positions of the random terms that lie within units, together one effect for each level.
    """

    name: np.ndarray
    order: np.ndarray
    level_start: np.ndarray
    unit_start: np.ndarray
    integrated: tuple[int, ...]


@dataclass(frozen=True)
class Pointwise:
    """What the log-likelihood of units needs: a design, S draws, and the units."""

    design: Design
    samples: Samples
    units: Units


def streamed[T](data: Pointwise, reduce: Callable[[np.ndarray], T]) -> list[T]:
    """``reduce`` of the log-likelihoods (units of a block, S), one result for each block in the order of units."""
    threads = min(os.cpu_count() or 1, MOST_THREADS)
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
    rows, last = max(BLOCK_NUMBERS // len(data.samples.sd), 1), len(data.units.name)
    first = 0
    while first < last:
        end = int(np.searchsorted(first_row, first_row[first] + rows, side="right")) - 1
        yield slice(first, max(end, first + 1))
        first = max(end, first + 1)


def _block_log_likelihood(data: Pointwise, block: slice) -> np.ndarray:
    """(units of the block, S), a part of the draws at a time where the block has very many rows."""
    units, n_draws = data.units, len(data.samples.sd)
    levels = units.level_start[units.unit_start[block.start] : units.unit_start[block.stop] + 1]
    rows = units.order[levels[0] : levels[-1]]
    out = np.empty((block.stop - block.start, n_draws))
    at_once = max(BLOCK_NUMBERS // rows.size, kernels.CHUNK)
    for first in range(0, n_draws, at_once):
        draws = slice(first, min(first + at_once, n_draws))
        _fill(data, block, rows, levels - levels[0], draws, out[:, draws])
    return out


def _fill(
    data: Pointwise, block: slice, rows: np.ndarray, level_start: np.ndarray, draws: slice, out: np.ndarray
) -> None:
    """Log-likelihoods of the units of a block in some draws, (units, D), written in place."""
    design, samples, units = data.design, data.samples, data.units
    unit_start = units.unit_start[block.start : block.stop + 1] - units.unit_start[block.start]
    eta = _linear_predictors(design, samples, rows, draws, units.integrated)
    sd = _effect_sd(data, draws)
    y, weight = design.y[rows], design.weight[rows]
    if samples.residual_sd is not None:
        kernels.gaussian_units(y, weight, samples.residual_sd[draws], eta, level_start, unit_start, sd, out)
        return
    start = _usual_effects(data, rows[level_start[:-1]])
    nodes, log_weights = quadrature(_effect_sd(data, slice(None)) / design.family.noise)
    tau, sd = _cuts(samples.threshold[draws]), sd if units.integrated else np.empty(0)
    family = addresses(design.family)
    kernels.ordered_units(family, y, weight, tau, eta, level_start, unit_start, sd, start, nodes, log_weights, out)


def linear_predictors(design: Design, samples: Samples, rows: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """(D, R) linear predictors of some rows with all effects of a draw, a block of draws at a time."""
    at_once = max(BLOCK_NUMBERS // max(rows.size, 1), 1)
    for first in range(0, len(samples.sd), at_once):
        block = slice(first, min(first + at_once, len(samples.sd)))
        yield block, _linear_predictors(design, samples, rows, block, ()).T


def _linear_predictors(
    design: Design, samples: Samples, rows: np.ndarray, draws: slice, without: tuple[int, ...]
) -> np.ndarray:
    """(R, D), but for the effects of some terms."""
    eta = np.empty((rows.size, draws.stop - draws.start))
    b = np.ascontiguousarray(samples.coefficient[draws].T)
    kernels.fixed_part(design.fixed.X, design.fixed.cell[rows], b, eta)
    eta += design.fixed.offset[design.fixed.cell[rows], None]
    for t, (grouping, effects) in enumerate(zip(design.groupings, samples.effects, strict=True)):
        if t not in without:
            multiplier = grouping.multiplier[design.fixed.cell[rows]]
            kernels.add_effects(effects[draws], grouping.index[rows], multiplier, eta)
    return eta


def quadrature(sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and log weights for the density exp(-z^2 / 2), enough for effects with these sds (in residual sds).

    The larger the sd, the more the density of an effect, given ratings that are all at one end of the scale, looks
    like a normal density cut off; that takes more nodes. A test compares with a dense grid.
    """
    large = np.quantile(sd, 0.95)
    nodes, weights = np.polynomial.hermite_e.hermegauss(next(n for most, n in NODES.items() if large <= most))
    return nodes, np.log(weights) + 0.5 * nodes**2


def _effect_sd(data: Pointwise, draws: slice) -> np.ndarray:
    """(D,) standard deviation of the integrated effect: of all terms within units together."""
    return np.sqrt((data.samples.sd[draws][:, list(data.units.integrated)] ** 2).sum(axis=1))


def _usual_effects(data: Pointwise, rows: np.ndarray) -> np.ndarray:
    """(L,) posterior means of the integrated effects of levels that have these first rows."""
    total = np.zeros(rows.size)
    for t in data.units.integrated:
        levels = data.design.groupings[t].index[rows]
        total += data.samples.effects[t][:, levels].mean(axis=0, dtype=float)
    return total


def _cuts(threshold: np.ndarray) -> np.ndarray:
    """(K + 1, D) thresholds between two that are as good as infinite."""
    ends = np.full((1, len(threshold)), kernels.FAR)
    return np.ascontiguousarray(np.concatenate([-ends, threshold.T, ends]))
