"""Second derivatives around a mode of the cumulative model: how v^ moves with theta, and what steers the search."""

import numpy as np

from pluralstats.inference.elimination.roots import entry_places, places_of
from pluralstats.inference.marginal.cumulative import CumulativeModel, Mode

LEAST_VALUE = 1e-3  # of a scaled eigenvalue of the curvature that steers the search


def cross_derivatives(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(q, P) d2 log p(y, v) / (dv dtheta) at the mode."""
    parts, design, pattern = model.parts(theta), model.design, model.pattern
    k, p = model.n_thresholds, design.fixed.X.shape[1]
    rows = model.derivatives(parts, mode)
    out = np.zeros((pattern.size, model.n_parameters))
    of_stack = np.zeros((pattern.size, design.thresholds.size if k else 0))
    for j in range(of_stack.shape[1]):
        of_stack[:, j] = model.by_effects(parts, rows.cross(j))
    out[:, : k + p] = of_stack @ model.threshold_jacobian(theta)
    of_column, of_grouping = design.column_parts, design.grouping_parts
    for j in range(p):
        out[:, k + j] -= model.by_effects(parts, _bent(mode, of_column[j], design.fixed.X[design.fixed.cell, j]))
    for j, (a, b) in enumerate(entry_places(len(model.design.groupings), model.pairs), start=k + p):
        level, m = pattern.slices[b], of_grouping[b]
        score = mode.score if mode.score.ndim == 1 else mode.score[:, m]
        change, own = np.zeros(design.n), np.zeros(level.stop - level.start)
        for first, second in places_of(a, b, model.pairs):
            multiplier, index = model.Z[pattern.cell, first], pattern.index[:, second]
            change += multiplier * mode.v[index]
            own += np.bincount(index - level.start, weights=score * multiplier, minlength=own.size)
        out[:, j] = -model.by_effects(parts, _bent(mode, m, change))
        out[level, j] += own
    return out


def _bent(mode: Mode, m: int, change: np.ndarray) -> np.ndarray:
    """How the slopes of rows in their predictors fall when predictor m changes by ``change`` (n,)."""
    return mode.curvature * change if mode.curvature.ndim == 1 else mode.curvature[:, :, m] * change[:, None]


def implicit_derivative(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(q, P) d v^ / d theta, by the implicit function theorem."""
    return mode.factor.solve(cross_derivatives(model, theta, mode))


def approximate_information(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(P, P) positive definite stand-in for the curvature of -f, good enough to steer the search.

    Thresholds and coefficients: the joint curvature with v eliminated. Entries of Lambda: the expected information
    of a standard deviation, twice the effective number of levels over the variance; half of that below the diagonal.
    """
    k, p = model.n_thresholds, model.design.fixed.X.shape[1]
    fixed = slice(0, k + p)
    cross = cross_derivatives(model, theta, mode)[:, fixed]
    joint = _fixed_curvature(model, theta, mode) - cross.T @ mode.factor.solve(cross)
    joint = joint if model.eta_alone and model.design.family.ordered else _made_positive(joint)
    out = np.zeros((model.n_parameters,) * 2)
    out[fixed, fixed] = 0.5 * (joint + joint.T)
    out[np.arange(k + p), np.arange(k + p)] += 1e-8 * (1.0 + np.diagonal(out)[fixed])
    learnt = 1.0 - mode.factor.diagonal()
    root, slices = model.parts(theta).root, model.pattern.slices
    for j, (a, b) in enumerate(entry_places(len(model.design.groupings), model.pairs), start=k + p):
        effective = (learnt[slices[a]] * learnt[slices[b]]).sum() * (2.0 if a == b else 1.0)
        out[j, j] = max(effective / max(root[a, a] ** 2, 1e-2), 1.0)
    return out


def _fixed_curvature(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(K-1+p, K-1+p) minus the second derivatives of log p(y | v) in (tau_1, log gaps, b)."""
    k, m, X = model.n_thresholds, model.design.thresholds.size, model.design.fixed.X
    rows = model.derivatives(model.parts(theta), mode)
    out = np.zeros((m + X.shape[1],) * 2)
    out[:m, :m] = rows.information()
    for j in range(m):
        out[j, m:] = out[m:, j] = -model.by_columns(rows.cross(j))
    out[m:, m:] = _of_columns(model, mode.curvature)
    jacobian = np.zeros((m + X.shape[1], k + X.shape[1]))
    jacobian[:m], jacobian[m:, k:] = model.threshold_jacobian(theta), np.eye(X.shape[1])
    return jacobian.T @ out @ jacobian


def _made_positive(information: np.ndarray) -> np.ndarray:
    """With eigenvalues, of the matrix in units of its diagonal, that are positive: away from the mode some are not."""
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-8))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    return (vectors * np.maximum(np.abs(values), LEAST_VALUE)) @ vectors.T * np.outer(scale, scale)


def _of_columns(model: CumulativeModel, curvature: np.ndarray) -> np.ndarray:
    """(p, p) X'C X with the curvature between the predictors that columns move."""
    X, part = model.design.fixed.X, model.design.column_parts
    if curvature.ndim == 1:
        return X.T @ (model.by_cell(curvature)[:, None] * X)
    out = np.empty((X.shape[1],) * 2)
    for m in np.unique(part):
        for other in np.unique(part):
            between = model.by_cell(np.ascontiguousarray(curvature[:, m, other]))
            out[np.ix_(part == m, part == other)] = X[:, part == m].T @ (between[:, None] * X[:, part == other])
    return out
