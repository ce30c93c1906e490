"""``predictive_checks``: whether ratings drawn from a fitted model look like the ratings it was fitted to."""

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.scenes import by_dimension, rows_of_dimension
from pluralstats.results.checks.rating_layout import arranged
from pluralstats.results.checks.replication import Drawn, check_replications, replicated, sizes, statistics, summarised

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
    check_replications(draws, seed)
    return by_dimension(fit, lambda dimension: _table(fit, draws, seed, dimension))


def _table(fit: Fit, draws: int, seed: int, dimension: str | None) -> pd.DataFrame:
    """The statistics of the ratings on one dimension."""
    keep = None if dimension is None else rows_of_dimension(fit, dimension)
    layout, samples, X = arranged(fit.ratings, fit.design, keep=keep), fit.samples, fit.design.fixed.X
    available = len(samples.sd)

    def draw_of(number: int, rng: np.random.Generator) -> Drawn:
        effects = [np.empty(0), *(effect[number] for effect in samples.effects)]
        residual = 1.0 if samples.residual_sd is None else float(samples.residual_sd[number])
        fixed = X @ samples.coefficient[number]
        return Drawn(samples.threshold[number], fixed, np.concatenate(effects).astype(float), residual)

    observed = statistics(layout, layout.answers.bin, layout.answers.value)
    defined = np.isfinite(observed)
    numbers = np.unique(np.linspace(0, available - 1, min(draws, available)).round().astype(int))
    values = replicated(layout, numbers.tolist(), draw_of, seed, defined)
    table = summarised(layout.labels[defined], observed[defined], values, sizes(layout)[defined])
    return table.sort_values("level", key=lambda level: level.map(LEVELS.index), kind="stable", ignore_index=True)
