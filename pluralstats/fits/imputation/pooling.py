"""Fits of completed sets made one fit: its draws are the mixture, its table follows Rubin's rules.

The design of the pooled fit is that of the first completed set. Coefficients, thresholds, standard deviations and the
effects of items mean the same in every set, so that their draws are put together as they are. The effect of a rater
whose demographics were imputed does not: it is what is left beside other demographics in every set. In draws it is
moved by what the linear predictor of the rater's ratings differs between the set and the first one (its mean over
these ratings), so that predictions of observed ratings are those of the set that a draw comes from. So are effects of
raters in submodels of noise and of use of the scale, each by its own linear predictor; all draws here are those of eta
and of all submodels together.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import DataError, counted, listed
from pluralstats.fits.described import POOLED
from pluralstats.fits.estimates import PROB
from pluralstats.fits.fitted import Fit
from pluralstats.fits.imputation.rubin import pooled_estimates, widened
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples, evenly_spaced
from pluralstats.model.design import LOCATION, PARTS, Design, groups_are_raters

MUCH = 0.5  # fraction of missing information above which an estimate is mostly about what was imputed
NAMED = 4
BY_RULES = (
    "coefficient",
    "threshold",
    *PARTS,
)  # kinds with intervals by Rubin's rules; others by quantiles of the draws


def pooled_fit(fits: Sequence[Fit], raters: dict[str, int]) -> Fit:
    """One fit of several completed sets.

    Parameters
    ----------
    raters : dict, demographic -> number of raters who were imputed

    Raises
    ------
    DataError
        The sets do not have the same coefficients.
    """
    _refuse_unlike(fits)
    first, m = fits[0], len(fits)
    settings = first.provenance["settings"]
    posterior = DrawnPosterior(
        _mixture(fits, -(-settings["draws"] // m)),
        chains=1,
        flat=np.any([fit.posterior.flat_coefficients for fit in fits], axis=0),
        flat_terms=np.any([fit.posterior.flat_effects for fit in fits], axis=0),
    )
    parameters = _parameters(fits, posterior.samples)
    found = {"sets": m, "raters": raters, "data_hash": [fit.ratings.data_hash for fit in fits]}
    return replace(
        first,
        estimator=first.estimator if first.estimator == "posterior" else f"{POOLED}{first.estimator}",
        loglik=float("nan"),
        parameters=parameters,
        random_effects=_random_effects(fits, posterior),
        problems=(*_problems(fits), *_uncertain(parameters, m)),
        provenance=first.provenance | {"settings": settings | {"imputations": m}, "imputation": found},
        posterior=posterior,
    )


def _refuse_unlike(fits: Sequence[Fit]) -> None:
    names = [set(fit.parameters["parameter"]) for fit in fits]
    unlike = sorted(set.union(*names) - set.intersection(*names))
    if unlike:
        raise DataError(
            "The completed sets do not have the same parameters, so that they cannot be pooled: "
            f"{listed(unlike, NAMED)} is in some only, because a combination of levels occurs in some only. Merge "
            "levels (lump=, recode=) or leave the interaction out."
        )


def _mixture(fits: Sequence[Fit], each: int) -> Samples:
    """``each`` draws of every set, the first of all sets, then the second of all sets, ..."""
    parts = [_aligned(fits[0], fit, _drawn(fit, each, number)) for number, fit in enumerate(fits)]
    linear = widened(np.stack([np.hstack([part.threshold, part.coefficient]) for part in parts]))
    n = parts[0].threshold.shape[1]
    parts = [
        part._replace(threshold=both[:, :n], coefficient=both[:, n:]) for part, both in zip(parts, linear, strict=True)
    ]
    order = np.arange(len(parts) * each).reshape(len(parts), each).T.ravel()
    return together(parts).at(order)


def together(parts: Sequence[Samples]) -> Samples:
    """Draws of all parts, one after another."""
    threshold, coefficient, sd, correlation = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("threshold", "coefficient", "sd", "correlation")
    )
    residual = [part.residual_sd for part in parts if part.residual_sd is not None]
    effects = tuple(np.concatenate(term) for term in zip(*(part.effects for part in parts), strict=True))
    return Samples(threshold, coefficient, sd, np.concatenate(residual) if residual else None, effects, correlation)


def _drawn(fit: Fit, each: int, number: int) -> Samples:
    """``each`` draws of one set."""
    if not isinstance(fit.posterior, DrawnPosterior):
        return fit.posterior.draw(each, fit.provenance["settings"]["seed"] + number)
    samples = fit.estimated_samples
    return samples.at(np.resize(evenly_spaced(len(samples.sd), fit.chains, each), each))


def _aligned(first: Fit, fit: Fit, samples: Samples) -> Samples:
    """Draws of a set with the levels of the first one, the effects of imputed raters moved as described above."""
    rng = np.random.default_rng(fit.provenance["settings"]["seed"])
    pairs = list(zip(fit.design.estimated.groupings, first.design.estimated.groupings, strict=True))
    effects = [
        _of_levels(samples.effects[t], here.levels, there.levels, samples.sd[:, t], rng)
        for t, (here, there) in enumerate(pairs)
    ]
    aligned = samples._replace(effects=tuple(effects))
    for part in (LOCATION, *PARTS.values()) if fit is not first else ():
        own = _of_raters(fit, part)
        if own is not None:
            effects[own] = effects[own] + _moves(first, fit, samples, aligned, own)
    return samples._replace(effects=tuple(effects))


def _of_raters(fit: Fit, part: int) -> int | None:
    """Position of the effects of raters on one predictor; None without any."""
    whole = fit.design.estimated
    own = (t for t, g in enumerate(whole.groupings) if whole.grouping_parts[t] == part and g.column == "Intercept")
    return next((t for t in own if groups_are_raters(fit.ratings, whole, whole.groupings[t])), None)


def _of_levels(
    effects: np.ndarray, here: np.ndarray, there: np.ndarray, sd: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(S, levels there) effects; a level that this set does not have is drawn from its distribution."""
    if np.array_equal(here, there):
        return effects
    at = pd.Index(here).get_indexer(pd.Index(there))
    return np.where(at >= 0, effects[:, at], rng.standard_normal((len(sd), len(there))) * sd[:, None])


def _moves(first: Fit, fit: Fit, samples: Samples, aligned: Samples, own: int) -> np.ndarray:
    """(S, raters) mean over a rater's ratings of what effects ``own`` move, in this set less that in the first."""
    names = list(first.ratings.demographics)
    rows = np.flatnonzero((fit.ratings.frame[names] != first.ratings.frame[names]).any(axis=1))
    designs = fit.design.estimated, first.design.estimated
    here, there = (np.argsort(one.rows)[rows] for one in designs)
    part, raters = int(designs[0].grouping_parts[own]), designs[1].groupings[own]
    gap = linear_predictor(designs[0], samples, here, part) - linear_predictor(designs[1], aligned, there, part)
    level = raters.index[there]
    out = np.zeros((len(gap), raters.size))
    np.add.at(out.T, level, gap.T)
    return out / np.maximum(np.bincount(level, minlength=raters.size), 1)


def linear_predictor(design: Design, at: Samples, rows: np.ndarray, part: int = LOCATION) -> np.ndarray:
    """(S, rows) what columns, the offset and all effects add to one predictor in some rows of a design."""
    cell, Z, columns = design.fixed.cell[rows], design.Z, design.column_parts == part
    out = at.coefficient[:, columns] @ design.fixed.X[cell][:, columns].T
    if part == LOCATION:
        out = out + design.fixed.offset[cell]
    for t in np.flatnonzero(design.grouping_parts == part):
        one = design.groupings[t]
        out += (
            at.effects[t][:, one.index[rows]] * Z[cell, t] if one.basis is None else at.effects[t] @ one.basis[cell].T
        )
    return out


def _parameters(fits: Sequence[Fit], samples: Samples) -> pd.DataFrame:
    """``parameters`` of the pooled fit, with the share of the variance between sets and the missing information."""
    table = fits[0].parameters[["kind", "term", "parameter"]].copy()
    estimates, ses = (np.stack([fit.parameters[name] for fit in fits]) for name in ("estimate", "se"))
    found = pooled_estimates(estimates, ses**2, PROB)
    drawn = np.quantile(samples.parameters, [0.5 - PROB / 2.0, 0.5 + PROB / 2.0], axis=0)
    fixed = fits[0].design.estimated.fixed
    steps = [fixed.names[first + j] for first, n in fixed.monotone for j in range(n)]  # of one sign, not normal
    by_rules = (table["kind"].isin(BY_RULES) & ~table["parameter"].isin(steps)).to_numpy()
    table["estimate"], table["se"] = found.estimate, found.se
    table["lower"] = np.where(by_rules, found.lower, np.minimum(drawn[0], found.estimate))  # sds of 0 in all sets
    table["upper"] = np.where(by_rules, found.upper, drawn[1])
    table["between"], table["fmi"] = found.between, found.fmi
    return table.assign(**_convergence([fit.parameters for fit in fits]))


def _convergence(tables: Sequence[pd.DataFrame]) -> dict[str, np.ndarray]:
    """The worst R-hat, all effective draws and the error of the mean of means, where the sets were sampled."""
    ways: dict[str, Any] = {"r_hat": np.max, "ess_bulk": np.sum, "ess_tail": np.sum, "mcse": _mean_error}
    return {
        name: way(np.stack([table[name] for table in tables]), axis=0)
        for name, way in ways.items()
        if name in tables[0]
    }


def _mean_error(errors: np.ndarray, axis: int) -> np.ndarray:
    return np.sqrt((errors**2).sum(axis=axis)) / len(errors)


def _random_effects(fits: Sequence[Fit], posterior: DrawnPosterior) -> pd.DataFrame:
    """Means and standard deviations of the pooled draws: a rater's effect is beside the first completed set."""
    table = fits[0].random_effects[["term", "group"]].copy()
    table["estimate"], table["sd"] = posterior.effects()
    tables = [fit.random_effects for fit in fits]
    unlike = any(not one["group"].equals(table["group"]) for one in tables)
    return table if unlike else table.assign(**_convergence(tables))


def _problems(fits: Sequence[Fit]) -> list[str]:
    """The problems of all sets, those that differ in their numbers only once, and in how many sets."""
    found: dict[str, list[str]] = {}
    for fit in fits:
        for sentence in dict.fromkeys(fit.problems):
            found.setdefault(re.sub(r"[\d.,]+", "", sentence), []).append(sentence)
    return [
        some[0] if len(some) >= len(fits) else f"In {len(some)} of {len(fits)} completed sets: {some[0]}"
        for some in found.values()
    ]


def _uncertain(parameters: pd.DataFrame, m: int) -> list[str]:
    """That estimates rest on imputed demographics more than on stated ones."""
    much = parameters[parameters["fmi"] > MUCH]
    if much.empty:
        return []
    names, most = listed(much["parameter"].tolist(), NAMED), float(much["fmi"].max())
    more = f" and pass imputations={int(np.ceil(10.0 * most) * 10)} or more" if m < 100.0 * most else ""
    return [
        f"{counted(len(much), 'parameter')} ({names}) would be known more than twice as well if all raters had stated "
        f"their demographics (fraction of missing information up to {most:.2f}): results rest on the models that "
        f"imputed them. Compare undisclosed='drop' and 'level'{more}."
    ]
