"""``predictive_checks`` and ``predictive_problems``: whether ratings drawn from a model look as observed."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, expect
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.results.averaging.scenes import by_dimension, rows_of_dimension
from pluralstats.results.checks.rating_layout import arranged
from pluralstats.results.checks.replication import (
    Drawn,
    check_replications,
    fixed_parts,
    replicated,
    sizes,
    statistics,
    summarised,
)

LEVELS = ["overall", "group", "rater", "item"]


def predictive_checks(fit: Fit, *, draws: int = 500, seed: int = 1) -> pd.DataFrame:
    """Statistics of the observed ratings beside those of ratings replicated from the posterior.

    Each replication draws one rating for every observed one: same rater, same item, parameters AND random effects of
    one posterior draw. It asks whether the model could have produced the ratings of these raters and items. Raters'
    and items' own means are then close to what was observed by construction; a missing random term shows in ``sd of
    rater means`` and ``sd of item means``. The data are used twice, so ``p`` of a right model lies
    nearer to 0.5 than a uniform p-value would.

    Parameters
    ----------
    fit : Fit
    draws : int
        Replications, from posterior draws evenly spaced among those of the fit, which are all used if fewer.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    data frame
        [``dimension``, for fits of several], ``statistic``: ``share`` of a category (percent of the ratings; gaussian:
        of ratings nearest to an answer and of those beyond the scale, or between quantiles of the observed ratings on a
        long or continuous scale),
        ``mean`` and ``sd`` (rating points), ``agreement`` (percent: mean over items of the share of pairs of raters
        who gave the same answer; not on a long gaussian or continuous scale), ``sd of rater means``, ``sd of item
        means`` (rating points).
        ``level``: "overall", "group" (each level of each demographic in the formula; agreement among its raters),
        "rater" (mean, sd) or "item" (mean, sd, agreement). ``unit``: "all", "gender:male", or the id. ``category``:
        of a share, else "".
        ``observed``; ``estimate`` median of the replications, ``lower, upper`` and ``lower_50, upper_50`` their
        central 95% and 50%; ``p`` = P(replicated > observed) + P(replicated = observed) / 2; ``n_ratings`` sum of the
        frequency weights. Statistics that are not defined, as the sd of one rating, have no row.

    Raises
    ------
    ConfigError
        ``draws`` or ``seed`` that cannot be meant.

    References
    ----------
    Gelman, Meng & Stern (1996), Statistica Sinica 6, 733-807, section 2.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> model = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace")
    >>> table = predictive_checks(model, draws=100)
    >>> table["level"].value_counts(sort=False).to_dict()
    {'overall': 10, 'rater': 80, 'item': 60}
    """
    refuse_no_fit(fit, "predictive_checks")
    check_replications(draws, seed)
    return by_dimension(fit, lambda dimension: _table(fit, draws, seed, dimension))


def _table(fit: Fit, draws: int, seed: int, dimension: str | None) -> pd.DataFrame:
    """The statistics of the ratings on one dimension."""
    keep = None if dimension is None else rows_of_dimension(fit, dimension)
    layout = arranged(fit.ratings, fit.design, keep=keep)
    observed = statistics(layout, layout.answers.bin, layout.answers.value)
    defined = np.isfinite(observed)
    values = replicated(layout, spaced_draws(fit, draws), partial(drawn_of, fit), seed, defined)
    table = summarised(layout.labels[defined], observed[defined], values, sizes(layout)[defined])
    return table.sort_values("level", key=lambda level: level.map(LEVELS.index), kind="stable", ignore_index=True)


def spaced_draws(fit: Fit, draws: int) -> list[int]:
    """Numbers of so many posterior draws, evenly spaced; all if there are fewer."""
    available = len(fit.whole_samples.sd)
    return np.unique(np.linspace(0, available - 1, min(draws, available)).round().astype(int)).tolist()


def drawn_of(fit: Fit, number: int, rng: np.random.Generator) -> Drawn:
    """The parameters and effects of one posterior draw; nothing of them is left to chance."""
    samples = fit.whole_samples
    effects = [np.empty(0), *(effect[number] for effect in samples.effects)]
    residual = 1.0 if samples.residual_sd is None else float(samples.residual_sd[number])
    b, groups = samples.coefficient[number], fit.design.whole.thresholds
    fixed = fixed_parts(fit.design.whole, b)
    return Drawn(groups.stacked(samples.threshold[number], b), fixed, np.concatenate(effects).astype(float), residual)


TAIL = 0.005  # on either side: outside the central 99% of the replications
COLUMNS = ("statistic", "level", "unit", "category", "observed", "lower", "upper", "estimate", "p")
MOST_CATEGORIES = 3  # named in a sentence
_SPREADS = {"sd of rater means": ("Raters", "raters"), "sd of item means": ("Items", "items")}


def predictive_problems(table: pd.DataFrame) -> tuple[str, ...]:
    """The checks of everybody and of groups that fail, one sentence for each statistic of a group.

    A check fails when the observed statistic lies outside the central 99% of the replications (``p`` below 0.005 or
    above 0.995). Checks of single raters and items are left out: of a thousand some fail for a right model. Of a
    hundred checks of groups one may, too; with many ratings a failed check may be too small to matter, which the
    numbers in the sentence show.

    Parameters
    ----------
    table : data frame
        Of ``ps.predictive_checks``.

    Returns
    -------
    tuple of str
        Empty when nothing was found.

    Raises
    ------
    ConfigError
        The table lacks columns.

    Examples
    --------
    >>> row = {"statistic": "sd of rater means", "level": "overall", "unit": "all", "category": "", "observed": 0.62,
    ...        "estimate": 0.31, "lower": 0.29, "upper": 0.33, "p": 0.0}
    >>> print(*predictive_problems(pd.DataFrame([row])))
    Raters differ more than the model says: the sd of rater means is 0.62 rating points (the model expects 0.31 [0.29, 0.33]). Is a random term for raters missing?
    """  # noqa: E501  # what a doctest prints is one line
    expect(table, pd.DataFrame, "`ps.predictive_problems` needs the table of `ps.predictive_checks`")
    if missing := [column for column in COLUMNS if column not in table.columns]:
        raise ConfigError(
            f"`predictive_problems` needs the table of `ps.predictive_checks`; it lacks {', '.join(missing)}."
        )
    outside = (table["p"] < TAIL) | (table["p"] > 1.0 - TAIL)
    failed = table[outside & table["level"].isin(["overall", "group"])]
    blocks = failed.groupby(["statistic", "level", "unit"], sort=False, observed=True)
    return tuple(_sentence(str(statistic), str(unit), part) for (statistic, _, unit), part in blocks)


def _sentence(statistic: str, unit: str, rows: pd.DataFrame) -> str:
    demographic, _, level = unit.partition(":")
    who = f"raters with {demographic} '{level}'" if level else "all raters"
    if statistic == "share":
        return f"Ratings by {who} fall into other categories than the model says: {_categories(rows)}."
    row = next(rows.itertuples())
    more = row.p < 0.5
    numbers = _numbers(row, "%" if statistic == "agreement" else " rating points")
    if statistic in _SPREADS:
        plural, term = _SPREADS[statistic]
        side = "more" if more else "less"
        question = f" Is a random term for {term} missing?" if more else ""
        return f"{plural} differ {side} than the model says: the {statistic} is {numbers}.{question}"
    if statistic == "agreement":
        pairs = f"Pairs of {who}" if level else "Pairs of raters"
        return f"{pairs} agree {'more' if more else 'less'} often than the model says: {numbers}."
    if statistic == "sd":
        parts = f" A noise (disc='~ {demographic}') or use of the scale (stretch=) of their own may explain it."
        said = f"Ratings by {who} vary {'more' if more else 'less'} than the model says: their sd is {numbers}."
        return said + (parts if level else "")
    return f"The mean rating by {who} is {'higher' if more else 'lower'} than the model says: {numbers}."


def _categories(rows: pd.DataFrame) -> str:
    """The categories farthest from what the model expects, and how many more there are."""
    far = (rows["observed"] - rows["estimate"]).abs().sort_values(ascending=False, kind="stable").index
    texts = [f"'{row.category}' {_numbers(row, '%')}" for row in rows.loc[far[:MOST_CATEGORIES]].itertuples()]
    more = len(rows) - len(texts)
    return ", ".join(texts) + (f", and {more} more" if more else "")


def _numbers(row: Any, unit: str) -> str:
    """Observed and expected, with as many digits as the interval supports."""
    width = (row.upper - row.lower) / 3.0
    digits = int(np.clip(-np.floor(np.log10(width)), 0, 6)) if width > 0.0 else 2
    observed, estimate, lower, upper = (
        f"{value:.{digits}f}".replace("-", "−") for value in (row.observed, row.estimate, row.lower, row.upper)
    )
    return f"{observed}{unit} (the model expects {estimate} [{lower}, {upper}])"
