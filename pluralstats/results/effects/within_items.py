"""Differences within items: what groups say of the same items, where one group rates other items than another.

The random effect of an item is taken as independent of who rates it. Where a group rates harsher texts that is wrong,
and a part of how texts differ becomes a difference between groups. Mundlak's device (1978, Econometrica 46, 69-85)
lets the effect of an item depend on the share of each group among its raters, which becomes a covariate of the item:
the group's coefficient is then told from comparisons within items alone, as with fixed effects of items. Coefficients
of the shares away from 0 say that it matters; in a linear model this is Hausman's test (1978, Econometrica 46, 1251).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import chi2

from pluralstats.data.shared_items import SHARE
from pluralstats.data.shares import levels_alone, shares_in
from pluralstats.errors import ConfigError, problems_error
from pluralstats.fits.asking.request import submodel_settings
from pluralstats.fits.fitted import Fit
from pluralstats.fits.fitting import fit as fit_model
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.formula.parsing import quoted

SURE = 0.05  # level of the test that shares matter


def within_items_fit(fit: Fit, demographics: Sequence[str]) -> Fit:
    """The same model, fitted in the same way, with the shares of groups among the raters of each item.

    Raises
    ------
    ConfigError
        A demographic that is none, a formula without a term of items, or a graph of a user's own.
    """
    _refuse(fit, demographics)
    frame, names = fit.ratings.frame, []
    columns: dict[str, pd.Series] = {}
    for demographic in demographics:
        sets = fit.ratings.shares.get(demographic, {})
        for level in levels_alone(frame[demographic], sets)[1:]:
            name = share_name(demographic, level)
            columns[name] = _shares(frame, shares_in(frame[demographic], level, sets))
            names.append(name)
    ratings = fit.ratings.with_covariates(columns)
    formula, settings = fit.design.formula, fit.provenance["settings"]
    extra = " + ".join(map(quoted, names))
    if "dimension" in formula.columns:
        extra = f"dimension * ({extra})"
    text = str(replace(formula, fixed=f"{formula.fixed} + {extra}", columns=(*formula.columns, *names)))
    sampler = Sampler(**settings["sampler"]) if settings["sampler"] else None
    asked = {name: settings[name] for name in ("family", "method", "reml", "draws", "seed")}
    asked |= submodel_settings(fit.design)
    return fit_model(ratings, text, **asked, link=fit.link, priors=fit.priors, sampler=sampler, on_problem="ignore")


def share_name(demographic: str, level: str) -> str:
    """The covariate of items: which share of an item's ratings come from a level."""
    return f"{SHARE} {demographic} {level}"


def _shares(frame: pd.DataFrame, of_row: np.ndarray) -> pd.Series:
    """(n,) share of a level among the ratings of the row's item, on its dimension; ``of_row`` (n,) its share there."""
    of = ["item", "dimension"] if "dimension" in frame else ["item"]
    return pd.Series(of_row, index=frame.index).groupby([frame[name] for name in of], observed=True).transform("mean")


def shares_matter(fitted: Fit, demographic: str) -> float:
    """p of the hypothesis that items do not depend on who rates them: Wald's test of the coefficients of the shares.

    Missing where the shares have no coefficient, as where every item has the same raters.
    """
    prefix = share_name(demographic, "")
    at = [j for j, name in enumerate(fitted.design.fixed.names) if prefix in name]
    if not at:
        return np.nan
    draws = fitted.samples.coefficient[:, at]
    covariance = np.atleast_2d(np.cov(draws.T))
    mean = draws.mean(axis=0)
    return float(chi2.sf(mean @ np.linalg.pinv(covariance, hermitian=True) @ mean, np.linalg.matrix_rank(covariance)))


def _refuse(fit: Fit, demographics: Sequence[str]) -> None:
    problems = [
        f"`within='items'` compares groups of raters, and '{name}' is no demographic of the ratings "
        f"({', '.join(fit.ratings.demographics) or 'there are none'})."
        for name in demographics
        if name not in fit.ratings.demographics
    ]
    if not any("item" in grouping.term.factors for grouping in fit.design.groupings):
        problems.append(f"`within='items'` needs a term of items, and '{fit.formula}' has none. Add (1 | item).")
    if "graph" in fit.provenance["settings"]:
        problems.append("`within='items'` fits the model again, which cannot be done for a graph of your own.")
    if "imputation" in fit.provenance:
        problems.append(
            "`within='items'` fits the model again, and this fit pools completed sets, of which it would be one. Pass "
            "a fit of ratings with undisclosed='drop' or 'level'."
        )
    if problems:
        raise problems_error(ConfigError, problems)
