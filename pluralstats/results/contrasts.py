"""``effects``: how far groups are apart, in rating points, percent, probabilities and odds (METHODS section 3)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.fits import Fit
from pluralstats.population.targets import Population
from pluralstats.results.estimands import Estimand, Observed, find_estimands, rope_widths, summary
from pluralstats.results.populations import (
    Setting,
    observed_profiles,
    predict_settings,
    profile_columns,
    set_level,
    with_level,
)
from pluralstats.results.target_people import check_population


class Contrast(NamedTuple):
    """A level against its reference, for everybody or within one level of another demographic.

    ``known`` says whether the data determine it.
    """

    demographic: str
    level: str
    reference: str
    within: dict[str, str]
    at: Setting
    against: Setting
    known: bool
    observed: Observed
    observed_reference: Observed


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
    names = [demographics] if isinstance(demographics, str) else demographics
    chosen = _demographics(fit, names, by)
    wanted = [estimands] if isinstance(estimands, str) else list(estimands)
    measures = [measure for name in wanted for measure in find_estimands(fit, name)]
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    widths = rope_widths(rope, measures)
    check_population(fit.ratings, profile_columns(fit), population)
    contrasts = [contrast for name in chosen for contrast in _contrasts(fit, name, by, population)]
    predictions = predict_settings(fit, [s for c in contrasts for s in (c.at, c.against)]) if contrasts else []
    rows = [
        _row(
            contrast, measure, measure.draws_of(predictions[2 * i], predictions[2 * i + 1]), prob, widths[measure.name]
        )
        for measure in measures
        for i, contrast in enumerate(contrasts)
    ]
    return pd.DataFrame(rows, columns=_columns(by))


def _columns(by: str | None) -> list[str]:
    head = ["demographic", "level", "reference", *([by] if by else []), "estimand", "unit", "estimate"]
    intervals = ["lower", "upper", "lower_50", "upper_50", "p_direction", "p_rope"]
    return [*head, *intervals, "raw", "n_raters", "n_ratings", "n_raters_reference"]


def _demographics(fit: Fit, names: Sequence[str] | None, by: str | None) -> list[str]:
    """The demographics to contrast, checked against the formula."""
    in_formula = [name for name in profile_columns(fit) if name in fit.ratings.demographics]
    asked = [name for name in in_formula if name != by] if names is None else list(names)
    problems = [
        f"'{name}' is not a demographic of the formula '{fit.formula}', so the model has no effect of it."
        + nearest(name, in_formula)
        for name in [*asked, *([by] if by else [])]
        if name not in in_formula
    ]
    if by and by in asked:
        problems.append(f"'{by}' cannot be contrasted within its own levels. Take it out of `demographics` or `by`.")
    if problems:
        raise problems_error(ConfigError, problems)
    return asked


def _contrasts(fit: Fit, name: str, by: str | None, population: Population | None) -> list[Contrast]:
    frame = fit.ratings.frame
    groups = [(None, {})] if by is None else [(frame[by] == level, {by: level}) for level in frame[by].cat.categories]
    out = []
    for keep, within in groups:
        people = observed_profiles(fit, within, population)
        seen = frame if keep is None else frame[keep]
        reference, *levels = frame[name].cat.categories
        against, observed = with_level(people, name, reference), _observed(fit, seen[seen[name] == reference])
        for level in levels:
            known = _is_known(fit, people.profiles, name, level, reference)
            here = _observed(fit, seen[seen[name] == level])
            at = with_level(people, name, level)
            out.append(Contrast(name, level, reference, within, at, against, known, here, observed))
    return out


def _is_known(fit: Fit, profiles: pd.DataFrame, name: str, level: str, reference: str) -> bool:
    """Whether the data determine both predictions, and no coefficient between them has run off to infinity."""
    fixed = fit.design.fixed
    at, against = set_level(profiles, name, level), set_level(profiles, name, reference)
    if not (fixed.estimable(at).all() and fixed.estimable(against).all()):
        return False
    changed = (fixed.rows_for(at) != fixed.rows_for(against)).any(axis=0)
    return not (changed & fit.posterior.flat_coefficients).any()


def _observed(fit: Fit, rows: pd.DataFrame) -> Observed:
    weight = rows["weight"].to_numpy(float) if "weight" in rows else np.ones(len(rows))
    if not len(rows):
        return Observed(np.nan, np.full(max(fit.design.categories.size - 1, 0), np.nan), 0, 0)
    if fit.ratings.scale.is_continuous:
        values = rows["rating"].to_numpy(float)
    else:
        values = np.asarray(fit.ratings.scale.values, float)[rows["rating"].to_numpy()]
    at_least = np.array([np.average(values >= k, weights=weight) for k in fit.design.categories[1:]])
    return Observed(float(np.average(values, weights=weight)), at_least, rows["rater"].nunique(), len(rows))


def _row(contrast: Contrast, measure: Estimand, draws: np.ndarray, prob: float, rope: float) -> dict[str, object]:
    draws = draws if contrast.known else np.full_like(draws, np.nan)
    raw = measure.raw(contrast.observed, contrast.observed_reference) if measure.raw else np.nan
    return {
        "demographic": contrast.demographic,
        "level": contrast.level,
        "reference": contrast.reference,
        **contrast.within,
        "estimand": measure.name,
        "unit": measure.unit,
        **summary(draws, measure.null, prob, rope),
        "raw": raw,
        "n_raters": contrast.observed.n_raters,
        "n_ratings": contrast.observed.n_ratings,
        "n_raters_reference": contrast.observed_reference.n_raters,
    }
