"""From a design to a posterior: maximum likelihood, its curvature and the random effects (METHODS section 2)."""

from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from pluralstats.errors import FitError
from pluralstats.inference.arrow import build_pattern, factorise
from pluralstats.inference.cumulative import CumulativeModel, Evaluation, cumulative_model
from pluralstats.inference.curvature import approximate_information, implicit_derivative
from pluralstats.inference.gaussian import gaussian_model
from pluralstats.inference.posterior import LaplacePosterior
from pluralstats.inference.search import Maximum, maximise
from pluralstats.model.design import Design

AT_BOUNDARY = 0.05  # an sd this small against its standard error is an estimate of zero
WORTH_THREADS = 1500  # levels of all terms but the largest from which linear algebra uses every core
WEAK = 1e-7  # smallest eigenvalue of the scaled information at which a direction counts as determined


class LaplaceResult(NamedTuple):
    """A posterior with what the search found out.

    ``boundary`` (T,) marks variances estimated at zero, ``weak`` (P,) parameters whose curvature is flat.
    """

    posterior: LaplacePosterior
    loglik: float
    converged: bool
    steps: int
    boundary: np.ndarray
    weak: np.ndarray


class _Objective:
    """f(theta) that starts each search for the mode where the last one ended."""

    def __init__(self, model: CumulativeModel) -> None:
        self.model = model
        self.v = np.zeros(model.pattern.size)

    def evaluate(self, theta: np.ndarray) -> Evaluation:
        evaluation = self.model.evaluate(theta, self.v)
        self.v = evaluation.mode.v
        return evaluation

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        try:
            evaluation = self.evaluate(theta)
        except FitError:  # a step so long that the curvature overflows; the search shortens it
            return -np.inf, np.zeros_like(theta)
        return evaluation.value, evaluation.gradient


def fit_design(design: Design, reml: bool) -> LaplaceResult:
    """Maximum likelihood (gaussian: ML or REML) of a design with varying ratings."""
    dense = sum(grouping.size for grouping in design.groupings[1:])
    # Threads that wait for each other over small matrices cost more than they save, most of all on a busy machine.
    with threadpool_limits(limits=1 if dense < WORTH_THREADS else None, user_api="blas"):
        return _fit_gaussian(design, reml) if design.family == "gaussian" else _fit_cumulative(design)


def _fit_cumulative(design: Design) -> LaplaceResult:
    model = cumulative_model(design)
    objective = _Objective(model)
    theta = model.start()
    information = approximate_information(model, theta, objective.evaluate(theta).mode)
    best = maximise(objective, theta, information)
    sds = slice(model.n_parameters - len(design.groupings), model.n_parameters)
    theta, covariance, boundary, weak = _settle(best, sds)
    at = objective.evaluate(theta)
    posterior = LaplacePosterior(
        theta,
        covariance,
        model.n_thresholds,
        design.fixed.X.shape[1],
        len(design.groupings),
        at.mode.v,
        implicit_derivative(model, theta, at.mode),
        at.mode.factor,
    )
    return LaplaceResult(posterior, at.value, best.converged, best.steps, boundary, weak)


def _fit_gaussian(design: Design, reml: bool) -> LaplaceResult:
    model = gaussian_model(design, reml)

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        at = model.solve(theta)
        return at.loglik, model.gradient(theta, at)

    theta = model.start()
    best = maximise(objective, theta, model.approximate_information(theta, model.solve(theta)))
    theta, _, boundary, weak = _settle(best, slice(0, theta.size))
    at = model.solve(theta)
    mode = np.concatenate([at.b, theta * at.sigma, [np.log(at.sigma)]])
    posterior = LaplacePosterior(
        mode,
        model.covariance(theta, at, best.information),
        0,
        at.b.size,
        theta.size,
        at.w / at.sigma,
        model.implicit_derivative(theta, at),
        at.factor,
    )
    nowhere = np.zeros(mode.size, bool)
    nowhere[at.b.size : at.b.size + theta.size] = weak
    return LaplaceResult(posterior, at.loglik, best.converged, best.steps, boundary, nowhere)


def _settle(best: Maximum, sds: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Parameters with positive sds (zero at the boundary), covariance, and marks of boundary and weak directions.

    A flat direction keeps a large finite variance instead of a negative one.
    """
    theta = best.x.copy()
    sign = np.ones(theta.size)
    sign[sds] = np.where(theta[sds] < 0.0, -1.0, 1.0)
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(best.information)), 1e-12))
    values, vectors = np.linalg.eigh(best.information / np.outer(scale, scale))
    flat = values < WEAK
    covariance = (vectors / np.maximum(values, WEAK)) @ vectors.T / np.outer(scale, scale)
    covariance *= np.outer(sign, sign)
    weak = (vectors[:, flat] ** 2).sum(axis=1) > 0.1
    theta *= sign
    boundary = theta[sds] < AT_BOUNDARY * np.sqrt(np.diagonal(covariance))[sds]
    theta[sds] = np.where(boundary, 0.0, theta[sds])
    return theta, covariance, boundary, weak


def unknown(design: Design) -> LaplaceResult:
    """The answer to ratings that never vary: every number is missing, and a problem says why."""
    pattern = build_pattern(design)
    terms, p = len(design.groupings), design.fixed.X.shape[1]
    size = p + terms + (design.family == "gaussian")
    factor = factorise(pattern, np.zeros(design.n), np.ones(terms))
    missing = np.full(pattern.size, np.nan)
    posterior = LaplacePosterior(
        np.full(size, np.nan),
        np.full((size, size), np.nan),
        0,
        p,
        terms,
        missing,
        np.zeros((pattern.size, size)),
        factor,
    )
    return LaplaceResult(posterior, float("nan"), True, 0, np.zeros(terms, bool), np.zeros(size, bool))
