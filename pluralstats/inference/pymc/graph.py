"""The exact posterior once more, as a PyMC graph: readable, changeable, and the check of the fast samplers.

The graph has the model and the priors of METHODS section 1 in the standardised design, and random effects in the
non-centred form u = sd z, those of a term with slopes u = root z with the Cholesky root of their covariance. What a
result needs is there in the units of the data, under the names of ``Fit.draws``:
``threshold``, ``coefficient``, ``sd``, ``correlation``, ``residual_sd`` and one ``r_<effect>`` for each random
effect. Ratings stand in the
order of ``Ratings.frame``.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pluralstats.errors import ConfigError
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.pymc.draws import import_pymc, sample_graph
from pluralstats.inference.pymc.predictor import (
    COLUMNS,
    INTERCEPTS,
    PAIRS,
    PARAMETERS,
    TERMS,
    coefficients,
    predictors_in_graph,
    random_effects,
)
from pluralstats.inference.pymc.thresholds import (
    BOUNDARIES,
    INNER,
    OF_GROUPS,
    ROWS,
    bounded_ratings,
    ordered_ratings,
    threshold_coords,
)
from pluralstats.inference.sampling.options import Sampler
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.design import LOCATION, Design
from pluralstats.model.priors import Priors, ResolvedPriors, resolve_priors
from pluralstats.model.step_places import steps_at

if TYPE_CHECKING:
    import pymc as pm  # seconds to load: only where a graph is wanted

LEAST_WARMUP = 800
DIMS = (ROWS, BOUNDARIES, INNER, OF_GROUPS, PARAMETERS, COLUMNS, TERMS, INTERCEPTS, PAIRS)


def build_graph(design: Design, priors: ResolvedPriors, added: Callable[[], Any] | None = None) -> "pm.Model":
    """The model of a design as a PyMC graph.

    P(y <= k) = F(tau_k - eta) or y ~ normal(eta, sigma^2), eta = X b + the sum of r_t[level of the row]; with submodels
    and groups of thresholds that of METHODS section 8, in the coefficients and effects of ``Design.estimated``.

    Parameters
    ----------
    design : Design
        In the units of the data; it is standardised here.
    priors : ResolvedPriors
        ``resolve_priors(priors, design)``.
    added : function, optional
        Called inside the model; returns what is added to eta, (n,) in the order of ``Ratings.frame``.

    Returns
    -------
    pymc.Model
        Free: ``threshold_first`` (with several groups of thresholds one for each, dim threshold_group) and ``log_gap``
        (dim inner_category: the gap is the width of that category),
        ``slope`` (dim column; per sd of measured columns; jointly student_t, see ``Priors``), ``sum_<term>`` and
        ``share_<term>`` of the steps of a monotonic effect, ``intercept`` and ``residual_sd`` (gaussian) or
        ``precision`` (ordered beta), ``sd`` (dim term), ``z_<term>`` (dim <term>). With random slopes ``sd_intercept``
        (of the other terms) and ``root_<term>``, whose correlations are LKJ. In the units of the data: ``threshold``
        (dim boundary; ordered beta: both cutpoints and the logarithm of the precision), ``coefficient`` (dim
        parameter), ``r_<effect>``, and then ``sd`` and ``correlation``.
        Observed: ``rating`` (dim rating_row).

    Raises
    ------
    ConfigError
        PyMC is not installed, or a random term has the name of another dimension.
    """
    design = design.estimated
    pm, made, priors = import_pymc(), standardise(design), _in_double_precision(priors)
    order = np.argsort(design.rows)
    with pm.Model(coords=graph_coords(design)) as model:
        b = coefficients(made, priors)
        m = predictors_in_graph(made.design, b, random_effects(made, priors), order)
        if added is not None:
            m[LOCATION] = m[LOCATION] + added()
        if design.family.bounded is not None:
            bounded_ratings(made.design, priors, m[LOCATION], order)
        elif design.family.has_residual:
            _gaussian_ratings(made.design, priors, m[LOCATION], order)
        else:
            ordered_ratings(made, priors, b, m, order)
    return model


def _in_double_precision(priors: ResolvedPriors) -> ResolvedPriors:
    """The same numbers as arrays: PyTensor takes a bare 3.0 for a 32-bit number, and its logarithm has 7 digits."""
    kept = {"intercept": priors.intercept, "joint": priors.joint, "steps": priors.steps}
    numbers = {name: np.asarray(value, float) for name, value in priors._asdict().items() if name not in kept}
    made: dict[str, Any] = numbers | kept
    return ResolvedPriors(**made)


def graph_coords(design: Design) -> dict[str, Any]:
    """Dimension -> names along it."""
    taken = [g.term.name for g in design.groupings if g.term.name in DIMS]
    if taken:
        raise ConfigError(
            f"The random term {taken[0]} has the name of a dimension of the PyMC graph ({', '.join(DIMS)}). "
            "Rename that column of the ratings, or use another `method`."
        )
    names, steps = design.fixed.names, set(steps_at(design.fixed.monotone).columns.tolist())
    coords: dict[str, Any] = {ROWS: np.arange(1, design.n + 1), PARAMETERS: list(names)}
    slopes = [name for j, name in enumerate(names) if j not in steps]
    coords[COLUMNS] = [name for name in slopes if design.family.ordered or name != "Intercept"]
    coords[TERMS] = [g.name for g in design.groupings]
    if any(block.slopes.names != ("Intercept",) for block in design.blocks):
        coords[INTERCEPTS] = [g.name for g in design.groupings if design.blocks[g.block].size == 1]
    if design.correlations:
        coords[PAIRS] = design.correlation_names
    if not design.family.has_residual:
        coords |= threshold_coords(design.thresholds)
    return coords | {g.term.name: g.levels.astype(str) for g in design.groupings}


def _gaussian_ratings(design: Design, priors: ResolvedPriors, eta: Any, order: np.ndarray) -> None:
    """Numeric ratings around eta; a weight of 2 counts a rating twice."""
    import pymc as pm  # seconds to load: only where a graph is wanted

    sigma = pm.HalfStudentT("residual_sd", nu=priors.df, sigma=priors.residual)
    pm.CustomDist(
        "rating",
        eta,
        sigma,
        design.weight[order],
        logp=design.family.log_density,
        dist=design.family.draw,
        observed=design.y[order],
        dims=ROWS,
    )


def sample_reference(
    design: Design, priors: Priors, draws: int, seed: int, sampler: Sampler, raters: np.ndarray | None = None
) -> DrawnPosterior:
    """Draws of the graph by nutpie; parameters are those of ``sample_rotations``.

    ``raters`` is not used: draws of a graph keep the spread that its weighted likelihood has. Its warm-up learns from
    nothing what the other methods know from the curvature, and is at least 800 transitions.
    """
    model = build_graph(design, resolve_priors(priors, design))
    warmup = max(sampler.warmup, LEAST_WARMUP)
    drawn = sample_graph(
        model, design, draws=draws, tune=warmup, chains=sampler.chains, seed=seed, cores=sampler.at_once
    )
    if sampler.single_precision:
        effects = tuple(term.astype(np.float32) for term in drawn.samples.effects)
        return replace(drawn, samples=drawn.samples._replace(effects=effects))
    return drawn
