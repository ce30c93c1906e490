"""``joint_tests``: whether a factor matters at all, all of its levels taken together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import fit as fit_model
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.results.averaging.crossings import crossing_of
from pluralstats.results.averaging.populations import is_determined
from pluralstats.results.averaging.scenes import crowd_of, dimensions_of
from pluralstats.results.effects.counterfactuals import Counterfactual, Study, predictions_of
from pluralstats.results.effects.group_effects import UNKNOWN
from pluralstats.results.effects.level_pairs import (
    Question,
    described_raters,
    is_number,
    levels_of_factor,
    refuse_unknown_demographics,
)
from pluralstats.results.effects.likelihood_ratio import likelihood_ratios

RATIO = ("lr", "df_lr", "p_lr")  # of fits by maximum likelihood
COLUMNS = ("df", "wald", "p_wald", *RATIO, "largest", "p_rope", "note")
RANK = 1e-10  # relative size of a direction in which contrasts vary


def joint_tests(
    fit: Fit, demographics: Sequence[str] | str | None = None, *, rope: float | None = None
) -> pd.DataFrame:
    """One test for each factor: that its levels do not differ, all of them at once.

    - Wald: the average latent differences of all levels to the first, d = L b with everybody given each level in turn
      as in ``ps.effects``, and d' (L V L')^-1 d against chi-square; V the covariance of the coefficients (their
      posterior's). Random slopes are at 0.
    - Likelihood ratio, for ``laplace`` fits without priors: the model without every term that names the factor, fitted
      here.
    - ``p_rope``: the posterior probability that no two levels differ by as much as ``rope`` rating points, for the
      claim that a factor does not matter.

    Parameters
    ----------
    fit : Fit
    demographics : str or list of str, optional
        Factors of the formula, also covariates of items. Default: the demographics that it names.
    rope : float, optional
        Rating points; more than 0.

    Returns
    -------
    data frame
        ``demographic, [dimension], df, wald, p_wald``, of a fit by maximum likelihood ``lr, df_lr, p_lr``, ``largest``
        (posterior mean of the largest difference between two levels, rating points), ``p_rope``, ``note``.

    Raises
    ------
    ConfigError
        A factor that the formula lacks or that is a number, or a ``rope`` that is not positive.

    References
    ----------
    Searle, Speed & Milliken (1980), American Statistician 34, 216-221 (population marginal means).

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=80, n_items=20, effects={"gender[male]": 1.0}, seed=1)
    >>> table = ps.joint_tests(ps.fit(ratings, method="laplace"))
    >>> table["demographic"].tolist(), bool(table["p_wald"][0] < 0.01), bool(table["p_lr"][0] < 0.01)
    (['gender'], True, True)
    """
    refuse_no_fit(fit, "joint_tests")
    found = [name for name in described_raters(fit) if not is_number(fit, name)]
    asked = found if demographics is None else [demographics] if isinstance(demographics, str) else list(demographics)
    _check(fit, asked, rope)
    study = Study(fit)
    rows = []
    for name in asked:
        ratio = _likelihood_ratio(fit, name)
        for dimension in dimensions_of(fit) or (None,):
            where = {} if dimension is None else {"dimension": dimension}
            groups = _groups(study, name, dimension)
            rows.append({"demographic": name, **where, **_tests(fit, groups, rope), **ratio})
    dimension_column = ["dimension"] if dimensions_of(fit) else []
    columns = [name for name in COLUMNS if fit.estimator == "ML" or name not in RATIO]
    return pd.DataFrame(rows, columns=["demographic", *dimension_column, *columns])


def _groups(study: Study, name: str, dimension: str | None) -> list[Counterfactual]:
    levels = levels_of_factor(study.fit, Question((name,), "levels", (), {}, None))
    return [study.counterfactual(level, dimension=dimension) for level in levels]


def _tests(fit: Fit, groups: Sequence[Counterfactual], rope: float | None) -> dict[str, object]:
    if not all(is_determined(fit, group.scene, groups[0].scene) for group in groups):
        return {"df": len(groups) - 1, "note": UNKNOWN}
    L = np.stack([_mean_row(fit, group) for group in groups])
    L = L[1:] - L[:1]
    b, V = _coefficients(fit)
    d, covariance = L @ b, L @ V @ L.T
    df, statistic = _wald(d, covariance)
    predictions = predictions_of(fit, groups)
    expected = np.stack([predictions[id(group)].expected for group in groups])
    largest = np.ptp(expected, axis=0)
    return {
        "df": df,
        "wald": statistic,
        "p_wald": float(chi2.sf(statistic, df)) if df else np.nan,
        "largest": float(largest.mean()),
        "p_rope": np.nan if rope is None else float((largest < rope).mean()),
        "note": "",
    }


def _wald(d: np.ndarray, covariance: np.ndarray) -> tuple[int, float]:
    """Degrees of freedom and the statistic, over the directions in which the differences vary."""
    scale = np.sqrt(np.maximum(np.diagonal(covariance), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    kept = values > RANK * values.max(initial=0.0)
    along = vectors.T[kept] @ (d / scale)
    return int(kept.sum()), float((along**2 / values[kept]).sum())


def _mean_row(fit: Fit, group: Counterfactual) -> np.ndarray:
    """(p,) design row averaged over people and what they meet."""
    crossing = crossing_of(fit, crowd_of([group.scene]), group.scene.around)
    own = crossing.company.weight.toarray()[:, 0] @ crossing.own.X
    return own + crossing.multipliers_met()[1] @ crossing.met.X


def _coefficients(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """(p,) estimate and (p, p) covariance: of the maximum, or of the draws."""
    posterior = fit.posterior
    if isinstance(posterior, LaplacePosterior):
        at = posterior.coefficient_slice
        return posterior.mode[at], posterior.covariance[at, at]
    draws = fit.samples.coefficient
    return draws.mean(axis=0), np.atleast_2d(np.cov(draws.T))


def _likelihood_ratio(fit: Fit, name: str) -> dict[str, object]:
    """Against the model without all fixed terms that name the factor."""
    if fit.estimator != "ML":
        return {}
    formula = fit.design.formula.without_column(name)
    settings = fit.provenance["settings"]
    smaller = fit_model(
        fit.ratings, str(formula), family=fit.family, link=fit.link, method="laplace", draws=settings["draws"],
        seed=settings["seed"], on_problem="ignore",
    )  # fmt: skip
    row = likelihood_ratios({"without": smaller, "with": fit}).iloc[-1]
    return {"lr": row["lr"], "df_lr": row["df"], "p_lr": row["p"]}


def _check(fit: Fit, asked: Sequence[str], rope: float | None) -> None:
    refuse_unknown_demographics(fit, asked, [], "demographics")
    if numbers := [name for name in asked if is_number(fit, name)]:
        raise ConfigError(
            f"'{numbers[0]}' is a number: it has one slope and no levels to test together. See its row in ps.effects."
        )
    if rope is not None and not rope > 0.0:
        raise ConfigError(f"`rope` is a distance in rating points above 0; found {rope!r}.")
    if not asked:
        raise ConfigError(f"The formula '{fit.formula}' has no factor about raters to test.")
