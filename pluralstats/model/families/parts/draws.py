"""What loops over draws ask of rows with a noise and a use of the scale of their own, and answers drawn for them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pluralstats.storage.compiled import kernel_for

FIRST_HIGH, FIRST_LOW, HIGH, LOW, MIXED = range(5)  # rows of what ``bends`` fills


def bends_of(link: str, interval: Any) -> Any:
    """A kernel (weight, low, high, out): first and second derivatives of log P in its ends (D,), into out (5, D)."""

    def bends(weight, low, high, out):
        for s in range(low.size):
            _, ru, ru1, _, rl, rl1, _ = interval(low[s], high[s])
            out[FIRST_HIGH, s], out[FIRST_LOW, s] = weight * ru, -weight * rl
            out[HIGH, s], out[LOW, s] = weight * (ru1 - ru * ru), -weight * (rl1 + rl * rl)
            out[MIXED, s] = weight * ru * rl

    return kernel_for(link, bends)


def simulate_of(noise: Callable[[int, np.random.Generator], np.ndarray]) -> Callable[..., np.ndarray]:
    """A function (predictors (n, 3), tau, generator) -> answers (n,): the thresholds that a latent answer passes.

    It passes c + exp(a) (tau - c) where (latent - c) exp(-a) + c passes tau.
    """

    def simulate(predictors: np.ndarray, tau: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        eta, sigma, a = predictors.T
        c = tau.mean()
        latent = eta + np.exp(sigma) * noise(eta.size, rng)
        return np.searchsorted(tau, c + (latent - c) * np.exp(-a)).astype(np.int32)

    return simulate
