"""Which parameters at a maximum of the likelihood are determined, hardly known, or without an estimate."""

import numpy as np

from pluralstats.inference.laplace.search import Maximum, scaled_curvature
from pluralstats.inference.marginal.cumulative import CumulativeModel
from pluralstats.inference.posterior.normal import WELL_DETERMINED
from pluralstats.model.design import Design

WEAK = 1e-7  # smallest eigenvalue of the scaled information at which a direction counts as determined
ENDLESS = 10.0  # standard error, in latent units over the range of a column, at which a coefficient has no estimate


def alone(design: Design) -> np.ndarray:
    """(T,) bool, groupings whose term has no other effect."""
    return np.array([design.blocks[g.block].size == 1 for g in design.groupings], bool)


def whole(values: np.ndarray, size: int, at: slice) -> np.ndarray:
    """(size,) bool, the values in their place and False elsewhere."""
    out = np.zeros(size, bool)
    out[at] = values
    return out


def hardly_known(best: Maximum, sds: slice, boundary: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """(P,) standard deviations that are zero or, of random intercepts, not well determined."""
    scale, values, vectors = scaled_curvature(best.information)
    variance = ((vectors / np.maximum(values, WEAK)) * vectors).sum(axis=1) / scale**2
    weak = ~(np.sqrt(variance[sds]) < WELL_DETERMINED * best.x[sds])
    return whole(boundary | (weak & alone), best.x.size, sds)


def ranges(model: CumulativeModel) -> np.ndarray:
    """(P,) how far each parameter moves the linear predictor: the range of a column, 1 for thresholds and sds."""
    ranges = np.ones(model.n_parameters)
    p = model.design.fixed.X.shape[1]
    ranges[model.n_thresholds : model.n_thresholds + p] = np.ptp(model.design.fixed.X, axis=0)
    return ranges


def flat_directions(best: Maximum, held: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """(P,) parameters without a finite estimate: separated levels and directions in which nothing changes."""
    flat = np.zeros(best.x.size, bool)
    for _ in range(best.x.size):
        free = ~(held | flat)
        scale, values, vectors = scaled_curvature(best.information[np.ix_(free, free)])
        se = np.sqrt(((vectors / np.maximum(values, WEAK)) * vectors).sum(axis=1)) / scale
        endless = se * ranges[free] > ENDLESS
        endless |= (vectors[:, values < WEAK] ** 2).sum(axis=1) > 0.1
        if not endless.any():
            break
        flat[np.flatnonzero(free)[endless]] = True
    return flat


def inverse_without(information: np.ndarray, held: np.ndarray) -> np.ndarray:
    """(P, P) inverse over the parameters that are not held; zero elsewhere."""
    out = np.zeros_like(information)
    free = np.flatnonzero(~held)
    scale, values, vectors = scaled_curvature(information[np.ix_(free, free)])
    out[np.ix_(free, free)] = (vectors / np.maximum(values, WEAK)) @ vectors.T / np.outer(scale, scale)
    return out
