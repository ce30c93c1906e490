"""The coefficients and the random effects of a PyMC graph, with their priors."""

from typing import Any

import numpy as np

from pluralstats.inference.posterior.samples import scaled_inverse
from pluralstats.inference.standard.designs import Standardised
from pluralstats.model.coefficient_prior import CoefficientPrior
from pluralstats.model.design import LOCATION, Design
from pluralstats.model.priors import ResolvedPriors
from pluralstats.model.terms.random import Block

PARAMETERS, COLUMNS, TERMS = "parameter", "column", "term"
INTERCEPTS, PAIRS = "intercept_term", "pair"


def coefficients(made: Standardised, priors: ResolvedPriors) -> Any:
    """(p,) coefficients of the standardised columns, None without any; those of the data as ``coefficient``."""
    import pymc as pm  # seconds to load: only where a graph is wanted
    import pytensor.tensor as pt

    size, at = priors.coefficient.size, priors.intercept
    if size == 0:
        return None
    rest, b = np.setdiff1d(np.arange(size), [at, *priors.steps.columns]), pt.zeros(size)
    if rest.size:
        spread = (scaled_inverse(made.units.coefficient) @ priors.joint.spread)[rest]
        b = b[rest].set(_joint_coefficients("slope", spread, priors.joint, priors.df, COLUMNS))
    names = made.design.fixed.monotone_terms
    for steps, scale, term in zip(priors.steps.blocks, priors.step_scale, names, strict=True):
        b = b[steps].set(_steps_of(term, steps.stop - steps.start, scale, priors.df))
    if at >= 0:
        b = b[at].set(pm.Normal("intercept", *priors.intercept_prior))
    of_data = pt.dot(made.units.coefficient, b)
    if at >= 0:
        of_data = of_data[at].inc(made.y_shift)
    pm.Deterministic("coefficient", of_data, dims=PARAMETERS)
    return b


def _steps_of(term: str, steps: int, scale: float, df: Any) -> Any:
    """(D,) steps of a monotonic effect: a sum, divided into shares of which all are equally likely."""
    import pymc as pm  # seconds to load: only where a graph is wanted

    whole = pm.StudentT(f"sum_{term}", nu=df, mu=0.0, sigma=np.float64(scale))
    return whole * (pm.Dirichlet(f"share_{term}", np.ones(steps)) if steps > 1 else np.ones(1))


def _joint_coefficients(name: str, spread: np.ndarray, joint: CoefficientPrior, df: Any, dim: str) -> Any:
    """Coefficients b = spread e (p,), of whose e every group of ``joint`` is a student_t, or normal.

    Parameters
    ----------
    spread : (p, p) array
    """
    import pymc as pm  # seconds to load: only where a graph is wanted
    import pytensor.tensor as pt

    root, volume = np.linalg.inv(spread), np.linalg.slogdet(spread)[1]
    starts, normal = joint.starts.tolist(), joint.normal.tolist()
    groups = list(zip(starts[:-1], starts[1:], normal, strict=True))

    def part(size: int, normal: bool, df: Any) -> Any:
        if normal:
            return pm.MvNormal.dist(mu=np.zeros(size), chol=np.eye(size))
        return pm.MvStudentT.dist(nu=df, mu=np.zeros(size), chol=np.eye(size))

    def log_density(value: Any, df: Any) -> Any:
        e = pt.dot(root, value)
        return pt.add(*(pm.logp(part(v - u, normal, df), e[u:v]) for u, v, normal in groups), -volume)

    def draw(df: Any, size: Any) -> Any:
        del size  # the coefficients of one model
        return pt.dot(spread, pt.concatenate([part(v - u, normal, df) for u, v, normal in groups]))

    return pm.CustomDist(name, df, logp=log_density, dist=draw, signature="()->(p)", dims=dim)


def predictors_in_graph(design: Design, b: Any, effects: list[Any], order: np.ndarray) -> list[Any]:
    """eta, or eta, log s and a, of the rows in an order: (n,) each; from ``b`` (p,) or None and groupings' effects."""
    cell = design.fixed.cell[order]
    out: list[Any] = []
    for part in range(design.n_predictors):
        own = design.column_parts == part
        m = np.zeros(design.n) if b is None else ((design.fixed.X * own) @ b)[cell]
        for grouping, effect, of_part in zip(design.groupings, effects, design.grouping_parts, strict=True):
            if of_part == part:
                if grouping.basis is not None:
                    m = m + (grouping.basis @ effect)[cell]
                    continue
                multiplier, here = grouping.multiplier[cell], effect[grouping.index[order]]
                m = m + (here if (multiplier == 1.0).all() else multiplier * here)
        out.append(m + design.fixed.offset[cell] if part == LOCATION else m)
    return out


def random_effects(made: Standardised, priors: ResolvedPriors) -> list[Any]:
    """For each grouping its effects (q_t,) in standard units; in the units of the data they are r_<effect>."""
    import pymc as pm  # seconds to load: only where a graph is wanted
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
    import pymc as pm  # seconds to load: only where a graph is wanted
    import pytensor.tensor as pt

    design, members = made.design, slice(block.start, block.stop)
    first, to_data = design.groupings[block.start], made.units.effect[members, members]
    term = first.prefix + first.term.name
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
