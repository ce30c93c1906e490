"""The profiled likelihood of the gaussian mixed model: coefficients and residual sd are taken at their best."""

from dataclasses import replace

import numpy as np

from pluralstats.inference.laplace.faces import Held, OnFace, steps_at_zero
from pluralstats.inference.laplace.search import Maximum, maximise
from pluralstats.inference.marginal.gaussian import GaussianModel, Solution
from pluralstats.model.step_places import steps_at


class GaussianProfile:
    """The profiled log-likelihood in theta; the last solution is kept, because searches come back to it."""

    def __init__(self, model: GaussianModel) -> None:
        self.model = model
        self.last: tuple[np.ndarray, Solution] | None = None

    def solve(self, theta: np.ndarray) -> Solution:
        if self.last is None or not np.array_equal(theta, self.last[0]):
            self.last = None  # lets go of the old factor before there is a new one
            self.last = (theta.copy(), self.model.solve(theta))
        return self.last[1]

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        at = self.solve(theta)
        return at.loglik, self.model.gradient(theta, at)


def profile_face(objective: GaussianProfile, best: Maximum) -> tuple[GaussianProfile, Maximum, float]:
    """The profile over steps of one sign and its maximum, from those without that; ``ahead`` of ``Held``."""
    model, steps = objective.model, steps_at(objective.model.design.fixed.monotone)

    def searched(held: np.ndarray) -> tuple[GaussianProfile, Maximum]:
        if not held.any():
            return objective, best
        other = GaussianProfile(replace(model, free=np.flatnonzero(~held)))
        return other, maximise(other, best.x, best.information)

    def on(held: np.ndarray) -> OnFace:
        other, found = searched(held)
        at = other.solve(found.x)
        return OnFace(found.value, at.b, np.where(held, at.pull, 0.0))

    size = model.design.fixed.X.shape[1]
    held = steps_at_zero(on, steps, size) if steps.first.size else Held(np.zeros(size, bool))
    return (*searched(held.at), held.ahead)
