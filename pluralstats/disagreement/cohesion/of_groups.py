"""How far a group of raters agrees within itself, with the others, and how the two compare (GRASP)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.disagreement.cohesion.axes import Axis, axes_of
from pluralstats.disagreement.cohesion.metrics import bootstrapped, metrics, permuted
from pluralstats.disagreement.cohesion.permutations import adjusted
from pluralstats.disagreement.cohesion.rows import draws_of, rows, sizes
from pluralstats.disagreement.counting.answers import answered
from pluralstats.disagreement.counting.frequencies import counted
from pluralstats.disagreement.counting.pairs import Crossed
from pluralstats.disagreement.counting.resampling import number_problems
from pluralstats.disagreement.groups import alphabetical, one_dimension
from pluralstats.errors import ConfigError, DataError, problems_error

COLUMNS = [
    *("demographic", "level", "pair", "metric", "kind", "estimate", "lower", "upper"),
    *("null_median", "null_lower", "null_upper", "p", "p_bh", "p_two_sided", "p_two_sided_bh", "n_permutations"),
    *("n_raters", "n_items", "n_ratings", "note"),
]
_DISTANCES = ("nominal", "interval")


def cohesion(
    ratings: Ratings,
    by: str | Sequence[str | Sequence[str]],
    *,
    distance: str = "nominal",
    permutations: int = 1000,
    replicates: int = 1000,
    prob: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """Whether raters of a group agree more with each other than with everybody else.

    The nine metrics of GRASP (Prabhakaran et al. 2024, NAACL, arXiv 2311.05074, section 3): for each group three
    in-group metrics C_I, three cross-group metrics C_X between the group and all other raters, and their ratios, the
    group association index GAI = C_I / C_X. Higher is more agreement. With c_ik and e_ik ratings of item i as answer
    k by the group and by the rest, n_i and m_i their sums, K answers on the scale:

    - irr: Krippendorff's alpha within the group.
    - xrr: cross-replication reliability 1 - d_o / d_e (Wong, Paritosh & Aroyo 2021, ACL, their form for missing
      data). With x_i the sum of distances over the n_i m_i pairs of a rating of the group and one of the rest, over
      the items that both rated: d_o = sum_i (n_i + m_i) x_i / (n_i m_i) / sum_i (n_i + m_i), so an item weighs as
      many ratings as it has; d_e is the mean distance over all pairs of a rating of the group and one of the rest,
      same item or not. With complete data: 1 - mean distance on the same item / mean distance on any items.
    - plurality_size: share of the most frequent answer, mean over items with n_i >= 2.
    - voting_agreement: nominal alpha (or by ``distance``) of two raters, the group and the rest, whose rating of an
      item is their most frequent answer. Of tied answers each is the vote with equal probability; observed and
      expected disagreement are averages over them.
    - negentropy: ln K - H(c_i / n_i), mean over items with n_i >= 2.
    - cross_negentropy: ln K - H(p, q) with H(p, q) = - sum_k p_k ln q_k, p_k = c_ik / n_i and the smoothed
      q_k = (e_ik + 1 / K) / (m_i + 1): one more rating of the rest, spread over all answers. Mean over the items that
      both rated.
    - gai_reliability, gai_voting, gai_distribution: C_I / C_X; 1 means no association. Not formed, tested or ranked
      where C_X may be near 0, that is where C_X, or the beginning of the central 95% of its bootstrap or of its
      permutations, is at most 0.05: five ratings a rater hardly ever allow a ratio, see ``model_cohesion``. Only
      gai_reliability and gai_distribution compare like with like (gai_voting divides a share by an alpha): judge each
      by the median of its null distribution, not by 1.

    Items with one rating of the group are left out of the in-group metrics: one rating always agrees with itself.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension, on a scale of answers. A row of ``weight`` 3 counts as three equal ratings of its
        rater; design weights (``rater_weight``) are not used, with a warning.
    by : str or list of str and tuples of str
        Demographics; a tuple in the list crosses several, as in ``by=["gender", ("gender", "country")]``, whose groups
        are named "female:DE".
    distance : {"nominal", "interval"}
        Of two answers in irr, xrr and voting_agreement: 1 when they differ, as in GRASP, or (x - y)^2 in points.
    permutations : int
        0: no tests.
    replicates : int
        Bootstrap samples; 0: no intervals. Raters are drawn within each level, items from all items (Owen 2007, Annals
        of Applied Statistics 1:386). Copies of a rater are never compared with each other. Metrics of shares (all but
        irr and xrr) fall or rise when raters are drawn twice: their replicates are moved so that their median is the
        estimate, before ratios are taken.
    prob : float
        Probability of the intervals, of metrics and of the null distribution.
    seed : int
        The numbers of a group depend on the seed and the axis, not on what else is asked for (p_bh does).

    Returns
    -------
    DataFrame
        Nine rows per group: demographic ("gender:country" when crossed), level, pair ("reliability", "voting",
        "distribution"), metric, kind ("in_group", "cross_group", "association"), estimate, lower, upper, null_median,
        null_lower, null_upper (of the permuted values), p, p_bh, p_two_sided, p_two_sided_bh, n_permutations (that p
        counts), n_raters (of the group), n_items (in the metric), n_ratings (of the group), note (empty, or why a
        number is missing or doubtful).

    Raises
    ------
    ConfigError
        For several dimensions, unknown names, or impossible numbers.
    DataError
        For continuous ratings, or a ``weight`` that is not a whole number.

    Notes
    -----
    The test asks whether the metric depends on who is in the group: rows of the table of raters and demographics are
    exchanged between raters while ratings stay, whole rows, so all axes meet the same permutations. It supposes that
    items were given to raters without regard to the group. Where raters of a group gave more or fewer ratings each than
    others, permuted groups have other numbers of ratings an item: the voting and distribution metrics depend on them
    and their p values mislead (a note says so); irr, xrr and their ratio do not.

    ``p`` is the definition of GRASP: the share of permuted values strictly beyond the observed one on its side of
    their median. The side is chosen after looking, so without any association p < 0.05 in one case of ten.
    ``p_two_sided`` is 2 min(1 + #{<=}, 1 + #{>=}) / (N + 1), below 0.05 in one of twenty. Both are adjusted by
    Benjamini-Hochberg; the family is all groups of the table, of all axes, for one metric. Permutations in which a
    metric is undefined do not count; ``n_permutations`` says how many do, N above.

    By simulation (six designs of 12 to 300 raters, 200 samples each) 95% intervals held the mean over samples in 95 to
    100%: they are wide where ratings are mostly noise. The test sees different opinions best through xrr and
    cross_negentropy; in-group metrics and ratios have much less power.

    Blocks of replicates run through joblib: ``joblib.parallel_config(n_jobs=2)`` around the call spreads them.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": list("aaaabbbb"), "rater": list("uvwx") * 2, "rating": [1, 1, 1, 1, 2, 2, 2, 1],
    ...                       "gender": ["female", "female", "male", "male"] * 2})
    >>> ratings = ps.Ratings(frame, scale=(1, 2), demographics=["gender"])
    >>> table = ps.cohesion(ratings, "gender", permutations=0, replicates=0)
    >>> table[["level", "metric", "estimate"]].head(3).round(3)
        level           metric  estimate
    0  female              irr       1.0
    1  female              xrr       0.5
    2  female  gai_reliability       2.0
    """
    one_dimension(ratings, "cohesion")
    if ratings.scale.is_continuous:
        raise DataError("`cohesion` needs a scale of answers; found continuous ratings. Pass `scale=`.")
    problems = number_problems(prob, seed, fewest=0, permutations=permutations, replicates=replicates)
    if distance not in _DISTANCES:
        problems.append(f"`distance` must be one of {', '.join(_DISTANCES)}; found {distance!r}.")
    if problems:
        raise problems_error(ConfigError, problems)
    axes = axes_of(ratings, by)
    ratings = counted(ratings, "cohesion")
    table, apart = _answers(ratings), _distance(distance, np.array(ratings.scale.values))
    found = [row for axis in axes for row in _axis_rows(table, apart, axis, permutations, replicates, prob, seed)]
    return _with_families(pd.DataFrame(found))[COLUMNS]


def _answers(ratings: Ratings) -> Crossed:
    """All ratings with raters and items in alphabetical order, so that the order of rows moves no draw."""
    item, rater = alphabetical(ratings.frame["item"]), alphabetical(ratings.frame["rater"])
    return answered(item, rater, np.asarray(ratings.values), ratings.scale.values)


def _distance(kind: str, values: np.ndarray) -> np.ndarray:
    """Distance of any two answers, (K, K)."""
    apart = np.subtract.outer(values, values)
    return (apart != 0.0).astype(float) if kind == "nominal" else apart**2


def _axis_rows(
    table: Crossed, distance: np.ndarray, axis: Axis, permutations: int, replicates: int, prob: float, seed: int
) -> list[dict]:
    once = np.ones(table.n_raters), np.ones(table.n_items)
    estimates = metrics(table, distance, axis.level, len(axis.levels), *once)
    found = sizes(table, axis)
    draws = draws_of(
        estimates,
        bootstrapped(table, distance, axis, replicates, seed),
        permuted(table, distance, axis, permutations, seed),
        found,
        len(distance),
    )
    return list(rows(axis, found, draws, prob))


def _with_families(table: pd.DataFrame) -> pd.DataFrame:
    """The table with p values adjusted over all groups for each metric."""
    families = table.groupby("metric", sort=False)
    return table.assign(
        p_bh=families["p"].transform(adjusted), p_two_sided_bh=families["p_two_sided"].transform(adjusted)
    )
