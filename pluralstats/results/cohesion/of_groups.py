"""``model_cohesion``: how far two new raters of a group agree about an item, by a model (METHODS section 11)."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control
from threadpoolctl import threadpool_limits

from pluralstats.cluster.spreading import spread
from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.frames import as_list, is_list
from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.model.families.known import is_ordered
from pluralstats.results.cohesion.covariances import item_covariances
from pluralstats.results.cohesion.residuals import Cells, PairCounts, permutation_p, rater_levels, score_cells
from pluralstats.results.cohesion.rows import (
    ASSOCIATION,
    CROSS_GROUP,
    IN_GROUP,
    MEMBER,
    REST,
    Common,
    Model,
    agreement_rows,
    agreements,
    common_fit,
    member_fit,
)

COLUMNS = [
    *("demographic", "level", "other", "scale", "kind", "estimate", "lower", "upper", "p_above"),
    *("p_two_sided", "p_two_sided_bh", "n_permutations", "n_raters", "n_ratings", "n_pairs", "note"),
]
FEWEST_RATERS, FEWEST_PAIRS = 3, 50  # with fewer pairs an agreement of 0.2 cannot be told from 0


def model_cohesion(
    fit: Fit | Ratings,
    by: str | Sequence[str],
    *,
    formula: str | None = None,
    family: str = "cumulative",
    link: str = "probit",
    permutations: int = 10_000,
    prob: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """Whether new raters of a group agree more about an item than one of them and another rater do, by a model.

    Counting indices (``cohesion``) need many items in common; a model needs few. With item effects of each group,
    u_a ~ N(0, C_aa), the latent answers of two new raters correlate by::

        in-group      C_aa / T_a                            two of group a
        cross-group   C_ab / sqrt(T_a T_b)                  one of a and one of b
        association   in-group / cross-group                1: the group shares no opinions of its own

    T is the variance of one rating of a new item within the group: item, other demographics of its raters, rater,
    residual. The residual is the same for all groups, unless the fit has a submodel ``disc``: then it is the mean of
    s^2 over raters of the group. How high a group rates on the whole is in none of them. ``other`` "rest" are all
    raters outside the group: C_ab and T_b averaged by their shares. A fit of several dimensions has rows for each.
    ``scale`` "ratings" is the correlation of the ratings themselves, in points.

    Parameters
    ----------
    fit : Fit or Ratings
        A Fit is never fitted again: it needs item effects of each group, as in ``rating ~ gender + (0 + gender | item)
        + (0 + gender | rater)``; there are rows for the rest and for every other level. Its prior of correlations draws
        groups apart, the more so the smaller they are: LKJ(2) on seven groups makes 0.7 of a correlation of 1 where a
        group has a hundred raters. Ratings are fitted here: for each group one model of its members against the rest,
        by maximum likelihood (``method="laplace"``; half a second for 5,000 ratings), without a prior that would draw
        groups apart, and one without groups for the test. Nothing is imputed: raters who did not state a demographic
        are a group, and so are those of several levels.
    by : str or list of str
        Demographics; a list for Ratings only.
    formula, family, link : optional
        Of the model of Ratings, as for ``fit``; its term of items (and of raters) is replaced by that of groups.
    permutations : int
        Of raters among groups, for the test (Ratings only); 0: no test.
    prob : float
        Probability of the intervals, quantiles over draws.
    seed : int

    Returns
    -------
    DataFrame
        demographic, level, other (the level itself in rows of kind "in_group"), scale ("latent", "ratings"), kind
        ("in_group", "cross_group", "association"), estimate (median over draws), lower, upper, p_above (probability
        that the ratio exceeds 1), p_two_sided and p_two_sided_bh (of the test, where kind is "association" and other
        "rest"), n_permutations (that p counts), n_raters, n_ratings (of the level), n_pairs (of ratings of one item
        that the row is about), note (empty, or why a number is missing or doubtful).

    Raises
    ------
    ConfigError
        A name that is no demographic, several dimensions, or a fit without item effects of groups (with the term to
        use).

    Notes
    -----
    A ratio is shown only where its denominator is clearly away from 0: where the cross-group agreement, or the
    beginning of the central 95% of its draws, is at most 0.05, the two numbers stand alone, without ratio or test.

    The ratio is 1 on the edge of what the model can say (a correlation of 1 between the item effects of two groups), so
    draws of a posterior lie mostly above 1 whatever is true; p_above is no test. p_two_sided is: ratings on the latent
    scale, less the severity of their raters, are multiplied over pairs of raters of an item, within the group and
    across, and raters are permuted between groups (two-sided; working residuals of the model in which groups share
    their opinions,
    as in the score test of a variance component, Lin 1997, Biometrika 84:309). It is adjusted over all groups of the
    table by Benjamini-Hochberg. Call a group cohesive where p_two_sided_bh is small and the
    interval of the ratio leaves out 1.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(item_slopes={"gender[male]": 1.0}, seed=1)
    >>> fit = ps.fit(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", method="laplace")
    >>> table = ps.model_cohesion(fit, "gender").query("scale == 'latent'")
    >>> table[["level", "other", "kind"]].head(3).to_numpy().tolist()
    [['female', 'female', 'in_group'], ['female', 'rest', 'cross_group'], ['female', 'rest', 'association']]
    """
    problems = probability_problem(prob)
    if not isinstance(permutations, int | np.integer) or permutations < 0:
        problems.append(f"`permutations` must be a whole number of at least 0; found {permutations!r}.")
    if not isinstance(fit, Fit | Ratings):
        problems.append(f"`model_cohesion` needs a fit or Ratings; found {type(fit).__name__}.")
    if problems:
        raise problems_error(ConfigError, problems)
    if isinstance(fit, Fit) and len(fit.ratings.dimensions) > 1:
        each = {name: model_cohesion(fit.on_dimension(name), by, prob=prob) for name in fit.ratings.dimensions}
        return pd.concat([one.assign(dimension=name) for name, one in each.items()], ignore_index=True)[
            ["dimension", *COLUMNS]
        ]
    ratings = fit if isinstance(fit, Ratings) else fit.ratings
    axes = _axes(ratings, by, is_fit=isinstance(fit, Fit))
    if isinstance(fit, Fit):
        found = _of_fit(fit, axes[0], prob)
    else:
        model = Model(formula, family, link, seed)
        found = _of_ratings(ratings, axes, model, permutations, prob)
    return found.assign(p_two_sided_bh=adjusted_p(found["p_two_sided"]))[COLUMNS]


def _axes(ratings: Ratings, by: object, *, is_fit: bool) -> list[str]:
    names = [by] if isinstance(by, str) else list(as_list(by)) if is_list(as_list(by)) else []
    has = ", ".join(ratings.demographics) or "none (pass demographics= to Ratings)"
    problems = [
        f"`by` has {name!r}, which is not a demographic of these ratings; they have: {has}."
        f"{nearest(str(name), ratings.demographics)}"
        for name in names
        if name not in ratings.demographics
    ]
    if not names or (is_fit and len(names) > 1):
        problems.append(f"`by` must be a demographic, or a list of them where ratings are given; found {by!r}.")
    if len(ratings.dimensions) > 1:
        problems.append(
            f"`model_cohesion` needs ratings of one dimension; found {len(ratings.dimensions)}. Choose one, as in "
            f"ratings.select(dimension={ratings.dimensions[0]!r})."
        )
    if problems:
        raise problems_error(ConfigError, problems)
    return list(dict.fromkeys(map(str, names)))


def _of_fit(fit: Fit, by: str, prob: float) -> pd.DataFrame:
    found = item_covariances(fit, by)
    if len(found.levels) < 2:
        raise ConfigError(f"All raters are '{found.levels[0]}' ({by}); a comparison needs raters outside the group.")
    cells = score_cells(fit)
    counts = PairCounts(cells, *rater_levels(fit.ratings, by))
    rows = [row | counts.of(row) for pair in agreements(fit, found) for row in agreement_rows(pair, prob)]
    return pd.DataFrame(rows).assign(demographic=by, p_two_sided=math.nan, n_permutations=0)


def _of_ratings(ratings: Ratings, axes: list[str], model: Model, permutations: int, prob: float) -> pd.DataFrame:
    with threadpool_limits(limits=1, user_api="blas"):  # many small matrices: threads would wait for each other
        common = common_fit(ratings, model)
        cells = score_cells(common.estimated)
        tables = [_of_axis(ratings, by, cells, common, permutations, prob) for by in axes]
    return pd.concat(tables, ignore_index=True)


def _of_axis(ratings: Ratings, by: str, cells: Cells, common: Common, permutations: int, prob: float) -> pd.DataFrame:
    level, levels = rater_levels(ratings, by)
    counts, several = PairCounts(cells, level, levels), len(levels) > 1
    _, p, n = permutation_p(cells, level, len(levels), permutations if several else 0, common.model.seed)
    groups = [levels] if len(levels) == 2 else [(name,) for name in levels]  # two groups are each other's rest
    one = partial(_of_levels, ratings, by, counts, common, prob)
    rows = [row for rows in spread(_called, [(one, group) for group in groups], [one]) for row in rows]
    table = pd.DataFrame(rows).assign(demographic=by, p_two_sided=math.nan, n_permutations=0)
    tested = table["estimate"].notna() & (table["kind"] == ASSOCIATION)
    at = [list(levels).index(name) for name in table["level"]]
    return table.assign(p_two_sided=np.where(tested, p[at], np.nan), n_permutations=np.where(tested, n[at], 0))


def _called(one: Callable[[tuple[str, ...]], list[dict[str, Any]]], group: tuple[str, ...]) -> list[dict[str, Any]]:
    return one(group)  # the first argument, large and the same for all groups, travels once


def _of_levels(
    ratings: Ratings, by: str, counts: PairCounts, common: Common, prob: float, levels: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The rows of one group against the rest, or of two groups that are each other's rest."""
    why = {level: _too_few(level, counts) for level in levels}
    rows = [row for level in levels if why[level] for row in _nothing(level, why[level], common.model.family)]
    known = {name: level for name, level in zip((MEMBER, REST), levels, strict=False) if not why[level]}
    if known:
        made, member = member_fit(ratings, by, levels[0], common)
        pairs = [pair for pair in agreements(made, item_covariances(made, member)) if pair.level in known]
        rows += [_named(row, known[pair.level]) for pair in pairs for row in agreement_rows(pair, prob)]
    return [row | counts.of(row) for row in rows]


def _nothing(level: str, why: str, family: str) -> Iterator[dict[str, Any]]:
    """The rows of a group about which nothing is known."""
    numbers = dict.fromkeys(("estimate", "lower", "upper", "p_above"), math.nan)
    for scale in ("latent", "ratings") if is_ordered(family) else ("ratings",):
        for kind, other in ((IN_GROUP, level), (CROSS_GROUP, REST), (ASSOCIATION, REST)):
            yield numbers | {"level": level, "other": other, "scale": scale, "kind": kind, "note": why}


def _named(row: dict[str, Any], level: str) -> dict[str, Any]:
    """A row of "member" under the name of its group."""
    return row | {"level": level, "other": level if row["kind"] == IN_GROUP else REST}


def _too_few(level: str, counts: PairCounts) -> str:
    inside = counts.of({"level": level, "other": level, "kind": IN_GROUP})
    if len(counts.levels) == 1:
        return "All raters are in this group; a comparison needs raters outside it."
    if inside["n_raters"] < FEWEST_RATERS or inside["n_pairs"] < FEWEST_PAIRS:
        return (
            f"Agreement within a group needs {FEWEST_RATERS} raters and {FEWEST_PAIRS} pairs of their ratings of one "
            f"item; found {inside['n_raters']} and {inside['n_pairs']}."
        )
    return ""


def adjusted_p(p: pd.Series) -> pd.Series:
    """p of each group once, adjusted over all groups by Benjamini-Hochberg."""
    known = p.dropna()
    return pd.Series(false_discovery_control(known) if len(known) else known, index=known.index).reindex(p.index)
