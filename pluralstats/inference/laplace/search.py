"""Maximising a smooth function of a dozen parameters whose curvature is nearly known from the start."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LONGEST_STEP = 2.0  # in any one parameter; all of them live on latent or log scales
ENOUGH = 1e-5  # expected gain at which quasi-Newton steps end
DECREMENT = 1e-9  # expected gain at which the search ends, in units of log-likelihood
FAR = 1.0  # expected gain of a step after which the curvature is another one
NEARBY = 1e-3  # expected gain of a step that leaves the curvature as it was, to a few parts in 100,000
SADDLE = -1e-4  # smallest scaled curvature that a maximum may have
MAX_STEPS = 200
MAX_NEWTON = 20


class Maximum(NamedTuple):
    """Where the search ended: argument, value, gradient, minus the Hessian there, steps taken, whether it converged."""

    x: np.ndarray
    value: float
    gradient: np.ndarray
    information: np.ndarray
    steps: int
    converged: bool


class Point(NamedTuple):
    """An argument with the value (-inf: a step too far) and the gradient there."""

    x: np.ndarray
    value: float
    gradient: np.ndarray


type Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
type Measure = Callable[[Objective, Point, np.ndarray], np.ndarray]  # minus the Hessian at a point, nearly known
type Steer = Callable[[np.ndarray], np.ndarray | None]  # x (P,) -> minus the Hessian by a formula, where one holds


def maximise(
    objective: Objective,
    x: np.ndarray,
    information: np.ndarray,
    measure: Measure | None = None,
    steer: Steer | None = None,
) -> Maximum:
    """BFGS from an approximate information matrix, then Newton steps with the measured one.

    A stationary point with a direction of rising curvature is a saddle (a variance at zero that should not be
    zero is one) and is left along that direction.

    Parameters
    ----------
    objective : x (P,) -> (value, gradient (P,)); a value of -inf marks a step too far
    information : (P, P) positive definite, an approximation of minus the Hessian
    measure : how it is measured; by differences of the gradient unless something better is known
    steer : as of ``climb``
    """
    enough = ENOUGH if measure is None else DECREMENT
    at, steps = climb(objective, Point(x, *objective(x)), information, enough, steer)
    measure = measure or measured_information
    last = np.inf
    for _ in range(MAX_NEWTON):
        if last > NEARBY:  # after a small step the curvature measured before it still holds
            information = measure(objective, at, information)
        step, gain = newton_step(information, at.gradient)
        moved = _escaped(objective, at, information) if gain < DECREMENT else _backtracked(objective, at, step)
        if moved is None:
            return Maximum(*at, information, steps, gain < DECREMENT)
        at, steps, last = moved, steps + 1, gain
    return Maximum(*at, information, steps, False)


def climb(
    objective: Objective, at: Point, information: np.ndarray, enough: float = ENOUGH, steer: Steer | None = None
) -> tuple[Point, int]:
    """Quasi-Newton steps until the expected gain is small; the point and the number of steps.

    ``steer`` gives the information anew after long steps; where its formula does not hold it is asked again when most
    of the way is behind.
    """
    asked = np.inf
    for steps in range(MAX_STEPS):
        step, gain = newton_step(information, at.gradient)
        moved = _backtracked(objective, at, step) if gain >= enough else None
        if moved is None:
            return at, steps
        steered = steer(moved.x) if steer is not None and FAR < gain < asked else None
        asked = asked if steered is not None or not FAR < gain < asked else 0.1 * gain
        updated = _updated(information, moved.x - at.x, at.gradient - moved.gradient)
        at, information = moved, updated if steered is None else steered
    return at, MAX_STEPS


def newton_step(information: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, float]:
    """information^-1 gradient and its expected gain, with curvatures taken as positive so that it leads uphill."""
    scale, values, vectors = scaled_curvature(information)
    step = vectors @ ((vectors.T @ (gradient / scale)) / np.maximum(np.abs(values), 1e-8)) / scale
    return step, float(0.5 * gradient @ step)


def scaled_curvature(information: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scale (P,), eigenvalues and eigenvectors of the information with a unit diagonal."""
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-8))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    return scale, values, vectors


def _backtracked(objective: Objective, at: Point, step: np.ndarray) -> Point | None:
    """The longest fraction of a step that gains a ten-thousandth of what its slope promises; None if none does."""
    fraction = min(1.0, LONGEST_STEP / max(np.abs(step).max(initial=0.0), 1e-300))
    for _ in range(25):
        moved = Point(at.x + fraction * step, *objective(at.x + fraction * step))
        promised = 1e-4 * fraction * (at.gradient @ step)
        if np.isfinite(moved.value) and moved.value > at.value and moved.value >= at.value + promised:
            return moved
        fraction *= 0.4
    return None


def _escaped(objective: Objective, at: Point, information: np.ndarray) -> Point | None:
    """A higher point along the most rising direction of a saddle; None at a maximum."""
    if not at.x.size:
        return None
    scale, values, vectors = scaled_curvature(information)
    if values[0] > SADDLE:
        return None
    direction = vectors[:, 0] / scale
    direction *= 0.3 / np.abs(direction).max()
    for fraction in (1.0, -1.0, 0.3, -0.3, 0.1, -0.1):
        moved = Point(at.x + fraction * direction, *objective(at.x + fraction * direction))
        if moved.value > at.value + DECREMENT:
            return moved
    return None


def _updated(information: np.ndarray, step: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """Powell's damped BFGS update, which keeps the matrix positive definite."""
    curved = information @ step
    expected = step @ curved
    observed = step @ fall
    if observed < 0.2 * expected:
        share = 0.8 * expected / (expected - observed)
        fall = share * fall + (1.0 - share) * curved
        observed = step @ fall
    return information - np.outer(curved, curved) / expected + np.outer(fall, fall) / observed


def measured_information(
    objective: Objective, at: Point, information: np.ndarray, which: np.ndarray | None = None
) -> np.ndarray:
    """Minus the Hessian from differences of the analytic gradient, a thousandth of a standard error apart.

    ``which``: the parameters whose rows and columns are measured, all by default; the others stay as they are.
    """
    which = np.arange(at.x.size) if which is None else which
    width = 1e-3 / np.sqrt(np.maximum(np.abs(np.diagonal(information)), 0.1))
    out, both = information.copy(), np.ix_(which, which)
    for j in which:
        ahead = at.x.copy()
        ahead[j] += width[j]
        out[j] = (at.gradient - objective(ahead)[1]) / width[j]
    out[:, which], own = out[which].T, out[both]
    out[both] = 0.5 * (own + own.T)
    return out
