"""``contrasts``: levels held against each other, as many as a paper prints, with multiplicity taken into account."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, names_of, nearest, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.population.targets import Population
from pluralstats.results.effects.counterfactuals import Contrast, Study, contrast_draws
from pluralstats.results.effects.estimands import Estimand
from pluralstats.results.effects.group_effects import (
    effect_columns,
    effect_table,
    measures_of,
    values_problems,
)
from pluralstats.results.effects.level_pairs import (
    DIMENSION,
    KINDS,
    Question,
    contrasts_of_levels,
    is_number,
    refuse_unknown_demographics,
)
from pluralstats.results.effects.multiplicity import (
    adjusted,
    check_adjustment,
    simultaneous_intervals,
    tail_probability,
)
from pluralstats.results.effects.summaries import rope_widths
from pluralstats.results.effects.utilities import utilities_of

FAMILY_COLUMNS = ("lower_simultaneous", "upper_simultaneous", "p", "p_adjusted", "family")


def contrasts(
    fit: Fit,
    demographic: str | Sequence[str],
    *,
    kind: str = "pairwise",
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Sequence[float]] | None = None,
    utility: Mapping[str, float] | None = None,
    estimands: Sequence[str] | str = ("points",),
    prob: float = 0.95,
    rope: float | Mapping[str, float] = 0.0,
    adjust: str | None = None,
    population: Population | None = None,
) -> pd.DataFrame:
    """Contrasts between the levels of a demographic, one family for each estimand, computed inside each draw.

    As in ``ps.effects``, every rater is given one level, then the other, and predictions are averaged over raters,
    items and new raters; contrasts that the data do not determine are left empty.

    A family is all contrasts of this call that share an estimand (each ``P(rating >= k)`` is one), those within
    all levels of ``by`` together; contrasts left empty are not counted. Simultaneous intervals hold for all of a
    family at once; see below. ``p`` is the posterior probability of the other sign, times two: 2 (1 - p_direction);
    below 0.05, where draws tell little (2 / S at the least), the same of a normal distribution with the mean of the
    draws and their 2.5% (97.5%) quantile on the side of no effect, so that an adjusted p can be small however many
    contrasts there are. Of such a p trust the order of magnitude. It is no p-value of a test, though close to one
    where priors are weak.

    Parameters
    ----------
    fit : Fit
    demographic : str, or tuple of str
        A tuple is one factor whose levels are the combinations that raters have: ``("gender", "race")`` has
        "female:Black". Whether intersections differ beyond main effects is up to the formula.
    kind : {"pairwise", "reference", "interaction"}
        Every pair of levels, the later less the earlier in the order of levels; every level less the reference; or
        differences of differences: how far a pairwise difference among one level of ``by`` exceeds that among
        another. The column of ``by`` then reads "right - left", and everybody is given all four combinations, so
        that only levels differ and not people. Ratios are divided instead. Rating points can show an interaction
        where the latent scale has none, because the scale has ends; ``latent_d`` tells (Ai & Norton 2003).
    by : str or list of str, optional
        Simple effects: contrasts among the raters of each level (combination of levels) of other demographics.
        "dimension" with ``kind="interaction"``: how differences differ between dimensions.
    at, utility, estimands, prob, rope : as for ``ps.effects``
    adjust : {"holm", "bonferroni", "hommel", "bh", "by", "max_t"}, optional
        How ``p_adjusted`` is made from the ``p`` of a family. The first three and ``max_t`` bound the probability of
        any false claim, Benjamini-Hochberg ("bh") and Benjamini-Yekutieli ("by") the share of false ones among the
        claims. "max_t" goes with the simultaneous intervals, and like them takes posteriors as symmetric.
    population : Population, optional
        As for ``ps.effects``.

    Returns
    -------
    data frame
        The columns of ``ps.effects`` (for interactions ``n_raters`` and ``n_ratings`` are those of both levels in the
        first difference, ``n_raters_reference`` those in the second), then ``lower_simultaneous,
        upper_simultaneous`` (mean -+ q sd over draws, q the ``prob`` quantile of the largest standardised distance in
        the family; ratios on the log scale), ``p``, ``p_adjusted`` (missing without ``adjust``) and ``family``.

    Raises
    ------
    ConfigError
        As ``ps.effects``; an unknown ``kind`` or ``adjust``; an interaction without ``by``.
    DataError
        As ``ps.effects``.

    References
    ----------
    Ai & Norton (2003), Economics Letters 80, 123-129 (interactions on the scale of the outcome); Gelman et al.
    (2013), Bayesian Data Analysis, 3rd ed., section 4.1 (the normal approximation of a posterior).

    Examples
    --------
    >>> import pluralstats as ps
    >>> sides = {"politics": {"left": 0.4, "centre": 0.3, "right": 0.3}}
    >>> ratings = ps.simulate(n_raters=60, n_items=20, demographics=sides, effects={"politics[right]": 1.5}, seed=1)
    >>> table = ps.contrasts(ps.fit(ratings, method="laplace"), "politics", adjust="holm")
    >>> (table["level"] + " - " + table["reference"]).tolist()
    ['centre - left', 'right - left', 'right - centre']
    >>> (table["p_adjusted"] < 0.05).tolist()
    [False, True, True]
    """
    refuse_no_fit(fit, "contrasts")
    factor, within = _names(demographic, "demographic"), _names(by, "by")
    _check(fit, factor, within, kind, prob, at, adjust)
    measures = measures_of(fit, estimands)
    widths, utilities = rope_widths(rope, measures), utilities_of(fit, utility, measures)
    found = contrasts_of_levels(Study(fit, population), Question(factor, kind, within, at or {}, utilities))
    draws = contrast_draws(fit, found, measures)
    shown = (":".join(within),) if kind == "interaction" else tuple(name for name in within if name != DIMENSION)
    families = [_family(found, measure, values, prob, adjust) for measure, values in zip(measures, draws, strict=True)]
    table = effect_table(fit, found, measures, draws, prob, widths)
    together = pd.concat(families, ignore_index=True) if found else pd.DataFrame(columns=list(FAMILY_COLUMNS))
    return pd.concat([table[effect_columns(fit, shown)], together], axis=1)


def _names(given: str | Sequence[str] | None, argument: str) -> tuple[str, ...]:
    return () if given is None else names_of(given, argument)


def _check(
    fit: Fit,
    factor: tuple[str, ...],
    by: tuple[str, ...],
    kind: str,
    prob: float,
    at: Mapping[str, Sequence[float]] | None,
    adjust: str | None,
) -> None:
    """Refuse what cannot be contrasted."""
    if not factor:
        raise ConfigError("`demographic` names what is contrasted; found nothing. Pass one, or a tuple of several.")
    refuse_unknown_demographics(fit, factor, by, "demographic")
    problems = [*probability_problem(prob), *values_problems(fit, factor, at), *_without_values(fit, factor, at, kind)]
    problems += [
        f"`{name}` names {', '.join(given)}: the same demographic twice. Name each once."
        for name, given in (("demographic", factor), ("by", by))
        if len(set(given)) < len(given)
    ]
    if kind not in KINDS:
        problems.append(f"`kind` is one of {', '.join(KINDS)}; found '{kind}'.{nearest(str(kind), KINDS)}")
    if kind == "interaction" and not by:
        problems.append("An interaction needs `by`, the demographic whose levels differences are compared between.")
    if problems:
        raise problems_error(ConfigError, problems)
    check_adjustment(adjust)


def _without_values(
    fit: Fit, factor: tuple[str, ...], at: Mapping[str, Sequence[float]] | None, kind: str
) -> list[str]:
    """Numbers that have no values to compare where levels are crossed or held against each other."""
    if len(factor) == 1 and kind != "interaction":
        return []
    return [
        f"'{name}' is a number: say which values are compared, as at={{\"{name}\": (20, 40)}}."
        for name in factor
        if is_number(fit, name) and name not in (at or {})
    ]


def _family(
    found: Sequence[Contrast], measure: Estimand, draws: np.ndarray, prob: float, adjust: str | None
) -> pd.DataFrame:
    """What the rows of all contrasts of one estimand have together; ``draws`` (contrasts, S)."""
    if not found:
        return pd.DataFrame(columns=list(FAMILY_COLUMNS))
    p = tail_probability(draws, measure.null)
    lower, upper = simultaneous_intervals(draws, measure.null, prob)
    p_adjusted = np.full(p.size, np.nan) if adjust is None else adjusted(p, draws, measure.null, adjust)
    joint = "by" if [pair.factor for pair in found[0].pairs] == [1.0, -1.0] else "within"
    within = "".join(f" {joint} {name}" for name in found[0].within)
    n = int(np.isfinite(p).sum())
    family = f"{found[0].demographic}{within}, {measure.name}: {n} contrast{'' if n == 1 else 's'}"
    columns = (lower, upper, p, p_adjusted, [family] * len(found))
    return pd.DataFrame(dict(zip(FAMILY_COLUMNS, columns, strict=True)))
