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
from pluralstats.inference.posterior.samples import scaled_inverse
from pluralstats.inference.pymc.draws import import_pymc, sample_graph
from pluralstats.inference.pymc.predictor import joint_coefficients
from pluralstats.inference.pymc.rows import DRAW, LOG_DENSITY
from pluralstats.inference.sampling.options import Sampler
from pluralstats.inference.standard.designs import Standardised, standardise
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, ResolvedPriors, resolve_priors
from pluralstats.model.terms.random import Block

if TYPE_CHECKING:
    import pymc as pm

ROWS, BOUNDARIES, INNER = "rating_row", "boundary", "inner_category"
PARAMETERS, COLUMNS, TERMS = "parameter", "column", "term"
LEAST_WARMUP = 800
INTERCEPTS, PAIRS = "intercept_term", "pair"
DIMS = (ROWS, BOUNDARIES, INNER, PARAMETERS, COLUMNS, TERMS, INTERCEPTS, PAIRS)


def build_graph(design: Design, priors: ResolvedPriors, added: Callable[[], Any] | None = None) -> "pm.Model":
    """The model of a design as a PyMC graph.

    P(y <= k) = F(tau_k - eta) or y ~ normal(eta, sigma^2), eta = X b + the sum of r_t[level of the row].

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
        Free: ``threshold_first`` and ``log_gap`` (dim inner_category: the gap is the width of that category),
        ``slope`` (dim column; per sd of measured columns; jointly student_t, see ``Priors``), ``intercept`` and
        ``residual_sd`` (gaussian), ``sd`` (dim term), ``z_<term>`` (dim <term>). With random slopes ``sd_intercept``
        (of the other terms) and ``root_<term>``, whose correlations are LKJ. In the units of the data: ``threshold``
        (dim boundary), ``coefficient`` (dim parameter), ``r_<effect>``, and then ``sd`` and ``correlation``.
        Observed: ``rating`` (dim rating_row).

    Raises
    ------
    ConfigError
        PyMC is not installed, or a random term has the name of another dimension.
    """
    pm, made, priors = import_pymc(), standardise(design), _in_double_precision(priors)
    order = np.argsort(design.rows)
    with pm.Model(coords=graph_coords(design)) as model:
        b = _coefficients(made, priors)
        eta = (made.design.fixed.X @ b)[design.fixed.cell[order]] if b is not None else np.zeros(design.n)
        for grouping, effects in zip(made.design.groupings, _random_effects(made, priors), strict=True):
            multiplier = grouping.multiplier[design.fixed.cell[order]]
            part = effects[grouping.index[order]]
            eta = eta + (part if (multiplier == 1.0).all() else multiplier * part)
        if added is not None:
            eta = eta + added()
        if design.family == "gaussian":
            _gaussian_ratings(made.design, priors, eta, order)
        else:
            _ordered_ratings(made, priors, b, eta, order)
    return model


def _in_double_precision(priors: ResolvedPriors) -> ResolvedPriors:
    """The same numbers as arrays: PyTensor takes a bare 3.0 for a 32-bit number, and its logarithm has 7 digits."""
    kept = {"intercept": priors.intercept, "joint": priors.joint}
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
    names = design.fixed.names
    coords: dict[str, Any] = {ROWS: np.arange(1, design.n + 1), PARAMETERS: list(names)}
    coords[COLUMNS] = [name for name in names if design.family != "gaussian" or name != "Intercept"]
    coords[TERMS] = [g.name for g in design.groupings]
    if any(block.slopes.names != ("Intercept",) for block in design.blocks):
        coords[INTERCEPTS] = [g.name for g in design.groupings if design.blocks[g.block].size == 1]
    if design.correlations:
        coords[PAIRS] = design.correlation_names
    if design.family != "gaussian":
        coords |= {BOUNDARIES: design.boundaries, INNER: list(design.labels[1:-1])}
    return coords | {g.term.name: g.levels.astype(str) for g in design.groupings}


def _coefficients(made: Standardised, priors: ResolvedPriors) -> Any:
    """(p,) coefficients of the standardised columns, None without any; those of the data as ``coefficient``."""
    import pymc as pm
    import pytensor.tensor as pt

    size, at = priors.coefficient.size, priors.intercept
    if size == 0:
        return None
    rest, b = np.delete(np.arange(size), max(at, 0)) if at >= 0 else np.arange(size), pt.zeros(size)
    if rest.size:
        spread = (scaled_inverse(made.units.coefficient) @ priors.joint.spread)[rest]
        b = b[rest].set(joint_coefficients("slope", spread, priors.joint.starts, priors.df, COLUMNS))
    if at >= 0:
        b = b[at].set(pm.Normal("intercept", *priors.intercept_prior))
    of_data = pt.dot(made.units.coefficient, b)
    if at >= 0:
        of_data = of_data[at].inc(made.y_shift)
    pm.Deterministic("coefficient", of_data, dims=PARAMETERS)
    return b


def _random_effects(made: Standardised, priors: ResolvedPriors) -> list[Any]:
    """For each grouping its effects (q_t,) in standard units; in the units of the data they are r_<effect>."""
    import pymc as pm
    import pytensor.tensor as pt

    design = made.design
    if not design.groupings:
        return []
    alone = [t for t, g in enumerate(design.groupings) if design.blocks[g.block].size == 1]
    effects: list[Any] = [None] * len(design.groupings)
    sds: list[Any] = [None] * len(design.groupings)
    whole = len(alone) == len(design.groupings) and not made.units.moves_effects
    if alone:
        name, dim = ("sd", TERMS) if whole else ("sd_intercept", INTERCEPTS)
        sd = pm.HalfStudentT(name, nu=priors.df, sigma=priors.sd[alone], dims=dim)
        for i, t in enumerate(alone):
            term = design.groupings[t].term.name
            unit = float(made.units.effect[t, t])
            sds[t], effects[t] = unit * sd[i], sd[i] * pm.Normal(f"z_{design.groupings[t].name}", dims=term)
    correlations = [_correlated(made, block, priors, sds, effects) for block in design.blocks if block.size > 1]
    for t, grouping in enumerate(design.groupings):
        row = made.units.effect[t]
        of_data = sum(effects[i] if row[i] == 1.0 else float(row[i]) * effects[i] for i in np.flatnonzero(row))
        if grouping.prior_weight is not None:
            of_data = of_data / np.sqrt(grouping.prior_weight)
        pm.Deterministic(f"r_{grouping.name}", of_data, dims=grouping.term.name)
    if not whole:
        pm.Deterministic("sd", pt.stack(sds), dims=TERMS)
    if correlations:
        pm.Deterministic("correlation", pt.concatenate(correlations), dims=PAIRS)
    return effects


def _correlated(made: Standardised, block: Block, priors: ResolvedPriors, sds: list[Any], effects: list[Any]) -> Any:
    """Fills sds (in the units of the data) and effects of a term with slopes; its correlations, row by row."""
    import pymc as pm
    import pytensor.tensor as pt

    design, members = made.design, slice(block.start, block.stop)
    term, to_data = design.groupings[block.start].term.name, made.units.effect[members, members]
    spread = pm.HalfStudentT.dist(nu=priors.df, sigma=priors.sd[members], shape=block.size)
    start = np.eye(block.size)[np.tril_indices(block.size)]  # else drawn from the prior, which numpy 2.5 refuses
    root, correlation, sd = pm.LKJCholeskyCov(f"root_{term}", priors.correlation, block.size, spread, initval=start)
    u = root @ pm.Normal(f"z_{term}", shape=(block.size, design.groupings[block.start].size))
    if not np.array_equal(to_data, np.eye(block.size)):
        moved = pt.dot(to_data, root)
        sd = pt.sqrt((moved**2).sum(axis=1))
        unit = moved / sd[:, None]
        correlation = pt.dot(unit, unit.T)
    for j, t in enumerate(range(block.start, block.stop)):
        sds[t], effects[t] = sd[j], u[j]
    row, column = (np.array(part) - block.start for part in zip(*block.pairs, strict=True))
    return correlation[row, column]


def _gaussian_ratings(design: Design, priors: ResolvedPriors, eta: Any, order: np.ndarray) -> None:
    """Numeric ratings around eta; a weight of 2 counts a rating twice."""
    import pymc as pm

    sigma = pm.HalfStudentT("residual_sd", nu=priors.df, sigma=priors.residual)
    pm.CustomDist(
        "rating",
        eta,
        sigma,
        design.weight[order],
        logp=LOG_DENSITY[design.link],
        dist=DRAW[design.link],
        observed=design.y[order],
        dims=ROWS,
    )


def _ordered_ratings(made: Standardised, priors: ResolvedPriors, b: Any, eta: Any, order: np.ndarray) -> None:
    """Categories between ordered thresholds on the latent scale; a weight of 2 counts a rating twice."""
    import pymc as pm
    import pytensor.tensor as pt

    first = pm.Normal("threshold_first", *priors.threshold)
    threshold = pt.atleast_1d(first)
    if made.design.categories.size > 2:
        gap = pm.Normal("log_gap", *priors.log_gap, dims=INNER)
        threshold = first + pt.concatenate([[0.0], pt.cumsum(pt.exp(gap))])
    of_data = threshold if b is None else threshold + pt.dot(made.units.threshold, b)
    pm.Deterministic("threshold", of_data, dims=BOUNDARIES)

    pm.CustomDist(
        "rating",
        eta,
        threshold,
        made.design.weight[order],
        logp=LOG_DENSITY[made.design.link],
        dist=DRAW[made.design.link],
        signature="(),(k),()->()",
        observed=made.design.y[order],
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
