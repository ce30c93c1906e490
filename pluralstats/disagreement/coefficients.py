"""Agreement among raters, for everybody and within groups, with bootstrap intervals.

The only module that imports `krippendorff` (GPL-3): it computes the estimates of alpha. The replicates of the
bootstrap need multiplicities, which it does not know; they come from our own :mod:`.pairs`.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import krippendorff
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from pluralstats.data.ratings import Ratings
from pluralstats.disagreement.groups import Group, demographics_of, different_names, groups, one_dimension
from pluralstats.disagreement.pairs import Crossed, crossed
from pluralstats.disagreement.pairs import coefficients as all_coefficients
from pluralstats.disagreement.resampling import BOOTSTRAPS, FEWEST, percentile_interval, replicated, stream
from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error

COEFFICIENTS = ("alpha_nominal", "alpha_ordinal", "alpha_interval", "percent")
_COLUMNS = [
    *("demographic", "level", "coefficient", "bootstrap", "estimate", "lower", "upper"),
    *("n_raters", "n_items", "n_ratings", "note"),
]
_ALPHA_LEVELS: dict[str, krippendorff.LevelOfMeasurement] = {
    "alpha_nominal": "nominal",
    "alpha_ordinal": "ordinal",
    "alpha_interval": "interval",
}
_NEEDS_ANSWERS = ("alpha_nominal", "percent")  # equality of two continuous ratings means nothing
_LARGEST_CUBE = 20_000_000  # krippendorff builds (n_items, V, V) floats: 160 MB; above it our own sums take over


def agreement(
    ratings: Ratings,
    by: str | Sequence[str] | None = None,
    *,
    coefficients: str | Sequence[str] = COEFFICIENTS,
    bootstrap: str | Sequence[str] = BOOTSTRAPS,
    replicates: int = 500,
    prob: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """How far raters agree on the same items, among everybody and within each level of a demographic.

    Alpha is 1 - D_o / D_e: the disagreement of pairs of ratings of one item over that of pairs of any ratings
    (Krippendorff 2011); 1 is perfect, 0 is what chance gives. Percent agreement is Fleiss's mean observed
    agreement (Fleiss 1971, Psychological Bulletin 76:378): in each item with two or more ratings the share of
    pairs of ratings that are equal, then the mean over items, each item counting the same. Survey weights are
    not used. A rater who rated an item twice (waves) counts with both ratings.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension; choose it by ``ratings.select(dimension=...)``.
    by : str or list of str, optional
        Demographics; each is taken by itself. Everybody is always the first group.
    coefficients : str or list of str
        Any of "alpha_nominal", "alpha_ordinal", "alpha_interval" (-1..1) and "percent" (0..100).
    bootstrap : str or list of str
        What is drawn anew. "raters": other raters, these items. "items": other items, these raters. "both":
        other raters and other items (Owen 2007, Annals of Applied Statistics 1:386); wide where ratings are
        mostly noise. An empty list gives estimates without intervals and the word "none" in its column.
        Copies of a rater drawn twice are never compared with each other: that would raise alpha.
    replicates : int
        Bootstrap samples of each kind.
    prob : float
        Probability of the percentile interval, between 0 and 1.
    seed : int
        The numbers of a group depend on the seed and the names of the group, not on what else is asked for.

    Returns
    -------
    DataFrame
        One row per group, coefficient and bootstrap: demographic and level ("all" for everybody),
        coefficient, bootstrap, estimate, lower, upper, n_raters, n_items (with two or more ratings),
        n_ratings (all of the group), note (empty, or a sentence: why a number is missing or doubtful).

    Raises
    ------
    ConfigError
        For several dimensions, unknown names, or impossible ``replicates``, ``prob`` or ``seed``.

    Notes
    -----
    How honest the 95% intervals are for new raters and new items, by simulation (eight designs of 8 to 100
    raters and 40 to 400 items, 400 samples each, interval alpha): over raters alone they covered 64-91%, over
    items alone 82-94%, over both 94-100%. Intervals over raters alone speak of these very items (90-95%).

    Groups run through joblib: ``joblib.parallel_config(n_jobs=2)`` or a cluster backend around the call is
    enough to spread them.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": list("aabbcc"), "rater": list("xyxyxy"), "rating": [1, 1, 2, 2, 1, 2]})
    >>> ratings = ps.Ratings(frame, scale=(1, 2))
    >>> ps.agreement(ratings, coefficients="alpha_nominal", bootstrap=[])[["estimate", "n_items"]].round(3)
       estimate  n_items
    0     0.444        3
    """
    one_dimension(ratings, "agreement")
    coefficients, bootstrap = different_names("coefficients", coefficients), different_names("bootstrap", bootstrap)
    problems = _name_problems("coefficients", coefficients, COEFFICIENTS)
    problems += _name_problems("bootstrap", bootstrap, BOOTSTRAPS) + _number_problems(replicates, prob, seed)
    if problems:
        raise problems_error(ConfigError, problems)
    demographics = demographics_of(ratings, by)
    wanted = _Wanted(coefficients, bootstrap or ("none",), ratings.scale.is_continuous, replicates, prob, seed)
    tables = Parallel(prefer="threads")(delayed(_rows)(group, wanted) for group in groups(ratings, demographics))
    return pd.DataFrame([row for table in tables for row in table], columns=_COLUMNS)


class _Wanted(NamedTuple):
    coefficients: tuple[str, ...]
    bootstrap: tuple[str, ...]
    is_continuous: bool
    replicates: int
    prob: float
    seed: int


def _name_problems(argument: str, names: tuple[str, ...], known: tuple[str, ...]) -> list[str]:
    return [
        f"`{argument}` has {name!r}; it can have {', '.join(known)}.{nearest(str(name), known)}"
        for name in names
        if name not in known
    ]


def _number_problems(replicates: int, prob: float, seed: int) -> list[str]:
    problems = []
    if not isinstance(replicates, int | np.integer) or replicates < 1:
        problems.append(f"`replicates` must be a whole number of at least 1; found {replicates!r}.")
    problems += probability_problem(prob)
    if not isinstance(seed, int | np.integer) or seed < 0:
        problems.append(f"`seed` must be a whole number of at least 0; found {seed!r}.")
    return problems


def _rows(group: Group, wanted: _Wanted) -> list[dict]:
    """The rows of one group, coefficient by coefficient."""
    table = crossed(group.item, group.rater, group.rating)
    names = {"demographic": group.demographic, "level": group.level}
    counts = {
        "n_raters": len(np.unique(group.rater)),
        "n_items": table.n_items,
        "n_ratings": len(group.rating),
    }
    draws = {kind: _draws(table, group, kind, wanted) for kind in wanted.bootstrap}
    rows = []
    for name in wanted.coefficients:
        undefined = _why_undefined(name, table, wanted.is_continuous)
        estimate = math.nan if undefined else _estimate(name, table)
        for kind, values in draws.items():
            lower, upper, doubt = _interval(name, kind, table, values, wanted.prob)
            bounds = {"lower": math.nan, "upper": math.nan} if undefined else {"lower": lower, "upper": upper}
            found = {"coefficient": name, "bootstrap": kind, "estimate": estimate} | bounds
            rows.append(names | found | counts | {"note": undefined or doubt})
    return rows


def _why_undefined(name: str, table: Crossed, is_continuous: bool) -> str:
    """A sentence when the coefficient has no value for these ratings, otherwise nothing."""
    if is_continuous and name in _NEEDS_ANSWERS:
        return f"{name} compares answers of a fixed scale; these ratings are continuous. Use alpha_interval."
    if table.n_items == 0:
        return "No item has two ratings, so there is nothing to compare."
    if table.n_items == 1 and name != "percent":
        return "Alpha is not defined over a single item: pairs of ratings of other items are what it compares with."
    if table.n_raters == 1:
        return "Only one rater rated items twice or more, so there is nobody to agree with."
    if len(table.value) == 1 and name != "percent":
        return f"All ratings of items with two or more are {table.value[0]:g}, so alpha is undefined (0 / 0)."
    return ""


def _estimate(name: str, table: Crossed) -> float:
    n_answers = len(table.value)
    if name == "percent" or table.n_items * n_answers**2 > _LARGEST_CUBE:
        everything = all_coefficients(table, np.ones(table.n_raters), np.ones(table.n_items))
        return float(everything[COEFFICIENTS.index(name)])
    cell = np.repeat(np.arange(table.n_items), np.diff(table.first)) * n_answers + table.code
    counts = np.bincount(cell, minlength=table.n_items * n_answers).reshape(table.n_items, n_answers)
    level = _ALPHA_LEVELS[name]
    return float(krippendorff.alpha(value_counts=counts, value_domain=table.value, level_of_measurement=level))


def _too_few(kind: str, table: Crossed) -> str:
    if kind != "items" and table.n_raters < FEWEST:
        return f"An interval over raters needs {FEWEST} of them; found {table.n_raters}."
    if kind != "raters" and table.n_items < FEWEST:
        return f"An interval over items needs {FEWEST} of them with two ratings; found {table.n_items}."
    return ""


def _draws(table: Crossed, group: Group, kind: str, wanted: _Wanted) -> np.ndarray:
    """Replicates of all four coefficients, (replicates, 4); none where resampling makes no sense."""
    if kind == "none" or _too_few(kind, table):
        return np.empty((0, len(COEFFICIENTS)))
    generator = stream(wanted.seed, group.demographic, group.level, kind)
    statistic = partial(all_coefficients, table)
    return replicated(statistic, table.n_raters, table.n_items, kind, wanted.replicates, generator)


def _interval(name: str, kind: str, table: Crossed, draws: np.ndarray, prob: float) -> tuple[float, float, str]:
    """Lower, upper, and a sentence when they are missing or rest on fewer replicates than asked for."""
    if kind == "none":
        return math.nan, math.nan, ""
    if doubt := _too_few(kind, table):
        return math.nan, math.nan, doubt
    if len(table.value) == 1:
        return math.nan, math.nan, "All ratings are equal, so resampling them cannot show any uncertainty."
    values = draws[:, COEFFICIENTS.index(name)]
    n_undefined = int(np.isnan(values).sum())
    doubt = f"{n_undefined} of {len(values)} replicates were undefined (ratings all equal, or no pairs left)."
    if 2 * n_undefined > len(values):
        return math.nan, math.nan, doubt
    return *percentile_interval(values, prob), doubt if n_undefined else ""
