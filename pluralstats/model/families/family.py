"""What a model asks of a family: how answers come from a linear predictor and thresholds, or a residual sd."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numba import boolean, float32, float64, int64, void

from pluralstats.storage.compiled import address_of, function_at

NUMBERS, TABLE, SINGLES = float64[::1], float64[:, ::1], float32[::1]
# of what loops over ratings take as an argument; the arguments of each are said at ``Family`` and ``Thresholds``
CHUNK = float64(int64, int64, boolean, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
SINGLE_CHUNK = float64(int64, int64, boolean, NUMBERS, SINGLES, SINGLES, SINGLES, SINGLES, NUMBERS)
PROBABILITIES = void(int64, TABLE, NUMBERS, NUMBERS, NUMBERS)
SLOPES = void(float64, int64, TABLE, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
PART_CHUNK = float64(int64, int64, boolean, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TABLE, TABLE, NUMBERS)
BENDS = void(float64, NUMBERS, NUMBERS, TABLE)
chunk_at, probabilities_at, slopes_at = (function_at(one) for one in (CHUNK, PROBABILITIES, SLOPES))
part_chunk_at, bends_at, single_chunk_at = (function_at(one) for one in (PART_CHUNK, BENDS, SINGLE_CHUNK))


class Derivatives(Protocol):
    """Derivatives of the log probabilities of n weighted rows in eta and in k thresholds.

    ``q`` and ``shift`` (n,) are a row's posterior variance of eta and the shift of eta along a solve: Laplace's
    likelihood has -q / 2 times the curvature in eta, which moves with thresholds and with eta.
    """

    @property
    def skew(self) -> np.ndarray:
        """(n,) derivative of the curvature in eta, -d3 log p / d eta3."""

    def by_row(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """(n, k) d log p - (q d curvature + shift d2 log p / d eta) / 2, all in a threshold."""

    def gradient(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """(k,) the sums of ``by_row``."""

    def cross(self, j: int) -> np.ndarray:
        """(n,) d2 log p / (d eta d tau_j)."""

    def information(self) -> np.ndarray:
        """(k, k) minus the sums of the second derivatives in thresholds."""


class Bounded(NamedTuple):
    """What a family of numbers between 0 and 1, with piles at both, has: two cutpoints and a precision.

    ``own`` (3,) is (c_0, c_1, log phi), c_0 < c_1, and derivatives are in these. Answers are divided by the
    length of their scale, and ``chunk`` has three categories: the lower end, numbers between, the upper end.

    Attributes
    ----------
    start : (y, weight) -> own, where a search begins
    scores : (y, weight, eta, own, score, curvature); as of ``Thresholds``, where the curvature may be below 0
    information : (y, weight, eta, own) -> (n,), an approximation of the curvature that is not
    derivatives : (y, weight, eta, own) -> ``Derivatives``
    expected : (eta (..., n), own (..., 3)) -> E y (..., n)
    densities : compiled, (bits of y, own, eta, shift, p) in D draws at once: fills p (D,), the density of the number y
        at eta + shift; own (5, D) is -FAR, c_0, c_1, FAR, log phi. Loops over rows of categories take it so too: the
        64 bits of a number are a code
    slopes : compiled, (weight, bits of y, own, eta, shift, score, information); adds score and information
    masses : compiled, as ``Thresholds.probabilities`` of four parts of all answers around (c_0, 0, c_1), whose sums
        from below are P(y = 0), 1 - E y and 1 - P(y = 1)
    """

    start: Callable[[np.ndarray, np.ndarray], np.ndarray]
    scores: Callable[..., float]
    information: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    derivatives: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Derivatives]
    expected: Callable[[np.ndarray, np.ndarray], np.ndarray]
    densities: Any
    slopes: Any
    masses: Any


def of_unit_width(tau: np.ndarray) -> np.ndarray:
    """(S,) ones: the strip of the logistic distribution; the normal one is analytic everywhere, and needs as much."""
    return np.ones(len(tau))


class Thresholds(NamedTuple):
    """What a family of ordered answers has: K categories with K - 1 thresholds tau, eta moving against all of them.

    Attributes
    ----------
    at_shares : shares (K - 1,) of answers at or below each category but the last -> thresholds with those shares
    scores : compiled, (y, weight, eta, tau, score, curvature); fills the derivatives of log p in eta, the second
        with its sign changed (both (n,)), and returns the log-likelihood
    derivatives : (y, weight, eta, tau) -> ``Derivatives``
    probabilities : compiled, (k, tau, eta, shift, p) in D draws at once: fills p (D,) of category k at eta + shift,
        tau (K + 1, D) with two thresholds as good as infinite around it
    slopes : compiled, (weight, k, tau, eta, shift, score, curvature); adds the derivatives as ``scores`` has them
    free : whether thresholds have no order, as those of sequential and adjacent-category families
    parts : of rows with a noise and a use of the scale of their own; None where a family has no such rows
    shifts : whether P(y <= k) is one function of tau_k - eta
    strip : thresholds (S, K - 1) of draws -> (S,) half-widths over pi of the strip of the complex plane, around real
        eta, in which P(y <= k) is analytic: how fine tables of it must be
    """

    at_shares: Callable[[np.ndarray], np.ndarray]
    scores: Any
    derivatives: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Derivatives]
    probabilities: Any
    slopes: Any
    free: bool = False
    parts: "PartRows | None" = None
    shifts: bool = False
    strip: Callable[[np.ndarray], np.ndarray] = of_unit_width


class PartRows(NamedTuple):
    """Rows whose noise s and use of the scale a differ (METHODS section 8), of a family that can have them.

    With z = (c + exp(a) (tau - c) - eta) / s at both ends of the category that was answered, c the mean of the group's
    thresholds and s = exp(sigma), everything a row contributes is a derivative of log P in (eta, sigma, a).

    Attributes
    ----------
    chunk : compiled, (category, size, unweighted, own, eta, sigma, a, weight, work, scores, to_own) for the first
        ``size`` rows of its arrays, all of one category: the log-likelihood; ``scores`` (3, size) is filled,
        ``to_own`` added to; ``work`` (4, size) is room
    scores : compiled, (y, weight, predictors, tau, score, curvature); fills the derivatives in the ``predictors``
        (n, 3), score (n, 3) and curvature (n, 3, 3), and returns the log-likelihood
    derivatives : (y, weight, predictors, tau) -> ``PartDerivatives``
    bends : compiled, (weight, low, high, out) in D draws at once: fills out (5, D) with the derivatives of a row's
        log P in its z above and below, the second ones in both, and the mixed one
    simulate : (predictors (n, 3), tau, generator) -> answers (n,)
    """

    chunk: Any
    scores: Any
    derivatives: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Any]
    bends: Any
    simulate: Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Family:
    """How answers come from a linear predictor eta; ``own`` are thresholds (K - 1,), the residual sd (1,) or cutpoints
    and log precision (3,).

    Attributes
    ----------
    name, link : as users write them
    noise : sd of one answer on the scale of eta, of one step or comparison where an answer is made of several; nan
        where it is a parameter, the residual sd
    chunk : compiled, (category, size, unweighted, y, own, eta, weight, p, score, to_own) for the first ``size`` rows
        of its arrays, all of one category: returns their log-likelihood, fills the score in eta, adds to ``to_own``
        the derivatives in thresholds or in the log of the residual sd; ``p`` is room for as many numbers
    log_density, draw : in a PyMC graph, (value, eta, own, weight) and (eta, own, weight, size)
    simulate : (eta (n,), own, weight (n,), generator) -> answers (n,), codes from 0 or numbers
    thresholds : of ordered answers, else None
    bounded : of numbers between two ends, else None
    single_chunk : compiled, (category, size, unweighted, own, eta, weight, p, score, to_own): ``chunk`` in single
        precision, with 64 bits in ``own`` and ``to_own``; nan, and nothing added, where it does not do; None: always so
    averaged : the noise whose probabilities predictions can average over people and items: that of a cumulative family
        with a link they know; else None
    first_sd : of a random intercept, where the search for it begins
    categories : how many a scale must have, None for any number
    """

    name: str
    link: str
    noise: float
    chunk: Any
    log_density: Callable[..., Any]
    draw: Callable[..., Any]
    simulate: Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
    thresholds: Thresholds | None = None
    averaged: str | None = None
    first_sd: float = 1.0
    categories: int | None = None
    bounded: Bounded | None = None
    single_chunk: Any = None

    @property
    def ordered(self) -> bool:
        """Whether answers are ordered categories between thresholds; otherwise numbers."""
        return self.thresholds is not None

    @property
    def has_residual(self) -> bool:
        """Whether answers are numbers around eta, whose residual sd is the last parameter."""
        return self.thresholds is None and self.bounded is None

    @property
    def of_rows(self) -> "Thresholds | Bounded":
        """What rows contribute, of a family without residual sd."""
        found = self.thresholds or self.bounded
        assert found is not None
        return found


class Addresses(NamedTuple):
    """``probabilities`` and ``slopes`` of ``Thresholds``, ``bends`` of ``PartRows``, for loops over draws."""

    probabilities: int
    slopes: int
    bends: int


def addresses(family: Family, *, parts: bool = False) -> Addresses:
    """Those of a family of ordered answers; that of ``bends`` where it is needed, as it is compiled for it.

    Of numbers between two ends ``densities`` stand for probabilities, but where they are seen in bins.
    """
    if family.bounded is not None and family.thresholds is None:
        return Addresses(
            address_of(family.bounded.densities, PROBABILITIES), address_of(family.bounded.slopes, SLOPES), 0
        )
    at = family.thresholds
    assert at is not None
    bends = address_of(at.parts.bends, BENDS) if parts and at.parts is not None else 0
    return Addresses(address_of(at.probabilities, PROBABILITIES), address_of(at.slopes, SLOPES), bends)
