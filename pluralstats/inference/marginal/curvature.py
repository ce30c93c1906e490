"""Second derivatives around a mode of the cumulative model: how v^ moves with theta, and what steers the search."""

import numpy as np

from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import entry_places, places_of
from pluralstats.inference.marginal.cumulative import CumulativeModel, Mode

LEAST_VALUE = 1e-3  # of a scaled eigenvalue of the curvature that steers the search
LEAST_ROOT = 0.05  # sd below which what the formula says of it is not used
SAFE_VALUE = 0.02  # of a scaled eigenvalue from which the formula is used


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
    cross = cross_derivatives(model, theta, mode)[:, : k + p]
    joint = _fixed_curvature(model, theta, mode) - cross.T @ mode.factor.solve(cross)
    root, fixed = model.parts(theta).root, k + p
    joint = joint if model.eta_alone and model.design.family.ordered else _made_positive(joint)
    out = np.zeros((model.n_parameters,) * 2)
    out[:fixed, :fixed] = 0.5 * (joint + joint.T)
    out[np.arange(fixed), np.arange(fixed)] += 1e-8 * (1.0 + np.diagonal(out)[:fixed])
    learnt, slices = 1.0 - mode.factor.diagonal(), model.pattern.slices
    for j, (a, b) in enumerate(entry_places(len(model.design.groupings), model.pairs), start=fixed):
        effective = (learnt[slices[a]] * learnt[slices[b]]).sum() * (2.0 if a == b else 1.0)
        out[j, j] = max(effective / max(root[a, a] ** 2, 1e-2), 1.0)
    return out


def observed_information(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray | None:
    """(P, P) minus the second derivatives of f, within two percent; None where they are not safely positive definite.

    The curvature of log p(y, v^) - v^'v^ / 2 is exact, that of log det H is as Lambda alone moves it. Unlike
    ``approximate_information`` it knows what Lambda and the fixed parameters have in common.
    """
    root, first = model.parts(theta).root, model.first_entry
    curves = model.pairs.place.size > len(root)  # an entry of Lambda between many effects of a row
    if curves or np.abs(np.diagonal(root)).min(initial=np.inf) < LEAST_ROOT:
        return None
    out = profile_information(model, theta, mode)
    out[first:, first:] += determinant_information(model, root, mode.factor)
    scale = np.sqrt(np.maximum(np.diagonal(out), 1e-300))
    safe = np.linalg.eigvalsh(out / np.outer(scale, scale)).min(initial=1.0) > SAFE_VALUE
    return out if safe else None


def profile_information(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(P, P) minus the second derivatives of log p(y, v^) - v^'v^ / 2, v^ moving along: exact."""
    return profile_and_moves(model, theta, mode)[0]


def profile_and_moves(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> tuple[np.ndarray, np.ndarray]:
    """``profile_information`` and ``implicit_derivative``, which share their cost."""
    parts, fixed = model.parts(theta), model.first_entry
    k = model.n_thresholds
    rows = model.derivatives(parts, mode)
    out = np.zeros((model.n_parameters,) * 2)
    out[:fixed, :fixed] = _fixed_curvature(model, theta, mode)
    jacobian = model.threshold_jacobian(theta)
    crosses = [rows.cross(j) for j in range(len(jacobian))]
    places = entry_places(len(model.design.groupings), model.pairs)
    moves = [_moved(model, mode, a, b) for a, b in places]
    part = [model.design.grouping_parts[b] for _, b in places]
    for j, (move, m) in enumerate(zip(moves, part, strict=True)):
        bent = _bent(mode, m, move)
        of_thresholds = -np.array([_of_predictor(cross, m) @ move for cross in crosses])
        out[:fixed, fixed + j] = jacobian.T @ of_thresholds
        out[k:fixed, fixed + j] += model.by_columns(bent)
        out[fixed : fixed + j + 1, fixed + j] = [_of_predictor(bent, part[i]) @ moves[i] for i in range(j + 1)]
    slope = rows.against(np.zeros_like(mode.curvature)).by_thresholds(np.zeros_like(mode.score)) @ jacobian
    own = np.arange(k)
    out[own, own] -= np.where(model.design.thresholds.is_gap[:k], slope[:k], 0.0)  # the second derivative of exp is exp
    upper = np.triu_indices(model.n_parameters, 1)
    out[upper[1], upper[0]] = out[upper]
    cross = cross_derivatives(model, theta, mode)
    moves_of_v = mode.factor.solve(cross)
    out -= cross.T @ moves_of_v
    return 0.5 * (out + out.T), moves_of_v


def _moved(model: CumulativeModel, mode: Mode, a: int, b: int) -> np.ndarray:
    """(n,) how the predictor of a row moves with entry (a, b) of Lambda."""
    cell, index = model.pattern.cell, model.pattern.index
    return np.sum([model.Z[cell, i] * mode.v[index[:, j]] for i, j in places_of(a, b, model.pairs)], axis=0)


def _of_predictor(rows: np.ndarray, m: int) -> np.ndarray:
    """(n,) of numbers of rows, those of predictor m."""
    return rows if rows.ndim == 1 else rows[:, m]


def determinant_information(model: CumulativeModel, root: np.ndarray, factor: Curvature) -> np.ndarray:
    """(W, W) half the second derivatives of log det H in the entries of Lambda, level by level and rows as they are.

    With C the covariance of a level's v in H^-1 and S its information about u: H = I + Lambda'S Lambda = C^-1.
    """
    places = entry_places(len(root), model.pairs)
    out = np.zeros((len(places),) * 2)
    for block, C in zip(model.pattern.blocks, factor.level_covariances(), strict=True):
        inverse = np.linalg.inv(root[block, block])
        G = inverse.T @ (np.eye(len(inverse)) - C)
        K, own = G @ inverse, [j for j, (a, _) in enumerate(places) if block.start <= a < block.stop]
        for j in own:
            for i in own:
                (a, b), (c, d) = (np.array(places[j]) - block.start, np.array(places[i]) - block.start)
                out[j, i] = (K[:, a, c] * C[:, b, d] - G[:, a, d] * G[:, c, b]).sum()
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
