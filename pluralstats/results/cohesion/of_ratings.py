"""From agreement on the latent scale to agreement of ratings, the correlation of two raters' ratings of an item.

With u = s z the item's part of the latent scale, z standard normal, a rater of a level expects g(u) of it. He_n are the
normalised Hermite polynomials, gamma_n = E[g(s z) He_n(z)]. Two raters whose u correlate by r then have ratings with

    cov = sum over n > 0 of r^n gamma_n(a) gamma_n(b)                                  (Mehler's formula)

so that no double integral is needed.

A rater's own noise and use of the scale are averaged over before: two raters have theirs independently of each other.
"""

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, ndtr

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.averages import one_by_one
from pluralstats.results.cohesion.covariances import Covariances, Estimated

NODES = 40
TERMS = 25  # of the series: its n-th coefficient is far below 1e-4 of the variance by then
INNER = 20  # nodes over raters where the link is logit


def rating_correlations(fit: Fit | Estimated, found: Covariances) -> tuple[np.ndarray, np.ndarray]:
    """(S, L, L) covariance of the ratings of two new raters of an item, (S, L) variance of one rating, in points.

    The linear predictor among the raters of a level is taken as normal around its mean.
    """
    z, weight = hermegauss(NODES)
    weight = weight / weight.sum()
    sd = np.sqrt(np.einsum("sll->sl", found.shared))
    above = _above(fit, found, sd[:, :, None] * z)  # (S, L, NODES, K - 1)
    values = fit.design.categories
    expected = values[0] + above @ np.diff(values)
    mean = expected @ weight
    square = values[0] ** 2 + np.einsum("slnk,n->slk", above, weight) @ np.diff(values**2)
    gamma = expected @ (_hermite(z) * weight).T  # (S, L, TERMS + 1), the first is the mean
    correlation = found.shared / np.where(sd > 0, sd, 1.0)[:, :, None] / np.where(sd > 0, sd, 1.0)[:, None, :]
    covariance, power = np.zeros(found.shared.shape), np.ones(found.shared.shape)
    for n in range(1, TERMS + 1):
        power = power * np.clip(correlation, -1.0, 1.0)
        covariance += power * gamma[:, :, None, n] * gamma[:, None, :, n]
    return covariance, square - mean**2


def _above(fit: Fit | Estimated, found: Covariances, u: np.ndarray) -> np.ndarray:
    """P(rating above each threshold) by a new rater of an item with part u (S, L, N) of the latent scale."""
    eta, between = found.mean[:, :, None] + u, found.total - np.einsum("sll->sl", found.shared) - found.residual
    sd = np.sqrt(np.maximum(between, 0.0))  # of everything but noise that two raters of the level differ by
    if found.ways is None:
        one = np.ones(len(eta))
        return _above_of_way(fit, eta, sd, np.ascontiguousarray(fit.samples.threshold), one)
    manners, share = found.ways
    assert isinstance(fit, Fit)
    ways = manners.at(fit, slice(None), float(sd.min()))
    out = np.zeros((*eta.shape, ways.tau.shape[-1]))
    for w, h in np.ndindex(manners.group.size, ways.weight.size):
        for at in np.flatnonzero(share[:, w]):
            of_level = slice(at, at + 1)
            part = _above_of_way(fit, eta[:, of_level], sd[:, of_level], ways.tau[:, w, h], ways.noise[:, w, h])
            out[:, of_level] += share[at, w] * ways.weight[h] * part
    return out


def _above_of_way(fit: Fit | Estimated, eta: np.ndarray, sd: np.ndarray, tau: np.ndarray, s: np.ndarray) -> np.ndarray:
    """(S, L, N, K - 1) the same by raters with thresholds tau (S, K - 1) and noise s (S,)."""
    family = fit.design.family
    eta, tau, sd = eta / s[:, None, None], tau / s[:, None], (sd / s[:, None])[:, :, None, None]
    distance = eta[..., None] - tau[:, None, None, :]
    if family.averaged == "probit":
        return ndtr(distance / np.sqrt(1.0 + sd**2))
    if family.averaged != "logit":
        levels = range(eta.shape[1])
        below = [one_by_one(family, np.ascontiguousarray(tau), eta[:, at], sd[:, at, 0, 0]) for at in levels]
        return 1.0 - np.stack(below, axis=1)
    nodes, weight = hermegauss(INNER)
    parts = (w * expit(distance + sd * node) for node, w in zip(nodes, weight / weight.sum(), strict=True))
    return sum(parts, np.zeros(distance.shape))


def _hermite(z: np.ndarray) -> np.ndarray:
    """(TERMS + 1, N) normalised polynomials, orthonormal under the standard normal.

    >>> _hermite(np.array([0.0, 2.0]))[:3].round(3).tolist()
    [[1.0, 1.0], [0.0, 2.0], [-0.707, 2.121]]
    """
    rows = [np.ones_like(z), z]
    for n in range(1, TERMS):
        rows.append((z * rows[n] - np.sqrt(n) * rows[n - 1]) / np.sqrt(n + 1.0))
    return np.array(rows)
