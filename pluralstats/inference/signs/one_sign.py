"""Steps of one sign in a normal posterior: monotonic effects around a maximum, which may lie where a step is 0.

Around the maximum of a likelihood, steps c of all monotonic effects are normal with the mean ``centre`` that they would
have if their signs were free, restricted to steps of one sign: c = t zeta for the sum t of the steps of an effect, of
either sign, and shares zeta > 0. As in the prior of the exact posterior all shares are equally likely, and there is no
prior of t. Given zeta, t is normal, so that only zeta has to be searched: by Metropolis, a chain for each draw.
Everything else follows the steps as the covariance has it.

Around the mode of a posterior, whose prior keeps steps from 0, the numbers that a sampler has for them are normal.
"""

from dataclasses import dataclass

import numpy as np

from pluralstats.model.step_places import Steps, steps_at

MOVES = 100  # of each chain
CANDIDATES = 2_000  # that chains start from a few of
NARROWEST, WIDEST = 0.03, 3.0  # sd of a move of logarithms of shares


@dataclass(frozen=True)
class OneSign:
    """The steps of a posterior.

    Attributes
    ----------
    steps : where they stand among the coefficients
    first : where the coefficients start in theta
    centre : (S,) mean of the normal distribution that is restricted; under priors, the numbers of the steps at the mode
    held : (S,) bool, steps that are 0 at the maximum
    under_priors : whether the mode is that of a posterior
    ahead : log-likelihood of the maximum above that with the other sign of an effect, infinite where nobody looked
    """

    steps: Steps
    first: int
    centre: np.ndarray
    held: np.ndarray
    under_priors: bool = False
    ahead: float = np.inf

    @property
    def at(self) -> np.ndarray:
        """(S,) where the steps stand in theta."""
        return self.first + self.steps.columns

    def moved(
        self, deviations: np.ndarray, mode: np.ndarray, covariance: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Deviations (n, P) from the mode (P,), of which those of steps keep one sign and the rest follows.

        Steps that the data do not determine have no variance, and stay at the mode.
        """
        at, own = self.at, covariance[np.ix_(self.at, self.at)]
        out = deviations.copy()
        if self.under_priors:
            out[:, at] = self._bent(deviations[:, at])
            return out
        if not (np.diagonal(own) > 0.0).all():
            return out
        places = _side_by_side(self.steps.sizes)
        c = restricted(np.linalg.inv(own), self.centre, places, len(deviations), rng)
        change = c - mode[at] - deviations[:, at]
        return out + change @ np.linalg.solve(own, covariance[at])

    def _bent(self, deviations: np.ndarray) -> np.ndarray:
        places = _side_by_side(self.steps.sizes)
        numbers = np.linalg.lstsq(places.jacobian(self.centre), deviations.T, rcond=None)[0].T
        return places.coefficients(self.centre + numbers) - places.coefficients(self.centre)


def one_sign(
    steps: Steps, first: int, mode: np.ndarray, covariance: np.ndarray, pull: np.ndarray, ahead: float
) -> OneSign | None:
    """The steps of a maximum of a likelihood; None without any.

    Parameters
    ----------
    steps, first, ahead : as of ``OneSign``
    mode, covariance : of theta, (P,) and (P, P), as if signs were free
    pull : slope of the log-likelihood at the mode, not 0 where a step is held at 0; of the first entries of theta
    """
    at = first + steps.columns
    if not at.size:
        return None
    centre = mode[at] + covariance[at, : pull.size] @ pull
    return OneSign(steps, first, centre, mode[at] == 0.0, ahead=ahead)


def _side_by_side(count: np.ndarray) -> Steps:
    """The steps among themselves."""
    starts = np.cumsum([0, *count.tolist()])
    return steps_at(list(zip(starts[:-1].tolist(), count.tolist(), strict=True)))


def restricted(precision: np.ndarray, mean: np.ndarray, steps: Steps, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, S) draws of steps from a normal distribution, restricted to those of one sign within each effect.

    Parameters
    ----------
    precision, mean : (S, S) and (S,) of the normal distribution
    steps : where the effects stand among them
    """
    numbers = _start(precision, mean, steps, n, rng)
    height = _height(precision, mean, steps, numbers)
    free = np.setdiff1d(np.arange(mean.size), steps.first)  # those of shares
    for _ in range(MOVES if free.size else 0):
        size = NARROWEST * (WIDEST / NARROWEST) ** rng.random((n, 1))
        proposed = numbers.copy()
        proposed[:, free] += size * rng.standard_normal((n, free.size))
        other = _height(precision, mean, steps, proposed)
        taken = np.log(rng.random(n)) < other - height
        numbers[taken], height[taken] = proposed[taken], other[taken]
    shares = _shares(steps, numbers)
    A, h = _of_sums(precision, mean, shares)
    root = np.linalg.cholesky(np.linalg.inv(A))
    noise = rng.standard_normal((n, steps.first.size, 1))
    sums = (np.linalg.solve(A, h[..., None]) + root @ noise)[..., 0]
    return np.einsum("nsm,nm->ns", shares, sums)


def _start(precision: np.ndarray, mean: np.ndarray, steps: Steps, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, S) numbers, drawn by importance from shares that are all equally likely."""
    shares = [rng.dirichlet(np.ones(size), CANDIDATES) for size in steps.sizes.tolist()]
    numbers = np.stack([steps.numbers(c) for c in np.hstack(shares)])
    weight = _height(precision, mean, steps, numbers) - np.log(np.hstack(shares)).sum(axis=1)
    weight = np.exp(weight - weight.max())
    return numbers[rng.choice(CANDIDATES, n, p=weight / weight.sum())]


def _shares(steps: Steps, numbers: np.ndarray) -> np.ndarray:
    """(n, S, M) shares of the steps in the sum of each effect."""
    whole = numbers.copy()
    whole[:, steps.first] = 1.0 / steps.sizes
    shares = steps.coefficients(whole)
    out = np.zeros((*numbers.shape, steps.first.size))
    for m, at in enumerate(steps.blocks):
        out[:, at, m] = shares[:, at]
    return out


def _of_sums(precision: np.ndarray, mean: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision (n, M, M) of the sums given the shares, and what it multiplies their mean to, (n, M)."""
    along = np.einsum("st,ntm->nsm", precision, shares)
    return np.einsum("nsk,nsm->nkm", shares, along), np.einsum("s,nsm->nm", mean, along)


def _height(precision: np.ndarray, mean: np.ndarray, steps: Steps, numbers: np.ndarray) -> np.ndarray:
    """(n,) log density of the numbers of shares, the sums integrated out."""
    shares = _shares(steps, numbers)
    A, h = _of_sums(precision, mean, shares)
    along = np.linalg.solve(A, h[..., None])[..., 0]
    of_sums = 0.5 * np.einsum("nm,nm->n", h, along) - 0.5 * np.linalg.slogdet(A)[1]
    return of_sums + np.log(np.maximum(shares.sum(axis=2), 1e-300)).sum(axis=1)
