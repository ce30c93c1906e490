"""``label_distributions``: what a target population would answer on every item, with how sure one may be."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.disagreement.groups import demographics_of
from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.labels.caveats import caveats_of_fit, refuse_unknown_groups
from pluralstats.labels.distributions.draw_moments import Answers, label_moments
from pluralstats.labels.distributions.in_bins import seen_in_bins
from pluralstats.labels.distributions.item_rows import (
    Group,
    RatedRows,
    facts_of,
    known_of_rows,
    people_by_level,
    rated_rows,
)
from pluralstats.labels.label_sets import Labels, label_card
from pluralstats.labels.table_columns import RATERS, Distributions, group_counts, label_table, taken_names, target_text
from pluralstats.population.targets import Population
from pluralstats.results.averaging.crossings import with_unseen
from pluralstats.results.averaging.people import check_population

POLICY = "posterior"


class Coarser(NamedTuple):
    """The scale of the labels, the answers used in the ratings on it, and how it was made ("" where it is theirs)."""

    scale: Scale
    answers: Answers
    rule: str


def label_distributions(
    fit: Fit,
    *,
    by: str | list[str] | None = None,
    population: Population | None = None,
    target: str | None = None,
    collapse: int | None = None,
    midpoint: str | None = None,
    bins: int | Sequence[float] | None = None,
    licence: str = "",
) -> Labels:
    """Labels that are distributions: the probability of every answer to every item, by new raters of a target.

    In every draw pi_jk = sum over cells c of share_c P(y = k | item j, cell c), the effect of a new rater integrated
    over N(0, sd^2); cells are the combinations of the formula's demographics in the population.
    The table has the mean of pi_jk over draws, and how far draws differ. The entropy of that mean splits:
    H(E pi) = E H(pi) + mutual information, what people disagree about and what the analyst does not know (Houlsby et
    al. 2011, arXiv 1112.5745, equation 1).

    Answers of a slider (``family="ordered_beta"``) are counted in bins: both ends, where answers pile up, are answers
    of their own, and between them are intervals, "(20, 40]" for above 20 and at most 40. ``expected`` and
    ``expected_sd`` are those of the slider itself, whatever the bins; the entropy is that of the bins, and grows with
    their number.

    What varies within raters and within items (a wave) is averaged over as in the data. Items that nobody of a group
    rated have a label all the same, from the model; ``n_raters`` says so.

    Parameters
    ----------
    fit : Fit
        Of ordered answers or of a slider (every family but the gaussian), by any method.
    by : str or list of str, optional
        Demographics: one row for each item and group. Groups differ by item only where the model lets them, as with
        ``(1 + politics | item)``; else a caveat of the card says that they differ by one constant shift.
    population : Population, optional
        Whom the labels speak for; with ``by``, whom each group is made of. Default: the raters, each once (by
        ``rater_weight`` where there is one).
    target : str, optional
        What to call the population where ``by`` does not name a group. Default: "all raters", "target population".
    collapse : int, optional
        Labels on a scale of so many answers, see ``Ratings.collapse``; from draws, so that all columns are there.
    midpoint : {"up", "down", "own"}, optional
        For ``collapse``.
    bins : int or list of numbers, optional
        Of a slider: how many bins of equal width are between the ends, or where they are cut, in rating points.
        Default: 5.
    licence : str
        Of the labels, for the card.

    Returns
    -------
    Labels
        ``table`` has one row for each group and item (and dimension it was rated on): ``item``, ``question``,
        ``dimension``, a column for each demographic of ``by``; ``target`` ("all raters", "politics: liberal"),
        ``policy`` ("posterior"), ``p_<answer>`` (0-1, sum 1), ``expected`` (rating points), ``expected_sd``,
        ``sd_<answer>`` (posterior sds), ``entropy`` = ``disagreement`` + ``ignorance`` (nats), ``n_ratings``,
        ``n_raters`` (of the item, in the group), ``weight`` (the group's share of the population over the mean
        share, else 1: weighted by it, the groups' labels are those of the population), ``pooled`` (whether people
        like no rater are in the population), ``tie`` (False).

    Raises
    ------
    ConfigError
        A gaussian model, a demographic that the ratings or the formula do not have, an argument that cannot be meant.
    DataError
        A population that is not one of these ratings.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> fit = ps.fit(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)", method="laplace",
    ...              on_problem="ignore")
    >>> labels = ps.label_distributions(fit, by="gender")
    >>> len(labels.table), labels.scale.describe()
    (40, '1-5')
    >>> bool((labels.table.filter(like="p_").sum(axis=1) - 1.0).abs().max() < 1e-9)
    True
    """
    _refuse(fit, population)
    names = demographics_of(fit.ratings, by)
    refuse_unknown_groups(fit, names)
    fit, coarser = _on_scale(fit, collapse, midpoint, bins)
    taken_names([*fit.ratings.scale.labels, *coarser.scale.labels], names)
    rows = rated_rows(fit.ratings)
    facts = facts_of(fit, rows)
    check_population(fit.ratings, facts.raters, population)
    everybody = target or (RATERS if population is None else "target population")
    known, groups = known_of_rows(fit, rows, facts), people_by_level(fit, facts, names, population)
    fit = with_unseen(fit, pd.concat([group.people.profiles for group in groups], ignore_index=True))
    moments = label_moments(fit, known, [group.people for group in groups], coarser.answers)
    tables = [
        _table(fit, rows, group, Distributions(*found, tie=np.zeros(len(known), bool)), coarser, everybody, len(groups))
        for group, found in zip(groups, moments, strict=True)
    ]
    table = pd.concat(tables, ignore_index=True)
    pooled, determined = table["pooled"].to_numpy(), table["expected"].notna().to_numpy()
    caveats = caveats_of_fit(fit, names, population, pooled, determined)
    return Labels(table, _card(fit, names, population, everybody, coarser, caveats, licence))


def _table(
    fit: Fit, rows: RatedRows, group: Group, found: Distributions, coarser: Coarser, everybody: str, n_groups: int
) -> pd.DataFrame:
    """The rows of one group."""
    frame = fit.ratings.frame
    inside = np.ones(len(frame), bool)
    for name, level in group.levels.items():
        inside &= (frame[name] == level).to_numpy()
    counts = group_counts(np.where(inside, rows.key, -1), frame["rater"].cat.codes.to_numpy(), len(rows.facts))
    target = target_text(group.levels, everybody)
    facts = rows.facts.assign(**group.levels)
    return label_table(facts, target, POLICY, coarser.scale.labels, found, counts, group.share * n_groups)


def _on_scale(
    fit: Fit, collapse: int | None, midpoint: str | None, bins: int | Sequence[float] | None
) -> tuple[Fit, Coarser]:
    """The fit with answers that labels can be of, and their scale."""
    if fit.design.family.bounded is None:
        if bins is not None:
            raise ConfigError(
                "`bins` cut the scale of a slider, of family='ordered_beta', into answers; found ratings that are "
                "answers already. `collapse` merges them."
            )
        return fit, _scale(fit, collapse, midpoint)
    if collapse is not None or midpoint is not None:
        raise ConfigError(
            "`collapse` and `midpoint` merge answers of a scale, and a slider has none. Choose how many bins it has, "
            "such as bins=3, or where they are cut, such as bins=[25, 75]."
        )
    seen = seen_in_bins(fit, bins)
    values = np.asarray(seen.bins.scale.values)
    return seen.fit, Coarser(seen.bins.scale, Answers(seen.code, values, seen.points), seen.bins.rule)


def _scale(fit: Fit, collapse: int | None, midpoint: str | None) -> Coarser:
    scale = fit.ratings.scale
    used = np.array([scale.labels.index(label) for label in fit.design.labels])
    if collapse is None:
        if midpoint is not None:
            raise ConfigError("`midpoint` goes with `collapse`, the number of answers of the coarser scale.")
        return Coarser(scale, Answers(used, np.asarray(scale.values, float)), "")
    coarser, code, rule = scale.merged(collapse, midpoint)
    text = f"{scale.describe()} to {' | '.join(coarser.labels)}, midpoint {rule}"
    return Coarser(coarser, Answers(code[used], np.asarray(coarser.values, float)), text)


def _card(
    fit: Fit,
    by: tuple[str, ...],
    population: Population | None,
    everybody: str,
    coarser: Coarser,
    caveats: list[str],
    licence: str,
) -> dict[str, Any]:
    raters = Population.of_raters(fit.ratings) if fit.ratings.demographics else None
    people = population or raters
    source = people.source if people is not None else f"The {fit.ratings.n_raters:,} raters as they are."
    return label_card(
        fit.ratings,
        coarser.scale,
        policy=POLICY,
        formula=fit.formula,
        method=fit.method,
        population={"name": everybody, "source": source},
        by=by,
        licence=licence,
        caveats=caveats,
        seed=fit.provenance.get("settings", {}).get("seed"),
        collapsed=coarser.rule,
    )


def _refuse(fit: Fit, population: Population | None) -> None:
    if not isinstance(fit, Fit):
        raise ConfigError(
            f"`label_distributions` needs a fit; found {type(fit).__name__}. Make one with ps.fit(ratings), or pass "
            "ratings to ps.aggregate."
        )
    if fit.design.family.has_residual:
        raise ConfigError(
            f"The {fit.family} family gives no probabilities of answers, which labels are made of. Fit "
            "family='cumulative' (or 'bernoulli'), 'ordered_beta' where the scale has ends, or take expected ratings "
            "from ps.predict."
        )
    check_population(fit.ratings, (), population)
