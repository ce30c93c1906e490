"""How tests compare draws: first that they converged, then in units of their Monte Carlo errors.

Of m quantities the means and the sds are compared, 2 m comparisons; each may be off by as many Monte Carlo standard
errors as a normal variable exceeds with probability ``FALSE_ALARM`` / (2 m) (Bonferroni). Whatever the processor, the
seed and the kernels of numpy, a test whose two sides are equal then fails with a probability of at most about
``FALSE_ALARM``. With fewer than ``EFFECTIVE`` effective draws the errors themselves would not be known to a few
percent, so such chains fail with that reason. ``tests/test_sampled.py`` measures the rate.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from arviz_stats.base import array_stats
from scipy.stats import norm

FALSE_ALARM = 1e-5
EFFECTIVE = 400  # in the middle and in the tails (Vehtari et al. 2021, section 4, for stable estimates of errors)
# The squared R-hat of k half-chains with e effective draws in all is about 1 + (chi2 / (k - 1) - 1) k / e. Of 4 or 8
# half-chains with 400 effective draws it exceeds 1.05 with probability 4e-7, however good the sampler is. Chains that
# are really apart fail the number of effective draws first: that of the split chains counts their distance.
R_HAT = 1.05
AXES: dict[str, Any] = {"chain_axis": 0, "draw_axis": 1}


class Moments(NamedTuple):
    """Of m quantities, each (m,): mean and sd, and their Monte Carlo standard errors (0 where they are exact)."""

    mean: np.ndarray
    sd: np.ndarray
    mean_error: np.ndarray
    sd_error: np.ndarray


def chains_of(posterior: Any) -> np.ndarray:
    """(chains, draws, m) parameters and random effects of a drawn posterior."""
    samples = posterior.samples
    return posterior.by_chain(np.concatenate([samples.parameters, *samples.effects], axis=1))


def independent(draws: np.ndarray) -> np.ndarray:
    """(S, m) or (S,) independent draws as four chains (4, S // 4, m)."""
    draws = np.reshape(draws, (len(draws), -1))
    return draws[: len(draws) // 4 * 4].reshape(4, -1, draws.shape[1])


def moments(draws: np.ndarray, effective: float = EFFECTIVE) -> Moments:
    """Moments of converged chains (chains, n, m); AssertionError with the numbers where they have not converged."""
    sizes = [
        array_stats.ess(draws, method="bulk", **AXES),
        array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **AXES),
    ]
    smallest, r_hat = float(np.min(sizes)), float(np.max(array_stats.rhat(draws, **AXES)))
    assert smallest >= effective, f"{smallest:.0f} effective draws, {effective:g} are needed"  # nan fails too
    assert r_hat <= R_HAT, f"R-hat is {r_hat:.3f}, above {R_HAT}"
    errors = (array_stats.mcse(draws, method=method, **AXES) for method in ("mean", "sd"))
    return Moments(draws.mean(axis=(0, 1)), draws.std(axis=(0, 1), ddof=1), *errors)


def converged(draw: Callable[[int], np.ndarray], attempts: int = 5) -> np.ndarray:
    """Chains (chains, n, m) of a reference sampler that sometimes gets stuck: drawn until they have converged.

    ``draw(attempt)`` draws with another seed, and more, at each ``attempt`` from 1. Chains are chaotic: another
    processor, or a kernel compiled in another order, is another seed, so that a rate of one bad run in eight would fail
    a test somewhere. What is compared afterwards does not choose the runs that agree with ours.
    """
    for attempt in range(1, attempts + 1):
        drawn = draw(attempt)
        try:
            moments(drawn)
        except AssertionError:
            if attempt == attempts:
                raise
        else:
            break
    return drawn


def known(mean: Sequence[float] | np.ndarray, sd: Sequence[float] | np.ndarray | None = None) -> Moments:
    """Known moments; sds that are not known (None, nan) are not compared."""
    mean = np.asarray(mean, float)
    sd = np.full(mean.shape, np.nan) if sd is None else np.asarray(sd, float)
    return Moments(mean, sd, np.zeros(mean.shape), np.zeros(mean.shape))


def z_bound(comparisons: int, false_alarm: float = FALSE_ALARM) -> float:
    """Monte Carlo errors that the largest of so many comparisons exceeds with probability ``false_alarm`` at most."""
    return float(norm.isf(false_alarm / (2 * comparisons)))


def assert_same_moments(one: Moments, other: Moments, false_alarm: float = FALSE_ALARM) -> None:
    """Means and sds differ by no more than their Monte Carlo errors explain."""
    means = (one.mean - other.mean) / np.hypot(one.mean_error, other.mean_error)
    sds = (one.sd - other.sd) / np.hypot(one.sd_error, other.sd_error)
    compared = np.concatenate([means, sds[np.isfinite(one.sd + other.sd)]])
    bound = z_bound(compared.size, false_alarm)
    assert np.isfinite(compared).all()
    worst = {name: float(np.max(np.abs(z[np.isfinite(z)]), initial=0.0)) for name, z in (("mean", means), ("sd", sds))}
    assert max(worst.values()) <= bound, f"off by {worst} Monte Carlo errors; {bound:.2f} are allowed"


def assert_same_draws(one: np.ndarray, other: np.ndarray, false_alarm: float = FALSE_ALARM) -> None:
    """Two sets of chains (chains, n, m) come from one distribution, as far as means and sds tell."""
    assert_same_moments(moments(one), moments(other), false_alarm)
