"""Multinomial logistic regression with a prior: levels of a demographic given other facts about a rater.

Likelihood, score and Hessian are those of ``statsmodels.MNLogit``, which has neither a ridge penalty nor the curvature
of a penalised fit (only an L1 penalty), and whose maximum is infinite where facts separate the levels, as they do for
small groups. Coefficients of one fact are normal with differences between any two levels N(0, scale^2).
"""

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from statsmodels.discrete.discrete_model import MNLogit

SLOPE, CONSTANT = 2.5, 10.0  # prior sd of a difference in log odds for one sd of a fact, and at its mean
MOST_STEPS = 50
CLOSE = 1e-8  # of the squared Newton decrement


class Multinomial:
    """The posterior of coefficients (p, K - 1), level 0 the baseline, in its normal approximation at the mode.

    Parameters
    ----------
    level : (n,) codes 0 .. K - 1, each of which occurs
    X : (n, p) a constant first, then facts with standard deviation 1
    start : (p, K - 1), optional
        Where the search begins.

    Attributes
    ----------
    mode : (p, K - 1)
    """

    def __init__(self, level: np.ndarray, X: np.ndarray, start: np.ndarray | None = None) -> None:
        self.shape = X.shape[1], int(level.max())
        self._model = MNLogit(level, X, check_rank=False)
        between = 2.0 * (np.eye(self.shape[1]) - 1.0 / (self.shape[1] + 1.0))  # inverse of (I + 11') / 2
        size = np.array([CONSTANT, *[SLOPE] * (X.shape[1] - 1)])
        self._precision = np.kron(between, np.diag(size**-2.0))
        at = np.zeros(self.shape[0] * self.shape[1]) if start is None else start.ravel(order="F")
        self._mode, self._curvature = self._search(at)

    def _search(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Newton's method with halved steps; the log posterior is concave."""
        value = self._log_density(at)
        for _ in range(MOST_STEPS):
            slope = self._model.score(self._formed(at)) - self._precision @ at
            curvature = np.linalg.cholesky(self._precision - self._model.hessian(self._formed(at)))
            step = cho_solve((curvature, True), slope)
            if slope @ step < CLOSE:
                break
            while (after := self._log_density(at + step)) < value - CLOSE:
                step = 0.5 * step
            at, value = at + step, after
        return at, curvature

    def _log_density(self, at: np.ndarray) -> float:
        return float(self._model.loglike(self._formed(at)) - 0.5 * at @ self._precision @ at)

    def _formed(self, at: np.ndarray) -> np.ndarray:
        return at.reshape(self.shape, order="F")

    @property
    def mode(self) -> np.ndarray:
        return self._formed(self._mode)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """(p, K - 1) one draw of the coefficients."""
        noise = rng.standard_normal(self._mode.size)
        return self._formed(self._mode + solve_triangular(self._curvature, noise, lower=True, trans="T"))


def drawn_levels(coefficients: np.ndarray, X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(m,) levels drawn from the probabilities that coefficients (p, K - 1) give facts X (m, p)."""
    scores = np.column_stack([np.zeros(len(X)), X @ coefficients])
    return np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
