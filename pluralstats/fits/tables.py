"""The tables of a fit, parameters and random effects, and its draws as arviz wants them."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.intervals import Interval
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.posterior.pointwise import rating_log_likelihood
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design

if TYPE_CHECKING:
    from xarray import DataTree

PROB = 0.95
MOST_LOG_LIKELIHOODS = 25_000_000  # ratings times draws up to which they are all kept: 200 MB


def parameter_table(design: Design, posterior: LaplacePosterior | DrawnPosterior) -> pd.DataFrame:
    """The table of ``Fit.parameters``, whose columns are described there."""
    names = [g.name for g in design.groupings]
    coefficients = _rows("coefficient", design.fixed.terms, design.fixed.names, posterior.coefficients(PROB))
    tables = [coefficients, _rows("sd", names, [f"sd({name})" for name in names], posterior.sds(PROB))]
    if design.correlations:
        of_terms = [design.groupings[a].term.name for a, _ in design.correlations]
        tables.append(_rows("correlation", of_terms, design.correlation_names, posterior.correlations(PROB)))
    if design.family == "gaussian":
        tables.append(_rows("residual_sd", ["residual"], ["sd(residual)"], posterior.residual_sd(PROB)))
    else:
        tables.insert(0, _threshold_rows(design, posterior.thresholds(PROB)))
    table = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
    if isinstance(posterior, DrawnPosterior):
        found = posterior.parameter_convergence
        return table.assign(**dict(zip(found._fields, found, strict=True)))
    return table


def _threshold_rows(design: Design, at: Interval) -> pd.DataFrame:
    names = design.boundaries
    if design.family == "bernoulli":
        intercept = Interval(-at.estimate, at.se, -at.upper, -at.lower)
        return _rows("coefficient", ["1"] * len(names), ["Intercept"] * len(names), intercept)
    return _rows("threshold", ["threshold"] * len(names), names, at)


def _rows(kind: str, terms: Sequence[str], names: Sequence[str], at: Interval) -> pd.DataFrame:
    columns = {"kind": kind, "term": list(terms), "parameter": list(names)}
    return pd.DataFrame(columns | {part: getattr(at, part) for part in ("estimate", "se", "lower", "upper")})


def random_effect_table(design: Design, posterior: LaplacePosterior | DrawnPosterior) -> pd.DataFrame:
    """The table of ``Fit.random_effects``, in the order of the levels."""
    estimate, sd = posterior.effects()
    terms = np.repeat([g.name for g in design.groupings], [g.size for g in design.groupings])
    groups = np.concatenate([g.levels for g in design.groupings]) if design.groupings else np.empty(0, object)
    table = pd.DataFrame({"term": terms.astype(str), "group": groups.astype(str), "estimate": estimate, "sd": sd})
    if isinstance(posterior, DrawnPosterior):
        at = posterior.effect_convergence
        return table.assign(r_hat=at.r_hat, ess_bulk=at.ess_bulk, ess_tail=at.ess_tail)
    return table


def draws_tree(design: Design, samples: Samples, posterior: LaplacePosterior | DrawnPosterior) -> "DataTree":
    """The tree of ``Fit.draws``, whose groups are described there."""
    drawn = posterior if isinstance(posterior, DrawnPosterior) else DrawnPosterior(samples, 1)
    groupings = design.groupings
    variables: dict[str, np.ndarray] = {"sd": samples.sd, "coefficient": samples.coefficient}
    dims = {"sd": ["term"], "coefficient": ["parameter"]}
    coords: dict[str, Any] = {"term": [g.name for g in groupings], "parameter": list(design.fixed.names)}
    if design.family != "gaussian":
        variables["threshold"], dims["threshold"] = samples.threshold, ["boundary"]
        coords["boundary"] = design.boundaries
    if samples.residual_sd is not None:
        variables["residual_sd"] = samples.residual_sd
    for grouping, effects in zip(groupings, samples.effects, strict=True):
        variables[f"r_{grouping.name}"], dims[f"r_{grouping.name}"] = effects, [grouping.term.name]
        coords[grouping.term.name] = grouping.levels.astype(str)
    if design.correlations:
        variables["correlation"], dims["correlation"] = samples.correlation, ["pair"]
        coords["pair"] = design.correlation_names
    groups: dict[str, Any] = {"posterior": {n: drawn.by_chain(v) for n, v in variables.items() if v.size}}
    if drawn.stats:
        groups["sample_stats"] = dict(drawn.stats)
        if design.n * len(samples.sd) <= MOST_LOG_LIKELIHOODS:
            groups["log_likelihood"] = {"rating": drawn.by_chain(rating_log_likelihood(design, samples))}
            dims["rating"] = ["row"]
    import arviz_base  # half a second and 10 MB that a fit without draws does not need

    with warnings.catch_warnings():
        # a draw or two of each of four chains are what was asked for, not a mix-up of dimensions
        warnings.filterwarnings("ignore", message="Found chain dimension to be longer than draw dimension")
        return arviz_base.from_dict(groups, dims=dims, coords=coords)
