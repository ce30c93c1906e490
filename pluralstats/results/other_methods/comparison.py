"""``robustness``: the same contrasts by other methods, in one table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.fits.asking.request import submodel_settings
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import fit as fit_model
from pluralstats.inference.sampling.options import Sampler
from pluralstats.results.averaging.scenes import dimensions_of
from pluralstats.results.effects.counterfactuals import Contrast, contrast_draws, is_known
from pluralstats.results.effects.estimands import find_estimands
from pluralstats.results.effects.level_pairs import (
    DIMENSION,
    refuse_unknown_demographics,
)
from pluralstats.results.effects.summaries import summaries
from pluralstats.results.effects.within_items import SURE, shares_matter, within_items_fit
from pluralstats.results.other_methods.averaged import UNKNOWN, Rows, averaged, contrasts_of, empty_rows
from pluralstats.results.other_methods.averaged_differences import (
    RATIO,
    Difference,
)
from pluralstats.results.other_methods.marginal_models import (
    WORKING,
)

COLUMNS = [
    *("demographic", "level", "reference", "estimand", "unit", "method"),
    *("estimate", "lower", "upper", "se", "n_raters", "n_ratings", "note"),
]


def robustness(
    fit: Fit,
    demographics: str | Sequence[str] | None = None,
    *,
    working: str = "exchangeable",
    prob: float = 0.95,
) -> pd.DataFrame:
    """The same contrasts by the model, by the model without raters, by GEE and from raw means.

    Methods, each level against the reference:

    - ``exact``: the fit given, as in ``ps.effects``. The note says when it is an approximation.
    - ``item_only``: the same formula, method and settings without the terms of raters, fitted here. With
      demographics constant within raters its intervals are too narrow; it is here to show by how much.
    - ``within_items``: the model with the shares of groups among the raters of each item as covariates of items,
      fitted here: what groups say of the same items, as ``ps.effects(..., within="items")``. The note says when the
      shares matter: then one group rated other items than another, and the other methods mistake that for a
      difference between people.
    - ``gee``: generalised estimating equations, robust errors clustered by rater: linear in rating points
      (bernoulli: logistic). Items are not told apart.
    - ``ordinal_gee``: proportional odds by GEE, independence as working correlation, robust errors clustered by rater;
      cumulative models only. Averaged over raters' profiles like the model, errors by the delta method.
    - ``raw``: difference of the groups' mean ratings, other demographics ignored, errors clustered by rater.

    Parameters
    ----------
    fit : Fit
    demographics : str or list of str, optional
        Default: all that the formula names.
    working : {"exchangeable", "independence"}
        Working correlation of ratings by one rater in ``gee``.
    prob : float
        Probability of the intervals: quantiles over draws, and normal intervals for GEE and raw means.

    Returns
    -------
    data frame
        ``demographic, level, reference, [dimension], estimand`` (points; marginal_odds_ratio, unless gaussian),
        ``unit, method, estimate, lower, upper, se`` (sd of the draws, or robust standard error; of the ratio's
        logarithm),
        ``n_raters, n_ratings`` (of the level), ``note`` (how it was computed, or why it is empty).

    Raises
    ------
    ConfigError
        A demographic that the formula lacks, an unknown ``working``, or a ``prob`` that is no probability.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73, 13-22; Heagerty & Zeger (1996), J. Am. Stat. Assoc. 91, 1024-1036 (ordinal).

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, effects={"gender[male]": 0.8}, seed=1)
    >>> table = ps.robustness(ps.fit(ratings, method="laplace"))
    >>> table["method"].unique().tolist()
    ['exact', 'item_only', 'within_items', 'gee', 'ordinal_gee', 'raw']
    """
    refuse_no_fit(fit, "robustness")
    found = fit.roles.demographics
    asked = found if demographics is None else [demographics] if isinstance(demographics, str) else list(demographics)
    refuse_unknown_demographics(fit, asked, [], "demographics")
    problems = probability_problem(prob)
    if working not in WORKING:
        problems.append(f"`working` is one of {', '.join(WORKING)}; found '{working}'.{nearest(str(working), WORKING)}")
    if problems:
        raise problems_error(ConfigError, problems)
    estimands = ["points", RATIO] if fit.design.family.ordered else ["points"]
    sources = (
        _drawn(fit, asked, estimands, prob),
        _item_only(fit, asked, estimands, prob),
        _within_items(fit, asked, estimands, prob),
    )
    rows: list[Any] = [row for source in sources for row in source]
    of_sets = "; one completed set" if "imputation" in fit.provenance else ""
    rows += [
        (*row, note + of_sets) for source in averaged(fit, asked, estimands, working, prob) for *row, note in source
    ]
    return _table(fit, rows)


def _table(fit: Fit, rows: Sequence[tuple[str, Contrast, str, Difference, str]]) -> pd.DataFrame:
    """The rows, all methods of a contrast together."""
    units = {name: find_estimands(fit, name)[0].unit for name in dict.fromkeys(row[0] for row in rows)}
    records = [
        {
            "demographic": contrast.demographic,
            "level": contrast.level,
            "reference": contrast.reference,
            **contrast.within,
            "estimand": estimand,
            "unit": units[estimand],
            "method": method,
            **numbers._asdict(),
            "n_raters": contrast.pairs[0].at.observed.n_raters,
            "n_ratings": contrast.pairs[0].at.observed.n_ratings,
            "note": note,
        }
        for estimand, contrast, method, numbers, note in rows
    ]
    dimension = [DIMENSION] if dimensions_of(fit) else []
    table = pd.DataFrame(records, columns=[*COLUMNS[:3], *dimension, *COLUMNS[3:]])
    place = table.groupby(["estimand", *dimension, "demographic", "level"], sort=False).ngroup()
    return table.iloc[place.argsort(kind="stable")].reset_index(drop=True)


def _drawn(
    fit: Fit, demographics: Sequence[str], estimands: Sequence[str], prob: float, method: str = "exact", note: str = ""
) -> Rows:
    """Rows of a fitted model."""
    contrasts = contrasts_of(fit, demographics)
    measures = [find_estimands(fit, name)[0] for name in estimands]
    by_likelihood = "" if fit.estimator == "posterior" else f"{fit.estimator} by Laplace's method, not the posterior"
    note = "; ".join(part for part in (note, by_likelihood) if part)
    for measure, of_measure in zip(measures, contrast_draws(fit, contrasts, measures), strict=True):
        found = summaries(of_measure, measure.null, prob, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            se = np.std(np.log(of_measure) if measure.name == RATIO else of_measure, axis=1)
        columns = zip(found["estimate"], found["lower"], found["upper"], se, strict=True)
        for contrast, row in zip(contrasts, columns, strict=True):
            numbers = Difference(*map(float, row))
            yield measure.name, contrast, method, numbers, note if is_known(fit, contrast) else UNKNOWN


def _item_only(fit: Fit, demographics: Sequence[str], estimands: Sequence[str], prob: float) -> Rows:
    """Rows of the model without raters, or empty ones with the reason."""
    of_raters = list(dict.fromkeys(fit.design.groupings[t].term.name for t in fit.roles.rater))
    settings = fit.provenance["settings"]
    if not of_raters:
        yield from empty_rows(fit, demographics, estimands, "item_only", "the model given has no term of raters")
    elif "graph" in settings:
        yield from empty_rows(fit, demographics, estimands, "item_only", "the model given is a graph of its own")
    elif "imputation" in fit.provenance:
        yield from empty_rows(fit, demographics, estimands, "item_only", "the model given pools completed sets")
    else:
        other = _without(fit, of_raters)
        # that it lacks (1 | rater) is the point; everything else that is wrong with it is said
        said = [s for s in other.problems if "but no (1 | rater)" not in s and s not in fit.problems]
        more = f" (and {len(said) - 1} more problems)" if len(said) > 1 else ""
        yield from _drawn(other, demographics, estimands, prob, "item_only", said[0] + more if said else "")


def _within_items(fit: Fit, demographics: Sequence[str], estimands: Sequence[str], prob: float) -> Rows:
    """Rows of the model whose items may depend on who rates them, or empty ones with the reason."""
    try:
        other = within_items_fit(fit, demographics)
    except ConfigError as error:
        yield from empty_rows(fit, demographics, estimands, "within_items", str(error))
        return
    for demographic in demographics:
        p = shares_matter(other, demographic)
        matters = f"items differ by who rated them (p = {p:.2g}), so that this one is to be trusted" if p < SURE else ""
        yield from _drawn(other, [demographic], estimands, prob, "within_items", matters)


def _without(fit: Fit, terms: Sequence[str]) -> Fit:
    """The same model, fitted in the same way, without some random terms."""
    settings, formula, priors = fit.provenance["settings"], fit.design.formula, fit.priors
    for name in terms:
        formula = formula.without(name)
    if priors is not None:
        gone = {f"sd({name})" for name in terms}
        priors = replace(priors, terms={name: v for name, v in priors.terms.items() if name not in gone})
    sampler = None
    if settings["sampler"]:
        centring = {name: v for name, v in settings["sampler"]["centring"].items() if name not in terms}
        sampler = Sampler(**settings["sampler"] | {"centring": centring})
    asked: dict[str, Any] = {name: settings[name] for name in ("family", "method", "reml", "draws", "seed")}
    asked |= submodel_settings(fit.design)
    return fit_model(
        fit.ratings, str(formula), **asked, link=fit.link, priors=priors,
        sampler=sampler, on_problem="ignore",
    )  # fmt: skip
