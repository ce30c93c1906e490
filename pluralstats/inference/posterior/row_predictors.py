"""Predictors of some rows of a design in draws: eta, and log s and a where a model has them."""

from collections.abc import Iterator, Sequence

import numpy as np

from pluralstats.inference.kernels import pointwise as kernels
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import LOCATION, Design

AT_ONCE = 1_000_000  # numbers of a block of draws: 8 MB


def predictors_of_rows(design: Design, samples: Samples, rows: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """(n_predictors, D, R) predictors of some rows with all effects of a draw, a block of draws at a time.

    Of a model with submodels ``design`` is the whole design, and ``samples`` the draws of all of it together.
    """
    at_once = max(AT_ONCE // max(rows.size * design.n_predictors, 1), 1)
    for first in range(0, len(samples.sd), at_once):
        block = slice(first, min(first + at_once, len(samples.sd)))
        yield block, predictors(design, samples, rows, block, ()).transpose(0, 2, 1)


def predictors(design: Design, samples: Samples, rows: np.ndarray, draws: slice, without: Sequence[int]) -> np.ndarray:
    """(1, R, D) eta, or (3, R, D) eta, log s and a, but for the effects of some terms."""
    parts = range(design.n_predictors)
    return np.stack([linear_predictor(design, samples, rows, draws, without, part) for part in parts])


def linear_predictor(
    design: Design, samples: Samples, rows: np.ndarray, draws: slice, without: Sequence[int], part: int = LOCATION
) -> np.ndarray:
    """(R, D) one predictor, but for the effects of some terms."""
    eta = np.empty((rows.size, draws.stop - draws.start))
    b, cell = samples.coefficient[draws].T, design.fixed.cell[rows]
    if design.n_predictors > 1:
        b = np.where((design.column_parts == part)[:, None], b, 0.0)
    b = np.ascontiguousarray(b)
    kernels.fixed_part(design.fixed.X, cell, b, eta)
    if part == LOCATION:
        eta += design.fixed.offset[cell, None]
    for t, (grouping, effects) in enumerate(zip(design.groupings, samples.effects, strict=True)):
        if t not in without and design.grouping_parts[t] == part:
            kernels.add_effects(effects[draws], grouping.index[rows], grouping.multiplier[cell], eta)
    return eta
