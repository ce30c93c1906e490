"""From a design to a posterior: maximum likelihood, its curvature and the random effects (METHODS section 2)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.roots import Pairs
from pluralstats.inference.laplace.empirical import WORTH_THREADS, dense_size
from pluralstats.inference.laplace.faces import face_of
from pluralstats.inference.laplace.following import Following
from pluralstats.inference.laplace.near_zero import (
    Rebuild,
    alone,
    build_leaves,
    flat_directions,
    hardly_known,
    inverse_without,
    maximise_given,
    profile_law,
    ranges,
    whole,
)
from pluralstats.inference.laplace.nearby import Nearby, information_nearby, measure_nearby, start_nearby
from pluralstats.inference.laplace.profile import GaussianProfile, profile_face
from pluralstats.inference.laplace.search import Maximum, Measure, Objective, Point, maximise, measured_information
from pluralstats.inference.laplace.stochastic import Stochastic, stochastic_errors
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.marginal.cumulative import CumulativeModel, cumulative_model
from pluralstats.inference.marginal.curvature import approximate_information, implicit_derivative, observed_information
from pluralstats.inference.marginal.gaussian import gaussian_model
from pluralstats.inference.marginal.long import long_information
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.posterior.samples import same_units
from pluralstats.inference.signs.one_sign import one_sign
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.weights.posterior import with_sandwich
from pluralstats.model.design import Design
from pluralstats.model.step_places import steps_at

ZERO = 0.1  # an sd below this is tried at zero
LARGE = 0.5  # sd that a second search begins with where one is small
SAME = 1e-6  # log-likelihood that an sd may cost to be called zero
MOST_MEASURED = 60  # parameters up to which all of the information is measured, or found by probes
LONG = 20_000  # ratings from which probes find it faster, and as well
MOST = 10.0  # residual sds up to which the law of an sd is followed


type SdOf = Callable[..., float]  # theta, term -> the sd in the units of the data


class LaplaceResult(NamedTuple):
    """A posterior with what the search found out.

    ``boundary`` (T,) marks variances estimated at zero; ``information`` (P, P), where it was measured at the maximum of
    a likelihood; ``stochastic``, the errors of a likelihood that was estimated.
    """

    posterior: LaplacePosterior
    loglik: float
    converged: bool
    steps: int
    boundary: np.ndarray
    information: np.ndarray | None = None
    stochastic: Stochastic | None = None


class _Objective(Following):
    """f(theta) with its gradient."""

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        try:
            evaluation = self.evaluate(theta)
        except FitError:  # a step so long that the curvature overflows; the search shortens it
            return -np.inf, np.zeros_like(theta)
        return evaluation.value, evaluation.gradient


def fit_design(
    design: Design,
    reml: bool,
    raters: np.ndarray | None = None,
    near: Nearby | None = None,
    solver: Solver = AUTO,
) -> LaplaceResult:
    """Maximum likelihood (gaussian: ML or REML) of a design with varying ratings.

    ``raters`` (n,) codes of the raters of its rows where design weights differ; uncertainty is then by the sandwich.
    ``near``: a model that differs in a random term alone, which the search then starts from.
    """
    design = design.estimated
    made = standardise(design, mean_of_levels=False)
    dense = dense_size(design)
    # Threads that wait for each other over small matrices cost more than they save, most of all on a busy machine.
    with threadpool_limits(limits=1 if dense < WORTH_THREADS else None, user_api="blas"):
        gaussian = design.family.has_residual
        result = _fit_gaussian(made.design, reml, solver) if gaussian else _fit_cumulative(made.design, near, solver)
        if raters is not None:
            result = result._replace(posterior=with_sandwich(result.posterior, made.design, raters))
    loglik = result.loglik
    if gaussian and reml:  # the restricted likelihood depends on the units of X through log det X'X
        loglik += float(np.linalg.slogdet(made.units.coefficient)[1])
    return result._replace(posterior=replace(result.posterior, units=made.units), loglik=loglik)


def _searched(model: CumulativeModel, objective: "_Objective", near: Nearby | None) -> Maximum:
    """The maximum. Noise and use of the scale by rater stand in for each other: there may be one where the sd of one of
    them is zero and a higher one where it is not, which a second search looks for."""
    if near is not None:
        theta = start_nearby(model, near)
        first = information_nearby(near, model, theta, objective.evaluate(theta).mode)
        return maximise(objective, theta, first, measure_nearby(near, model, lambda x: objective.evaluate(x).mode))
    best = _climbed(model, objective, model.start())
    small = np.flatnonzero(np.abs(best.x[model.first_entry :][: len(model.design.groupings)]) < ZERO)
    if model.eta_alone or not small.size:
        return best
    theta = best.x.copy()
    theta[model.first_entry + small] = LARGE
    other = _climbed(model, objective, theta)
    return other if other.converged and other.value > best.value else best


def _climbed(model: CumulativeModel, objective: "_Objective", theta: np.ndarray) -> Maximum:
    first = approximate_information(model, theta, objective.evaluate(theta).mode)

    def steer(theta: np.ndarray) -> np.ndarray | None:
        return observed_information(model, theta, objective.evaluate(theta).mode)

    return maximise(objective, theta, first, _measure_of(model, objective), steer)


def _measure_of(model: CumulativeModel, objective: "_Objective") -> Measure | None:
    """How the information is measured; None: all of it by differences.

    For the entries of Lambda by differences always. For thresholds and coefficients of long data by probes, and by
    formula where there are many, whose standard errors are then within 0.5% in a test (0.1% there).
    """
    by_formula = model.n_parameters > MOST_MEASURED
    if not by_formula and (model.design.n < LONG or not model.eta_alone or not model.design.family.ordered):
        return None

    def measure(of: Objective, at: Point, _: np.ndarray) -> np.ndarray:
        mode = objective.evaluate(at.x).mode
        by = approximate_information if by_formula else long_information
        return measured_information(of, at, by(model, at.x, mode), np.arange(model.first_entry, at.x.size))

    return measure


def _fit_cumulative(design: Design, near: Nearby | None, solver: Solver) -> LaplaceResult:
    model = cumulative_model(design, solver)
    objective = _Objective(model)
    best, steps = _searched(model, objective, near), steps_at(design.fixed.monotone)
    face = face_of(objective, best, steps, slice(model.n_thresholds, model.first_entry))
    best = face.maximum(best) if face.held.any() else best
    sds = slice(model.first_entry, model.first_entry + len(design.groupings))
    best, boundary = _settled(face, best, sds, model.pairs)
    hard = hardly_known(best, sds, boundary, alone(design))
    flat = flat_directions(best, hard, ranges(model))
    units, measured = same_units(design.fixed.X.shape[1], len(design.groupings)), face.information(best)

    def rebuild(theta: np.ndarray, held: np.ndarray, information: np.ndarray | None = None) -> LaplacePosterior:
        theta = np.where(face.held, 0.0, theta)
        at = objective.evaluate(theta)
        information = approximate_information(model, theta, at.mode) if information is None else measured
        covariance = inverse_without(information, held | flat)
        moves = implicit_derivative(model, theta, at.mode)
        sizes = (design.thresholds, design.fixed.X.shape[1], model.pairs)
        signed = one_sign(
            steps, model.n_thresholds, theta, covariance, np.where(face.held, at.gradient, 0.0), face.ahead
        )
        return LaplacePosterior(theta, covariance, *sizes, at.mode.v, moves, at.mode.factor, flat, units, steps=signed)

    most = MOST * design.family.noise
    followed = hard & whole(alone(design), best.x.size, sds)
    posterior = _with_laws(face, best, hard, followed, sds, rebuild, lambda theta, t: theta[sds][t], most)

    def gradient(pattern: Pattern) -> np.ndarray:
        return replace(model, pattern=pattern).evaluate(best.x, posterior.v).gradient

    errors = stochastic_errors(posterior.factor, gradient, inverse_without(measured, hard | flat))
    return LaplaceResult(posterior, best.value, best.converged, best.steps, boundary, measured, errors)


def _fit_gaussian(design: Design, reml: bool, solver: Solver) -> LaplaceResult:
    model = gaussian_model(design, reml, solver)
    objective = GaussianProfile(model)
    theta = model.start()
    best = maximise(objective, theta, model.approximate_information(theta, objective.solve(theta)))
    objective, best, ahead = profile_face(objective, best)
    model = objective.model
    sds, steps = slice(0, len(design.groupings)), steps_at(design.fixed.monotone)
    best, boundary = _settled(objective, best, sds, model.pairs)
    hard = hardly_known(best, sds, boundary, alone(design))
    endless = flat_directions(best, hard, np.ones(best.x.size))

    def rebuild(theta: np.ndarray, held: np.ndarray, information: np.ndarray | None = None) -> LaplacePosterior:
        at = objective.solve(theta)
        mode = np.concatenate([at.b, theta * at.sigma, [np.log(at.sigma)]])
        information = best.information if information is None else information
        covariance = model.covariance(theta, at, information, held | endless)
        moves = model.implicit_derivative(theta, at)
        flat = whole(endless, mode.size, slice(at.b.size, mode.size - 1))
        sizes = (design.thresholds, at.b.size, model.pairs)
        units = same_units(at.b.size, len(design.groupings))
        signed = one_sign(steps, 0, mode, covariance, at.pull, ahead)
        return LaplacePosterior(mode, covariance, *sizes, at.w / at.sigma, moves, at.factor, flat, units, steps=signed)

    def sd_of(theta: np.ndarray, t: int) -> float:
        return theta[t] * objective.solve(theta).sigma

    followed = hard & whole(alone(design), best.x.size, sds)
    posterior = _with_laws(objective, best, hard, followed, sds, rebuild, sd_of, MOST)

    def gradient(pattern: Pattern) -> np.ndarray:
        other = replace(model, pattern=pattern)
        return other.gradient(best.x, other.solve(best.x))

    errors = stochastic_errors(posterior.factor, gradient, inverse_without(best.information, hard | endless))
    return LaplaceResult(posterior, best.value, best.converged, best.steps, boundary, stochastic=errors)


def _settled(objective: Objective, best: Maximum, sds: slice, pairs: Pairs) -> tuple[Maximum, np.ndarray]:
    """Positive sds, and exactly zero those that cost nothing to be zero, one after the other, the rest re-estimated.

    The sign of an sd (in general, of a column of Lambda) is free: the likelihood does not know it.
    """
    x, sign = best.x.copy(), np.ones(best.x.size)
    sign[sds] = np.where(x[sds] < 0.0, -1.0, 1.0)
    sign[sds.stop : sds.stop + pairs.column.size] = sign[sds][pairs.column]
    information = best.information * np.outer(sign, sign)
    best = best._replace(x=x * sign, gradient=best.gradient * sign, information=information)
    zero: dict[int, float] = {}
    for j in sorted(range(sds.start, sds.stop), key=lambda j: best.x[j]):
        if best.x[j] > ZERO:
            break
        at = maximise_given(objective, best, zero | {j: 0.0})
        if at.value >= best.value - SAME:
            zero[j] = 0.0
            best = best._replace(x=at.x, value=at.value)
    return best, np.array([j in zero for j in range(sds.start, sds.stop)], bool)


def _with_laws(
    objective: Objective,
    best: Maximum,
    hard: np.ndarray,
    followed: np.ndarray,
    sds: slice,
    rebuild: Rebuild,
    sd_of: SdOf,
    most: float,
) -> LaplacePosterior:
    """The posterior at the maximum, with a law and leaves for the sds that are hardly known and ``followed``."""
    posterior = rebuild(best.x, hard, best.information)
    laws = {}
    for t in np.flatnonzero(followed[sds]):
        laws[sds.start + int(t)] = profile_law(objective, best, sds.start + int(t), partial(sd_of, t=int(t)), most)
    by_term = tuple(laws.get(j) for j in range(sds.start, sds.stop))
    leaves = build_leaves(objective, best, laws, rebuild) if laws else ()
    return replace(posterior, laws=by_term, leaves=leaves)
