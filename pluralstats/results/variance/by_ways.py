"""Expected ratings and their variances where noise, use of the scale or thresholds are not the same for all ratings."""

from collections.abc import Iterator

import numpy as np

from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.row_predictors import predictors_of_rows
from pluralstats.model.design import DISC, LOCATION, STRETCH
from pluralstats.results.averaging.mixtures import answer_probabilities
from pluralstats.results.row_draws import single_rows

NUMBERS = 4_000_000  # of probabilities held at once


def profile_moments(fit: Fit, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(S, C) expected rating and variance of a rating of new items by new raters, (C,) their weights among some rows.

    All random terms, those of noise and use of the scale too, are integrated over.

    Parameters
    ----------
    rows : (n,) bool, rows of the design
    """
    columns, weight = list(fit.described), fit.design.weight[rows]
    frame = fit.ratings.frame[columns].iloc[fit.design.rows[rows]].reset_index(drop=True)
    if not columns:
        frame["_"] = 0
    kinds = frame.groupby(list(frame.columns), observed=True, sort=False, dropna=False)
    code = kinds.ngroup().to_numpy()
    share = np.bincount(code, weight)
    table = frame.iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    values = fit.design.categories
    size = max(1, NUMBERS // (len(fit.samples.sd) * values.size))
    for start in range(0, len(table), size):
        part = slice(start, start + size)
        above = single_rows(fit, table.iloc[part].reset_index(drop=True), []).at_least
        mean = values[0] + above @ np.diff(values)
        square = values[0] ** 2 + above @ np.diff(values**2)
        yield mean, np.maximum(square - mean**2, 0.0), share[part]


def conditional_sums(fit: Fit, dimension: str | None) -> np.ndarray:
    """(S, 3) weighted means over ratings of E[y], E[y]^2 and Var(y), given all effects of the raters and items."""
    whole, samples = fit.design.whole, fit.whole_samples
    kept = np.ones(whole.n, bool)
    if dimension is not None:
        kept = (fit.ratings.frame["dimension"] == dimension).to_numpy()[whole.rows]
    out = np.zeros((len(samples.sd), 3))
    tau = whole.thresholds.stacked(samples.threshold, samples.coefficient)
    for g, members in enumerate(whole.thresholds.rows_by_group()):
        rows = members[kept[members]]
        weight, values = whole.weight[rows] / whole.weight[kept].sum(), whole.thresholds.categories[g]
        for block, m in predictors_of_rows(whole, samples, rows) if rows.size else ():
            p = _probabilities(fit, m, tau[block, whole.thresholds.of_group(g)])
            mean = np.einsum("k,ksn->sn", values, p)
            left = np.maximum(np.einsum("k,ksn->sn", values**2, p) - mean**2, 0.0)
            out[block] += np.stack([mean @ weight, mean**2 @ weight, left @ weight], axis=1)
    return out


def _probabilities(fit: Fit, m: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """(K, S, n) of every answer at predictors (1 or 3, S, n), thresholds tau (S, K - 1)."""
    family, eta = fit.design.family, m[LOCATION]
    if len(m) == 1:
        return np.stack([answer_probabilities(family, t, e) for t, e in zip(tau, eta, strict=True)], axis=1)
    centre = tau.mean(axis=1, keepdims=True)
    ends = [np.zeros(eta.shape)]
    for t in tau.T:
        z = (centre + np.exp(m[STRETCH]) * (t[:, None] - centre) - eta) / np.exp(m[DISC])
        ends.append(answer_probabilities(family, np.zeros(1), -z.ravel())[0].reshape(z.shape))  # F(z)
    return np.diff(np.stack([*ends, np.ones(eta.shape)]), axis=0)
