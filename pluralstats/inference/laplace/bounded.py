"""The marginal posterior where Laplace's determinant runs away: noise or use of the scale of raters with few ratings.

log p of a row with three predictors is not concave in its effects. Somewhere in the space of parameters their curvature
H has an eigenvalue near zero, and -log det H / 2 has a spike there that no probability is behind: the search ends on
it, with standard errors of nothing, and chains whose map is made there never move. Here the curvature of a row counts
without its negative part. H is then at least the identity, which is the prior's, and there are no spikes. Gradients are
differences of values, for which there is time because such data are small.
"""

from typing import Protocol

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.laplace.search import Maximum, maximise
from pluralstats.inference.marginal.cumulative import CumulativeModel, Evaluation
from pluralstats.inference.marginal.modes import Mode
from pluralstats.inference.marginal.priors import PriorNumbers, add_log_prior

SPIKE = 0.1  # smallest eigenvalue of an effect's block of H that is believed, where that of its prior is 1
WIDTH = 1e-4  # of differences, on latent and log scales


class Marginal(Protocol):
    """The log posterior of x with the determinant as it is."""

    model: CumulativeModel
    priors: PriorNumbers

    def theta(self, x: np.ndarray) -> np.ndarray: ...

    def evaluate(self, x: np.ndarray) -> Evaluation: ...


def runs_away(factor: Curvature) -> bool:
    """Whether some level's block of H is nearly singular, as a mode between two others is."""
    return bool(factor.D.size) and float(np.linalg.svd(factor.D, compute_uv=False).min()) ** 2 < SPIKE


class Bounded:
    """Log posterior of x (P,) with a determinant that is at least 1, and its gradient."""

    def __init__(self, objective: Marginal) -> None:
        self.objective = objective

    def mode(self, x: np.ndarray) -> Mode:
        """The mode of the effects, with the factor of the bounded curvature."""
        model = self.objective.model
        mode = self.objective.evaluate(x).mode
        loading = model.parts(self.objective.theta(x)).loading
        return mode._replace(factor=model.bounded_factor(mode.curvature, loading))

    def value(self, x: np.ndarray) -> float:
        """-inf where a step was too long for floating point."""
        try:
            mode = self.mode(x)
        except FitError:
            return -np.inf
        own = mode.loglik - 0.5 * mode.v @ mode.v - 0.5 * mode.factor.log_determinant
        return float(own) + float(add_log_prior(self.objective.priors, x, np.zeros_like(x)))

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = self.value(x), np.zeros_like(x)
        for j, step in enumerate(WIDTH * np.eye(x.size)):
            gradient[j] = (self.value(x + step) - self.value(x - step)) / (2.0 * WIDTH)
        return (value, gradient) if np.isfinite(gradient).all() else (-np.inf, np.zeros_like(x))


def bounded_maximum(objective: Marginal, x: np.ndarray) -> tuple[Maximum, Mode]:
    """The maximum from x (P,), and the mode of the effects there with the factor of the bounded curvature."""
    bounded = Bounded(objective)
    best = maximise(bounded, x, np.diag(np.full(x.size, float(objective.model.design.n) / x.size)))
    return best, bounded.mode(best.x)
