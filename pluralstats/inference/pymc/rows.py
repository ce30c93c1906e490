"""One rating in the PyMC graph: its log probability, stable in the tails, and draws for predictive checks."""

import math
from collections.abc import Callable, Mapping
from typing import Any

BEYOND = 40.0  # latent sds past a threshold at which an outermost category ends: less than 1e-17 lies further out


def _ends(value: Any, eta: Any, threshold: Any) -> tuple[Any, Any]:
    """Both ends of a category seen from eta; the open ends of the outermost ones are put far away."""
    import pytensor.tensor as pt

    last = threshold.shape[-1]
    low = threshold[..., pt.maximum(value - 1, 0)] - eta
    high = threshold[..., pt.minimum(value, last - 1)] - eta
    return (
        pt.switch(pt.eq(value, 0), -pt.abs(high) - BEYOND, low),
        pt.switch(pt.eq(value, last), pt.abs(low) + BEYOND, high),
    )


def _log_normal_mass(low: Any, high: Any) -> Any:
    """log(Phi(high) - Phi(low)) without cancellation.

    Around zero erf(high) and -erf(low) add up. In a tail, seen as the left one, with erfcx(x) = exp(x^2) erfc(x):
    2 (Phi(b) - Phi(a)) = exp(-b^2 / 2) (erfcx(-b / sqrt 2) - exp((b^2 - a^2) / 2) erfcx(-a / sqrt 2)). Each form gets
    harmless ends where the other one is used, because an infinite value would spoil the gradient there.
    """
    import pytensor.tensor as pt

    right, root = pt.gt(low, 0.0), math.sqrt(2.0)
    a, b = pt.switch(right, -high, low) / root, pt.switch(right, -low, high) / root
    around = pt.gt(b, 0.0)
    at_zero = pt.log(pt.erf(pt.switch(around, b, 1.0)) - pt.erf(pt.switch(around, a, -1.0)))
    a, b = pt.switch(around, -2.0, a), pt.switch(around, -1.0, b)
    in_tail = pt.log(pt.erfcx(-b) - pt.exp((b - a) * (b + a)) * pt.erfcx(-a)) - b * b
    return pt.switch(around, at_zero, in_tail) - math.log(2.0)


def _log_logistic_mass(low: Any, high: Any) -> Any:
    """log(F(high) - F(low)) = log F(high) + log F(-low) + log(1 - exp(low - high)), F(x) = 1 / (1 + exp(-x))."""
    import pytensor.tensor as pt

    return pt.log1mexp(low - high) - pt.softplus(-high) - pt.softplus(low)


def _category(log_mass: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Weighted log probability of a category."""

    def log_density(value: Any, eta: Any, threshold: Any, weight: Any) -> Any:
        return weight * log_mass(*_ends(value, eta, threshold))

    return log_density


def _number(value: Any, eta: Any, sigma: Any, weight: Any) -> Any:
    """Weighted log density of a numeric rating."""
    import pymc as pm

    return weight * pm.logp(pm.Normal.dist(eta, sigma), value)


def _category_below(noise: Callable[[Any], Any]) -> Callable[..., Any]:
    """A category: how many thresholds lie below eta plus noise."""

    def draw(eta: Any, threshold: Any, _: Any, size: Any) -> Any:
        import pytensor.tensor as pt

        return pt.gt((eta + noise(size))[..., None], threshold).sum(axis=-1)

    return draw


def _normal(size: Any) -> Any:
    import pymc as pm

    return pm.Normal.dist(size=size)


def _logistic(size: Any) -> Any:
    import pymc as pm

    return pm.Logistic.dist(size=size)


def _drawn_number(eta: Any, sigma: Any, _: Any, size: Any) -> Any:
    import pymc as pm

    return pm.Normal.dist(eta, sigma, size=size)


LOG_DENSITY: Mapping[str, Callable[..., Any]] = {
    "probit": _category(_log_normal_mass),
    "logit": _category(_log_logistic_mass),
    "identity": _number,
}
DRAW: Mapping[str, Callable[..., Any]] = {
    "probit": _category_below(_normal),
    "logit": _category_below(_logistic),
    "identity": _drawn_number,
}
