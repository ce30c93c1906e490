"""Where steps of monotonic effects stand among all coefficients, and the way to all of them from a sampler's numbers.

The numbers of a sampler have the places of the coefficients: (b, y) in place of the steps of each ``mo()``, see
``monotone``, and every other coefficient itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.model.terms import monotone
from pluralstats.model.terms.monotone import add_log_prior, contrasts, fill_coefficients, pull_back
from pluralstats.storage.compiled import kernel


class Steps(NamedTuple):
    """The monotonic effects of a design: ``first`` (M,) column and number ``sizes`` (M,) of the steps of each, and
    their ``contrasts`` (M, D, D), in the corner of each."""

    first: np.ndarray
    sizes: np.ndarray
    contrasts: np.ndarray

    @property
    def blocks(self) -> list[slice]:
        """The columns of each effect."""
        return [slice(f, f + n) for f, n in zip(self.first.tolist(), self.sizes.tolist(), strict=True)]

    @property
    def columns(self) -> np.ndarray:
        """(S,) the columns of all of them."""
        return np.concatenate([np.empty(0, np.int64), *(np.arange(at.start, at.stop) for at in self.blocks)])

    def coefficients(self, x: np.ndarray) -> np.ndarray:
        """(..., p) coefficients of a sampler's numbers (..., p), as a new array."""
        out = np.array(x, float)
        for at in self.blocks:
            out[..., at] = monotone.coefficients_of(out[..., at])
        return out

    def numbers(self, b: np.ndarray, least: float = 1e-6) -> np.ndarray:
        """(p,) numbers of coefficients (p,), as a new array; for ``least`` see ``monotone.numbers_of``."""
        out = np.array(b, float)
        for at in self.blocks:
            out[at] = monotone.numbers_of(out[at], least)
        return out

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """(p, p) derivatives of the coefficients in the numbers."""
        out = np.eye(x.size)
        for at in self.blocks:
            out[at, at] = monotone.jacobian(x[at])
        return out


def steps_at(places: Sequence[tuple[int, int]]) -> Steps:
    """The steps of a design from ``FixedEffects.monotone``.

    >>> steps_at([(1, 3)]).columns.tolist()
    [1, 2, 3]
    """
    most = max((n for _, n in places), default=0)
    corners = np.zeros((len(places), most, most))
    for corner, (_, size) in zip(corners, places, strict=True):
        corner[:size, : size - 1] = contrasts(size)
    starts, counts = (np.array([place[i] for place in places], np.int64) for i in (0, 1))
    return Steps(starts, counts, corners)


@kernel
def fill_steps(steps, x, b):
    """Fills the steps among the coefficients b (p,) from the numbers x (p,)."""
    for m in range(steps.first.size):
        start, size = steps.first[m], steps.sizes[m]
        V = steps.contrasts[m, :size, : size - 1]
        fill_coefficients(x[start : start + size], V, b[start : start + size])


@kernel
def steps_gradient(steps, x, to_b, gradient):
    """Adds to ``gradient`` (p,), in the numbers x, what follows from that in the coefficients, ``to_b`` (p,)."""
    taken = np.zeros(x.size, np.bool_)
    for m in range(steps.first.size):
        start, size = steps.first[m], steps.sizes[m]
        stop, V = start + size, steps.contrasts[m, :size, : size - 1]
        pull_back(x[start:stop], V, to_b[start:stop], gradient[start:stop])
        taken[start:stop] = True
    for j in range(x.size):
        if not taken[j]:
            gradient[j] += to_b[j]


@kernel
def add_step_prior(steps, scale, df, x, gradient):
    """Log prior density of the numbers of all steps, up to a constant; its gradient is added to that (p,) in x (p,)."""
    total = 0.0
    for m in range(steps.first.size):
        start, size = steps.first[m], steps.sizes[m]
        V = steps.contrasts[m, :size, : size - 1]
        total += add_log_prior(x[start : start + size], V, df, scale[m], gradient[start : start + size])
    return total
