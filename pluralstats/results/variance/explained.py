"""``r2``: the share of variance that demographics explain, alone and together with who rated and what was rated."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.inference.kernels.rows import LINKS, PROBIT
from pluralstats.model.families.probit import ROOT_HALF
from pluralstats.results.averaging.averages import one_by_one
from pluralstats.results.averaging.mixtures import answer_probabilities
from pluralstats.results.averaging.multipliers import distinct_multipliers, variance_at
from pluralstats.results.averaging.populations import BLOCK_NUMBERS
from pluralstats.results.averaging.scenes import by_dimension, rows_of_dimension
from pluralstats.results.variance.by_ways import conditional_sums, profile_moments
from pluralstats.results.variance.shares import component_variances, fixed_name
from pluralstats.storage.compiled import kernel


@kernel
def fitted_moments(link, tau, points, fixed, cell, effect, index, multiplier, weight, out):
    """Weighted sums over ratings of E[y], E[y]^2 and Var(y) of one draw into out (3,).

    Parameters
    ----------
    tau : (K - 1,) thresholds
    points : (K,) rating points of the categories
    fixed : (n_cells,) fixed part; ``cell`` (n,)
    effect : (q,) stacked random effects; ``index`` (n, T); ``multiplier`` (n_cells, T)
    """
    out[:] = 0.0
    for i in range(cell.size):
        eta = fixed[cell[i]]
        for t in range(index.shape[1]):
            eta += effect[index[i, t]] * multiplier[cell[i], t]
        mean, square = points[0], points[0] * points[0]
        for k in range(tau.size):
            x = tau[k] - eta
            above = 0.5 * math.erfc(x * ROOT_HALF) if link == PROBIT else 1.0 / (1.0 + math.exp(x))
            mean += above * (points[k + 1] - points[k])
            square += above * (points[k + 1] * points[k + 1] - points[k] * points[k])
        out[0] += weight[i] * mean
        out[1] += weight[i] * mean * mean
        out[2] += weight[i] * max(square - mean * mean, 0.0)


def r2(fit: Fit, *, prob: float = 0.95) -> pd.DataFrame:
    """Marginal and conditional R-squared, on the latent scale and in rating points.

    Marginal is what the fixed part (demographics) explains, conditional what it explains together with the random
    terms of the formula (items and raters in the data).

    Latent scale (Nakagawa): with the variances of ``ps.variance_shares``, marginal = fixed / total and
    conditional = (fixed + random terms) / total, the total including the residual, which is 1 (probit), pi^2 / 3
    (logit) or sigma^2 (gaussian). Each rater counts once.

    Response scale (Gelman): within each draw, V / (V + E), where V is the variance over ratings of what is expected of
    each, and E the mean over ratings of the variance that the model leaves to each. Conditional: expected given the
    effects of the rating's rater and item. Marginal: expected given the fixed part only, for a new rater and a new
    item; effects of all random terms are integrated over their normal distributions, and E includes their variance.
    Noise, use of the scale and thresholds of their own enter both: what a level moves by them is explained too.

    The variance of the fixed part is corrected for estimation as in ``ps.variance_shares``: every draw has
    max(0, V - 2 (mean of V over draws - V of the mean over draws)). The conditional response scale needs none: what a
    coefficient gains by chance the effects of its raters lose.

    Parameters
    ----------
    fit : Fit
    prob : float
        Probability of the interval, quantiles over draws.

    Returns
    -------
    data frame
        ``scale`` (latent, response), ``kind`` (marginal, conditional), ``estimate`` (posterior mean, percent, 0-100),
        ``lower``, ``upper``; ``dimension`` before them where the fit has several. Missing where a coefficient has no
        finite estimate or the sd of a term is open (latent), or ratings never vary.

    Raises
    ------
    ConfigError
        A ``prob`` that is no probability.

    References
    ----------
    Nakagawa & Schielzeth (2013), Methods Ecol. Evol. 4, 133-142, equations 26-30; Nakagawa, Johnson & Schielzeth
    (2017), J. R. Soc. Interface 14, 20170213 (the latent scale); Gelman, Goodrich, Gabry & Vehtari (2019), The
    American Statistician 73, 307-309, equation 3.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, effects={"gender[male]": 1.0}, seed=1)
    >>> table = ps.r2(ps.fit(ratings, method="laplace"))
    >>> (table["scale"] + " " + table["kind"]).tolist()
    ['latent marginal', 'latent conditional', 'response marginal', 'response conditional']
    """
    refuse_no_fit(fit, "r2")
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    return by_dimension(fit, lambda dimension: _table(fit, prob, dimension))


def _table(fit: Fit, prob: float, dimension: str | None) -> pd.DataFrame:
    rows = np.ones(fit.design.n, bool) if dimension is None else rows_of_dimension(fit, dimension)
    draws = {("latent", kind): share for kind, share in _latent(fit, dimension).items()}
    draws["response", "marginal"] = _marginal(fit, rows)
    draws["response", "conditional"] = _conditional(fit, rows, dimension)
    shares = 100.0 * np.stack(list(draws.values()))
    lower, upper = np.quantile(shares, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=1)
    names = pd.DataFrame(list(draws), columns=["scale", "kind"])
    return names.assign(estimate=shares.mean(axis=1), lower=lower, upper=upper)


def _latent(fit: Fit, dimension: str | None) -> dict[str, np.ndarray]:
    """(S,) draws of both, from the shares of variance."""
    variances = component_variances(fit, dimension=dimension)
    total = np.sum(list(variances.values()), axis=0)
    marginal = variances.get(fixed_name(fit, dimension), np.zeros_like(total)) / total
    return {"marginal": marginal, "conditional": 1.0 - variances["residual"] / total}


def _marginal(fit: Fit, rows: np.ndarray) -> np.ndarray:
    """(S,) response scale, random effects integrated over."""
    if not fit.design.is_plain:
        found = [np.concatenate(parts, axis=-1) for parts in zip(*profile_moments(fit, rows), strict=True)]
        expected, variance, weight = found
        share = weight / weight.sum()
        return _explained(expected, share, variance @ share)
    weight = np.bincount(fit.design.fixed.cell[rows], fit.design.weight[rows], len(fit.design.fixed.X))
    cells = np.flatnonzero(weight)
    share = weight[cells] / weight.sum()
    spread, left, mean = [], [], np.zeros(share.size)
    for expected, variance in _cells(fit, cells):
        spread.append(expected**2 @ share - (expected @ share) ** 2)
        left.append(variance @ share)
        mean += expected.sum(axis=0) / len(fit.samples.sd)
    return _corrected(np.concatenate(spread), mean, share, np.concatenate(left))


def _explained(expected: np.ndarray, share: np.ndarray, left: np.ndarray) -> np.ndarray:
    """(S,) from expected ratings (S, C) of profiles with shares (C,)."""
    V = expected**2 @ share - (expected @ share) ** 2
    return _corrected(V, expected.mean(axis=0), share, left)


def _corrected(V: np.ndarray, mean: np.ndarray, share: np.ndarray, left: np.ndarray) -> np.ndarray:
    """(S,) V / (V + left) with V less what noise adds; ``mean`` (C,) over draws of what is expected of profiles."""
    noise = V.mean() - (share @ mean**2 - (share @ mean) ** 2)  # a quadratic form: the mean of V of deviations
    return _ratio(np.maximum(V - 2.0 * noise, 0.0), left)


def _cells(fit: Fit, cells: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(s, C) expected rating and variance of a rating in some cells of the fixed part, a block of draws at a time."""
    samples, X, offset = fit.samples, fit.design.fixed.X[cells], fit.design.fixed.offset[cells]
    every = range(len(fit.design.groupings))
    kinds = distinct_multipliers(fit.design, fit.design.Z[cells], every)
    size = max(1, BLOCK_NUMBERS // (len(X) * max(fit.design.categories.size, 1)))
    for start in range(0, len(samples.sd), size):
        block = slice(start, start + size)
        linear = samples.coefficient[block] @ X.T + offset
        random = variance_at(fit.design, samples, every, kinds.Z, block)
        if samples.residual_sd is not None:
            yield linear, random[:, kinds.group] + samples.residual_sd[block, None] ** 2
            continue
        expected, variance = np.empty_like(linear), np.empty_like(linear)
        for g, sd in enumerate(np.sqrt(random).T):
            at = kinds.group == g
            expected[:, at], variance[:, at] = _rating_moments(fit, samples.threshold[block], linear[:, at], sd)
        yield expected, variance


def _rating_moments(
    fit: Fit, threshold: np.ndarray, linear: np.ndarray, sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(s, C) mean and variance, in rating points, of a rating whose random effects are N(0, sd^2)."""
    below = one_by_one(fit.design.family, np.ascontiguousarray(threshold), linear, sd)
    points = fit.design.categories
    mean = points[0] + (1.0 - below) @ np.diff(points)
    square = points[0] ** 2 + (1.0 - below) @ np.diff(points**2)
    return mean, np.maximum(square - mean**2, 0.0)


def _conditional(fit: Fit, rows: np.ndarray, dimension: str | None) -> np.ndarray:
    """(S,) response scale, given the effects of the raters and items of the data."""
    if not fit.design.is_plain:
        sums = conditional_sums(fit, dimension)
        return _ratio(np.maximum(sums[:, 1] - sums[:, 0] ** 2, 0.0), sums[:, 2])
    design, samples = fit.design, fit.samples
    weight = design.weight[rows] / design.weight[rows].sum()
    cell, index, Z = design.fixed.cell[rows], design.index[rows], np.ascontiguousarray(design.Z)
    points = design.categories - design.categories.mean() if design.categories.size else np.empty(0)
    sums = np.empty((len(samples.sd), 3))
    for s, out in enumerate(sums):
        fixed = design.fixed.linear(samples.coefficient[s])
        effect = np.concatenate([effects[s] for effects in samples.effects]) if index.shape[1] else np.empty(0)
        if samples.residual_sd is not None:
            mean = fixed[cell] + (effect[index] * Z[cell]).sum(axis=1)
            out[:] = weight @ mean, weight @ mean**2, samples.residual_sd[s] ** 2
        else:
            tau, link = samples.threshold[s], LINKS.get(design.family.averaged or "")
            if link is None:
                eta = fixed[cell] + (effect[index] * Z[cell]).sum(axis=1)
                out[:] = _moments(answer_probabilities(design.family, tau, eta), points, weight)
            else:
                fitted_moments(link, tau, points, fixed, cell, effect, index, Z, weight, out)
    return _ratio(np.maximum(sums[:, 1] - sums[:, 0] ** 2, 0.0), sums[:, 2])


def _moments(p: np.ndarray, points: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """As ``fitted_moments`` from probabilities (K, n)."""
    mean = points @ p
    return weight @ mean, weight @ mean**2, weight @ np.maximum(points**2 @ p - mean**2, 0.0)


def _ratio(explained: np.ndarray, left: np.ndarray) -> np.ndarray:
    """V / (V + E); missing where neither is there, because ratings never vary."""
    total = explained + left
    return np.divide(explained, total, out=np.full_like(total, np.nan), where=total > 0.0)
