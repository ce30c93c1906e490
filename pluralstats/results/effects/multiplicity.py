"""Several contrasts at a time: p from posterior tails, adjusted, and intervals that hold for all of a family."""

import numpy as np

from pluralstats.errors import ConfigError, nearest

STATSMODELS = {  # ours -> statsmodels.stats.multitest.multipletests
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hommel": "hommel",
    "bh": "fdr_bh",
    "by": "fdr_by",
}
ADJUSTMENTS = (*STATSMODELS, "max_t")


def check_adjustment(adjust: str | None) -> None:
    """Refuse an unknown adjustment.

    Raises
    ------
    ConfigError
    """
    if adjust is not None and adjust not in ADJUSTMENTS:
        known = ", ".join(ADJUSTMENTS)
        raise ConfigError(f"`adjust` is None or one of {known}; found '{adjust}'.{nearest(str(adjust), ADJUSTMENTS)}")


def tail_probability(draws: np.ndarray, null: float) -> np.ndarray:
    """(m,) two-sided posterior tail probability of each contrast, twice the smaller side of no effect.

    ``draws`` (m, S). Draws of exactly no effect count half to either side. S draws cannot show less than about
    2 / S, so no p is below it. Missing where draws are.

    >>> tail_probability(np.array([[-1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0]]), 0.0).tolist()
    [0.5, 0.5]
    """
    ties = (draws == null).mean(axis=1)
    above = (draws > null).mean(axis=1) + 0.5 * ties
    p = np.maximum(2.0 * np.minimum(above, 1.0 - above), 2.0 / draws.shape[1])
    return np.where(np.isnan(draws).any(axis=1), np.nan, np.minimum(p, 1.0))


def adjusted(p: np.ndarray, draws: np.ndarray, null: float, adjust: str) -> np.ndarray:
    """(m,) p of one family, adjusted for there being several; contrasts without p are not counted."""
    out, known = np.full(p.size, np.nan), np.isfinite(p)
    if not known.any():
        return out
    if adjust == "max_t":
        out[known] = _max_t(draws[known], null)
        return out
    from statsmodels.stats.multitest import multipletests  # a second of imports that only adjusted tables need

    out[known] = multipletests(p[known], method=STATSMODELS[adjust])[1]
    return out


def simultaneous_intervals(draws: np.ndarray, null: float, prob: float) -> tuple[np.ndarray, np.ndarray]:
    """(m,) ends of intervals that hold all contrasts of a family at once with probability ``prob``.

    With mean m_j and sd s_j of the draws d_j of each contrast, the intervals are m_j -+ q s_j, where q is the
    ``prob`` quantile over draws of max_j |d_j - m_j| / s_j; ratios (``null`` 1) on the scale of their logarithm.
    Missing where a draw is not finite, and such contrasts are no part of the family.

    References
    ----------
    Ruppert, Wand & Carroll (2003), Semiparametric Regression, section 6.5; Montiel Olea & Plagborg-Moller (2019),
    J. Applied Econometrics 34, 1-17, section 2 (the sup-t band).
    """
    values = _on_additive_scale(draws, null)
    lower, upper = np.full((2, len(draws)), np.nan)
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        return lower, upper
    centre, scale, standardised = _standardised(values[known])
    half = np.quantile(np.abs(standardised).max(axis=0), prob) * scale
    lower[known], upper[known] = centre - half, centre + half
    return (np.exp(lower), np.exp(upper)) if null == 1.0 else (lower, upper)


def _on_additive_scale(draws: np.ndarray, null: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(draws) if null == 1.0 else draws


def _standardised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(m,) means, (m,) sds and (m, S) draws less the mean over the sd; a contrast that never varies is 0."""
    centre, scale = values.mean(axis=1), values.std(axis=1)
    distance = values - centre[:, None]
    return centre, scale, np.divide(distance, scale[:, None], out=np.zeros_like(values), where=scale[:, None] > 0.0)


def _max_t(draws: np.ndarray, null: float) -> np.ndarray:
    """Share of draws in which the largest |t| of the family is beyond a contrast's own distance from no effect."""
    values = _on_additive_scale(draws, null)
    out, known = np.full(len(draws), np.nan), np.isfinite(values).all(axis=1)
    if not known.any():
        return out
    centre, scale, standardised = _standardised(values[known])
    no_effect = 0.0 if null == 1.0 else null
    largest = np.abs(standardised).max(axis=0)
    own = np.divide(np.abs(centre - no_effect), scale, out=np.full_like(scale, np.inf), where=scale > 0.0)
    out[known] = [np.mean(largest >= t) for t in own]
    return np.maximum(out, 1.0 / draws.shape[1])
