"""Second derivatives around a mode of the cumulative model: how v^ moves with theta, and what steers the search."""

import numpy as np

from pluralstats.inference.cumulative import CumulativeModel, Mode


def cross_derivatives(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(q, P) d2 log p(y, v) / (dv dtheta) at the mode."""
    parts, design, pattern = model.parts(theta), model.design, model.pattern
    k, p = model.n_thresholds, design.fixed.X.shape[1]
    high, low = model.threshold_rows(parts, mode)
    spread = pattern.spread(parts.sd)
    out = np.zeros((pattern.size, model.n_parameters))
    for j in range(k):
        rows = np.where(design.y == j, high[:, 1], 0.0) + np.where(design.y == j + 1, low[:, 1], 0.0)
        out[:, j] = spread * model.by_terms(rows)
    out[:, :k] = out[:, :k] @ model.threshold_jacobian(theta)
    for j in range(p):
        out[:, k + j] = -spread * model.by_terms(mode.curvature * design.fixed.X[design.fixed.cell, j])
    score_sums = model.by_terms(mode.score)
    for t, level in enumerate(pattern.slices):
        out[:, k + p + t] = -spread * model.by_terms(mode.curvature * mode.v[pattern.index[:, t]])
        out[level, k + p + t] += score_sums[level]
    return out


def implicit_derivative(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(q, P) d v^ / d theta, by the implicit function theorem."""
    return mode.factor.solve(cross_derivatives(model, theta, mode))


def approximate_information(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(P, P) positive definite stand-in for the curvature of -f, good enough to steer the search.

    Thresholds and coefficients: the joint curvature with v eliminated. Standard deviations: the expected
    information of a variance, twice the effective number of levels over the variance.
    """
    k, p = model.n_thresholds, model.design.fixed.X.shape[1]
    fixed = slice(0, k + p)
    cross = cross_derivatives(model, theta, mode)[:, fixed]
    joint = _fixed_curvature(model, theta, mode) - cross.T @ mode.factor.solve(cross)
    out = np.zeros((model.n_parameters,) * 2)
    out[fixed, fixed] = 0.5 * (joint + joint.T)
    out[np.arange(k + p), np.arange(k + p)] += 1e-8 * (1.0 + np.diagonal(out)[fixed])
    learnt = 1.0 - mode.factor.diagonal()
    for t, (sd, level) in enumerate(zip(model.parts(theta).sd, model.pattern.slices, strict=True)):
        effective = (learnt[level] ** 2).sum()
        out[k + p + t, k + p + t] = max(2.0 * effective / max(sd * sd, 1e-2), 1.0)
    return out


def _fixed_curvature(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(K-1+p, K-1+p) minus the second derivatives of log p(y | v) in (tau_1, log gaps, b)."""
    design, k = model.design, model.n_thresholds
    X, cell = design.fixed.X, design.fixed.cell
    high, low = model.threshold_rows(model.parts(theta), mode)
    out = np.zeros((k + X.shape[1],) * 2)
    out[np.arange(k), np.arange(k)] = -model.by_threshold(high[:, 3], low[:, 3])
    for j in range(1, k):
        out[j, j - 1] = out[j - 1, j] = -high[design.y == j, 4].sum()
    for j in range(k):
        rows = np.where(design.y == j, high[:, 1], 0.0) + np.where(design.y == j + 1, low[:, 1], 0.0)
        out[j, k:] = out[k:, j] = -model.by_cell(rows) @ X
    out[k:, k:] = X.T @ (np.bincount(cell, weights=mode.curvature, minlength=len(X))[:, None] * X)
    jacobian = np.eye(k + X.shape[1])
    jacobian[:k, :k] = model.threshold_jacobian(theta)
    return jacobian.T @ out @ jacobian
