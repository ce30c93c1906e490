"""Several contrasts at a time: p from posterior tails, adjusted, and intervals that hold for all of a family."""

import numpy as np
from scipy.special import ndtr, ndtri

from pluralstats.errors import ConfigError, nearest

STATSMODELS = {  # ours -> statsmodels.stats.multitest.multipletests
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hommel": "hommel",
    "bh": "fdr_bh",
    "by": "fdr_by",
}
ADJUSTMENTS = (*STATSMODELS, "max_t")
NORMAL_TAIL = 0.05  # p below which posteriors are taken as normal: outside of the 95% interval
FEW_DRAWS = 10  # beyond a contrast, that tell too little of a probability


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
    """(m,) ``two_sided_p`` of each contrast of ``draws`` (m, S); missing where draws are.

    Draws of exactly no effect count half to either side.

    >>> tail_probability(np.array([[-1.0, 1.0, 2.0, 3.0]]), 0.0).tolist()
    [0.5]
    """
    above = (draws > null).mean(axis=1) + 0.5 * (draws == null).mean(axis=1)
    values = _on_additive_scale(draws, null)
    with np.errstate(invalid="ignore"):  # an endless ratio has no normal tail
        lower, upper = np.quantile(values, [NORMAL_TAIL / 2.0, 1.0 - NORMAL_TAIL / 2.0], axis=1)
        p = two_sided_p(np.maximum(above, 1.0 - above), values.mean(axis=1), lower, upper, _no_effect(null))
    p = np.where(np.isnan(p), np.maximum(2.0 * np.minimum(above, 1.0 - above), 2.0 / draws.shape[1]), p)
    return np.where(np.isnan(draws).any(axis=1), np.nan, np.minimum(p, 1.0))


def two_sided_p(
    p_direction: np.ndarray, estimate: np.ndarray, lower: np.ndarray, upper: np.ndarray, null: float = 0.0
) -> np.ndarray:
    """(m,) two-sided p of posteriors of which the mean, the 95% interval and the share on one side are known.

    Inside the interval it is twice the share of draws on the other side of no effect. S draws tell little of tails
    beyond and nothing below 2 / S, so there p is that of a normal distribution with the posterior mean and the end
    of the interval towards no effect as its quantile (that side by itself, for posteriors may be skewed). Both are
    0.05 where the interval ends at no effect. Missing where the normal is needed and an end is infinite.

    Parameters
    ----------
    p_direction, estimate, lower, upper : (m,)
        All of contrasts on a scale where they add up; ratios as their logarithms.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 4.1 (posteriors are nearly normal with many data);
    Knijnenburg et al. (2009), Bioinformatics 25, i161-i168 (tails beyond the draws need a fitted distribution).

    >>> two_sided_p(np.array([1.0, 0.9]), np.array([5.0, 1.0]), np.array([3.04, -0.5]), np.array([6.96, 2.5])).round(7)
    array([6.e-07, 2.e-01])
    """
    distance, half = np.abs(estimate - null), np.where(estimate > null, estimate - lower, upper - estimate)
    with np.errstate(divide="ignore", invalid="ignore"):
        normal = 2.0 * ndtr(-distance / half * -ndtri(NORMAL_TAIL / 2.0))
    normal = np.where(half == 0.0, np.where(distance == 0.0, 1.0, 0.0), normal)
    counted = 2.0 * (1.0 - p_direction)
    return np.where(counted >= NORMAL_TAIL, counted, normal)


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


def _no_effect(null: float) -> float:
    return 0.0 if null == 1.0 else null


def _standardised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(m,) means, (m,) sds and (m, S) draws less the mean over the sd; a contrast that never varies is 0."""
    centre, scale = values.mean(axis=1), values.std(axis=1)
    distance = values - centre[:, None]
    return centre, scale, np.divide(distance, scale[:, None], out=np.zeros_like(values), where=scale[:, None] > 0.0)


def _max_t(draws: np.ndarray, null: float) -> np.ndarray:
    """Share of draws in which the largest |t| of the family is beyond a contrast's own distance from no effect.

    Where hardly a draw is, Bonferroni's p, which bounds it and which it comes near to in the tail.
    """
    values = _on_additive_scale(draws, null)
    out, known = np.full(len(draws), np.nan), np.isfinite(values).all(axis=1)
    if not known.any():
        return out
    centre, scale, standardised = _standardised(values[known])
    largest = np.abs(standardised).max(axis=0)
    own = np.divide(np.abs(centre - _no_effect(null)), scale, out=np.full_like(scale, np.inf), where=scale > 0.0)
    counted = np.array([np.mean(largest >= t) for t in own])
    bound = np.minimum(own.size * tail_probability(draws[known], null), 1.0)
    out[known] = np.where(counted * draws.shape[1] < FEW_DRAWS, bound, counted)
    return out
