"""Monotonic effects: coefficients of steps that all have one sign, from numbers that are free.

The columns of ``mo(education)`` are "at or above level j", j = 1 .. D, and their coefficients c_j the differences
between adjacent levels. As in brms (Buerkner & Charpentier 2020, British Journal of Mathematical and Statistical
Psychology 73, 420-451, equation 2)

    c_j = b D zeta_j,    zeta_j > 0,  sum of zeta_j = 1:

b is the average difference between adjacent levels, of either sign, D b that between the highest and the lowest, and
zeta the shares of the steps in it. The simplex has the coordinates y (D - 1,),

    zeta = softmax(V y),    V'V = I,  V'1 = 0,

which treat all steps alike: y = 0 are equal steps (the isometric log-ratio of Egozcue et al. 2003, Mathematical Geology
35, 279-300). A sampler's numbers x = (b, y) take the D places that the coefficients have.

Priors: D b ~ student_t(df, 0, scale), as the difference of any two levels of a factor has, so that it does not depend
on how finely education was asked; zeta ~ Dirichlet(1), all ways to divide the difference equally likely. The density
of y has the Jacobian sqrt(D) zeta_1 ... zeta_D.
"""

import math

import numpy as np
from scipy.special import gammaln

from pluralstats.storage.compiled import kernel


def contrasts(steps: int) -> np.ndarray:
    """(D, D - 1) V of that many steps: orthonormal columns that sum to 0 (Helmert's).

    >>> contrasts(3).round(3).tolist()
    [[0.707, 0.408], [-0.707, 0.408], [0.0, -0.816]]
    """
    V = np.zeros((steps, steps - 1))
    for k in range(1, steps):
        V[:k, k - 1], V[k, k - 1] = 1.0, -float(k)
    return V / np.sqrt((V**2).sum(axis=0))


@kernel
def fill_coefficients(x, V, out):
    """c (D,) of x = (b, y) into ``out``, which may be x itself.

    Parameters
    ----------
    x : (D,)
    V : (D, D - 1) of ``contrasts``
    """
    steps = V.shape[0]
    total, largest = x[0] * steps, -np.inf
    logs = np.zeros(steps)
    for j in range(steps):
        for k in range(steps - 1):
            logs[j] += V[j, k] * x[1 + k]
        largest = max(largest, logs[j])
    norm = 0.0
    for j in range(steps):
        logs[j] = math.exp(logs[j] - largest)
        norm += logs[j]
    for j in range(steps):
        out[j] = total * logs[j] / norm


@kernel
def pull_back(x, V, by_coefficient, gradient):
    """Add to ``gradient`` (D,) in x what a function has of ``by_coefficient`` (D,), its gradient in c."""
    steps = V.shape[0]
    one, c = x.copy(), np.empty(steps)
    one[0] = 1.0 / steps
    fill_coefficients(one, V, c)  # zeta
    mean = 0.0
    for j in range(steps):
        mean += c[j] * by_coefficient[j]
    gradient[0] += steps * mean
    for k in range(steps - 1):
        slope = 0.0
        for j in range(steps):
            slope += c[j] * (by_coefficient[j] - mean) * V[j, k]
        gradient[1 + k] += x[0] * steps * slope


@kernel
def add_log_prior(x, V, df, scale, gradient):
    """Log density of x, up to a constant; its gradient is added to ``gradient`` (D,).

    ``scale`` is that of the difference between the highest and the lowest level.
    """
    steps = V.shape[0]
    z = x[0] * steps / scale
    value = -0.5 * (df + 1.0) * math.log1p(z * z / df)
    gradient[0] -= (df + 1.0) * z / (df + z * z) * steps / scale
    one, zeta = x.copy(), np.empty(steps)
    one[0] = 1.0 / steps
    fill_coefficients(one, V, zeta)
    for j in range(steps):
        value += math.log(zeta[j])
    for k in range(steps - 1):
        mean = 0.0
        for j in range(steps):
            mean += zeta[j] * V[j, k]
        gradient[1 + k] -= steps * mean  # columns of V sum to 0
    return value


def coefficients_of(x: np.ndarray) -> np.ndarray:
    """(..., D) coefficients c of numbers x = (b, y), (..., D).

    >>> coefficients_of(np.array([0.5, 0.0, 0.0])).tolist()
    [0.5, 0.5, 0.5]
    """
    x = np.asarray(x, float)
    steps = x.shape[-1]
    logs = x[..., 1:] @ contrasts(steps).T
    zeta = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return steps * x[..., :1] * zeta / zeta.sum(axis=-1, keepdims=True)


def numbers_of(c: np.ndarray, least: float = 1e-6) -> np.ndarray:
    """(D,) numbers x of coefficients c (D,); steps of the other sign, or none, become the share ``least``.

    >>> numbers_of(coefficients_of(np.array([-0.3, 1.0, -0.5]))).round(12).tolist()
    [-0.3, 1.0, -0.5]
    """
    steps, total = c.size, float(c.sum())
    zeta = np.maximum(c / total if total else np.full(steps, 1.0 / steps), least)
    return np.concatenate([[total / steps], contrasts(steps).T @ np.log(zeta)])


def jacobian(x: np.ndarray) -> np.ndarray:
    """(D, D) derivatives of c in x: row j of c_j."""
    b, steps = float(x[0]), x.size
    zeta, V = coefficients_of(np.concatenate([[1.0 / steps], x[1:]])), contrasts(steps)
    return steps * np.column_stack([zeta, b * zeta[:, None] * (V - zeta @ V)])


def bending(x: np.ndarray, by_coefficient: np.ndarray) -> np.ndarray:
    """(D, D) what the transform adds to a second derivative in x: sum over j of by_coefficient_j d^2 c_j / dx dx'.

    With J the Jacobian, a function f of c has the second derivatives J' f'' J + bending(x, f').
    """
    b, steps = float(x[0]), x.size
    zeta, V = coefficients_of(np.concatenate([[1.0 / steps], x[1:]])), contrasts(steps)
    moved = V - zeta @ V
    of_b = steps * (zeta * by_coefficient) @ moved
    spread = moved.T @ (zeta[:, None] * moved)
    out = np.zeros((steps, steps))
    out[0, 1:] = out[1:, 0] = of_b
    own = moved.T @ ((zeta * by_coefficient)[:, None] * moved)
    out[1:, 1:] = b * steps * (own - (zeta @ by_coefficient) * spread)
    return out


def curvature(x: np.ndarray, df: float, scale: float) -> np.ndarray:
    """(D, D) minus the second derivatives of the log prior of numbers x (D,); of its student_t those of the normal
    distribution with the same slope, which do not change sign in the tails."""
    steps, V = x.size, contrasts(x.size)
    zeta, z = coefficients_of(np.concatenate([[1.0 / steps], x[1:]])), x[0] * steps / scale
    out = np.zeros((steps, steps))
    out[0, 0] = (df + 1.0) / (df + z * z) * (steps / scale) ** 2
    out[1:, 1:] = steps * V.T @ (np.diag(zeta) - np.outer(zeta, zeta)) @ V
    return out


def log_prior(x: np.ndarray, df: float, scale: float) -> np.ndarray:
    """(...,) normalised log density of numbers x (..., D): of b, and of y with the Jacobian of the simplex."""
    x = np.asarray(x, float)
    steps = x.shape[-1]
    zeta = coefficients_of(np.concatenate([np.full_like(x[..., :1], 1.0 / steps), x[..., 1:]], axis=-1))
    z = x[..., 0] * steps / scale
    of_b = gammaln(0.5 * (df + 1.0)) - gammaln(0.5 * df) - 0.5 * math.log(df * math.pi) + math.log(steps / scale)
    of_b = of_b - 0.5 * (df + 1.0) * np.log1p(z**2 / df)
    return of_b + gammaln(steps) + 0.5 * math.log(steps) + np.log(zeta).sum(axis=-1)


def drawn(steps: int, df: float, scale: float, rng: np.random.Generator) -> np.ndarray:
    """(D,) numbers x from the prior."""
    return numbers_of(scale * rng.standard_t(df) * rng.dirichlet(np.ones(steps)), least=0.0)
