"""``effects``: how far groups are apart, in rating points, percent, probabilities and odds (METHODS section 3)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits import Fit
from pluralstats.population.targets import Population
from pluralstats.results.counterfactuals import contrast_draws, contrast_row, people_of_fit
from pluralstats.results.estimands import find_estimands, rope_widths
from pluralstats.results.level_pairs import contrasts_of_levels, demographics_of, refuse_unknown_demographics

COLUMNS = ("estimate", "lower", "upper", "lower_50", "upper_50", "p_direction", "p_rope", "raw")
SIZES = ("n_raters", "n_ratings", "n_raters_reference")


def effects(
    fit: Fit,
    demographics: Sequence[str] | str | None = None,
    *,
    estimands: Sequence[str] | str = ("points",),
    by: str | None = None,
    prob: float = 0.95,
    rope: float | Mapping[str, float] = 0.0,
    population: Population | None = None,
) -> pd.DataFrame:
    """Differences between the levels of demographics and their reference, by g-computation inside each draw.

    Every rater is given the level, then the reference; other demographics stay as observed; predictions are
    averaged over the raters (each once), the items of the data and NEW raters, whose effect is integrated (probit:
    closed form; logit: quadrature). Intervals are quantiles over draws.

    Columns of the formula that vary within raters (an item's topic, a wave) are averaged over as they are
    distributed over items (over ratings, where they vary within items), the same for every rater. Random terms that
    cross raters or their groups with items, such as ``(1 | gender:item)``, are integrated over as for new raters
    and new items; their levels are not looked up, and ``latent_d`` leaves them out.

    A contrast that the data do not determine is left empty (``estimate`` to ``p_rope`` are missing, ``raw`` stays):
    it needs a combination of levels that nobody has and the formula treats as a case of its own, tells apart
    demographics that never differ, or rests on a coefficient without a finite estimate. ``Fit.problems`` names
    the cause.

    Parameters
    ----------
    fit : Fit
    demographics : str or list of str, optional
        Default: all that the formula names.
    estimands : str or list of str
        ``points`` E[Y_a] - E[Y_b]; ``percent`` 100 (E[Y_a] / E[Y_b] - 1), which depends on where the scale starts;
        ``percent_of_range`` 100 (E[Y_a] - E[Y_b]) / (highest - lowest); ``probability`` 100 (P(Y_a >= k) - P(Y_b >= k))
        for every k, or one of them by its name, as ``"P(rating >= 4)"`` (``"P(rating = 1)"`` on a
        scale of two); ``probability_ratio`` for every k;
        ``odds_ratio`` conditional on rater and item, logit only; ``marginal_odds_ratio`` geometric mean over k of
        the ratios of averaged cumulative odds; ``latent_d`` latent difference over the sd of rater terms (whose every
        level is of one rater) and residual. With random slopes of items, ``odds_ratio`` (geometric mean) and
        ``latent_d`` are averages over the items of the data; the variance of raters' slopes is its mean over raters.
    by : str, optional
        Another demographic: contrasts among the raters of each of its levels.
    prob : float
        Probability of the outer interval.
    rope : float or dict of estimand to float
        Half width of the region of practical equivalence around no effect, in the unit of the estimand (ratios:
        of their logarithm); a number is in rating points. ``{"probability": 2}`` holds for every category.
    population : Population, optional
        Whom averages are over; default the raters, each once (by ``rater_weight``, where they have one). A contrast
        sets the level for everybody and keeps how the population is distributed over everything else. ``raw`` and
        the numbers of raters stay those of the ratings.

    Returns
    -------
    data frame
        ``demographic, level, reference, [by], estimand, unit, estimate`` (median), ``lower, upper, lower_50,
        upper_50, p_direction`` (share of draws on the side of the median), ``p_rope`` (share of draws inside the
        region, missing without one), ``raw`` (the same from raw group means, where defined), ``n_raters,
        n_ratings, n_raters_reference``.

    Raises
    ------
    ConfigError
        A demographic that the formula lacks, an unknown estimand, one that the family does not have, or a ``rope``
        that is negative or for an estimand not asked for.
    DataError
        A population with a demographic or level that the ratings do not have, or with nobody at a level of ``by``.

    Warns
    -----
    PopulationWarning
        The population has combinations of levels that no rater has; their predictions come from raters who share
        some of the levels (random terms of the combination: a deviation of 0). Where the formula treats such a
        combination as a case of its own, the contrast is left empty.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, ratings_per_rater=10, effects={"gender[male]": -1.0}, seed=1)
    >>> table = ps.effects(ps.fit(ratings), "gender", estimands="points")
    >>> table["level"].tolist(), bool(table["upper"][0] < 0.0)
    (['male'], True)
    """
    chosen = _demographics(fit, demographics, by)
    wanted = [estimands] if isinstance(estimands, str) else list(estimands)
    measures = [measure for name in wanted for measure in find_estimands(fit, name)]
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    widths = rope_widths(rope, measures)
    within, people = (by,) if by else (), people_of_fit(fit, population)
    contrasts = [c for name in chosen for c in contrasts_of_levels(fit, (name,), "reference", within, people)]
    draws = contrast_draws(fit, contrasts, measures)
    rows = [
        contrast_row(contrast, measure, draws[m, c], prob, widths[measure.name])
        for m, measure in enumerate(measures)
        for c, contrast in enumerate(contrasts)
    ]
    return pd.DataFrame(rows, columns=effect_columns(within))


def effect_columns(within: Sequence[str]) -> list[str]:
    """The columns of a table of effects within levels of other demographics."""
    return ["demographic", "level", "reference", *within, "estimand", "unit", *COLUMNS, *SIZES]


def _demographics(fit: Fit, names: Sequence[str] | str | None, by: str | None) -> list[str]:
    """The demographics to contrast, checked against the formula."""
    found = [name for name in demographics_of(fit) if name != by]
    asked = found if names is None else [names] if isinstance(names, str) else list(names)
    refuse_unknown_demographics(fit, asked, [by] if by else [], "demographics")
    return asked
