"""Maximising a smooth function of a dozen parameters whose curvature is nearly known from the start."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

LONGEST_STEP = 2.0  # in any one parameter; all of them live on latent or log scales
DECREMENT = 1e-9  # half of the expected gain at which the search ends, in units of log-likelihood
MAX_STEPS = 200


class Maximum(NamedTuple):
    """Where the search ended: argument, value, gradient, minus the Hessian there, steps taken, whether it converged."""

    x: np.ndarray
    value: float
    gradient: np.ndarray
    information: np.ndarray
    steps: int
    converged: bool


type Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def maximise(objective: Objective, x: np.ndarray, information: np.ndarray) -> Maximum:
    """BFGS from an approximate information matrix, then Newton steps with the measured one.

    Parameters
    ----------
    objective : x (P,) -> (value, gradient (P,)); a value of -inf marks a step too far
    information : (P, P) positive definite, an approximation of minus the Hessian
    """
    value, gradient = objective(x)
    if x.size == 0:
        return Maximum(x, value, gradient, np.empty((0, 0)), 0, True)
    x, value, gradient, information, steps = _bfgs(objective, x, value, gradient, information)
    for _ in range(5):
        information = measured_information(objective, x, gradient, information)
        step, gain = newton_step(information, gradient)
        if gain < DECREMENT:
            return Maximum(x, value, gradient, information, steps, True)
        moved, new_value, new_gradient = _backtrack(objective, x, value, gradient, step)
        if new_value <= value:
            break
        x, value, gradient, steps = moved, new_value, new_gradient, steps + 1
    return Maximum(x, value, gradient, information, steps, False)


def _bfgs(objective: Objective, x: np.ndarray, value: float, gradient: np.ndarray, information: np.ndarray) -> tuple:
    """Quasi-Newton steps until the expected gain is small."""
    steps = 0
    while steps < MAX_STEPS:
        step, gain = newton_step(information, gradient)
        if gain < 1e-5:
            break
        moved, new_value, new_gradient = _backtrack(objective, x, value, gradient, step)
        if new_value <= value:
            break
        information = _updated(information, moved - x, gradient - new_gradient)
        x, value, gradient, steps = moved, new_value, new_gradient, steps + 1
    return x, value, gradient, information, steps


def newton_step(information: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, float]:
    """The step information^-1 gradient and its expected gain; a ridge helps where curvature is not positive."""
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-12))
    scaled = information / np.outer(scale, scale)
    for ridge in (0.0, 1e-8, 1e-4, 1e-2, 1.0, 100.0):
        try:
            factor = cho_factor(scaled + ridge * np.eye(scale.size))
        except np.linalg.LinAlgError:
            continue
        step = cho_solve(factor, gradient / scale) / scale
        return step, float(0.5 * gradient @ step)
    return gradient / scale**2, float(0.5 * (gradient / scale) @ (gradient / scale))


def _backtrack(objective: Objective, x: np.ndarray, value: float, gradient: np.ndarray, step: np.ndarray) -> tuple:
    """The longest of 1, 1/2, 1/4 ... times the step that gains a ten-thousandth of what its slope promises."""
    fraction = min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))
    for _ in range(25):
        moved = x + fraction * step
        new_value, new_gradient = objective(moved)
        if new_value >= value + 1e-4 * fraction * (gradient @ step) and np.isfinite(new_value):
            return moved, new_value, new_gradient
        fraction *= 0.4
    return x, value, gradient


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
    objective: Objective, x: np.ndarray, gradient: np.ndarray, information: np.ndarray
) -> np.ndarray:
    """Minus the Hessian from differences of the analytic gradient, a thousandth of a standard error apart."""
    width = 1e-3 / np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-6))
    columns = []
    for j, h in enumerate(width):
        ahead = x.copy()
        ahead[j] += h
        columns.append((gradient - objective(ahead)[1]) / h)
    out = np.stack(columns)
    return 0.5 * (out + out.T)
