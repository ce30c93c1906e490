"""The information about thresholds and coefficients of long data, without a factor for each of them.

By differences of the gradient it costs a factor of H and the entries of its inverse for each parameter. Most of it, the
curvature of log p(y, v^) - v^'v^ / 2, has a formula. What is left, -log det H / 2, is a few thousandths of it, and its
gradient is linear in Q, the posterior variances of the rows' eta. So its derivative along parameter k is

    that with Q held, by a difference that needs no factor,   and   tr(H^-1 H_k H^-1 H_j) / 2,

H_k the derivative of H, v^ moving along. The trace is a mean over random signs (Hutchinson), which is known to a few
percent and makes standard errors right to 1e-5 and better: differences of the whole gradient are right to 1e-4.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from pluralstats.inference.marginal.cumulative import CumulativeModel, Mode
from pluralstats.inference.marginal.curvature import profile_and_moves
from pluralstats.inference.marginal.rows import Slopes, times

WIDTH = 1e-3  # of a difference, in standard errors given everything else
PROBES = 4
MOST_THREADS = 2  # each holds a few dozen numbers of every row: 100 MB for 270,000
THREADS_UP_TO = 500_000  # rows
SEED = 16  # the same signs for the same data


class _At(NamedTuple):
    """Of -log det H / 2 with Q held: the gradient (F,) and the curvature of the rows (n,) it belongs to."""

    gradient: np.ndarray
    curvature: np.ndarray


def long_information(model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(P, P) minus the second derivatives of f, but for those of log det H in Lambda; rows have eta alone."""
    (out, moves), fixed = profile_and_moves(model, theta, mode), model.first_entry
    widths = WIDTH / np.sqrt(np.maximum(np.diagonal(out)[:fixed], 0.1))
    out[:fixed, :fixed] += determinant_by_probes(model, theta, mode, moves, widths)
    return out


def determinant_by_probes(
    model: CumulativeModel, theta: np.ndarray, mode: Mode, moves: np.ndarray, widths: np.ndarray
) -> np.ndarray:
    """(F, F) half the second derivatives of log det H in thresholds and coefficients, v^ moving along.

    ``moves`` (q, P) derivatives of v^, ``widths`` (F,) of the differences; rows have eta alone. Parameters are
    independent of each other and go to threads: what is found does not depend on how many there are.
    """
    parts = model.parts(theta)
    slopes = model.slopes(parts, mode)
    Q = model.covariances(parts, slopes.touched)
    here = _gradient(model, theta, mode, mode.v, slopes, Q)
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], (model.pattern.size, PROBES))
    probes = mode.factor.draw(signs)  # H^-1 is the mean of their squares
    along = [model.along(parts, np.ascontiguousarray(probe)) for probe in probes.T]
    held, moved = np.empty((widths.size,) * 2), np.empty((widths.size, model.pattern.size, PROBES))

    def fill(k: int) -> None:
        ahead = theta.copy()
        ahead[k] += widths[k]
        there = _gradient(model, ahead, mode, mode.v + widths[k] * moves[:, k], slopes, Q)
        held[k] = (there.gradient - here.gradient) / widths[k]
        change = (there.curvature - here.curvature) / widths[k]
        for m, one in enumerate(along):
            moved[k, :, m] = model.by_effects(parts, change * one)

    most = MOST_THREADS if model.design.n <= THREADS_UP_TO else 1
    with ThreadPoolExecutor(min(os.process_cpu_count() or 1, most)) as threads:
        list(threads.map(fill, range(widths.size)))
    stacked = np.moveaxis(moved, 0, 1).reshape(model.pattern.size, -1)
    solved = np.moveaxis(mode.factor.solve(stacked).reshape(-1, widths.size, PROBES), 1, 0)
    traces = np.einsum("kqm,jqm->kj", moved, solved) / PROBES
    return -0.5 * (held + held.T) - 0.25 * (traces + traces.T)


def _gradient(
    model: CumulativeModel, theta: np.ndarray, mode: Mode, v: np.ndarray, slopes: Slopes, Q: np.ndarray
) -> _At:
    """At theta and its mode v, near those of ``mode``, whose factor one step of refinement makes good for a solve."""
    parts = model.parts(theta)
    eta, _, _, curvature = model.rows_at(model.fixed_part(parts.b), parts, v)
    rows = model.rows.derivatives(eta, parts.tau)
    at, nothing = rows.against(Q), np.zeros_like(eta)
    left = model.by_effects(parts, at.pull - times(curvature, slopes.shift)) - slopes.solved
    shift = slopes.shift + model.along(parts, mode.factor.solve(left))
    by_thresholds = at.by_thresholds(shift) - rows.against(nothing).by_thresholds(nothing)
    gradient = by_thresholds @ model.threshold_jacobian(theta)
    gradient[model.n_thresholds :] += model.by_columns(-0.5 * (at.pull - times(curvature, shift)))
    return _At(gradient, curvature)
