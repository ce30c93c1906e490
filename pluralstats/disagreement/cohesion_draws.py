"""Cohesion metrics over bootstrap replicates and permutations, in blocks that joblib spreads over threads."""

from collections.abc import Callable
from functools import partial

import numpy as np
from joblib import Parallel, delayed

from pluralstats.disagreement.cohesion.axes import Axis
from pluralstats.disagreement.cohesion.metrics import BASIC, metrics
from pluralstats.disagreement.counting.pairs import Crossed
from pluralstats.disagreement.counting.resampling import multiplicities, stream
from pluralstats.inference.diagnosis.ratios import SMALLEST_DENOMINATOR

_BLOCK = 50  # replicates of one task; each block has a stream of its own, so that the number of threads moves nothing


def bootstrapped(table: Crossed, distance: np.ndarray, axis: Axis, replicates: int, seed: int) -> np.ndarray:
    """Metrics with other raters and other items, (replicates, L, 6).

    Raters are drawn within each level of the axis, so that every replicate has groups of the sizes of the data.
    """
    one = partial(_bootstrap_replicate, table, distance, axis)
    return _blocks(one, axis, replicates, seed, "cohesion", "bootstrap", axis.name)


def permuted(table: Crossed, distance: np.ndarray, axis: Axis, permutations: int, seed: int) -> np.ndarray:
    """Metrics after whole rows of the table of raters and demographics were exchanged, (permutations, L, 6).

    The permutation depends on the seed and its number only: every axis meets the same ones.
    """
    one = partial(_permutation, table, distance, axis)
    return _blocks(one, axis, permutations, seed, "cohesion", "permutation")


def _blocks(one: Callable[[np.random.Generator], np.ndarray], axis: Axis, n: int, seed: int, *names: str) -> np.ndarray:
    """``one`` called n times, each block of calls with its own random generator."""
    sizes = [min(_BLOCK, n - start) for start in range(0, n, _BLOCK)]
    tasks = (delayed(_block)(one, size, stream(seed, *names, str(block))) for block, size in enumerate(sizes))
    done = Parallel(prefer="threads")(tasks)
    return np.concatenate([np.empty((0, len(axis.levels), len(BASIC))), *done])


def _block(one: Callable[[np.random.Generator], np.ndarray], size: int, generator: np.random.Generator) -> np.ndarray:
    return np.array([one(generator) for _ in range(size)])


def _bootstrap_replicate(
    table: Crossed, distance: np.ndarray, axis: Axis, generator: np.random.Generator
) -> np.ndarray:
    raters = np.empty(table.n_raters)
    for g in range(len(axis.levels)):
        members = axis.level == g
        raters[members] = multiplicities(generator, int(members.sum()))
    items = multiplicities(generator, table.n_items)
    return metrics(table, distance, axis.level, len(axis.levels), raters, items)


def _permutation(table: Crossed, distance: np.ndarray, axis: Axis, generator: np.random.Generator) -> np.ndarray:
    level = axis.level[generator.permutation(table.n_raters)]
    return metrics(table, distance, level, len(axis.levels), np.ones(table.n_raters), np.ones(table.n_items))


def with_association(basic: np.ndarray) -> np.ndarray:
    """The six metrics and C_I / C_X of each pair, (..., 6) to (..., 9); no ratio, NaN, to a C_X near 0.

    Parameters
    ----------
    basic : (..., 6)
        In the order of ``BASIC``: in-group, then cross-group.

    Examples
    --------
    >>> with_association(np.array([0.4, 0.6, 0.2, 0.2, -0.1, np.nan]))[6:]
    array([ 2., nan, nan])
    """
    inside, across = basic[..., :3], basic[..., 3:]
    has_ratio = across > SMALLEST_DENOMINATOR
    ratio = np.where(has_ratio, inside / np.where(has_ratio, across, 1.0), np.nan)
    return np.concatenate([basic, ratio], axis=-1)
