"""``effects``: how far groups are apart, in rating points, percent, probabilities and odds (METHODS section 3)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pluralstats.data.shared_items import sharing_head
from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.scenes import dimensions_of
from pluralstats.results.effects.counterfactuals import (
    Contrast,
    Study,
    contrast_columns,
    contrast_draws,
    is_in_thresholds,
    is_known,
    support,
)
from pluralstats.results.effects.estimands import Estimand, find_estimands
from pluralstats.results.effects.level_pairs import (
    DIMENSION,
    Question,
    contrasts_of_levels,
    described_raters,
    is_number,
    refuse_unknown_demographics,
)
from pluralstats.results.effects.summaries import rope_widths, summaries
from pluralstats.results.effects.utilities import utilities_of
from pluralstats.results.effects.within_items import within_items_fit

COLUMNS = ("estimate", "lower", "upper", "lower_50", "upper_50", "p_direction", "p_rope", "raw")
SIZES = ("n_raters", "n_ratings", "n_raters_reference", "note")
OTHER_ITEMS = "the groups rated other items: compare within='items'"
UNKNOWN = "the ratings do not determine it"
OWN_THRESHOLDS = "its levels have thresholds of their own, no one latent distance"


def effects(
    fit: Fit,
    demographics: Sequence[str] | str | None = None,
    *,
    estimands: Sequence[str] | str = ("points",),
    by: str | None = None,
    at: Mapping[str, Sequence[float]] | None = None,
    utility: Mapping[str, float] | None = None,
    within: str | None = None,
    prob: float = 0.95,
    rope: float | Mapping[str, float] = 0.0,
    population: Population | None = None,
) -> pd.DataFrame:
    """Differences between the levels of demographics and their reference, by g-computation inside each draw.

    Every rater is given the level, then the reference; other demographics stay as observed; predictions are
    averaged over the raters (each once), the items of the data and NEW raters, whose effect is integrated (probit:
    closed form; others: quadrature). Intervals are quantiles over draws.

    Every item keeps its own covariates (a topic, a length) beside its own effect; what differs between the ratings of
    an item (a wave) is met as often as among them, the same by every rater. Random terms that
    cross raters or their groups with items, such as ``(1 | gender:item)``, are integrated over as for new raters
    and new items; their levels are not looked up, and ``latent_d`` leaves them out.

    With ``disc``, ``stretch`` and ``thresholds`` expectations are of everything: the noise and the use of the scale of
    the level, those of new raters integrated at nodes that are right to 1e-5, and the thresholds of each item's wave or
    dimension. ``ps.difference_sources`` tells which of them a difference comes from.

    A fit of several dimensions has a row for each of them, over the items rated on it. An average over dimensions
    exists with ``utility`` only.

    A number, as an age or an item's length, has slopes: the average over people and items of how the expectation
    changes, for one unit (``level`` "+1") and for one standard deviation ("+1 sd (12.3)", over raters for what is about
    raters, else over items or ratings). With ``at`` it has differences between chosen values instead.

    A contrast that the data do not determine is left empty (``estimate`` to ``p_rope`` are missing, ``raw`` stays):
    it needs a combination of levels that nobody has and the formula treats as a case of its own, tells apart
    demographics that never differ, or rests on a coefficient without a finite estimate. ``Fit.problems`` names
    the cause.

    Parameters
    ----------
    fit : Fit
    demographics : str or list of str, optional
        Columns of the formula: demographics, numbers, also covariates of items. Default: all that is about raters.
    estimands : str or list of str
        ``points`` E[Y_a] - E[Y_b]; ``percent`` 100 (E[Y_a] / E[Y_b] - 1), which depends on where the scale starts and
        is left empty where the reference mean may be 0 or less;
        ``percent_of_range`` 100 (E[Y_a] - E[Y_b]) / (highest - lowest), which needs a scale with ends;
        ``probability`` 100 (P(Y_a >= k) - P(Y_b >= k)) for every k, or one of them by its name, as
        ``"P(rating >= 4)"`` (``"P(rating = 1)"`` on a scale of two); ``probability_ratio`` for every k;
        ``odds_ratio`` conditional on rater and item, logit only; ``marginal_odds_ratio`` geometric mean over k of
        the ratios of averaged cumulative odds; ``latent_d`` latent difference over the sd of rater terms (whose every
        level is of one rater) and residual. With random slopes of items, ``odds_ratio`` (geometric mean) and
        ``latent_d`` are averages over the items of the data; the variance of raters' slopes is its mean over raters.
        Both are left empty between levels that have thresholds of their own.
    by : str, optional
        Another demographic: contrasts among the raters of each of its levels.
    at : dict of column to values, optional
        Values of numbers to compare, the first of which is the reference: ``{"age": (20, 40, 60)}``.
    utility : dict of dimension to number, optional
        Fits of several dimensions: one row for the mean over dimensions weighted by utilities, negative where high
        ratings are bad, sum of utility times difference over the sum of their sizes. ``dimension`` is then
        "-1 toxicity + 1 helpfulness".
    within : {"items"}, optional
        Differences told from comparisons within items alone, which do not mistake items for people where a group rated
        other items than another. The model is fitted again, in the same way, with the shares of groups among the
        raters of each item as covariates of items (Mundlak 1978); empty where two groups share no item.
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
        ``demographic, level, reference, [dimension], [by], estimand, unit, estimate`` (posterior mean; of ratios, of
        the logarithm), ``lower, upper, lower_50, upper_50, p_direction`` (share of draws on one side of no effect,
        the larger), ``p_rope`` (share of draws inside the region, missing without one), ``raw`` (the same from raw
        group means, where defined), ``n_raters, n_ratings, n_raters_reference``, ``note`` (why there is no number,
        that nobody or one rater has a combination of levels, that groups rated other items; "" where nothing is to be
        said).

    Raises
    ------
    ConfigError
        No fit, a formula without anything about raters, a column that the formula lacks, an unknown estimand, one that
        the family does not have, or a ``rope`` that is negative or for an estimand not asked for.
    DataError
        A population with a demographic or level that the ratings do not have, or with nobody at a level of ``by``.

    Warns
    -----
    PopulationWarning
        The population has combinations of levels that no rater has; their predictions come from raters who share
        some of the levels (random terms of the combination: a deviation drawn from its distribution). Where the formula
        treats such a combination as a case of its own, the contrast is left empty.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, ratings_per_rater=10, effects={"gender[male]": -1.0}, seed=1)
    >>> table = ps.effects(ps.fit(ratings), "gender", estimands="points")
    >>> table["level"].tolist(), bool(table["upper"][0] < 0.0)
    (['male'], True)
    """
    refuse_no_fit(fit, "effects")
    chosen = asked_demographics(fit, demographics, by)
    measures = measures_of(fit, estimands)
    if problems := [*probability_problem(prob), *values_problems(fit, chosen, at)]:
        raise problems_error(ConfigError, problems)
    if within not in (None, "items"):
        raise ConfigError(f"`within` is None or 'items'; found {within!r}. For groups of raters use `by`.")
    if within == "items":
        chosen = [name for name in chosen if demographics is not None or name in fit.ratings.demographics]
        fit = within_items_fit(fit, chosen)
    widths, utilities = rope_widths(rope, measures), utilities_of(fit, utility, measures)
    levels_of, study = (by,) if by else (), Study(fit, population)
    questions = [Question((name,), "reference", levels_of, at or {}, utilities) for name in chosen]
    contrasts = [contrast for question in questions for contrast in contrasts_of_levels(study, question)]
    draws = contrast_draws(fit, contrasts, measures)
    return effect_table(fit, contrasts, measures, draws, prob, widths)[effect_columns(fit, levels_of)]


def measures_of(fit: Fit, names: Sequence[str] | str) -> list[Estimand]:
    """The estimands behind one name or several."""
    wanted = [names] if isinstance(names, str) else list(names)
    return [measure for name in wanted for measure in find_estimands(fit, name)]


def effect_table(
    fit: Fit,
    contrasts: Sequence[Contrast],
    measures: Sequence[Estimand],
    draws: np.ndarray,
    prob: float,
    widths: Mapping[str, float],
) -> pd.DataFrame:
    """One row for each estimand and contrast, with all columns that ``effects`` describes.

    Parameters
    ----------
    draws : (measures, contrasts, S)
    """
    known = [is_known(fit, contrast) for contrast in contrasts]
    said = [support(contrast) or _of_items(fit, contrast.demographic) for contrast in contrasts]
    tables = []
    for measure, values in zip(measures, draws, strict=True):
        table = pd.DataFrame([contrast_columns(contrast, measure) for contrast in contrasts])
        numbers = summaries(values, measure.null, prob, widths[measure.name]) if len(contrasts) else {}
        refused = np.isnan(values).all(axis=1) if len(contrasts) else []
        whys = [
            OWN_THRESHOLDS if is_in_thresholds(fit, contrast.demographic, measure) else measure.undefined
            for contrast in contrasts
        ]
        note = [
            UNKNOWN if not sure else why if empty else text
            for sure, empty, text, why in zip(known, refused, said, whys, strict=True)
        ]
        tables.append(table.assign(**numbers, note=np.array(note, dtype=object)))
    return pd.concat(tables, ignore_index=True) if contrasts else pd.DataFrame(columns=[*BASE, *COLUMNS, *SIZES])


def _of_items(fit: Fit, demographic: str) -> str:
    """That the groups of a demographic rated other items, where the fit has that among its problems."""
    heads = [sharing_head(name) for name in demographic.split(":")]
    return OTHER_ITEMS if any(problem.startswith(tuple(heads)) for problem in fit.problems) else ""


BASE = ("demographic", "level", "reference", "estimand", "unit")


def effect_columns(fit: Fit, within: Sequence[str]) -> list[str]:
    """The columns of a table of effects within levels of other demographics."""
    dimension = [DIMENSION] if dimensions_of(fit) and not any(DIMENSION in name.split(":") for name in within) else []
    return ["demographic", "level", "reference", *dimension, *within, "estimand", "unit", *COLUMNS, *SIZES]


def values_problems(fit: Fit, chosen: Sequence[str], at: Mapping[str, Sequence[float]] | None) -> list[str]:
    """Sentences about values of numbers that are not to be compared."""
    problems = []
    for name, values in (at or {}).items():
        if name not in chosen:
            among = ", ".join(chosen)
            problems.append(f"`at` has values of '{name}', which is not among what is contrasted ({among}).")
        elif not is_number(fit, name):
            problems.append(f"`at` has values of '{name}', which has levels and is no number. Take it out.")
        elif isinstance(values, str) or len(set(values)) < 2 or not np.isfinite(np.asarray(values, float)).all():
            problems.append(f"`at` of '{name}' has two or more numbers, the reference first; found {values!r}.")
    return problems


def asked_demographics(fit: Fit, names: Sequence[str] | str | None, by: str | None) -> list[str]:
    """The columns to contrast, checked against the formula."""
    found = [name for name in described_raters(fit) if name != by]
    if names is None and not found:
        raise ConfigError(
            f"The formula '{fit.formula}' has nothing about raters, so there is no difference between groups of them. "
            "Name demographics in it, as in 'rating ~ gender + (1 | item) + (1 | rater)'."
        )
    asked = found if names is None else [names] if isinstance(names, str) else list(names)
    refuse_unknown_demographics(fit, asked, [by] if by else [], "demographics")
    return asked
