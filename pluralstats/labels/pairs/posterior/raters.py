"""Who rates a pair: nodes and weights for the distribution of what raters of a target add to the linear predictor.

A rater with profile c adds t = l_c + u, u ~ N(0, s^2): over raters of a target t is a mixture of normals.

One dimension: t has the density sum_c w_c phi((t - l_c) / s) / s, taken at evenly spaced nodes. Such a sum converges
exponentially: with steps of 1.28 / sqrt(2 + 1 / s^2) it is right to 1e-5 of the integral for products of normal
distribution functions. The same nodes serve all targets. Where s is below 0.1, so that the density is narrower than
anything it is integrated with, five Gauss-Hermite points of every profile are spread over the six nearest of nodes
0.2 apart by Lagrange's interpolation.

Several dimensions: two halves of ``raters_per_draw`` raters a draw, profiles and effects from a Sobol sequence that is
shifted at random (mod 1) in every draw and half, so that errors are independent between draws and halves: those of
the mean shrink with the number of draws, and the covariance of the halves over draws is free of them.
"""

import math

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from pluralstats.model.families.vector_math import DENSITY_AT_ZERO
from pluralstats.results.structure.item_predictions import six_weights
from pluralstats.storage.compiled import kernel

RATERS = 16_000  # of all draws and one half, with several dimensions
NARROW = 0.1  # sd of raters below which their density is no guide for steps
NARROW_STEP = 0.2
TAIL = 6.0  # sds of raters beyond which nobody is (2e-9)
MOST_NODES = 4_000
_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
FIVE = np.stack([_POINTS, _WEIGHTS / _WEIGHTS.sum()])


@kernel
def _spread(linear, share, sd, low, step, points, out):
    """Five points of every profile, spread over six nodes each: add to ``out`` (G, N)."""
    six = np.empty(6)
    for r in range(linear.size):
        for h in range(points.shape[1]):
            position = (linear[r] + sd * points[0, h] - low) / step
            start = math.floor(position)
            six_weights(position - start, six)
            for g in range(share.shape[0]):
                for m in range(6):
                    out[g, start - 2 + m] += share[g, r] * points[1, h] * six[m]


@kernel
def _densities(linear, share, sd, low, step, out):
    """Density of raters at every node, times the step: add to ``out`` (G, N)."""
    for r in range(linear.size):
        start = max(0, math.ceil((linear[r] - TAIL * sd - low) / step))
        stop = min(out.shape[1] - 1, math.floor((linear[r] + TAIL * sd - low) / step))
        for i in range(start, stop + 1):
            z = (low + i * step - linear[r]) / sd
            density = DENSITY_AT_ZERO * math.exp(-0.5 * z * z) * step / sd
            for g in range(share.shape[0]):
                out[g, i] += share[g, r] * density


@kernel
def _weigh(linear, share, sd, low, step, points, out):
    for s in range(linear.shape[0]):
        if sd[s] < NARROW:
            _spread(linear[s], share, sd[s], low[s], step[s], points, out[s])
        else:
            _densities(linear[s], share, sd[s], low[s], step[s], out[s])


def rater_nodes(linear: np.ndarray, share: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (S, N) and weights (S, G, N) of what raters add, on one dimension.

    Parameters
    ----------
    linear : (S, P) linear predictors of profiles
    share : (G, P) shares of profiles in each target
    sd : (S,) of what raters add to their profiles

    Examples
    --------
    >>> nodes, weight = rater_nodes(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]), np.array([0.6]))
    >>> weight.sum(axis=2).round(6).tolist(), float((weight[0, 0] @ nodes[0]).round(6))
    ([[1.0]], 0.5)
    """
    wide = np.maximum(sd, NARROW)
    step = np.where(sd < NARROW, NARROW_STEP, 1.28 / np.sqrt(2.0 + 1.0 / wide**2))
    low, high = linear.min(axis=1) - TAIL * wide, linear.max(axis=1) + TAIL * wide
    step = np.maximum(step, (high - low) / MOST_NODES)
    low -= 3.0 * step  # six-point interpolation reaches beyond the outermost point
    n = int(np.ceil((high - low) / step).max()) + 4
    weight = np.zeros((len(linear), len(share), n))
    _weigh(np.ascontiguousarray(linear), np.ascontiguousarray(share), sd, low, step, FIVE, weight)
    return low[:, None] + step[:, None] * np.arange(n), weight


def raters_per_draw(n_draws: int) -> int:
    """A power of 2 between 16 and 256, so that all draws together have about ``RATERS``.

    >>> raters_per_draw(1000), raters_per_draw(100)
    (16, 128)
    """
    return 2 ** int(np.clip(np.round(np.log2(RATERS / n_draws)), 4, 8))


def rater_sample(
    linear: np.ndarray, share: np.ndarray, root: np.ndarray, of_profile: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Raters (S, G, N, D) on several dimensions, what each adds to every one, and the profile (S, G, N) of each.

    Parameters
    ----------
    linear : (S, P, D) linear predictors of profiles
    share : (G, P)
    root : (S, kinds, D, D) matrix square root of the covariance of raters' effects
    of_profile : (P,) the kind of each profile
    n : int
        Raters of a draw and target, a power of 2.
    """
    n_draws, _, n_dimensions = linear.shape
    points = qmc.Sobol(n_dimensions + 1, scramble=True, rng=np.random.default_rng(1)).random(n)
    u = (points + rng.random((n_draws, len(share), 1, n_dimensions + 1))) % 1.0
    edges = np.cumsum(share, axis=1)
    profile = np.stack(
        [np.searchsorted(edge / edge[-1], u[:, g, :, 0], side="right") for g, edge in enumerate(edges)], axis=1
    )
    profile = np.minimum(profile, share.shape[1] - 1)
    z = ndtri(np.clip(u[..., 1:], 1e-12, 1.0 - 1e-12))
    draw = np.arange(n_draws)[:, None, None]
    effects = np.einsum("sgnij,sgnj->sgni", root[draw, of_profile[profile]], z)
    return linear[draw, profile] + effects, profile
