"""Second derivatives around a mode of the cumulative model: how v^ moves with theta, and what steers the search."""

import numpy as np

from pluralstats.inference.elimination.roots import entry_places
from pluralstats.inference.marginal.cumulative import CumulativeModel, Mode


def cross_derivatives(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(q, P) d2 log p(y, v) / (dv dtheta) at the mode."""
    parts, design, pattern = model.parts(theta), model.design, model.pattern
    k, p = model.n_thresholds, design.fixed.X.shape[1]
    rows = model.derivatives(parts, mode)
    out = np.zeros((pattern.size, model.n_parameters))
    for j in range(k):
        out[:, j] = model.by_effects(parts, rows.cross(j))
    out[:, :k] = out[:, :k] @ model.threshold_jacobian(theta)
    for j in range(p):
        out[:, k + j] = -model.by_effects(parts, mode.curvature * design.fixed.X[design.fixed.cell, j])
    for j, (a, b) in enumerate(entry_places(len(model.design.groupings), model.pairs), start=k + p):
        multiplier, level = model.Z[pattern.cell, a], pattern.slices[b]
        out[:, j] = -model.by_effects(parts, mode.curvature * multiplier * mode.v[pattern.index[:, b]])
        places = pattern.index[:, b] - level.start
        out[level, j] += np.bincount(places, weights=mode.score * multiplier, minlength=level.stop - level.start)
    return out


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
    design, k = model.design, model.n_thresholds
    X, cell = design.fixed.X, design.fixed.cell
    rows = model.derivatives(model.parts(theta), mode)
    out = np.zeros((k + X.shape[1],) * 2)
    out[:k, :k] = rows.information()
    for j in range(k):
        out[j, k:] = out[k:, j] = -model.by_cell(rows.cross(j)) @ X
    out[k:, k:] = X.T @ (np.bincount(cell, weights=mode.curvature, minlength=len(X))[:, None] * X)
    jacobian = np.eye(k + X.shape[1])
    jacobian[:k, :k] = model.threshold_jacobian(theta)
    return jacobian.T @ out @ jacobian
