"""``reliability`` and ``raters_needed``: how well ratings tell items apart, and how many raters an item takes."""

from collections.abc import Iterable, Sequence
from numbers import Integral, Real

import numpy as np
import pandas as pd

from pluralstats.data.tables.columns import constant_within
from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.results.averaging.scenes import Scene, by_dimension, circumstances, observed_people
from pluralstats.results.variance.shares import component_variances, fixed_variance

RATERS = (1, 2, 3, 5, 10, 20)


def reliability(fit: Fit, raters: int | Sequence[int] = RATERS, *, prob: float = 0.95) -> pd.DataFrame:
    """Reliability of the mean of k raters' ratings of an item: ICC(1) for one rater, ICC(k) for several.

    Within each draw, with the variances of ``ps.variance_shares``,

        ICC(k) = signal / (signal + noise / k)                                      (Spearman-Brown)

    Signal is how items differ: the terms of items and what items are nested in, and what columns that describe items
    explain. Noise is everything else that differs between two ratings of an item by two raters drawn at random:
    demographics, rater, terms that cross groups of raters with items, residual. Raters are anew for every item, so
    this is ICC(1, k); where the same raters rate all items it is the absolute agreement ICC(2, k).

    Where noise has a submodel (``disc``), raters are drawn with theirs: the residual is the mean of s^2 over them.

    It is the reliability of the latent answers. Ratings on a scale of few points carry less: take it as an upper
    bound there. Gaussian models are exact.

    Parameters
    ----------
    fit : Fit
    raters : int or list of int
        Raters per item, k.
    prob : float
        Probability of the interval, quantiles over draws.

    Returns
    -------
    data frame
        [``dimension``], ``raters`` (k), ``icc`` (posterior mean, 0-1), ``lower``, ``upper``.

    Raises
    ------
    ConfigError
        A formula without a term of items, a number of raters below 1, or a ``prob`` that is no probability.

    References
    ----------
    Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428, Table 3 and p. 426; Brown (1910) and Spearman (1910),
    British Journal of Psychology 3.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=40, sd_item=1.0, sd_rater=0.0, effects={}, seed=1)
    >>> table = ps.reliability(ps.fit(ratings, "rating ~ (1 | item)", method="laplace"), [1, 4])
    >>> table["raters"].tolist(), bool(table["icc"].is_monotonic_increasing)
    ([1, 4], True)
    """
    refuse_no_fit(fit, "reliability")
    asked = list(raters) if isinstance(raters, Iterable) else [raters]
    problems = probability_problem(prob)
    problems += [
        f"`raters` counts raters of an item, at least 1; found {k!r}."
        for k in asked
        if not isinstance(k, Integral) or isinstance(k, bool) or k < 1
    ]
    _refuse(fit, problems)
    return by_dimension(fit, lambda dimension: _reliabilities(fit, np.array(asked, float), prob, dimension))


def _reliabilities(fit: Fit, k: np.ndarray, prob: float, dimension: str | None) -> pd.DataFrame:
    signal, noise = _signal_and_noise(fit, dimension)
    icc = signal / (signal + noise / k[:, None])
    lower, upper = np.quantile(icc, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=1)
    return pd.DataFrame({"raters": k.astype(int), "icc": icc.mean(axis=1), "lower": lower, "upper": upper})


def raters_needed(fit: Fit, target: float | Sequence[float] = 0.8, *, prob: float = 0.95) -> pd.DataFrame:
    """Raters per item so that the mean of their ratings has the wanted reliability.

    Within each draw the smallest whole k with ICC(k) >= target, k = target / (1 - target) * noise / signal rounded up;
    see ``ps.reliability`` for what counts as signal and noise.

    Parameters
    ----------
    fit : Fit
    target : float or list of float
        Wanted reliability, between 0 and 1.
    prob : float
        Probability of the interval, quantiles over draws.

    Returns
    -------
    data frame
        [``dimension``], ``target``, ``raters`` (posterior median, whole: a mean need not exist), ``lower``, ``upper``;
        infinite where items may not differ.

    Raises
    ------
    ConfigError
        As ``ps.reliability``, or a ``target`` that is not between 0 and 1.

    References
    ----------
    Spearman-Brown solved for the number of raters: Shrout & Fleiss (1979), Psychological Bulletin 86, p. 426.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=40, seed=1)
    >>> table = ps.raters_needed(ps.fit(ratings, method="laplace"), [0.6, 0.8])
    >>> bool((table["lower"] <= table["raters"]).all())
    True
    """
    refuse_no_fit(fit, "raters_needed")
    asked = list(target) if isinstance(target, Iterable) else [target]
    problems = probability_problem(prob)
    problems += [
        f"`target` is a reliability between 0 and 1; found {wanted!r}. A usual one is 0.8."
        for wanted in asked
        if not isinstance(wanted, Real) or not 0.0 < wanted < 1.0
    ]
    _refuse(fit, problems)
    return by_dimension(fit, lambda dimension: _numbers_of_raters(fit, np.array(asked, float), prob, dimension))


def _numbers_of_raters(fit: Fit, wanted: np.ndarray, prob: float, dimension: str | None) -> pd.DataFrame:
    signal, noise = _signal_and_noise(fit, dimension)
    with np.errstate(divide="ignore"):
        ratio = noise / signal
    tail = 0.5 - prob / 2.0
    # quantiles of whole numbers that are whole numbers, and no rounding of infinity
    needed = np.ceil(np.round(wanted[:, None] / (1.0 - wanted[:, None]) * ratio, 9)).clip(min=1.0)
    lower, median, upper = np.quantile(needed, [tail, 0.5, 1.0 - tail], axis=1, method="inverted_cdf")
    return pd.DataFrame({"target": wanted, "raters": median, "lower": lower, "upper": upper})


def _item_terms(fit: Fit) -> list[str]:
    """Names of the random terms of items."""
    return list(dict.fromkeys(fit.design.groupings[t].term.name for t in fit.roles.item))


def _refuse(fit: Fit, problems: list[str]) -> None:
    """Raise the problems of the caller, and that the formula has no term of items."""
    if not _item_terms(fit):
        problems = [
            *problems,
            f"The formula '{fit.formula}' has no term of items, so nothing says how items differ. Add (1 | item).",
        ]
    if problems:
        raise problems_error(ConfigError, problems)


def _signal_and_noise(fit: Fit, dimension: str | None) -> tuple[np.ndarray, np.ndarray]:
    """(S,) variances between items and within, latent scale."""
    variances = component_variances(fit, dimension=dimension)
    signal = np.sum([variances[name] for name in _item_terms(fit)], axis=0)
    if about_items := _item_columns(fit):
        one = Scene(observed_people(fit), {}, circumstances(fit, dimension))
        signal = signal + fixed_variance(fit, one, about_items)
    total = np.sum(list(variances.values()), axis=0)
    return signal, np.maximum(total - signal, 0.0)


def _item_columns(fit: Fit) -> list[str]:
    """Columns of the formula that are the same in all ratings of an item, and not facts about raters."""
    columns = [name for name in fit.design.formula.columns if name in fit.roles.circumstances]
    return [name for name in columns if constant_within(fit.ratings.frame, "item", [name])]
