"""Proportional odds of the average rating by generalised estimating equations, with errors robust to clusters.

P(y >= k) = logistic(a_k + x'b) for every category k but the lowest. With z the indicators of a rating, m their means
and V = min(m_k, m_l) - m_k m_l their covariances, the estimate solves sum_i D_i' V_i^-1 (z_i - m_i) = 0 by Fisher
scoring: the maximum likelihood estimate of the proportional odds model, and the ordinal GEE whose working correlation
is independence between ratings (Heagerty & Zeger 1996, J. Am. Stat. Assoc. 91, 1024-1036). ``OrdinalGEE`` of
statsmodels solves the same equations with one dense matrix for all ratings of a cluster, a minute for 262 raters of 50
ratings; here everything but the score is done once for each cell of the design.
"""

from typing import NamedTuple

import numpy as np

MOST_STEPS = 60
SMALL_STEP = 1e-9
HALVINGS = 20


class ProportionalOdds(NamedTuple):
    """``parameters`` (a, b), their robust ``covariance``, and whether the steps came to an end."""

    parameters: np.ndarray
    covariance: np.ndarray
    converged: bool


class _Cells(NamedTuple):
    """What scoring needs: design rows (C, p), weights of each category in each cell (C, K), offsets of cells (C,)."""

    X: np.ndarray
    counts: np.ndarray
    offset: np.ndarray


def proportional_odds(
    y: np.ndarray, X: np.ndarray, cell: np.ndarray, weight: np.ndarray, cluster: np.ndarray, offset: np.ndarray
) -> ProportionalOdds:
    """Estimate and sandwich covariance.

    Parameters
    ----------
    y : (n,) codes 0 .. K-1, each of which occurs
    X : (C, p) design rows of the cells, without an intercept
    cell : (n,) cell of each rating
    weight : (n,) frequency weights
    cluster : (n,) codes; ratings of one cluster go together in whatever way
    offset : (C,) what is added to x'b
    """
    K = int(y.max()) + 1
    counts = np.bincount(cell * K + y, weight, len(X) * K).reshape(-1, K)
    cells = _Cells(X, counts, offset)
    above = 1.0 - np.cumsum(counts.sum(axis=0))[:-1] / weight.sum()
    at = np.concatenate([np.log(above) - np.log1p(-above), np.zeros(X.shape[1])])
    for _ in range(MOST_STEPS):
        score, information = _equations(cells, at)
        step = np.linalg.solve(information, score)
        at = _shortened(cells, at, step)
        if np.abs(step).max() < SMALL_STEP:
            return ProportionalOdds(at, _sandwich(cells, at, y, cell, weight, cluster), True)
    return ProportionalOdds(at, np.full((at.size, at.size), np.nan), False)


def _means(cells: _Cells, at: np.ndarray) -> np.ndarray:
    """(C, K - 1) P(y >= k) in each cell."""
    cuts = at.size - cells.X.shape[1]
    return 0.5 * (1.0 + np.tanh(0.5 * (at[:cuts] + (cells.X @ at[cuts:] + cells.offset)[:, None])))


def _weights(X: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(C, K - 1, P) slopes D of the means in the parameters, and V^-1 D."""
    n_cells, cuts = mean.shape
    inner = np.concatenate([np.broadcast_to(np.eye(cuts), (n_cells, cuts, cuts)), _repeated(X, cuts)], axis=2)
    D = (mean * (1.0 - mean))[:, :, None] * inner
    V = np.minimum(mean[:, :, None], mean[:, None, :]) - mean[:, :, None] * mean[:, None, :]
    return D, np.linalg.solve(V, D)


def _repeated(X: np.ndarray, cuts: int) -> np.ndarray:
    return np.broadcast_to(X[:, None, :], (len(X), cuts, X.shape[1]))


def _equations(cells: _Cells, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The score (P,) and the expected information (P, P)."""
    mean = _means(cells, at)
    D, weighted = _weights(cells.X, mean)
    total = cells.counts.sum(axis=1)
    observed = total[:, None] - np.cumsum(cells.counts, axis=1)[:, :-1]  # ratings at or above each category
    score = np.einsum("ck,ckp->p", observed - total[:, None] * mean, weighted)
    return score, np.einsum("c,ckp,ckq->pq", total, D, weighted, optimize=True)


def _shortened(cells: _Cells, at: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The next point: the whole step, or the first half of it, half of that ... that is no worse."""
    before = _log_likelihood(cells, at)
    for halving in range(HALVINGS):
        new = at + step / 2.0**halving
        if _log_likelihood(cells, new) >= before - 1e-9 * abs(before):
            return new
    return at


def _log_likelihood(cells: _Cells, at: np.ndarray) -> float:
    """Of the proportional odds model; minus infinity where the a do not decrease."""
    if (np.diff(at[: at.size - cells.X.shape[1]]) >= 0.0).any():
        return -np.inf
    mean = _means(cells, at)
    p = -np.diff(np.column_stack([np.ones(len(mean)), mean, np.zeros(len(mean))]), axis=1)
    seen = cells.counts > 0.0
    with np.errstate(divide="ignore"):
        return float((cells.counts[seen] * np.log(p[seen])).sum())


def _sandwich(
    cells: _Cells, at: np.ndarray, y: np.ndarray, cell: np.ndarray, weight: np.ndarray, cluster: np.ndarray
) -> np.ndarray:
    """B^-1 (sum over clusters of score score') B^-1 with B the expected information."""
    mean = _means(cells, at)
    _, weighted = _weights(cells.X, mean)
    z = y[:, None] > np.arange(mean.shape[1])
    scores = np.zeros((int(cluster.max()) + 1, at.size))
    for k in range(mean.shape[1]):
        residual = weight * (z[:, k] - mean[cell, k])
        np.add.at(scores, cluster, residual[:, None] * weighted[cell, k])
    _, information = _equations(cells, at)
    bread = np.linalg.inv(information)
    return bread @ scores.T @ scores @ bread
