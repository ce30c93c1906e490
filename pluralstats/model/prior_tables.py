"""What was assumed before any rating, as a table to read."""

import math
import re

import numpy as np
import pandas as pd

from pluralstats.model.design import LOCATION, Design
from pluralstats.model.formula.calls import CUBIC
from pluralstats.model.priors import Priors, ResolvedPriors, rating_moments, resolve_priors
from pluralstats.model.thresholds import ThresholdGroups

SPLINE = re.compile(r"bs\([^()]+, (?:df=(\d+)|knots=\(([^()]*)\))(?:, degree=(\d+))?\)")


def prior_table(priors: Priors, design: Design) -> pd.DataFrame:
    """One row for each parameter or family of parameters: ``parameter``, ``prior`` as text.

    Coefficients stand by themselves (their correlations: see ``Priors``), those of factors that interact as
    differences averaged over the levels of the others. Measured columns are marked: their prior is for one standard
    deviation of the column. Of ``mo(x)`` the sum of its steps has a row, and their shares in it.
    """
    design = design.estimated
    at, gaussian = resolve_priors(priors, design), design.family.has_residual
    rows: list[tuple[str, str]] = []
    if not gaussian:
        rows += _threshold_rows(at, design.thresholds)
    rows += _step_rows(at, design)
    if design.family.bounded is not None:
        rows.append(("precision", f"half-student_t({at.df:g}, 0, {at.precision:.3g})"))
    values = design.fixed.values
    measured = ((values != 0.0) & (values != 1.0)).any(axis=0)
    for j in np.setdiff1d(np.arange(len(design.fixed.names)), at.steps.columns).tolist():
        name = design.fixed.names[j]
        if j == at.intercept:
            location, scale = at.intercept_prior
            rows.append((name, _normal(location + (rating_moments(design)[0] if gaussian else 0.0), scale)))
        else:
            unit = " per sd" if measured[j] else ""
            law = f"student_t({at.df:g}, 0, " if design.column_parts[j] == LOCATION else "normal(0, "
            scale = at.coefficient[j] / math.sqrt(columns_of_splines(design.fixed.terms[j]))
            rows.append((name, f"{law}{scale:.3g}){unit}"))
    for grouping, scale in zip(design.groupings, at.sd, strict=True):
        unit = "" if np.isin(grouping.multiplier, (0.0, 1.0)).all() else " per sd"
        rows.append((f"sd({grouping.name})", f"half-student_t({at.df:g}, 0, {scale:.3g}){unit}"))
    rows += [
        (f"correlations | {block_name}", f"LKJ({at.correlation:g})")
        for block_name in dict.fromkeys(design.groupings[a].term.name for a, _ in design.correlations)
    ]
    if gaussian:
        rows.append(("sd(residual)", f"half-student_t({at.df:g}, 0, {at.residual:.3g})"))
    return pd.DataFrame(rows, columns=["parameter", "prior"])


def columns_of_splines(term: str) -> int:
    """How many columns share the prior variance of one.

    >>> columns_of_splines("gender:bs(age, df=4)"), columns_of_splines("bs(age, knots=(30, 50), degree=2)")
    (4, 4)
    """
    return math.prod(
        int(df) if df else knots.count(",") + 1 + int(degree or CUBIC) for df, knots, degree in SPLINE.findall(term)
    )


def _threshold_rows(at: ResolvedPriors, groups: ThresholdGroups) -> list[tuple[str, str]]:
    of_each = " of each " + groups.column if groups.column else ""
    several = any(one.size > 2 for one in groups.categories)
    if not groups.ordered:
        return [(f"every threshold{of_each}", _normal(*at.threshold))]
    rows = [(f"first threshold{of_each}" if several else f"threshold{of_each}", _normal(*at.threshold))]
    return [*rows, ("log gap between thresholds", _normal(*at.log_gap))] if several else rows


def _step_rows(at: ResolvedPriors, design: Design) -> list[tuple[str, str]]:
    """The sum of the steps of each monotonic effect, and how it is divided."""
    sums = zip(design.fixed.monotone_terms, at.step_scale, strict=True)
    laws = [(term, f"student_t({at.df:g}, 0, {scale:.3g})", "Dirichlet(1)") for term, scale in sums]
    return [row for term, whole, of_shares in laws for row in ((term, whole), (f"shares of {term}", of_shares))]


def _normal(location: float, scale: float) -> str:
    return f"normal({location:.3g}, {scale:.3g})"
