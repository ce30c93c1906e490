"""The mode of the random effects for given thresholds, coefficients and Lambda: Newton's method with few factors.

A factor of the curvature costs more than everything else in a step, and one of a place not far away leads nearly as
straight to the mode: its error falls in every step by the share that the curvature has changed by. So a factor is used
for as long as steps become much shorter, and a new one is made where they do not, and at the mode itself.
"""

from typing import NamedTuple, Protocol

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import Factor
from pluralstats.inference.elimination.curvature import Curvature

INNER_TOLERANCE = 1e-15  # squared length of the last Newton step on v, in posterior sds
MAX_INNER = 100
WORTH_A_FACTOR = 0.02  # share of the squared length of a step that the next with the same factor must not exceed


class Parts(NamedTuple):
    """theta taken apart: stacked thresholds (m,), coefficients (p,), root Lambda (T, T), loadings (n_cells, T)."""

    tau: np.ndarray
    b: np.ndarray
    root: np.ndarray
    loading: np.ndarray


class Mode(NamedTuple):
    """The random effects' mode for one theta, and the row quantities there: ``eta``, ``score``, ``curvature`` (n,), or
    of three predictors (n, 3), (n, 3) and (n, 3, 3)."""

    v: np.ndarray
    eta: np.ndarray
    loglik: float
    score: np.ndarray
    curvature: np.ndarray
    factor: Curvature


class Effects(Protocol):
    """What the search needs of a model."""

    def fixed_part(self, b: np.ndarray) -> np.ndarray: ...

    def rows_at(self, fixed: np.ndarray, parts: Parts, v: np.ndarray) -> tuple: ...

    def by_effects(self, parts: Parts, rows: np.ndarray) -> np.ndarray: ...

    def factorised(self, curvature: np.ndarray, loading: np.ndarray) -> tuple[Curvature, bool]: ...


def find_mode(model: Effects, parts: Parts, v: np.ndarray, near: Curvature | None) -> Mode:
    """Newton's method for v from a starting value; halving always ends it where the log posterior is concave.

    ``near``: the curvature at a place not far away, whose steps come first.
    """
    fixed = model.fixed_part(parts.b)
    here = model.rows_at(fixed, parts, v)
    if near is not None:
        v, here = _approached(model, fixed, parts, v, here, near, float(v.size))
    for _ in range(MAX_INNER):
        eta, loglik, score, curvature = here
        slope = model.by_effects(parts, score) - v
        factor, exact = model.factorised(curvature, parts.loading)
        step = factor.solve(slope)
        length = float(slope @ step)
        if length < INNER_TOLERANCE and exact:
            return Mode(v, eta, loglik, score, curvature, factor)
        v, here = _advanced(model, fixed, parts, v, step, loglik)
        if exact and isinstance(factor, Factor):  # an iterative one costs less than a step with it
            v, here = _approached(model, fixed, parts, v, here, factor, length * WORTH_A_FACTOR)
    raise FitError("The mode of the random effects was not found; the ratings or weights are extreme.")


def _approached(
    model: Effects, fixed: np.ndarray, parts: Parts, v: np.ndarray, here: tuple, factor: Curvature, most: float
) -> tuple:
    """v and its rows after steps with the curvature of another place.

    The first is at most ``most`` long (squared); they end as soon as one is not much shorter than the one before,
    does not lead up, or is too short to matter.
    """
    for _ in range(MAX_INNER):
        slope = model.by_effects(parts, here[2]) - v
        step = factor.solve(slope)
        length = float(slope @ step)
        if not 0.1 * INNER_TOLERANCE < length < most:
            break
        moved = v + step
        rows = model.rows_at(fixed, parts, moved)
        if not _as_high(rows[1] - 0.5 * moved @ moved, here[1] - 0.5 * v @ v):
            break
        v, here, most = moved, rows, length * WORTH_A_FACTOR
    return v, here


def _advanced(model: Effects, fixed: np.ndarray, parts: Parts, v: np.ndarray, step: np.ndarray, loglik: float) -> tuple:
    """The Newton step, halved until the log posterior does not fall."""
    before = loglik - 0.5 * v @ v
    for halving in range(30):
        moved = v + 0.5**halving * step
        rows = model.rows_at(fixed, parts, moved)
        if _as_high(rows[1] - 0.5 * moved @ moved, before):
            return moved, rows
    raise FitError("The mode of the random effects was not found; the ratings or weights are extreme.")


def _as_high(value: float, before: float) -> bool:
    """Whether a log posterior has not fallen, but for rounding."""
    return bool(value >= before - 1e-9 * abs(before))
