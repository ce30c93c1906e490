"""Intervals of a normal posterior: by the delta method for what Lambda's rows make, and the law of an sd near zero."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import (
    Pairs,
    correlations_of,
    entries_of,
    entry_places,
    root_of,
    sds_of,
    times,
)

WELL_DETERMINED = 0.4  # se / estimate up to which the log of an sd is taken as normal


class Interval(NamedTuple):
    """Estimate, standard error and interval ends, each (P,)."""

    estimate: np.ndarray
    se: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def by_draws(self, se: np.ndarray, values: np.ndarray, prob: float) -> "Interval":
        """With standard errors (P,) and central intervals of draws (S, P), stretched to the estimate; what has no
        standard error keeps none."""
        known, (low, high) = np.isfinite(self.se), np.quantile(values, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=0)
        ends = np.minimum(low, self.estimate), np.maximum(high, self.estimate)
        return Interval(self.estimate, *(np.where(known, one, np.nan) for one in (se, *ends)))


class SdLaw(NamedTuple):
    """The law of a standard deviation that the data hardly determine, tabulated from its profile likelihood.

    ``sd`` (G,) increasing from 0 with the probability ``below`` (G,) of smaller values; ``search`` (G,) the same
    points as the search sees them (gaussian: ratios to the residual sd). ``from_zero`` where the ratings do not
    exclude zero; ``open`` where they set no upper bound and the law was cut.
    """

    sd: np.ndarray
    search: np.ndarray
    below: np.ndarray
    from_zero: bool
    open: bool

    def quantile(self, p: np.ndarray | float) -> np.ndarray:
        return np.interp(p, self.below, self.sd)

    @property
    def spread(self) -> float:
        """The standard deviation of the law, from its quantiles."""
        return float(self.quantile((np.arange(400) + 0.5) / 400.0).std())


def wald(estimate: np.ndarray, se: np.ndarray, prob: float, wide: np.ndarray | None = None) -> Interval:
    """Normal intervals, ``wide`` instead of ``se`` where that is given."""
    half = ndtri(0.5 + prob / 2.0) * (se if wide is None else wide)
    return Interval(estimate, se, estimate - half, estimate + half)


def linear_se(matrix: np.ndarray, covariance: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """(M,) standard errors of matrix (M, P) times parameters; missing where they need one of the ``flat`` (P,)."""
    se = np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", matrix, covariance, matrix), 0.0))
    return np.where((matrix != 0.0) @ flat, np.nan, se)


def drawn_entries(at: np.ndarray, se: np.ndarray, terms: int, log_sds: bool, deviations: np.ndarray) -> np.ndarray:
    """(n, T + W) entries of Lambda, ``deviations`` (n, T + W) from their mode. The T diagonal ones are normal on the
    log scale; on their own scale, through zero, where a leaf has pushed one there."""
    diagonal = np.arange(at.size) < terms
    sure = diagonal & ((se < WELL_DETERMINED * np.abs(at)) | log_sds)
    relative = np.divide(deviations, at, out=np.zeros_like(deviations), where=sure)
    return np.where(sure, at * np.exp(relative), at + deviations)


def effect_moments(
    entries: np.ndarray,
    covariance: np.ndarray,
    first: int,
    pairs: Pairs,
    v: np.ndarray,
    moves: np.ndarray,
    factor: Curvature,
    to_data: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(q,) modes of random effects and their sds, parameters' doubt included, in the units of the data.

    Parameters
    ----------
    entries : (T + W,) of the root at the mode
    covariance : (P, P) of all parameters, the entries from ``first`` on
    v, moves : (q,) standardised effects at the mode, and (q, P) their derivative
    to_data : (T, T) what the root is multiplied by in the units of the data
    """
    pattern, terms = factor.pattern, len(to_data)
    root = to_data @ root_of(entries, pairs)
    change = times(root, moves, pattern)
    for j, (a, b) in enumerate(entry_places(terms, pairs), start=first):
        for t in np.flatnonzero(to_data[:, a]):
            change[pattern.slices[t], j] += to_data[t, a] * v[pattern.slices[b]]
    given = [
        np.einsum("ab,lbc,ac->al", root[block, block], of_levels, root[block, block]).ravel()
        for block, of_levels in zip(pattern.blocks, factor.level_covariances(), strict=True)
    ]
    variance = np.concatenate([np.empty(0), *given])
    variance = variance + np.einsum("qp,pr,qr->q", change, covariance, change, optimize=True)
    # at a singular covariance of the parameters a variance of nothing may come out as -1e-20
    return times(root, v, pattern), np.sqrt(np.maximum(variance, 0.0))


def sd_interval(
    root: np.ndarray, covariance: np.ndarray, flat: np.ndarray, pairs: Pairs, prob: float, to_data: np.ndarray
) -> Interval:
    """(T,) standard deviations, normal on the log scale.

    Parameters
    ----------
    root : (T, T)
    covariance, flat : (T + W,) squared and (T + W,), of the entries of the root
    to_data : (T, T) what the root is multiplied by in the units of the data
    """
    root = to_data @ root
    estimate = sds_of(root)
    unit = np.divide(root, estimate[:, None], out=np.zeros_like(root), where=estimate[:, None] > 0.0)
    unit[estimate == 0.0, estimate == 0.0] = 1.0
    se = _standard_errors(np.einsum("ta,ts->tsa", unit, to_data), covariance, flat, pairs)
    factor = np.exp(ndtri(0.5 + prob / 2.0) * np.divide(se, estimate, out=np.zeros_like(se), where=estimate > 0))
    return Interval(estimate, se, estimate / factor, estimate * factor)


def correlation_interval(
    root: np.ndarray, covariance: np.ndarray, flat: np.ndarray, pairs: Pairs, prob: float, to_data: np.ndarray
) -> Interval:
    """(W,) correlations, normal after Fisher's transformation; missing where an sd is zero. As ``sd_interval``."""
    root = to_data @ root
    estimate, sd = correlations_of(root, pairs), sds_of(root)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = root / sd[:, None]
    slopes = np.zeros((estimate.size, *root.shape))
    for k, (a, b) in enumerate(zip(pairs.row, pairs.column, strict=True)):
        slopes[k, a] = (unit[b] - estimate[k] * unit[a]) / sd[a]
        slopes[k, b] = (unit[a] - estimate[k] * unit[b]) / sd[b]
    se = _standard_errors(to_data.T @ slopes, covariance, flat, pairs)
    inside = np.clip(estimate, -1.0 + 1e-9, 1.0 - 1e-9)
    half = ndtri(0.5 + prob / 2.0) * se / (1.0 - inside**2)
    z = np.arctanh(inside)
    return Interval(estimate, se, np.tanh(z - half), np.tanh(z + half))


def _standard_errors(slopes: np.ndarray, covariance: np.ndarray, flat: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(M,) standard errors of functions of the root with slopes (M, T, T); missing where they need a flat entry."""
    along = entries_of(slopes, pairs)
    se = np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", along, covariance, along), 0.0))
    return np.where(((along != 0.0) & flat).any(axis=1), np.nan, se)
