"""How well the chains of a fit agree, and the draws of what they do not agree on."""

from typing import Any

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.sampling.exact import ENOUGH, HIGHEST_R_HAT

MEASURES = ("r_hat", "ess_bulk", "ess_tail")
MOST_TRACED = 6  # parameters of one fit whose draws are shown
_COLUMNS = [
    *("chains", "draws", "thinned", "diverging", "complete", "n_parameters"),
    *(column for measure in MEASURES for column in (measure, f"{measure}_of")),
]
_TRACES = ("chain", "draw", "parameter", "value")


def convergence_rows(fit: Fit) -> pd.DataFrame:
    """The worst R-hat and the smallest effective numbers of draws among all parameters and random effects.

    Returns
    -------
    DataFrame
        One row; none for a fit without chains. chains; draws (of all chains); thinned (transitions to each draw);
        diverging (transitions); complete (False after an interruption); n_parameters (with random effects); r_hat,
        ess_bulk, ess_tail, each followed by the parameter it is of.
    """
    found = measures(fit)
    if not len(found):
        return pd.DataFrame(columns=_COLUMNS)
    posterior = fit.posterior
    diverging = posterior.stats.get("diverging", np.zeros(1)) if isinstance(posterior, DrawnPosterior) else np.zeros(1)
    row: dict[str, Any] = {
        "chains": fit.chains,
        "draws": len(fit.samples.sd),
        "thinned": getattr(posterior, "thinned", 1),
        "diverging": int(np.sum(diverging)),
        "complete": getattr(posterior, "complete", True),
        "n_parameters": len(found),
    }
    for measure in MEASURES:
        known = found[measure].dropna()
        at = (known.idxmax() if measure == "r_hat" else known.idxmin()) if len(known) else None
        row[measure] = float("nan") if at is None else known[at]
        row[f"{measure}_of"] = "" if at is None else found["parameter"][at]
    return pd.DataFrame([row], columns=_COLUMNS)


def measures(fit: Fit) -> pd.DataFrame:
    """R-hat and effective draws of parameters, then random effects such as "rater[17]"; no rows without chains."""
    if "r_hat" not in fit.parameters:
        return pd.DataFrame(columns=["parameter", *MEASURES])
    effects = fit.random_effects
    names = effects["term"].astype(str) + "[" + effects["group"].astype(str) + "]"
    both = [fit.parameters[["parameter", *MEASURES]], effects[list(MEASURES)].assign(parameter=names)]
    return pd.concat([part for part in both if len(part)], ignore_index=True)


def trace_rows(fit: Fit) -> pd.DataFrame:
    """The draws of the parameters on which the chains agree least; no rows when they agree on all.

    Returns
    -------
    DataFrame
        chain (1, 2, ...), draw (within the chain, from 0), parameter, value; at most six parameters.
    """
    found = measures(fit)
    fewest = np.fmin(found["ess_bulk"].astype(float), found["ess_tail"].astype(float))
    bad = (found["r_hat"].astype(float) > HIGHEST_R_HAT) | (fewest < ENOUGH)
    if not bad.any():
        return pd.DataFrame(columns=list(_TRACES))
    order = fewest[bad].sort_values(kind="stable").index[:MOST_TRACED]
    values = draws_of(fit, order.to_numpy())
    n = len(values) // fit.chains
    one = {"chain": np.repeat(np.arange(1, fit.chains + 1), n), "draw": np.tile(np.arange(n), fit.chains)}
    parts = [
        pd.DataFrame(one | {"parameter": found["parameter"][at], "value": values[:, j]}) for j, at in enumerate(order)
    ]
    return pd.concat(parts, ignore_index=True)


def draws_of(fit: Fit, rows: np.ndarray) -> np.ndarray:
    """(S, n) draws of the parameters in these rows of ``measures``."""
    samples, design = fit.samples, fit.design
    parameters = samples.parameters
    names = fit.parameters["parameter"].tolist()
    n, columns = len(names), []
    offsets = design.offsets
    for row in rows:
        if row < n:
            columns.append(parameters[:, row])
            continue
        term = int(np.searchsorted(offsets, row - n, side="right")) - 1
        columns.append(samples.effects[term][:, row - n - offsets[term]])
    return np.stack(columns, axis=1).astype(float)
