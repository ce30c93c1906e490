"""The model as a PyMC graph that users can read, change and sample, and the way back into a Fit."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, DataError, problems_error
from pluralstats.fits.asking.request import check_options, check_ratings, one_dimension
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.fits.fitted import Fit
from pluralstats.fits.fitting import report_problems
from pluralstats.fits.making import make_fit
from pluralstats.fits.methods.sampled import with_design_weights
from pluralstats.inference.diagnosis.sampling import sampling_problems
from pluralstats.inference.diagnosis.sentences import data_problems, nothing_to_estimate
from pluralstats.inference.diagnosis.spread import spread_problems
from pluralstats.inference.pymc.draws import import_pymc, needed_variables, sample_graph
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.building import build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import default_formula, parse_formula
from pluralstats.model.priors import Priors, resolve_priors

if TYPE_CHECKING:
    import pymc as pm

ORIGIN = "pluralstats"  # the dimension whose names are formula, family and link; it stays with copies of a model
QUICK = "FAST_COMPILE"  # shapes and constants are looked up once: Python will do


def pymc_model(
    ratings: Ratings,
    formula: str | None = None,
    *,
    disc: str | None = None,
    stretch: str | None = None,
    thresholds: str | None = None,
    family: str = "cumulative",
    link: str = "probit",
    priors: Priors | None = None,
    added: Callable[[], Any] | None = None,
) -> "pm.Model":
    """The posterior of ``ps.fit`` as a PyMC model: to read, to check, to change.

    Free variables are ``threshold_first`` and ``log_gap``, ``slope`` (per standard deviation of measured columns),
    ``intercept`` and ``residual_sd`` (gaussian), ``sd`` and a standard normal ``z_<term>`` for each random term. From
    them come, in the units of the data and under the names of ``Fit.draws``, ``threshold``, ``coefficient`` and
    ``r_<term>``. Ratings, ``rating``, stand in the order of ``ratings.frame``, numbered from the lowest category
    in use, 0 (gaussian: less their mean); a frequency weight of 2 counts a rating twice.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension.
    formula, disc, stretch, thresholds, family, link, priors
        As in ``ps.fit``. Coefficients and effects of submodels stand among the others, as in ``Fit.draws``.
    added : function, optional
        Called inside the model, without arguments: its PyMC expression, a number for each rating in the order of
        ``ratings.frame``, is added to the linear predictor. See the example.

    Returns
    -------
    pymc.Model
        Sample it with ``ps.fit_pymc`` for a Fit, or with PyMC as any other model. More prior knowledge goes in as
        ``with model: pm.Potential(...)``.

    Raises
    ------
    ConfigError
        As in ``ps.fit``; or PyMC is not installed.
    DataError
        A column in the formula with missing values.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> model = ps.pymc_model(ratings, "rating ~ (1 | item) + (1 | rater)")
    >>> [variable.name for variable in model.free_RVs]
    ['sd', 'z_rater', 'z_item', 'threshold_first', 'log_gap']

    A term of your own, here for ratings given late at night, beside the terms of a formula::

        import pymc as pm

        late = frame["hour"].to_numpy() >= 22

        def night():
            return pm.Normal("night", 0.0, 0.5) * late

        model = ps.pymc_model(ratings, added=night)
        fitted = ps.fit_pymc(model, ratings)
    """
    parts = {"disc": disc, "stretch": stretch, "thresholds": thresholds}
    design = _design(ratings, formula, family, link, **parts)
    if sentence := nothing_to_estimate(ratings, design):
        raise DataError(sentence)
    model = build_graph(design, resolve_priors(priors or Priors(), design), added)
    given = [f"{name}={text}" for name, text in parts.items() if text is not None]
    model.add_coord(ORIGIN, [str(design.formula), family, design.link, *given])
    return model


def fit_pymc(
    model: "pm.Model",
    ratings: Ratings,
    *,
    draws: int = 2000,
    tune: int = 1000,
    chains: int = 4,
    seed: int = 1,
    sampler: str = "nutpie",
    on_problem: str = "warn",
) -> Fit:
    """Sample a model of ``ps.pymc_model``, as it is or changed, into a Fit for effects, shares and reports.

    A changed model must still have ``threshold`` (gaussian: ``residual_sd``), ``coefficient``, ``sd`` and
    ``r_<term>`` with the shapes of the formula. Variables that were added are sampled, but are not part of the Fit;
    effects and predictions leave an added term out, as if it were zero.

    Parameters
    ----------
    model : pymc.Model
        Made by ``ps.pymc_model``, or a copy (``pm.do``, ``pm.observe``), or written from scratch with
        ``pm.Model(coords=ps.pymc_model(...).coords)`` and the same names.
    ratings : Ratings
        Those the model was made from.
    draws : int
        Posterior draws in all.
    tune : int
        Warm-up transitions of each chain.
    chains, seed : int
    sampler : {"nutpie", "pymc"}
    on_problem : {"warn", "raise", "ignore"}

    Returns
    -------
    Fit
        With ``method`` "pymc" and ``priors`` None: the priors are those of the graph, which
        ``fit.provenance["settings"]["graph"]`` prints.

    Raises
    ------
    ConfigError
        The model was not made by ``ps.pymc_model``, lacks a variable, or one has another shape.
    DataError
        The ratings are not those of the model.
    FitError
        With ``on_problem="raise"``, when there is a problem.
    """
    check_ratings(ratings)
    formula, family, link, parts = _origin(model)
    chosen = Sampler(chains=chains, warmup=tune)
    check_options(ratings, family, "pymc", False, None, draws, seed, chosen, on_problem)
    design = _design(ratings, formula, family, link, **parts)
    _refuse_other_ratings(model, design)
    _refuse_changed_shapes(model, design)
    posterior = sample_graph(model, design, draws=draws, tune=tune, chains=chains, seed=seed, sampler=sampler)
    problems = (
        *sampling_problems(design, posterior, None),
        *data_problems(ratings, design, sampled=True),
        *spread_problems(ratings, design, posterior.samples),
    )
    settings = {"family": family, "link": design.link, "method": "pymc", "reml": False, "priors": None}
    settings |= {"draws": draws, "seed": seed, "sampler": chosen.as_dict(), "program": sampler}
    settings["graph"] = model.str_repr()
    fitted = make_fit(
        ratings, design, posterior, method="pymc", estimator="posterior", problems=problems, settings=settings
    )
    fitted = with_design_weights(fitted)
    report_problems(fitted.problems, on_problem)
    return fitted


def _design(ratings: Ratings, formula: str | None, family: str, link: str, **parts: str | None) -> Design:
    check_ratings(ratings)
    link = check_family(family, link, ratings.scale)
    text = formula if formula is not None else default_formula(ratings.demographics)
    parsed = parse_formula(text, available_columns(ratings))
    groups = parts.get("thresholds")
    one_dimension(ratings, (*parsed.columns, groups) if groups else parsed.columns)
    return build_design(ratings, asked_formulas(ratings, parsed, family, link, **parts), family, link)


def _origin(model: Any) -> tuple[str, str, str, dict[str, str]]:
    """Formula, family and link of a model, and its submodels and groups of thresholds."""
    found = model.coords.get(ORIGIN) if isinstance(model, import_pymc().Model) else None
    if found is None or len(found) < 3:
        raise ConfigError(
            f"`ps.fit_pymc` needs a model of ps.pymc_model(...), which knows its formula; found {type(model).__name__} "
            "without one. A model written from scratch gets it by pm.Model(coords=ps.pymc_model(...).coords)."
        )
    return found[0], found[1], found[2], dict(one.split("=", 1) for one in found[3:])


def _refuse_other_ratings(model: "pm.Model", design: Design) -> None:
    """Levels and observed ratings of the model are those of the design."""
    what, design = (
        "Fit the ratings that the model was made from, or make a new one: ps.pymc_model(ratings, ...).",
        design.estimated,
    )
    for grouping in design.groupings:
        levels = model.coords.get(grouping.term.name)
        if levels is None or list(levels) != list(grouping.levels.astype(str)):
            found = "none" if levels is None else f"{len(levels)} levels"
            raise DataError(
                f"The model was made from other ratings: '{grouping.term.name}' has {grouping.size} levels here, and "
                f"the model has {found}, or others, or in another order. {what}"
            )
    observed = next((rv for rv in model.observed_RVs if rv.name == "rating"), None)
    if observed is None:
        return
    y, expected = np.asarray(model.rvs_to_values[observed].eval(mode=QUICK)), design.y[np.argsort(design.rows)]
    if y.shape != expected.shape:
        raise DataError(f"The model was made from {y.size} ratings, and {expected.size} were given. {what}")
    moved = y - y.mean() - (expected - expected.mean())  # the graph centres numeric ratings
    if not np.allclose(moved, 0.0, atol=1e-9 * (1.0 + np.abs(expected).max())):
        raise DataError(f"The model was made from other ratings: the observed values of `rating` differ. {what}")


def _refuse_changed_shapes(model: "pm.Model", design: Design) -> None:
    """Every variable that a Fit is made of is there with its shape."""
    problems = []
    for name, shape in needed_variables(design).items():
        if name not in model.named_vars:
            problems.append(
                f"The model has no variable `{name}`, which the formula '{design.formula}' needs with shape {shape}. "
                "Keep it under this name, as pm.Deterministic where it is computed."
            )
            continue
        found = _shape(model[name])
        if found != shape:
            problems.append(
                f"`{name}` of the model has the shape {found}; the formula '{design.formula}' needs {shape}. "
                "Change the formula of ps.pymc_model instead."
            )
    if problems:
        raise problems_error(ConfigError, problems)


def _shape(variable: Any) -> tuple[int, ...]:
    """The shape of a variable of a graph."""
    return tuple(int(size) for size in variable.shape.eval(mode=QUICK))
