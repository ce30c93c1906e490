"""``prior_sensitivity``: which results follow from the ratings and which from the priors."""

import math
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, FitError
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.inference.posterior.pointwise import Pointwise, Units, total_log_likelihood
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.standard.log_prior import log_prior_density
from pluralstats.model.priors import resolve_priors
from pluralstats.results.checks.left_out import chosen_samples, units_of

LARGE = 0.05  # change above which prior or likelihood matter, the rule of the reference
RATINGS_DECIDE = "the ratings decide"
PRIOR_DECIDES = "the ratings say little: the prior decides"
CONFLICT = "prior and ratings pull in different directions: check the prior, or report the result under another one"
NEITHER = "neither the prior nor more of the same ratings would move it: the number of raters and items limits it"
_COLUMNS = ["kind", "term", "parameter"]


def prior_sensitivity(fit: Fit) -> pd.DataFrame:
    """How much each parameter would move if the prior, or the likelihood, counted a little more or less.

    Prior and likelihood are raised to powers near 1 and the draws are reweighted. The number is the change of the
    parameter's distribution (square root of the cumulative Jensen-Shannon divergence) for each doubling of the power:
    0 means no change. The prior is that of thresholds, coefficients and standard deviations. The likelihood is that
    of whole raters, their effects integrated, as a coefficient of a demographic is known from raters and not from
    ratings of one rater; effects of items are those of each draw.

    Parameters
    ----------
    fit : Fit
        With priors: ``method="nuts"``, ``"pymc"``, or ``"laplace"`` with ``priors=``.

    Returns
    -------
    data frame
        ``kind``, ``term``, ``parameter`` as in ``fit.parameters``; ``prior`` and ``likelihood``, the two changes;
        ``diagnosis``, by whether each is at least 0.05. Missing changes: a parameter that never varies.

    Raises
    ------
    ConfigError
        A fit without priors.

    References
    ----------
    Kallioinen, Paananen, Bürkner & Vehtari (2024), Stat. Comput. 34, 57, sections 2.2 and 3 and table 1.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> fit = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace", priors=ps.Priors())
    >>> prior_sensitivity(fit)["diagnosis"].unique().tolist()
    ['the ratings decide']
    """
    refuse_no_fit(fit, "prior_sensitivity")
    if fit.priors is None:
        raise ConfigError(
            f"`prior_sensitivity` needs a fit with priors, and this one (method='{fit.method}') is maximum likelihood "
            "or a changed graph. Fit with method='nuts', or with `priors=ps.Priors()`."
        )
    whole, samples = chosen_samples(fit, None), fit.estimated_samples
    made = standardise(fit.design.estimated)
    log_prior = log_prior_density(samples, made, resolve_priors(fit.priors, fit.design))
    values = samples.parameters
    varies = np.ptp(values, axis=0) > 0.0
    changes = np.full((len(varies), 2), np.nan)
    log_likelihood = total_log_likelihood(Pointwise(fit.design.whole, whole, _likelihood_units(fit)))
    for column, log_density in enumerate((log_prior, log_likelihood)):
        changes[varies, column] = _power_scaled(values[:, varies], log_density, fit.chains)
    table = fit.parameters[_COLUMNS].reset_index(drop=True)
    return table.assign(
        prior=changes[:, 0], likelihood=changes[:, 1], diagnosis=[_diagnosis(*change) for change in changes]
    )


def _likelihood_units(fit: Fit) -> Units:
    """Raters; single ratings where raters have several effects, whose integrals in every draw would take minutes."""
    try:
        raters = units_of(fit, "rater")
    except FitError:
        return units_of(fit, "rating")
    return raters if raters.together is None else units_of(fit, "rating")


def _power_scaled(values: np.ndarray, log_density: np.ndarray, chains: int) -> np.ndarray:
    """(P,) change of each parameter when a log density (S,) is scaled."""
    import arviz_base  # a second, and only this function needs the two
    import arviz_stats

    groups: dict[str, Any] = {
        "posterior": {"value": values.reshape(chains, -1, values.shape[1])},
        "log_prior": {"total": log_density.reshape(chains, -1)},
    }
    # the group's name does not matter: arviz raises either density to a power in the same way
    return arviz_stats.psense(arviz_base.from_dict(groups), group="prior")["value"].to_numpy()


def _diagnosis(prior: float, likelihood: float) -> str:
    if math.isnan(prior):
        return "it does not vary"
    if prior >= LARGE:
        return CONFLICT if likelihood >= LARGE else PRIOR_DECIDES
    return RATINGS_DECIDE if likelihood >= LARGE else NEITHER
