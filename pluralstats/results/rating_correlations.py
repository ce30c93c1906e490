"""From agreement on the latent scale to agreement of ratings: the correlation of two raters' ratings of an item.

With u = s z the item's part of the latent scale, z standard normal, a rater of a level expects g(u) of it. He_n are the
normalised Hermite polynomials, gamma_n = E[g(s z) He_n(z)]. Two raters whose u correlate by r then have ratings with

    cov = sum over n > 0 of r^n gamma_n(a) gamma_n(b)                                  (Mehler's formula)

so that no double integral is needed.
"""

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, ndtr

from pluralstats.fits.fitted import Fit
from pluralstats.model.design import RESIDUAL_SD
from pluralstats.results.cohesion.covariances import Covariances

NODES = 40
TERMS = 25  # of the series: its n-th coefficient is far below 1e-4 of the variance by then
INNER = 20  # nodes over raters where the link is logit


def rating_correlations(fit: Fit, found: Covariances) -> tuple[np.ndarray, np.ndarray]:
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


def _above(fit: Fit, found: Covariances, u: np.ndarray) -> np.ndarray:
    """P(rating above each threshold) by a new rater of an item with part u (S, L, N) of the latent scale."""
    distance = (found.mean[:, :, None] + u)[..., None] - fit.samples.threshold[:, None, None, :]
    beside = found.total - np.einsum("sll->sl", found.shared)
    if fit.link == "probit":
        return ndtr(distance / np.sqrt(beside)[:, :, None, None])
    nodes, weight = hermegauss(INNER)
    sd = np.sqrt(np.maximum(beside - RESIDUAL_SD[fit.link] ** 2, 0.0))[:, :, None, None]
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
