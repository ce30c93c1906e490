"""``curve``: the expected rating along a number, or along levels in order, averaged over people and items."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.population.targets import Population
from pluralstats.results.effects.expected_ratings import group_means
from pluralstats.results.effects.level_pairs import is_number, refuse_unknown_demographics, step_levels

POINTS = 25  # of a curve whose values were not asked for
NUMBERS = ("estimate", "lower", "upper", "lower_50", "upper_50")


def curve(
    fit: Fit,
    column: str | None = None,
    *,
    by: str | None = None,
    at: Sequence[float] | None = None,
    estimands: Sequence[str] | str = ("mean",),
    prob: float = 0.95,
    population: Population | None = None,
) -> pd.DataFrame:
    """Expected ratings along a number such as an age, or along the levels of a monotonic effect, with a band.

    Everybody is given the value and keeps everything else; predictions are averaged over people, the items of the data
    and new raters inside each draw, as in ``ps.group_means``. Whatever stands in the formula: the number itself,
    ``poly(age, 2)``, ``bs(age, df=4)``, ``s(age)``, ``log(age)`` or ``mo(education)``. The band is of each value by
    itself, not of the whole curve.

    Parameters
    ----------
    fit : Fit
    column : str, optional
        A number of the formula, about raters or items, or a category in ``mo()``. Default: each of them, one under the
        other.
    by : str, optional
        A demographic: a curve among the raters of each of its levels.
    at : sequence of float, optional
        Values of the number. Default: 25 from the lowest to the highest in the ratings; for ``mo()`` its levels.
    estimands : str or list of str
        ``mean`` in rating points, ``probability`` P(rating >= k) for every k but the lowest, percent.
    prob : float
        Probability of the outer band, quantiles over draws.
    population : Population, optional
        As for ``ps.effects``.

    Returns
    -------
    data frame
        ``column, value`` (of levels their position, from 0), ``level`` (as text), ``[dimension], [by], estimand, unit,
        estimate`` (posterior mean), ``lower, upper, lower_50, upper_50, note``.

    Raises
    ------
    ConfigError
        A column that is no number and in no ``mo()``, or is not in the formula; otherwise as ``ps.group_means``.
    DataError
        Values outside of the ratings', in a formula with ``bs()`` or ``s()``.

    Examples
    --------
    >>> import numpy as np
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, seed=1)
    >>> age = 20.0 + ratings.frame["rater"].cat.codes
    >>> fit = ps.fit(ratings.with_covariates({"age": age}), "rating ~ bs(age, df=4) + (1 | item) + (1 | rater)",
    ...              method="laplace")
    >>> ps.curve(fit, "age", at=[20, 40, 60])["value"].tolist()
    [20.0, 40.0, 60.0]

    Along the levels of a monotonic effect it never turns back.

    >>> fit = ps.fit(ratings.with_covariates({"decade": age // 20}), "rating ~ mo(decade) + (1 | item) + (1 | rater)",
    ...              method="laplace", on_problem="ignore")
    >>> table = ps.curve(fit, "decade")
    >>> table["level"].tolist(), bool(table["estimate"].is_monotonic_increasing)
    (['1', '2', '3'], True)

    One figure of it: ``pluralstats.figures.curve(table)``.
    """
    refuse_no_fit(fit, "curve")
    options: dict[str, Any] = {"estimands": estimands, "prob": prob, "population": population}
    if column is None:
        tables = [curve(fit, name, by=by, at=at, **options) for name in _columns(fit) if name != by]
        return pd.concat(tables, ignore_index=True)
    refuse_unknown_demographics(fit, [column], [by] if by else [], "column")
    steps, number = step_levels(fit, column), is_number(fit, column)
    if not number and (steps is None or at is not None):
        found = "has levels" if steps is not None else "has levels without an order in the formula"
        raise ConfigError(
            f"'{column}' {found}: `at` is about numbers. For the levels of a category see ps.group_means(fit, "
            f"'{column}')."
        )
    values = _values(fit, column, at) if number else np.arange(float(len(steps or ())))
    chosen: Mapping[str, Sequence[float]] | None = {column: values.tolist()} if number else None
    found_means = group_means(fit, column, by=by, at=chosen, **options)
    return _along(found_means, column, values, None if number else [str(step) for step in steps or ()])


def _along(means: pd.DataFrame, column: str, values: np.ndarray, levels: Sequence[str] | None) -> pd.DataFrame:
    """The rows of ``group_means`` with their values; levels in their order."""
    if levels is None:
        place = np.tile(np.arange(len(values)), len(means) // len(values))
        known = [f"{value:g}" for value in values]
    else:
        place, known = pd.Index(levels).get_indexer(means["level"]), list(levels)
        several = np.arange(len(means)) // len(levels)
        means = means.iloc[order := np.lexsort([place, several])].reset_index(drop=True)
        place = place[order]
    between = list(means.columns[2 : list(means.columns).index("estimand")])
    table = means.assign(column=column, value=values[place], level=[known[p] for p in place])
    return table[["column", "value", "level", *between, "estimand", "unit", *NUMBERS, "note"]]


def _columns(fit: Fit) -> list[str]:
    found = [name for name in fit.design.formula.described if is_number(fit, name) or step_levels(fit, name)]
    if not found:
        raise ConfigError(
            f"The formula '{fit.formula}' has no number and no mo(), so there is no curve. The expected ratings of "
            "groups are those of ps.group_means."
        )
    return found


def _values(fit: Fit, column: str, at: Sequence[float] | None) -> np.ndarray:
    steps = step_levels(fit, column)
    if at is not None:
        return np.asarray(list(at), float)
    if steps is not None:
        return np.array(steps, float)
    values = fit.ratings.frame[column].to_numpy(float)
    return np.linspace(values.min(), values.max(), POINTS)
