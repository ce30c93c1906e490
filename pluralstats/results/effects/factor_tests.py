"""``joint_tests``: whether a factor matters at all, all of its levels taken together."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import block_diag
from scipy.stats import chi2

from pluralstats.errors import ConfigError
from pluralstats.fits.asking.request import submodel_settings
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import fit as fit_model
from pluralstats.inference.large.solver import Solver
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.model.category_effects import CategoryEffects
from pluralstats.model.formula.misplaced import factors_of
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
    step_levels,
)
from pluralstats.results.effects.likelihood_ratio import likelihood_ratios

RATIO = ("lr", "df_lr", "p_lr")  # of fits by maximum likelihood
COLUMNS = ("df", "wald", "p_wald", *RATIO, "largest", "p_rope", "note")
ONE_SIGN: dict[str, object] = {
    "wald": np.nan,
    "p_wald": np.nan,
    "note": "steps of mo() have one sign, so no statistic is chi-square; ps.effects has P(direction)",
}
OWN_THRESHOLDS: dict[str, object] = {
    "wald": np.nan,
    "p_wald": np.nan,
    "note": "its levels have thresholds of their own: the likelihood ratio of a laplace fit tests them",
}
RANK = 1e-10  # relative size of a direction in which contrasts vary


def joint_tests(
    fit: Fit, demographics: Sequence[str] | str | None = None, *, rope: float | None = None
) -> pd.DataFrame:
    """One test for each factor: that its levels do not differ, all of them at once.

    - Wald: the average latent differences of all levels to the first, d = L b with everybody given each level in turn
      as in ``ps.effects``, and d' (L V L')^-1 d against chi-square; V the covariance of the coefficients (their
      posterior's). Random slopes are at 0. With ``disc`` and ``stretch`` the differences in log s and in a stand
      beside those in eta, so that the hypothesis is that the levels do not differ in any of them; with ``cs()`` the
      differences at every threshold do.
    - Likelihood ratio, for ``laplace`` fits without priors: the model without every term that names the factor, fitted
      here.
    - An interaction, "gender:race", is tested beyond the terms below it: Wald's test of all coefficients of that term
      (and of higher ones with it), and the model without them. One row, on all dimensions together.
    - ``p_rope``: the posterior probability that no two levels differ by as much as ``rope`` rating points, for the
      claim that a factor does not matter.
    - Of a factor in ``mo()`` there is ``largest`` and ``p_rope`` only: its steps are on the boundary of what is allowed
      when there is no effect, where neither statistic is chi-square.
    - Levels with thresholds of their own, ``thresholds="gender"``, are tested by the likelihood ratio only.

    Parameters
    ----------
    fit : Fit
    demographics : str or list of str, optional
        Factors of the formula, also covariates of items, and interactions of them as "gender:race". Default: the
        demographics that the formula names.
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
        A factor that the formula lacks or that is a number, an interaction that it lacks or has without the terms
        below it, or a ``rope`` that is not positive.

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
    interactions = {name: _factors_of(fit, name) for name in asked if name not in fit.ratings.frame and ":" in name}
    _check(fit, [name for name in asked if name not in interactions], rope, asked)
    study = Study(fit)
    rows: list[dict[str, object]] = []
    for name in asked:
        steps = name not in interactions and step_levels(fit, name) is not None
        ratio = {} if steps else _likelihood_ratio(fit, interactions.get(name, (name,)))
        if name in interactions:
            rows.append({"demographic": name, **_interaction(fit, interactions[name]), **ratio})
            continue
        for dimension in dimensions_of(fit) or (None,):
            where = {} if dimension is None else {"dimension": dimension}
            groups = _groups(study, name, dimension)
            found_here = _tests(fit, groups, rope) | (ONE_SIGN if steps else {})
            found_here |= {**OWN_THRESHOLDS, "df": _threshold_df(fit)} if name == fit.design.thresholds.column else {}
            rows.append({"demographic": name, **where, **found_here, **ratio})
    dimension_column = ["dimension"] if dimensions_of(fit) else []
    columns = [name for name in COLUMNS if fit.estimator == "ML" or name not in RATIO]
    return pd.DataFrame(rows, columns=["demographic", *dimension_column, *columns])


def _groups(study: Study, name: str, dimension: str | None) -> list[Counterfactual]:
    levels = levels_of_factor(study.fit, Question((name,), "levels", (), {}, None))
    return [study.counterfactual(level, dimension=dimension) for level in levels]


def _tests(fit: Fit, groups: Sequence[Counterfactual], rope: float | None) -> dict[str, object]:
    if not all(is_determined(fit, group.scene, groups[0].scene) for group in groups):
        return {"df": len(groups) - 1, "note": UNKNOWN}
    of_parts = [np.stack([_mean_row(one, group) for group in groups]) for one in (fit, *fit.part_fits.values())]
    eta, *others = (rows[1:] - rows[:1] for rows in of_parts)
    L = block_diag(_at_thresholds(fit, eta), *others)
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


def _threshold_df(fit: Fit) -> int:
    """How many more thresholds there are than those of all ratings."""
    return fit.design.thresholds.size - (fit.design.categories.size - 1)


def _interaction(fit: Fit, factors: Sequence[str]) -> dict[str, object]:
    """Wald's test that all coefficients of terms with all of the factors are 0."""
    terms = [term.rpartition(": ")[2] for term in fit.design.whole.fixed.terms]
    chosen = np.array([set(factors) <= factors_of(term) for term in terms])
    if fit.whole_flat[0][chosen].any() or not chosen.any():
        return {"df": int(chosen.sum()), "note": UNKNOWN}
    b, V = _coefficients(fit)
    df, statistic = _wald(b[chosen], V[np.ix_(chosen, chosen)])
    return {"df": df, "wald": statistic, "p_wald": float(chi2.sf(statistic, df)), "note": ""}


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


def _at_thresholds(fit: Fit, rows: np.ndarray) -> np.ndarray:
    """The rows (r, p) once for every threshold, (r (K - 1), p), where columns have a coefficient at each of them."""
    fixed = fit.design.fixed
    if not isinstance(fixed, CategoryEffects):
        return rows
    n, m = len(fixed.boundaries), fixed.Z.shape[1]
    out = np.zeros((n, *rows.shape))
    out[:, :, : fixed.first] = rows[:, : fixed.first]
    for k in range(n):
        own = slice(fixed.first + k * m, fixed.first + (k + 1) * m)
        out[k, :, own] = n * rows[:, own]
    return out.reshape(-1, rows.shape[1])


def _coefficients(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """(p,) estimate and (p, p) covariance of eta's and all submodels': of the maximum, or of the draws."""
    posterior = fit.posterior
    if isinstance(posterior, LaplacePosterior):
        at, names = posterior.coefficient_slice, list(fit.design.whole.fixed.names)
        known = [names.index(name) for name in fit.design.estimated.fixed.names]  # smooth curves are not tested
        b, covariance = np.zeros(len(names)), np.zeros((len(names),) * 2)
        b[known], covariance[np.ix_(known, known)] = posterior.mode[at], posterior.covariance[at, at]
        return b, covariance
    draws = np.hstack([fit.samples.coefficient, *(one.samples.coefficient for one in fit.part_fits.values())])
    return draws.mean(axis=0), np.atleast_2d(np.cov(draws.T))


def _likelihood_ratio(fit: Fit, factors: Sequence[str]) -> dict[str, object]:
    """Against the model without all fixed terms, of eta and of submodels, that name the factors together."""
    if fit.estimator != "ML":
        return {}
    formula = fit.design.formula.without_columns(factors)
    settings = fit.provenance["settings"]
    parts: dict[str, Any] = dict(submodel_settings(fit.design))
    for part in fit.design.parts:
        left = part.design.formula.without_columns(factors)
        parts[part.name] = str(left).removeprefix("rating ") if left.columns or left.random else None
    if factors == (fit.design.thresholds.column,):
        del parts["thresholds"]
    smaller = fit_model(
        fit.ratings, str(formula), family=fit.family, link=fit.link, method="laplace", draws=settings["draws"],
        seed=settings["seed"], solver=Solver(**settings.get("solver", {})), on_problem="ignore", **parts,
    )  # fmt: skip
    row = likelihood_ratios({"without": smaller, "with": fit}).iloc[-1]
    return {"lr": row["lr"], "df_lr": row["df"], "p_lr": row["p"]}


def _factors_of(fit: Fit, name: str) -> tuple[str, ...]:
    """The factors of an interaction "gender:race" that the formula has, with all terms below it.

    Raises
    ------
    ConfigError
    """
    factors = tuple(name.split(":"))
    terms = [factors_of(term) for term in fit.design.fixed.terms]
    if not any(set(factors) <= term for term in terms):
        crossed = " * ".join(factors)
        raise ConfigError(
            f"'{name}' is in no term of the formula '{fit.formula}'. An interaction is tested where it has one: fit it "
            f"with {crossed}."
        )
    below = [set(some) for size in range(1, len(factors)) for some in combinations(factors, size)]
    if missing := [":".join(sorted(some)) for some in below if some not in terms]:
        raise ConfigError(
            f"'{name}' is tested beyond the terms below it, and the formula '{fit.formula}' lacks {missing[0]}. Write "
            f"{' * '.join(factors)}, which has them all."
        )
    return factors


def _check(fit: Fit, factors: Sequence[str], rope: float | None, asked: Sequence[str]) -> None:
    refuse_unknown_demographics(fit, factors, [], "demographics")
    if numbers := [name for name in factors if is_number(fit, name)]:
        raise ConfigError(
            f"'{numbers[0]}' is a number: it has one slope and no levels to test together. See its row in ps.effects."
        )
    if rope is not None and not rope > 0.0:
        raise ConfigError(f"`rope` is a distance in rating points above 0; found {rope!r}.")
    if not asked:
        raise ConfigError(f"The formula '{fit.formula}' has no factor about raters to test.")
