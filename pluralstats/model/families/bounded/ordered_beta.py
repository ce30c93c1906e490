"""The ordered beta family: numbers between 0 and 1 with piles at both ends (Kubinec 2023, Political Analysis 31).

With F the logistic distribution function, cutpoints c_0 < c_1 and a precision phi,

    P(y = 0) = F(c_0 - eta),   P(y = 1) = F(eta - c_1),   and between them, with P = F(c_1 - eta) - F(c_0 - eta),
    y has a beta distribution with mean mu = F(eta) and precision phi, its shapes a = mu phi and b = (1 - mu) phi:

a cumulative model with three categories and a beta regression of the middle one, with one linear predictor. Unlike
thresholds, cutpoints leave eta its constant, which the mean of the beta distribution needs. E y = F(eta - c_1) +
(F(c_1 - eta) - F(c_0 - eta)) F(eta). It is ``glmmTMB::ordbeta`` and, c_1 as c_0 + exp(its ``cutone``), ``ordbetareg``,
whose default priors are: exponential of rate 0.1 for phi, normal(0, 5) for coefficients, and for the cutpoints a
uniform distribution (Dirichlet with 1, 1, 1) of the three probabilities at eta = 0.

``own`` is (c_0, c_1, log phi) everywhere. With L the log density of the middle
and v = mu (1 - mu): dL / d mu = phi (digamma(b) - digamma(a) + logit y), and those in eta follow by the chain rule with
the derivatives of mu, v, v (1 - 2 mu) and v (1 - 6 v). L is not concave in eta: an answer far from its mean has a
negative curvature, so that Newton's method needs ``information``, which is not negative.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaln, expit, log1p, logit, polygamma, psi

from pluralstats.model.families.bounded.rows import HIGHEST, INSIDE, LOWEST, chunk, densities, masses, slopes
from pluralstats.model.families.cumulative import cumulative
from pluralstats.model.families.family import Bounded, Derivatives, Family, Thresholds
from pluralstats.model.families.logit import LOGIT
from pluralstats.model.families.vector_math import LEAST

PRECISION = 5.0  # where the search for phi begins
FEWEST = 0.5  # answers at an end, where the search for cutpoints begins
FAR_OFF = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # a step too long, which the search shortens


@dataclass(frozen=True)
class BetaTerms:
    """Derivatives of rows: those of their categories in the cutpoints, and of the beta density in log phi.

    ``curvature_eta``, ``first``, ``mixed``, ``bend`` and ``second`` (n,): of the density's curvature in eta, and of the
    log density in log phi, in it and eta, of the curvature in it, and twice in it. 0 at the ends.
    """

    categories: Derivatives
    curvature_eta: np.ndarray
    first: np.ndarray
    mixed: np.ndarray
    bend: np.ndarray
    second: np.ndarray

    @property
    def skew(self) -> np.ndarray:
        return self.categories.skew + self.curvature_eta

    def by_row(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        of_phi = self.first - 0.5 * (q * self.bend + shift * self.mixed)
        return np.column_stack([self.categories.by_row(q, shift), of_phi])

    def gradient(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        return self.by_row(q, shift).sum(axis=0)

    def cross(self, j: int) -> np.ndarray:
        return self.mixed if j == 2 else self.categories.cross(j)

    def information(self) -> np.ndarray:
        out = np.zeros((3, 3))
        out[:2, :2], out[2, 2] = self.categories.information(), -self.second.sum()
        return out


def _category(y: np.ndarray) -> np.ndarray:
    """(n,) codes of the lower end, between, and the upper end."""
    return np.where(y <= 0.0, LOWEST, np.where(y >= 1.0, HIGHEST, INSIDE)).astype(np.int32)


def _of_mean(y: np.ndarray, eta: np.ndarray, phi: float) -> tuple[np.ndarray, ...]:
    """(n,) mu, v, 1 - 2 mu, and the first three derivatives of the log density in mu."""
    mu, rest = expit(eta), expit(-eta)
    a, b = mu * phi, rest * phi
    first = phi * (psi(b) - psi(a) + logit(y))
    second = -(phi**2) * (polygamma(1, a) + polygamma(1, b))
    third = phi**3 * (polygamma(2, b) - polygamma(2, a))
    return mu, mu * rest, rest - mu, first, second, third


@FAR_OFF
def _scores(
    y: np.ndarray, weight: np.ndarray, eta: np.ndarray, own: np.ndarray, score: np.ndarray, curvature: np.ndarray
) -> float:
    total = float(_THREE.scores(_category(y), weight, eta, own[:2].copy(), score, curvature))
    inside = (y > 0.0) & (y < 1.0)
    y, w, eta, phi = y[inside], weight[inside], eta[inside], np.exp(own[2])
    mu, v, tilt, first, second, _ = _of_mean(y, eta, phi)
    a, b = mu * phi, expit(-eta) * phi
    score[inside] += w * first * v
    curvature[inside] -= w * (second * v**2 + first * v * tilt)
    return total + float(w @ ((a - 1.0) * np.log(y) + (b - 1.0) * log1p(-y) - betaln(a, b)))


@FAR_OFF
def _information(y: np.ndarray, weight: np.ndarray, eta: np.ndarray, own: np.ndarray) -> np.ndarray:
    out = np.empty(y.size)
    _THREE.scores(_category(y), weight, eta, own[:2].copy(), np.empty(y.size), out)
    _, v, _, _, second, _ = _of_mean(np.full(y.size, 0.5), eta, np.exp(own[2]))
    return out - np.where((y > 0.0) & (y < 1.0), weight * second * v**2, 0.0)


@FAR_OFF
def _derivatives(y: np.ndarray, weight: np.ndarray, eta: np.ndarray, own: np.ndarray) -> BetaTerms:
    inside = (y > 0.0) & (y < 1.0)
    at, w, phi = np.where(inside, y, 0.5), np.where(inside, weight, 0.0), np.exp(own[2])
    mu, v, tilt, first, second, third = _of_mean(at, eta, phi)
    rest = expit(-eta)
    a, b = mu * phi, rest * phi
    slope = psi(phi) + mu * (np.log(at) - psi(a)) + rest * (log1p(-at) - psi(b))
    twice = polygamma(1, phi) - mu**2 * polygamma(1, a) - rest**2 * polygamma(1, b)
    first_phi = first + phi**2 * (rest * polygamma(1, b) - mu * polygamma(1, a))
    second_phi = 2.0 * second - phi**3 * (mu * polygamma(2, a) + rest * polygamma(2, b))
    return BetaTerms(
        _THREE.derivatives(_category(y), weight, eta, own[:2].copy()),
        curvature_eta=-w * (third * v**3 + 3.0 * second * v**2 * tilt + first * v * (1.0 - 6.0 * v)),
        first=w * phi * slope,
        mixed=w * first_phi * v,
        bend=-w * (second_phi * v**2 + first_phi * v * tilt),
        second=w * (phi * slope + phi**2 * twice),
    )


def _start(y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    counts = np.bincount(_category(y), weights=weight, minlength=3) + FEWEST
    return np.append(logit(np.cumsum(counts)[:2] / counts.sum()), np.log(PRECISION))


def _expected(eta: np.ndarray, own: np.ndarray) -> np.ndarray:
    low, high = own[..., :1], own[..., 1:2]
    return expit(eta - high) + (expit(high - eta) - expit(low - eta)) * expit(eta)


def _simulate(eta: np.ndarray, own: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    latent, mu, phi = eta + rng.logistic(size=eta.size), expit(eta), np.exp(own[2])
    inside = rng.beta(np.maximum(mu * phi, LEAST), np.maximum(expit(-eta) * phi, LEAST))
    inside = np.clip(inside, np.finfo(float).tiny, 1.0 - np.finfo(float).epsneg)  # an end is a category of its own
    return np.where(latent <= own[0], 0.0, np.where(latent > own[1], 1.0, inside))


def _log_density(value: Any, eta: Any, own: Any, weight: Any) -> Any:
    """Weighted log density in a PyMC graph; ``own`` (3,)."""
    import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

    low, high, phi = own[0] - eta, own[1] - eta, pt.exp(own[2])
    at = pt.switch(pt.gt(value, 0.0) & pt.lt(value, 1.0), value, 0.5)
    a, b = pt.sigmoid(eta) * phi, pt.sigmoid(-eta) * phi
    beta = (a - 1.0) * pt.log(at) + (b - 1.0) * pt.log1p(-at) + pt.gammaln(phi) - pt.gammaln(a) - pt.gammaln(b)
    ends = pt.switch(pt.le(value, 0.0), -pt.softplus(-low), -pt.softplus(high))
    return weight * pt.switch(pt.gt(value, 0.0) & pt.lt(value, 1.0), LOGIT.log_mass(low, high) + beta, ends)


def _draw(eta: Any, own: Any, _: Any, size: Any) -> Any:
    import pymc as pm  # takes seconds, and only graphs need it
    import pytensor.tensor as pt  # as above

    latent = eta + pm.Logistic.dist(size=size)
    phi = pt.exp(own[2])
    inside = pm.Beta.dist(pt.sigmoid(eta) * phi, pt.sigmoid(-eta) * phi, size=size)
    return pt.switch(pt.le(latent, own[0]), 0.0, pt.switch(pt.gt(latent, own[1]), 1.0, inside))


def _three() -> Thresholds:
    found = cumulative(LOGIT).thresholds
    assert found is not None
    return found


_THREE = _three()
ORDERED_BETA = Family(
    name="ordered_beta",
    link="logit",
    noise=LOGIT.sd,
    chunk=chunk,
    log_density=_log_density,
    draw=_draw,
    simulate=_simulate,
    bounded=Bounded(_start, _scores, _information, _derivatives, _expected, densities, slopes, masses),
)
