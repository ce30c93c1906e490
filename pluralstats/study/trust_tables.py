"""The tables that say how far the fits can be trusted: convergence, replicated ratings, left-out raters, priors."""

from collections.abc import Callable

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.results.checks.power_scaling import prior_sensitivity
from pluralstats.results.checks.predictive import predictive_checks
from pluralstats.study.compared_models import compared
from pluralstats.study.config import StudyConfig
from pluralstats.study.convergence_tables import convergence_rows, trace_rows
from pluralstats.study.findings import MAIN
from pluralstats.study.fitting import Fits
from pluralstats.study.progress import Steps
from pluralstats.study.study_tables import stacked

_CHECKS = ("statistic", "level", "unit", "category", "observed", "estimate", "lower", "upper", "p", "n_ratings")
_SENSITIVITY = ("kind", "term", "parameter", "prior", "likelihood", "diagnosis")


def trust_tables(fits: Fits, config: StudyConfig, step: Steps) -> dict[str, pd.DataFrame]:
    """The tables of the section "Can this be trusted?" by the name of their files.

    ``convergence`` (a row for each sampled fit), ``traces`` (draws of what did not converge), ``predictive_checks``
    and ``prior_sensitivity`` of the main model, ``priors`` of the main model, ``model_comparison``. Each starts with
    ``model``, ``dimension`` or both, as the other tables of a study do, and has no rows where nothing applies.
    """
    main = {dimension: fit for (model, dimension), fit in fits.items() if model == MAIN}
    step("Replicating the ratings from the model")
    checks = _of_fits(main, lambda fit: _checks(fit, config.seed))
    step("Predicting what is left out")
    comparison = stacked({dimension: compared(_models(fits, dimension)) for dimension in main}, "dimension")
    step("Looking at priors and chains")
    return {
        "convergence": _of_all(fits, convergence_rows),
        "traces": _of_all(fits, trace_rows),
        "predictive_checks": checks,
        "model_comparison": comparison,
        "priors": _of_fits(main, lambda fit: fit.prior_table),
        "prior_sensitivity": _of_fits(main, _sensitivity),
    }


def _of_fits(fits: dict[str, ps.Fit], table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    return stacked({dimension: table(fit) for dimension, fit in fits.items()}, "dimension")


def _of_all(fits: Fits, table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    models = dict.fromkeys(model for model, _ in fits)
    own = {model: {dimension: fit for (name, dimension), fit in fits.items() if name == model} for model in models}
    return stacked({model: _of_fits(own[model], table) for model in models}, "model")


def _models(fits: Fits, dimension: str) -> dict[str, ps.Fit]:
    return {model: fit for (model, where), fit in fits.items() if where == dimension}


def _checks(fit: ps.Fit, seed: int) -> pd.DataFrame:
    """Predictive checks, or no rows where a fit has no estimates to replicate ratings from."""
    if not _has_estimates(fit):
        return pd.DataFrame(columns=list(_CHECKS))
    return predictive_checks(fit, seed=seed)


def _has_estimates(fit: ps.Fit) -> bool:
    return bool(np.isfinite(fit.parameters["estimate"]).all())


def _sensitivity(fit: ps.Fit) -> pd.DataFrame:
    if fit.priors is None or not _has_estimates(fit):
        return pd.DataFrame(columns=list(_SENSITIVITY))
    return prior_sensitivity(fit)
