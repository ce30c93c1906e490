"""The tables of a fit: parameters and random effects."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.intervals import Interval
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.model.design import LOCATION, PARTS, Design

PROB = 0.95


def parameter_table(design: Design, posterior: LaplacePosterior | DrawnPosterior, prob: float = PROB) -> pd.DataFrame:
    """The table of ``Fit.parameters``, whose columns are described there."""
    design = design.estimated
    names = [g.name for g in design.groupings]
    coefficients = _rows(_kinds(design), design.fixed.terms, design.fixed.names, posterior.coefficients(prob))
    tables = [coefficients, _rows("sd", names, [f"sd({name})" for name in names], posterior.sds(prob))]
    if design.correlations:
        of_terms = [design.groupings[a].term.name for a, _ in design.correlations]
        tables.append(_rows("correlation", of_terms, design.correlation_names, posterior.correlations(prob)))
    if design.family.has_residual:
        tables.append(_rows("residual_sd", ["residual"], ["sd(residual)"], posterior.residual_sd(prob)))
    else:
        tables.insert(0, _threshold_rows(design, posterior.thresholds(prob)))
    table = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
    if isinstance(posterior, DrawnPosterior):
        found = posterior.parameter_convergence
        return table.assign(**dict(zip(found._fields, found, strict=True)))
    return table


def _threshold_rows(design: Design, at: Interval) -> pd.DataFrame:
    names = design.boundaries
    if design.family.categories == 2:
        intercept = Interval(-at.estimate, at.se, -at.upper, -at.lower)
        called = ["Intercept"] if len(names) == 1 else [f"{name}: Intercept" for name in design.thresholds.names]
        return _rows("coefficient", ["1"] * len(names), called, intercept)
    return _rows("threshold", ["threshold"] * len(names), names, at)


def _kinds(design: Design) -> list[str]:
    """ "coefficient" of eta, "disc" and "stretch" of the parts."""
    of_part = {LOCATION: "coefficient"} | {code: name for name, code in PARTS.items()}
    return [of_part[int(code)] for code in design.column_parts]


def _rows(kind: str | list[str], terms: Sequence[str], names: Sequence[str], at: Interval) -> pd.DataFrame:
    columns = {"kind": kind, "term": list(terms), "parameter": list(names)}
    return pd.DataFrame(columns | {part: getattr(at, part) for part in ("estimate", "se", "lower", "upper")})


def probabilities_above_zero(
    design: Design, posterior: LaplacePosterior | DrawnPosterior, estimator: str, parameters: pd.DataFrame
) -> np.ndarray:
    """(len(parameters),) P(> 0) of coefficients: the share of sampled draws, else by the law of the interval at 95%.

    Missing for other parameters and where there is no estimate.
    """
    out = np.full(len(parameters), np.nan)
    is_coefficient = parameters["kind"].isin(["coefficient", *PARTS]).to_numpy()
    rows = parameters[is_coefficient]
    if estimator == "posterior" and isinstance(posterior, DrawnPosterior):
        draws = posterior.samples.coefficient
        if len(rows) > draws.shape[1]:  # the intercept of a bernoulli model is minus its threshold
            draws = np.concatenate([-posterior.samples.threshold, draws], axis=1)
        out[is_coefficient] = (draws > 0.0).mean(axis=0)
    else:
        width = (rows["upper"] - rows["lower"]).to_numpy() / (2.0 * ndtri(0.5 + PROB / 2.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            out[is_coefficient] = ndtr(rows["estimate"].to_numpy() / width)
    return out


def random_effect_table(design: Design, posterior: LaplacePosterior | DrawnPosterior) -> pd.DataFrame:
    """The table of ``Fit.random_effects``, in the order of the levels."""
    design = design.estimated
    estimate, sd = posterior.effects()
    terms = np.repeat([g.name for g in design.groupings], [g.size for g in design.groupings])
    groups = np.concatenate([g.levels for g in design.groupings]) if design.groupings else np.empty(0, object)
    table = pd.DataFrame({"term": terms.astype(str), "group": groups.astype(str), "estimate": estimate, "sd": sd})
    if isinstance(posterior, DrawnPosterior):
        at = posterior.effect_convergence
        return table.assign(r_hat=at.r_hat, ess_bulk=at.ess_bulk, ess_tail=at.ess_tail)
    return table
