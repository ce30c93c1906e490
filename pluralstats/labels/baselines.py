"""``aggregate``: the labels that people make without a model, in the columns of those from one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.disagreement.groups import demographics_of
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.labels.caveats import of_simulation
from pluralstats.labels.counted_answers import Answered, answered, expected_points
from pluralstats.labels.distributions.item_rows import RatedRows, rated_rows
from pluralstats.labels.label_sets import Labels, label_card
from pluralstats.labels.table_columns import (
    RATERS,
    group_counts,
    label_table,
    taken_names,
    target_text,
    without_posterior,
)
from pluralstats.labels.votes import SMOOTHING, Decided, Votes, dawid_skene, majority, mean, median, shares

ALL = "all"
COUNTED: Mapping[str, Callable[[Votes], Decided]] = {
    "shares": shares,
    "majority": majority,
    "mean": mean,
    "median": median,
}
POLICIES = (ALL, *COUNTED, "dawid_skene")


class Voters(NamedTuple):
    """The ratings by one group: ``levels`` they share, ``inside`` (N,) bool, ``weight`` of their labels."""

    levels: dict[str, str]
    inside: np.ndarray
    weight: float


def aggregate(
    ratings: Ratings,
    policy: str,
    by: str | list[str] | None = None,
    *,
    bins: int | Sequence[float] | None = None,
    smoothing: float = SMOOTHING,
    licence: str = "",
) -> Labels:
    """Labels by a rule and no model, to compare with ``label_distributions``.

    =========== ===========================================================================================
    policy      the probabilities of a row
    =========== ===========================================================================================
    all         one row for each rating, with probability 1 for its answer
    shares      the share of ratings of each answer
    majority    1 for the most frequent answer; equally frequent ones share equally, and ``tie`` is True
    mean        the mean in rating points, split between the two answers around it so that their mean is it
    median      1 for the middle answer; where the middle is between two they share, and ``tie`` is True
    dawid_skene posterior of one true answer under raters who confuse answers (Dawid & Skene 1979, EM)
    =========== ===========================================================================================

    Ratings count by ``weight`` (so many equal ratings) or ``rater_weight`` (a survey's) where there is one. Items
    without ratings of a group have no row. Means and the values of the scale assume that its steps are what the values
    say. Ratings of a slider are counted in bins, as by ``label_distributions``; ``expected`` is the mean of the ratings
    for "all", "shares" and "mean", their median for "median", and else that of the bins' middles.

    Parameters
    ----------
    ratings : Ratings
        On a scale of answers. Of several dimensions each is aggregated by itself.
    policy : {"all", "shares", "majority", "mean", "median", "dawid_skene"}
    by : str or list of str, optional
        Demographics: labels of each group, by its own ratings only.
    bins : int or list of numbers, optional
        Of a slider, whose scale has ends: how many bins of equal width are between them, or where they are cut.
        Default: 5.
    smoothing : float
        dawid_skene only: how many ratings of an average rater are added for each true answer of each rater, so that
        raters with few ratings are not taken to be certain. 0: maximum likelihood as in 1979.
    licence : str
        Of the labels, for the card.

    Returns
    -------
    Labels
        The columns of ``ps.label_distributions``. ``expected_sd``, ``sd_<answer>``, ``disagreement`` and
        ``ignorance`` are missing: a rule does not know how sure it is. ``weight`` is that of the rating for "all";
        else the group's share of the raters over the mean share (1 without ``by``).

    Raises
    ------
    ConfigError
        An unknown policy or demographic, a continuous scale without ends, an argument that cannot be meant.

    References
    ----------
    Dawid & Skene (1979), Applied Statistics 28, 20-28.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": list("aaabb"), "rater": list("xyzxy"), "rating": [1, 1, 3, 2, 3]})
    >>> ratings = ps.Ratings(frame, scale=(1, 3))
    >>> ps.aggregate(ratings, "majority").table[["item", "p_1", "p_2", "p_3", "tie"]]
      item  p_1  p_2  p_3    tie
    0    a  1.0  0.0  0.0  False
    1    b  0.0  0.5  0.5   True
    """
    _refuse(ratings, policy, smoothing)
    names, counted_in = demographics_of(ratings, by), answered(ratings, bins)
    taken_names(counted_in.scale.labels, names)
    rows, tables, caveats = rated_rows(ratings), [], list(of_simulation(ratings))
    for voters in _groups(ratings, names):
        if policy == ALL:
            table = _one_row_each(ratings, counted_in, rows, voters)
        else:
            table, said = _decided(ratings, counted_in, rows, voters, policy, smoothing)
            about = f"{target_text(voters.levels, '')}: " if voters.levels else ""
            caveats += [about + sentence for sentence in said]
        tables.append(table)
    card = label_card(
        ratings,
        counted_in.scale,
        policy=policy,
        formula=None,
        method=None,
        population={"name": RATERS, "source": f"The ratings of {ratings.n_raters:,} raters as they are."},
        by=names,
        licence=licence,
        caveats=caveats,
        seed=None,
        collapsed=counted_in.rule,
    )
    return Labels(pd.concat(tables, ignore_index=True), card)


def _groups(ratings: Ratings, by: tuple[str, ...]) -> Iterator[Voters]:
    """Every combination of levels that somebody has, in the order of the levels."""
    frame = ratings.frame
    if not by:
        yield Voters({}, np.ones(len(frame), bool), 1.0)
        return
    first = frame.drop_duplicates("rater")
    of_rater = first["rater_weight"].to_numpy() if "rater_weight" in frame else np.ones(len(first))
    found = []
    for levels in product(*(frame[name].cat.categories for name in by)):
        named = dict(zip(by, levels, strict=True))
        if (inside := _having(frame, named)).any():
            found.append(Voters(named, inside, float(of_rater[_having(first, named)].sum())))
    total = sum(voters.weight for voters in found)
    for voters in found:
        yield voters._replace(weight=voters.weight / total * len(found))


def _having(frame: pd.DataFrame, levels: dict[str, str]) -> np.ndarray:
    return np.all([frame[name] == level for name, level in levels.items()], axis=0)


def _weights(ratings: Ratings) -> np.ndarray:
    """(N,) what every rating counts."""
    frame = ratings.frame
    name = next((name for name in ("weight", "rater_weight") if name in frame), None)
    return np.ones(len(frame)) if name is None else frame[name].to_numpy(float)


def _decided(
    ratings: Ratings, given: Answered, rows: RatedRows, voters: Voters, policy: str, smoothing: float
) -> tuple[pd.DataFrame, list[str]]:
    """A row for every item (and dimension) that the group rated, and sentences."""
    scale, here = given.scale, voters.inside
    rated, key = np.unique(rows.key[here], return_inverse=True)
    rater, answer = ratings.frame["rater"].cat.codes.to_numpy()[here], given.code[here]
    points = None if given.points is None else given.points[here]
    votes = Votes(key, rater, answer, _weights(ratings)[here], rated.size, np.asarray(scale.values, float), points)
    facts = rows.facts.iloc[rated].reset_index(drop=True)
    decide = COUNTED[policy] if policy in COUNTED else partial(_true_answers, facts=facts, smoothing=smoothing)
    p, tie, said = decide(votes)
    found = without_posterior(p, tie, votes.values, np.zeros(rated.size, bool), expected_points(votes, policy))
    counts, target = group_counts(key, rater, rated.size), target_text(voters.levels, RATERS)
    return label_table(facts.assign(**voters.levels), target, policy, scale.labels, found, counts, voters.weight), list(
        said
    )


def _true_answers(votes: Votes, facts: pd.DataFrame, smoothing: float) -> Decided:
    """Dawid and Skene's labels, each dimension by itself: a rater may err on one and not on another."""
    dimension = facts["dimension"].cat.codes.to_numpy() if "dimension" in facts else np.zeros(votes.n, int)
    p = np.empty((votes.n, votes.values.size))
    said: list[str] = []
    for code in np.unique(dimension):
        at = np.flatnonzero(dimension == code)
        of = np.isin(votes.row, at)
        part = votes._replace(row=np.searchsorted(at, votes.row[of]), n=at.size)
        part = part._replace(rater=votes.rater[of], answer=votes.answer[of], weight=votes.weight[of], points=None)
        p[at], _, sentences = dawid_skene(part, smoothing)
        said += sentences
    return Decided(p, np.zeros(votes.n, bool), tuple(dict.fromkeys(said)))


def _one_row_each(ratings: Ratings, given: Answered, rows: RatedRows, voters: Voters) -> pd.DataFrame:
    """A row for every rating of the group."""
    frame, scale = ratings.frame, given.scale
    inside = frame[voters.inside]
    key, rater = rows.key[voters.inside], inside["rater"].cat.codes.to_numpy()
    order = np.lexsort([rater, key])
    answer = given.code[voters.inside][order]
    points = None if given.points is None else given.points[voters.inside][order]
    nothing = np.zeros(order.size, bool)
    found = without_posterior(np.eye(scale.K)[answer], nothing, np.asarray(scale.values, float), nothing, points)
    counts = group_counts(key, rater, len(rows.facts)).iloc[key[order]]
    facts = rows.facts.iloc[key[order]].reset_index(drop=True).assign(**voters.levels)
    weight = _weights(ratings)[voters.inside][order]
    return label_table(facts, target_text(voters.levels, RATERS), ALL, scale.labels, found, counts, weight)


def _refuse(ratings: object, policy: object, smoothing: float) -> None:
    if not isinstance(ratings, Ratings):
        raise ConfigError(
            f"`aggregate` needs Ratings; found {type(ratings).__name__}. Wrap the data: "
            "ps.Ratings(frame, scale=(1, 5))."
        )
    problems = []
    if policy not in POLICIES:
        problems.append(f"`policy` is one of {', '.join(POLICIES)}; found {policy!r}.{nearest(str(policy), POLICIES)}")
    if not isinstance(smoothing, Real) or not 0.0 <= smoothing < np.inf:
        problems.append(f"`smoothing` is a number of ratings, 0 or more; found {smoothing!r}. The default is 1.")
    if ratings.scale.is_continuous and ratings.scale.ends is None:
        problems.append(
            "Labels are probabilities of answers, and continuous ratings have none. Pass a `scale` of answers to "
            "ps.Ratings, or one with ends, such as ('continuous', 0, 100), which is cut into bins."
        )
    if problems:
        raise problems_error(ConfigError, problems)
