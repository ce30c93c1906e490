"""``method="laplace"``: maximum likelihood, or with priors the mode of the posterior, and the normal law around it."""

from dataclasses import replace

import numpy as np

from pluralstats.inference.elimination.arrow import build_pattern, factorise
from pluralstats.inference.elimination.roots import entries_jacobian, entries_of, pairs_of, root_at
from pluralstats.inference.laplace.empirical import Empirical, find_empirical
from pluralstats.inference.laplace.maximum import LaplaceResult, fit_design
from pluralstats.inference.laplace.nearby import Nearby
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.marginal.priors import prior_numbers
from pluralstats.inference.posterior.few_raters import few_raters
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.posterior.samples import same_units
from pluralstats.inference.signs.one_sign import OneSign
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.weights.posterior import with_sandwich
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.model.step_places import steps_at


def estimate(
    design: Design,
    priors: Priors | None,
    *,
    reml: bool,
    weighted: np.ndarray | None,
    raters: np.ndarray,
    near: Nearby | None = None,
    solver: Solver = AUTO,
) -> LaplaceResult:
    """Everything about a design with varying ratings; of few raters, with Student's t for the normal distribution.

    Parameters
    ----------
    priors : the mode of the posterior where there are some, else maximum likelihood (gaussian, with ``reml``: REML)
    weighted : (n,) codes of the raters of the rows where design weights differ; uncertainty is then by the sandwich
    raters : (n,) codes of the raters of the rows
    near : a model that differs in a random term alone, which maximum likelihood then starts from
    """
    design = design.estimated
    if priors:
        result = _fit_with_priors(design, priors, weighted, solver)
    else:
        result = fit_design(design, reml, weighted, near, solver)
    standard = standardise(design, mean_of_levels=priors is not None).design  # whose parameters the result has
    return _with_few_raters(result, raters, standard, likelihood=priors is None and not reml)


def _fit_with_priors(design: Design, priors: Priors, raters: np.ndarray | None, solver: Solver) -> LaplaceResult:
    """The mode of the posterior with its curvature; ``raters`` as in ``fit_design``."""
    made = standardise(design)
    at = find_empirical(made.design, prior_numbers(resolve_priors(priors, design), design), solver)
    posterior = normal_posterior(at, made.design)
    if raters is not None:
        posterior = with_sandwich(posterior, made.design, raters)
    boundary = np.zeros(len(design.estimated.groupings), bool)
    return LaplaceResult(replace(posterior, units=made.units), float("nan"), at.converged, at.steps, boundary)


def _with_few_raters(result: LaplaceResult, raters: np.ndarray, design: Design, *, likelihood: bool) -> LaplaceResult:
    """The result with uncertainty about few raters by Student's t; arguments as those of ``few_raters``.

    ``design`` in standard units, as the parameters of the result.
    """
    posterior = result.posterior
    few = few_raters(raters, design, posterior.mode.size, likelihood=likelihood)
    if few is None:
        return result
    leaves = tuple(leaf._replace(posterior=replace(leaf.posterior, few=few)) for leaf in posterior.leaves)
    return result._replace(posterior=replace(posterior, few=few, leaves=leaves))


def normal_posterior(at: Empirical, design: Design) -> LaplacePosterior:
    """The normal approximation around a mode, in standard units; standard deviations are normal on the log scale."""
    p = design.fixed.X.shape[1]
    pairs, jacobian, scales = pairs_of(design), to_entries(at.x, design), _scales(design)
    mode = at.x.copy()
    mode[scales] = entries_of(root_at(at.x[scales], pairs), pairs)
    columns, steps = _columns(design), steps_at(design.fixed.monotone)
    mode[columns] = steps.coefficients(at.x[columns])
    none = np.zeros(steps.columns.size, bool)
    signed = OneSign(steps, columns.start, at.x[columns][steps.columns], none, under_priors=True)
    covariance, moves = jacobian @ at.covariance @ jacobian.T, at.moves @ np.linalg.inv(jacobian)
    flat, laws = np.zeros(at.x.size, bool), (None,) * len(design.groupings)
    units = same_units(p, len(design.groupings))
    return LaplacePosterior(
        mode, covariance, design.thresholds, p, pairs, at.v, moves, at.factor, flat, units, laws, log_sds=True,
        steps=signed if none.size else None,
    )  # fmt: skip


def to_entries(x: np.ndarray, design: Design) -> np.ndarray:
    """(P, P) derivatives of parameters with steps and entries of Lambda in those with their numbers, log sds and w."""
    jacobian, scales, columns = np.eye(x.size), _scales(design), _columns(design)
    jacobian[columns, columns] = steps_at(design.fixed.monotone).jacobian(x[columns])
    jacobian[scales, scales] = entries_jacobian(x[scales], pairs_of(design))
    return jacobian


def _columns(design: Design) -> slice:
    """Where coefficients, or their numbers, lie in x."""
    return slice(design.n_thresholds, design.n_thresholds + design.fixed.X.shape[1])


def _scales(design: Design) -> slice:
    """Where log sds and w lie in x."""
    first = design.fixed.X.shape[1] + design.n_thresholds
    return slice(first, first + len(design.groupings) + len(design.correlations))


def unknown(design: Design) -> LaplaceResult:
    """The answer to ratings that say nothing: every number is missing, and a problem says why."""
    design = design.estimated
    pattern, pairs = build_pattern(design), pairs_of(design)
    terms, p = len(design.groupings), design.fixed.X.shape[1]
    size = p + terms + pairs.row.size + design.n_thresholds + design.family.has_residual
    factor = factorise(pattern, np.zeros(design.n), design.Z)
    nothing = np.full(pattern.size, np.nan)
    posterior = LaplacePosterior(
        np.full(size, np.nan),
        np.full((size, size), np.nan),
        design.thresholds,
        p,
        pairs,
        nothing,
        np.zeros((pattern.size, size)),
        factor,
        np.ones(size, bool),
        same_units(p, terms),
    )
    return LaplaceResult(posterior, float("nan"), True, 0, np.zeros(terms, bool))
