"""Laplace's approximation with priors: the centre and the shape of the exact posterior (METHODS section 2).

The random effects are integrated out by Laplace's method and the marginal posterior of x = (tau_1, log gaps, b,
log sd, w of the correlations, [log residual sd]) is maximised. On the log scale a
standard deviation is never on its boundary. For the gaussian family b is integrated out too. Steps of a monotonic
effect have numbers without constraints in their places in b (``step_places``).
"""

from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from pluralstats.errors import FitError
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import entries_jacobian, entries_of, root_at
from pluralstats.inference.laplace.bounded import bounded_maximum, runs_away
from pluralstats.inference.laplace.following import Following
from pluralstats.inference.laplace.search import Maximum, Point, climb, maximise, measured_information, scaled_curvature
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.marginal.cumulative import CumulativeModel, Evaluation, cumulative_model
from pluralstats.inference.marginal.curvature import approximate_information, implicit_derivative, observed_information
from pluralstats.inference.marginal.gaussian import GaussianModel, Solution, gaussian_model
from pluralstats.inference.marginal.priors import PriorNumbers, add_log_prior, prior_precision
from pluralstats.model.design import Design

WORTH_THREADS = 4_000  # levels of all terms but the largest from which linear algebra uses every core
MEASURED_UP_TO = 1_500_000  # ratings times parameters up to which the curvature is measured: P more evaluations
MEASURED_SCALES_UP_TO = 50_000  # ratings up to which that of sds and correlations is measured at least
FLATTEST = 1e-6  # smallest eigenvalue of the scaled information that is believed
LONGEST = 30.0  # log of an sd beyond which the search has left everything of interest


class Empirical(NamedTuple):
    """A mode with its curvature.

    ``x`` (P,), ``covariance`` (P, P) of x, ``v`` (q,) standardised effects, ``moves`` (q, P) their derivative in x,
    ``factor`` their curvature, ``value`` the log posterior, ``converged``.
    """

    x: np.ndarray
    covariance: np.ndarray
    v: np.ndarray
    moves: np.ndarray
    factor: Curvature
    value: float
    converged: bool
    steps: int


def dense_size(design: Design) -> int:
    """Effects of all random terms but those with the levels of the first, which are eliminated with it."""
    first = design.groupings[0].index if design.groupings else np.empty(0)
    return sum(one.size for one in design.groupings if one.block > 0 and not np.array_equal(one.index, first))


class _Search(Protocol):
    """What the maximisation needs of a family."""

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]: ...


def find_empirical(design: Design, priors: PriorNumbers, solver: Solver = AUTO) -> Empirical:
    """The mode and the curvature of a standardised design.

    Raises
    ------
    FitError
        When the random effects have no mode in floating point: ratings or weights are extreme.
    """
    dense = dense_size(design)
    with threadpool_limits(limits=1 if dense < WORTH_THREADS else None, user_api="blas"):
        return (_gaussian if design.family.has_residual else _cumulative)(design, priors, solver)


class _Marginal:
    """Log posterior of x of a cumulative model; each search for the random effects starts where the last ended."""

    def __init__(self, model: CumulativeModel, priors: PriorNumbers) -> None:
        self.model, self.priors = model, priors
        self.following = Following(model)
        self.columns = slice(model.n_thresholds, model.first_entry)
        self.scales = slice(model.first_entry, model.n_parameters)

    def theta(self, x: np.ndarray) -> np.ndarray:
        out = x.copy()
        out[self.columns] = self.priors.steps.coefficients(x[self.columns])
        out[self.scales] = entries_of(root_at(x[self.scales], self.model.pairs), self.model.pairs)
        return out

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """(P, P) derivatives of theta."""
        out = np.eye(x.size)
        out[self.columns, self.columns] = self.priors.steps.jacobian(x[self.columns])
        out[self.scales, self.scales] = entries_jacobian(x[self.scales], self.model.pairs)
        return out

    def evaluate(self, x: np.ndarray) -> Evaluation:
        return self.following.evaluate(self.theta(x))

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        if np.abs(x).max(initial=0.0) > LONGEST:
            return -np.inf, np.zeros_like(x)
        try:
            at = self.evaluate(x)
        except FitError:  # a step so long that the curvature overflows; the search shortens it
            return -np.inf, np.zeros_like(x)
        gradient = at.gradient @ self.jacobian(x)
        return at.value + add_log_prior(self.priors, x, gradient), gradient


def _cumulative(design: Design, priors: PriorNumbers, solver: Solver) -> Empirical:
    model = cumulative_model(design, solver)
    objective = _Marginal(model, priors)
    x = model.start()
    sds = slice(model.first_entry, model.first_entry + len(design.groupings))
    x[sds] = np.log(x[sds])  # the other entries start at 0, as the w do
    information, steer = _information(objective, x), partial(_observed, objective)
    if design.n * x.size <= MEASURED_UP_TO:
        best = maximise(objective, x, information, steer=steer)
    else:
        at, steps = climb(objective, Point(x, *objective(x)), information, steer=steer)
        steered = steer(at.x)
        information = _information(objective, at.x) if steered is None else steered
        if design.n <= MEASURED_SCALES_UP_TO:
            scales = np.arange(model.first_entry, x.size)
            information = measured_information(objective, at, information, scales)
        best = Maximum(*at, information, steps, True)
    mode = objective.evaluate(best.x).mode
    if runs_away(mode.factor):
        best, mode = bounded_maximum(objective, x)
    moves, jacobian = implicit_derivative(model, objective.theta(best.x), mode), objective.jacobian(best.x)
    for own in (objective.scales, *([objective.columns] if priors.steps.first.size else [])):
        moves[:, own] = moves[:, own] @ jacobian[own, own]
    return _empirical(best, _inverse(best.information), mode.v, moves, mode.factor)


def _information(objective: _Marginal, x: np.ndarray) -> np.ndarray:
    """(P, P) information about x by formula: standard errors within a few percent of the measured ones."""
    jacobian = objective.jacobian(x)
    found = approximate_information(objective.model, objective.theta(x), objective.evaluate(x).mode)
    return jacobian.T @ found @ jacobian + prior_precision(objective.priors, x)


def _observed(objective: _Marginal, x: np.ndarray) -> np.ndarray | None:
    """(P, P) information about x that knows what scales and the other parameters have in common, where there is one."""
    found = observed_information(objective.model, objective.theta(x), objective.evaluate(x).mode)
    if found is None:
        return None
    jacobian = objective.jacobian(x)
    return jacobian.T @ found @ jacobian + prior_precision(objective.priors, x)


def _empirical(best: Maximum, covariance: np.ndarray, v: np.ndarray, moves: np.ndarray, factor: Curvature) -> Empirical:
    return Empirical(best.x, covariance, v, moves, factor, best.value, best.converged, best.steps)


def _inverse(information: np.ndarray) -> np.ndarray:
    """(P, P) inverse; directions without curvature get a large but finite variance."""
    scale, values, vectors = scaled_curvature(information)
    return (vectors / np.maximum(values, FLATTEST)) @ vectors.T / np.outer(scale, scale)


class _GaussianMarginal:
    """Log posterior of (log sd.., log residual sd) of a gaussian model, b integrated out under a flat prior."""

    def __init__(self, model: GaussianModel, priors: PriorNumbers) -> None:
        self.model = model
        self.terms = len(model.design.groupings)
        self.priors = priors.tail(priors.scale.size - self.terms - model.pairs.row.size - 1)

    def ratios(self, x: np.ndarray) -> np.ndarray:
        """(T + W,) x without the residual sd, which the others are divided by."""
        out = x[:-1].copy()
        out[: self.terms] -= x[-1]
        return out

    def solve(self, x: np.ndarray) -> tuple[np.ndarray, Solution]:
        theta = entries_of(root_at(self.ratios(x), self.model.pairs), self.model.pairs)
        return theta, self.model.solve(theta)

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """(T + W, T + W) derivatives of theta in x without the residual sd."""
        return entries_jacobian(self.ratios(x), self.model.pairs)

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        if np.abs(x).max() > LONGEST:
            return -np.inf, np.zeros_like(x)
        theta, at = self.solve(x)
        freedom, sigma = self.model.freedom, float(np.exp(x[-1]))
        # at.loglik is taken at the best residual sd, at.sigma
        extra = freedom * (x[-1] - np.log(at.sigma)) + 0.5 * (at.rss / sigma**2 - freedom)
        by_ratio = self.model.gradient(theta, at, sigma) @ self.jacobian(x)
        gradient = np.append(by_ratio, at.rss / sigma**2 - freedom - by_ratio[: self.terms].sum())
        return at.loglik - extra + add_log_prior(self.priors, x, gradient), gradient


def _gaussian(design: Design, priors: PriorNumbers, solver: Solver) -> Empirical:
    model = gaussian_model(design, bool(design.fixed.X.shape[1]), solver)
    objective = _GaussianMarginal(model, priors)
    spread = float(np.log(max(design.y.std(), 1e-12)))
    x = np.append(model.start(), spread)
    x[: objective.terms] = np.log(x[: objective.terms]) + spread
    theta, at = objective.solve(x)
    information, jacobian = np.zeros((x.size,) * 2), objective.jacobian(x)
    information[:-1, :-1] = jacobian.T @ model.approximate_information(theta, at) @ jacobian
    information += np.diag(np.append(np.full(theta.size, 0.5), 2.0 * model.n))
    best = maximise(objective, x, information)
    theta, at = objective.solve(best.x)
    at = at._replace(sigma=np.exp(best.x[-1]))
    moves = model.implicit_derivative(theta, at)
    p = at.b.size
    # the derivative is in entries of sigma Lambda, which sds and correlations make whatever sigma is
    moves[:, p:-1] = moves[:, p:-1] @ entries_jacobian(best.x[:-1], model.pairs)
    return _with_coefficients(priors, best, at, moves)


def _with_coefficients(priors: PriorNumbers, best: Maximum, at: Solution, moves: np.ndarray) -> Empirical:
    """The mode of the variances joined by the coefficients given them, moved by their prior."""
    p, steps = at.b.size, priors.steps
    b, of_b = _moved_by_prior(at, priors.head(p))
    covariance = np.zeros((p + best.x.size,) * 2)
    covariance[:p, :p] = of_b
    covariance[p:, p:] = _inverse(best.information)
    v = at.w / at.sigma + moves[:, :p] @ (steps.coefficients(b) - at.b)
    moves[:, :p] = moves[:, :p] @ steps.jacobian(b)
    return _empirical(best._replace(x=np.concatenate([b, best.x])), covariance, v, moves, at.factor)


def _moved_by_prior(at: Solution, priors: PriorNumbers) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the coefficients and their covariance given the variances: a step of the prior's, or with steps of
    one sign, which no parabola has, a search."""
    steps, precision = priors.steps, at.gram / at.sigma**2

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        away = steps.coefficients(x) - at.b
        slope = -(precision @ away) @ steps.jacobian(x)
        return -0.5 * float(away @ precision @ away) + add_log_prior(priors, x, slope), slope

    def information(x: np.ndarray) -> np.ndarray:
        jacobian = steps.jacobian(x)
        return jacobian.T @ precision @ jacobian + prior_precision(priors, x)

    if not steps.first.size:
        covariance = np.linalg.inv(information(at.b))
        return at.b + covariance @ objective(at.b)[1], covariance
    start = steps.numbers(at.b, least=0.5 / max(steps.sizes))
    found = maximise(objective, start, information(start))
    return found.x, _inverse(found.information)
