"""``predict``: expected ratings and probabilities of answers for raters and items, known or new."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import check_population
from pluralstats.results.new_rows import NewRows, new_rows, probability_columns
from pluralstats.results.row_draws import rows_of_people, single_rows

CHUNK_NUMBERS = 2_000_000  # expected ratings held at once: 16 MB, and as much again for each threshold


class Reduced(NamedTuple):
    """Predictions of some rows, draws summed up: ``interval`` (3, n) mean and ends, ``probabilities`` (n, K)."""

    interval: np.ndarray
    probabilities: np.ndarray
    pooled: np.ndarray


def predict(fit: Fit, newdata: Any, *, prob: float = 0.95, population: Population | None = None) -> pd.DataFrame:
    """Expected rating and probability of every answer, for each row of a table of raters and items.

    In every draw, P(y <= k) = F(tau_k - x'b - the effects of the row's item, rater and other random terms). An effect
    is looked up where the ratings have the level; it is integrated over its distribution N(0, sd^2) where the column is
    absent, empty or has a level that was never seen: the row is then about a random new rater or item. With ``disc``,
    ``stretch`` and ``thresholds`` the noise and the thresholds are those of the row, the v and r of its rater looked up
    or integrated in the same way.

    Rows that lack demographics of the formula need a ``population``, and stand for everybody in it who shares the
    demographics (or other facts about raters) that they do have, as the items of a study stand for its raters in
    ``ps.predict(fit, items, population=ps.Population.of_raters(ratings))``. A row whose demographics nobody in the
    population has stands for all of it, and is marked ``pooled``.

    Parameters
    ----------
    fit : Fit
    newdata : data frame
        Any that narwhals knows. Columns of the formula, and ``item``, ``rater`` and other columns of random terms.
    prob : float
        Probability of the interval.
    population : Population, optional
        Whom to average over where demographics are absent.

    Returns
    -------
    data frame
        The columns of ``newdata``, then ``estimate`` (posterior mean of the expected rating, in points of the scale),
        ``lower, upper`` (quantiles over draws: how sure the expectation is, not where a single rating falls),
        ``p_<answer>`` (posterior mean of P(rating = answer), 0-1, one for each answer of the scale; not for the
        gaussian family), ``seen_rater, seen_item`` (whether they are among the ratings), ``pooled`` (whether the row,
        or a part of its population, has a combination of the formula's demographics that no rater has). Rows that the
        data do not determine, because the formula treats such a combination as a case of its own or a coefficient has
        no finite estimate, have missing numbers.

    Raises
    ------
    DataError
        A column that the formula needs is missing or has missing values; a level of one was never seen.
    ConfigError
        A ``prob`` that is no probability, a ``population`` that is none.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> fit = ps.fit(ratings, method="laplace")
    >>> rows = pd.DataFrame({"item": ["I01", "I02"], "gender": ["female", "male"]})
    >>> table = ps.predict(fit, rows)
    >>> table[["seen_item", "seen_rater"]].values.tolist()
    [[True, False], [True, False]]
    >>> bool((table.filter(like="p_").sum(axis=1) - 1.0).abs().max() < 1e-9)
    True
    """
    refuse_no_fit(fit, "predict")
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    check_population(fit.ratings, (), population)
    rows = new_rows(fit, newdata, population)
    n, most = len(rows.given), max(1, CHUNK_NUMBERS // len(fit.samples.sd))
    parts = [_reduced(fit, rows, slice(at, min(at + most, n)), prob) for at in range(0, n, most)]
    mean, lower, upper = np.concatenate([part.interval for part in parts], axis=1)
    probabilities = np.concatenate([part.probabilities for part in parts])
    return rows.given.assign(
        estimate=mean,
        lower=lower,
        upper=upper,
        **dict(zip(probability_columns(fit), probabilities.T, strict=True)),
        seen_rater=_seen(fit, rows, "rater"),
        seen_item=_seen(fit, rows, "item"),
        pooled=np.concatenate([part.pooled for part in parts]),
    )


def _seen(fit: Fit, rows: NewRows, name: str) -> np.ndarray:
    if name not in rows.table:
        return np.zeros(len(rows.given), bool)
    return rows.table[name].isin(fit.ratings.frame[name].cat.categories).to_numpy()


def _reduced(fit: Fit, rows: NewRows, part: slice, prob: float) -> Reduced:
    """Predictions of all draws for some rows, reduced to mean, interval and probabilities."""
    table = rows.table.iloc[part].reset_index(drop=True)
    at = single_rows(fit, table) if rows.people is None else rows_of_people(fit, rows, table)
    tail = 0.5 - prob / 2.0
    interval = np.stack([at.expected.mean(axis=0), *np.quantile(at.expected, [tail, 1.0 - tail], axis=0)])
    probabilities = _probabilities(fit, at.at_least.mean(axis=0))
    interval[:, ~at.determined] = np.nan
    probabilities[~at.determined] = np.nan
    return Reduced(interval, probabilities, at.pooled)


def _probabilities(fit: Fit, at_least: np.ndarray) -> np.ndarray:
    """(n, K) probabilities of all answers of the scale; one that nobody gave has 0."""
    n = len(at_least)
    if not fit.design.family.ordered:
        return np.empty((n, 0))
    cumulative = np.column_stack([np.ones(n), at_least, np.zeros(n)])
    used = [fit.ratings.scale.labels.index(label) for label in fit.design.labels]
    out = np.zeros((n, len(fit.ratings.scale.labels)))
    out[:, used] = cumulative[:, :-1] - cumulative[:, 1:]
    return out
