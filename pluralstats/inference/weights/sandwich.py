"""Design weights that keep their promise: the spread of a weighted posterior taken to its sandwich (METHODS 10).

A likelihood with design weights has the right centre and the wrong width: weights of mean 1 count a rater of weight 5
for five raters who agree. With phi = (x, v) the parameters and the standardised effects that raters share, C the
covariance of phi under the weighted posterior, and M = dv/dx,

    C* = C J C,      J = G / (G - 1) sum over raters of (s_r - s)(s_r - s)'  +  blockdiag(D, 1)

with s_r the weighted score of rater r given phi (``rater_scores``) and s their mean (Binder 1983, Int. Stat. Rev. 51,
279-292; for posteriors Williams & Savitsky 2021, Int. Stat. Rev. 89, 72-107). A rater of large weight draws the
estimate to itself: scores in x are divided by the root of 1 less the rater's leverage, the information of the rater
times C_xx (Bell & McCaffrey 2002, Surv. Methodol. 28, 169-181). Raters are sampled by the design, items
are not: what is known about shared effects from their own distribution, curvature 1, and about x from the
distribution of those effects and from priors, D = C_xx^-1 less the curvature of the raters' likelihood with v
eliminated, count as the model has them. Were J the curvature, as under equal weights and a model that is right, C*
would be C.

Given phi, a rater's own effect has the power of its weight in likelihood and prior alike: its conditional variance
is multiplied by the weight, to that without weights.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular

from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.weights.scores import RaterModel
from pluralstats.model.design import Design

LARGEST_SHARED = 4_000  # shared effects up to which they are adjusted; more would need a dense matrix of gigabytes
STEP = 0.01  # in standard errors, of the numerical second derivative
SMALLEST = 1e-10  # eigenvalue of the correlations of parameters below which a direction is not there
MOST_LEVERAGE = 0.9  # of a rater, the share of what is known in a direction
AT_ONCE = 256  # columns of a matrix of own by shared effects


@dataclass(frozen=True)
class Shared:
    """How effects that raters share are spread given the parameters, (s, s) each.

    ``root`` of their covariance, ``stretch`` what takes their deviations before to those after.
    """

    root: np.ndarray
    stretch: np.ndarray


@dataclass(frozen=True)
class Sandwich:
    """What takes a weighted posterior of one design to its sandwich.

    Attributes
    ----------
    model, own : the design by raters, and the curvature of the raters' own effects given everything else
    root, inverse : (P, m), (m, P) with root root' the covariance of the parameters before
    spread : (m, m) symmetric root of the covariance after in the coordinates of ``root``: 1 where nothing changes
    cross : (q_own, s) curvature between own and shared effects
    moves, moved : (q, P) d v / d x before and after
    given : the shared effects given the parameters; None with more of them than are adjusted
    """

    model: RaterModel
    own: Curvature
    root: np.ndarray
    inverse: np.ndarray
    spread: np.ndarray
    cross: sparse.csr_array
    moves: np.ndarray
    moved: np.ndarray
    given: Shared | None

    @property
    def shared(self) -> np.ndarray:
        """(q,) bool, effects that several raters share."""
        return self.model.shared_effects

    @property
    def map(self) -> np.ndarray:
        """(P, P) what deviations of the parameters are multiplied by; a direction that was not there stays."""
        return np.eye(len(self.root)) + self.root @ (self.spread - np.eye(len(self.spread))) @ self.inverse

    @property
    def covariance(self) -> np.ndarray:
        """(P, P) of the parameters, after."""
        half = self.root @ self.spread
        return half @ half.T

    @property
    def weight(self) -> np.ndarray:
        """(q_own,) design weights of the raters whose the own effects are."""
        weights = [g.prior_weight for g in self.model.design.groupings if g.prior_weight is not None]
        return np.concatenate([np.empty(0), *weights])

    def follow(self, shared: np.ndarray) -> np.ndarray:
        """(q_own, k) how own effects give way to changes (s, k) of the shared ones."""
        return -self.own.solve(np.ascontiguousarray(self.cross @ shared))


def sandwich(posterior: LaplacePosterior, design: Design, raters: np.ndarray) -> Sandwich:
    """The sandwich of a weighted posterior.

    Parameters
    ----------
    posterior, design : in standard units
    raters : (n,) codes from 0 of the raters of the rows, at least two
    """
    model, theta = RaterModel(design, posterior.v, raters), posterior.mode
    rows, (root, inverse) = model.rows(theta), _root(posterior.covariance)
    by_shared, by_own = model.by_shared(theta), model.by_own(theta)
    curvature, own = rows.own.bend, rows.own.factor
    moves = posterior.moves[model.shared_effects] @ root
    informations = _informations(model, theta, root, moves)
    scores = _unbiased(model.scores(theta, root, moves), informations)
    clusters = len(scores) / (len(scores) - 1)
    beside = _positive(np.eye(root.shape[1]) - informations.sum(axis=0) - moves.T @ moves)
    meat = beside + moves.T @ moves + clusters * scores.T @ scores + SMALLEST * np.eye(len(beside))
    cross = (by_own.T @ curvature @ by_shared).tocsr()
    at = Sandwich(model, own, root, inverse, _symmetric_root(meat), cross, posterior.moves, posterior.moves, None)
    if len(moves) > LARGEST_SHARED:
        return at
    of_raters = (model.of_predictors @ sparse.diags_array(rows.by_predictor) @ by_shared).tocsr()
    information = (by_shared.T @ curvature @ by_shared).toarray() + np.eye(len(moves)) - _through_own(at)
    between = clusters * (of_raters.T @ scores) + moves
    return _with_shared(at, information, meat, between, _products(of_raters, clusters))


def _with_shared(
    at: Sandwich, information: np.ndarray, meat: np.ndarray, between: np.ndarray, products: np.ndarray
) -> Sandwich:
    """With the shared effects: ``information`` (s, s) about them given x, the meat of x (m, m), between them and x
    (s, m), and of themselves (s, s) by raters."""
    L = np.linalg.cholesky(information)
    between = solve_triangular(L, between, lower=True)
    slope = np.linalg.solve(meat, between.T).T
    of_shared = solve_triangular(L, products + np.eye(len(L)), lower=True)
    left = solve_triangular(L, of_shared.T, lower=True) - slope @ between.T
    root = solve_triangular(L, np.linalg.cholesky(0.5 * (left + left.T)), lower=True, trans="T")
    moved = at.moves.copy()
    change = solve_triangular(L, slope @ at.inverse, lower=True, trans="T")
    moved[at.shared] += change
    moved[~at.shared] += at.follow(change)
    return replace(at, moved=moved, given=Shared(root, root @ L.T))


def _products(of_raters: sparse.csr_array, clusters: float) -> np.ndarray:
    """(s, s) the sum over raters of products of their scores, less their mean."""
    mean = of_raters.sum(axis=0) / of_raters.shape[0]
    return clusters * ((of_raters.T @ of_raters).toarray() - of_raters.shape[0] * np.outer(mean, mean))


def _through_own(at: Sandwich) -> np.ndarray:
    """(s, s) information about shared effects that is lost because the raters' own are not known."""
    out = np.empty((at.cross.shape[1],) * 2)
    for start in range(0, len(out), AT_ONCE):
        block = at.cross[:, start : start + AT_ONCE].toarray()
        out[:, start : start + AT_ONCE] = at.cross.T @ at.own.solve(block)
    return out


def _informations(model: RaterModel, theta: np.ndarray, root: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """(G, m, m) what each rater tells about the parameters, shared effects moving along, in units of the root."""
    columns = []
    for direction, change in zip(root.T, moves.T, strict=True):
        below, above = (
            model.moved(step * change).scores(theta + step * direction, root, moves) for step in (-STEP, STEP)
        )
        columns.append((below - above) / (2.0 * STEP))
    found = np.stack(columns, axis=2)
    return 0.5 * (found + found.transpose(0, 2, 1))


def _unbiased(scores: np.ndarray, informations: np.ndarray) -> np.ndarray:
    """(G, m) scores as if each rater had not moved the estimate, less their mean."""
    values, vectors = np.linalg.eigh(informations)
    along = np.einsum("gab,ga->gb", vectors, scores) / np.sqrt(1.0 - np.clip(values, 0.0, MOST_LEVERAGE))
    out = np.einsum("gab,gb->ga", vectors, along)
    return out - out.mean(axis=0)


def _root(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P, m) a root of a covariance that may be singular, and (m, P) its inverse where it is not."""
    sd = np.sqrt(np.diagonal(covariance))
    free = np.flatnonzero(sd > 0.0)
    values, vectors = np.linalg.eigh(covariance[np.ix_(free, free)] / np.outer(sd[free], sd[free]))
    there = values > SMALLEST
    root, inverse = np.zeros((sd.size, int(there.sum()))), np.zeros((int(there.sum()), sd.size))
    root[free] = sd[free, None] * vectors[:, there] * np.sqrt(values[there])
    inverse[:, free] = (vectors[:, there] / np.sqrt(values[there])).T / sd[free]
    return root, inverse


def _positive(symmetric: np.ndarray) -> np.ndarray:
    """The nearest matrix without negative eigenvalues, which come of approximations."""
    values, vectors = np.linalg.eigh(0.5 * (symmetric + symmetric.T))
    return (vectors * np.maximum(values, 0.0)) @ vectors.T


def _symmetric_root(positive: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(0.5 * (positive + positive.T))
    return (vectors * np.sqrt(np.maximum(values, SMALLEST))) @ vectors.T
