"""``fit``: from ratings and a formula to estimates, intervals, draws and a list of what is wrong with them."""

import math
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import FitError, problems_error
from pluralstats.fit_files import save_fit
from pluralstats.fit_options import check_options, check_ratings, one_dimension
from pluralstats.fit_tables import parameter_table, random_effect_table
from pluralstats.inference.diagnosis import find_problems, is_constant
from pluralstats.inference.laplace import fit_design, unknown
from pluralstats.inference.posterior import LaplacePosterior, Samples
from pluralstats.model.design import Design, available_columns, build_design, check_family
from pluralstats.model.formula import default_formula, parse_formula

if TYPE_CHECKING:
    from xarray import DataTree

VERSIONS = ("pluralstats", "numpy", "scipy", "pandas", "numba", "formulaic", "arviz-base")


class FitWarning(UserWarning):
    """A fit was returned and something about it needs attention; the same sentences stand in ``fit.problems``."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted rater model.

    Attributes
    ----------
    ratings : Ratings
    formula, family, link, method, estimator : str
        ``estimator`` is "ML" or "REML".
    parameters : data frame
        ``kind`` (coefficient, threshold, sd, residual_sd), ``term``, ``parameter``, ``estimate``, ``se``, ``lower``,
        ``upper`` (95%). Latent scale for cumulative and bernoulli, rating points for gaussian. A bernoulli model has
        an intercept where a cumulative one has thresholds.
    random_effects : data frame
        ``term``, ``group``, ``estimate``, ``sd``; higher means higher ratings.
    loglik : float
        Maximised marginal log-likelihood by Laplace's method; gaussian: exact, and restricted with ``reml=True``.
    problems : tuple of str
        Finished sentences; empty when nothing was found.
    provenance : dict
        Package versions, seed, formula, data hash and settings.
    """

    ratings: Ratings
    formula: str
    family: str
    link: str
    method: str
    estimator: str
    loglik: float
    parameters: pd.DataFrame = field(repr=False)
    random_effects: pd.DataFrame = field(repr=False)
    problems: tuple[str, ...]
    provenance: dict[str, Any] = field(repr=False)
    design: Design = field(repr=False)
    posterior: LaplacePosterior = field(repr=False)

    @property
    def n_ratings(self) -> int:
        return self.design.n

    @cached_property
    def samples(self) -> Samples:
        """The posterior draws as arrays, made on first use from the seed of the fit."""
        settings = self.provenance["settings"]
        return self.posterior.draw(settings["draws"], settings["seed"])

    @cached_property
    def draws(self) -> "DataTree":
        """The posterior draws as an arviz DataTree.

        Variables ``threshold`` (for bernoulli too: minus the intercept of ``parameters``), ``coefficient``, ``sd``,
        ``residual_sd`` (gaussian) and one ``r_<term>`` for each random term, with level names as coordinates.
        """
        samples, groupings = self.samples, self.design.groupings
        variables = {"sd": samples.sd, "coefficient": samples.coefficient}
        dims = {"sd": ["term"], "coefficient": ["parameter"]}
        coords: dict[str, Any] = {
            "term": [g.name for g in groupings],
            "parameter": list(self.design.fixed.names),
        }
        if self.family != "gaussian":
            variables["threshold"], dims["threshold"] = samples.threshold, ["boundary"]
            coords["boundary"] = self.design.boundaries
        if samples.residual_sd is not None:
            variables["residual_sd"] = samples.residual_sd
        for grouping, effects in zip(groupings, samples.effects, strict=True):
            variables[f"r_{grouping.name}"], dims[f"r_{grouping.name}"] = effects, [grouping.name]
            coords[grouping.name] = grouping.levels.astype(str)
        import arviz_base  # half a second and 10 MB that a fit without draws does not need

        chained = {name: values[None] for name, values in variables.items() if values.size}
        return arviz_base.from_dict({"posterior": chained}, dims=dims, coords=coords)

    def save(self, folder: str | Path) -> Path:
        """Write parameters, random effects (Parquet), draws (netCDF) and a JSON card; all of it or nothing.

        Parameters
        ----------
        folder : path
            Must not exist, or be a fit folder written before, which is replaced.
        """
        card = {
            "formula": self.formula,
            "family": self.family,
            "link": self.link,
            "method": self.method,
            "estimator": self.estimator,
            "loglik": self.loglik if math.isfinite(self.loglik) else None,
            "n_ratings": self.n_ratings,
            "n_raters": self.ratings.n_raters,
            "n_items": self.ratings.n_items,
            "problems": list(self.problems),
            "provenance": self.provenance,
        }
        return save_fit(Path(folder), card, self.parameters, self.random_effects, self.draws)


def fit(
    ratings: Ratings,
    formula: str | None = None,
    *,
    family: str = "cumulative",
    link: str = "probit",
    method: str = "laplace",
    reml: bool = False,
    draws: int = 1000,
    seed: int = 1,
    on_problem: str = "warn",
) -> Fit:
    """Fit a mixed model of ratings on demographics, items and raters.

    Cumulative: P(y <= k) = F(tau_k - eta) with eta = x'b + the random effects of the row, so that higher eta means
    higher ratings; F is the normal (``link="probit"``) or the logistic distribution function. Bernoulli: two
    categories. Gaussian: the numeric ratings, by exact likelihood.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension; see ``Ratings.select``.
    formula : str, optional
        For example ``"rating ~ gender * politics + (1 | item) + (1 | rater)"``. Default: all demographics,
        ``(1 | item)`` and ``(1 | rater)``.
    family : {"cumulative", "bernoulli", "gaussian"}
    link : {"probit", "logit"}
        Ignored by the gaussian family.
    method : {"laplace"}
        Maximum likelihood by Laplace's method, the estimator of ``ordinal::clmm``, with normal draws around it.
    reml : bool
        Gaussian only: restricted maximum likelihood.
    draws : int
        Posterior draws behind every interval of a derived quantity.
    seed : int
    on_problem : {"warn", "raise", "ignore"}
        What happens to the sentences in ``Fit.problems``.

    Returns
    -------
    Fit

    Raises
    ------
    ConfigError
        An unknown column, family, link or method, or a formula that cannot be read.
    DataError
        A column in the formula with missing values.
    FitError
        With ``on_problem="raise"``, when there is a problem.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> model = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)")
    >>> model.parameters["parameter"].tolist()
    ['1|2', '2|3', '3|4', '4|5', 'sd(rater)', 'sd(item)']
    """
    check_ratings(ratings)
    link = check_family(family, link, ratings.scale)
    check_options(ratings, family, method, reml, draws, seed, on_problem)
    text = formula if formula is not None else default_formula(ratings.demographics)
    parsed = parse_formula(text, available_columns(ratings))
    one_dimension(ratings, parsed.columns)
    design = build_design(ratings, parsed, family, link)
    result = unknown(design) if is_constant(design) else fit_design(design, reml)
    problems = find_problems(ratings, design, result)
    _report(problems, on_problem)
    settings = {"family": family, "link": link, "method": method, "reml": reml, "draws": draws, "seed": seed}
    return Fit(
        ratings=ratings,
        formula=str(parsed),
        family=family,
        link=link,
        method=method,
        estimator="REML" if reml else "ML",
        loglik=result.loglik,
        parameters=parameter_table(design, result.posterior),
        random_effects=random_effect_table(design, result.posterior),
        problems=problems,
        provenance=_provenance(ratings, str(parsed), settings),
        design=design,
        posterior=result.posterior,
    )


def _report(problems: tuple[str, ...], on_problem: str) -> None:
    if problems and on_problem == "raise":
        raise problems_error(FitError, problems)
    if on_problem == "warn":
        for sentence in problems:
            warnings.warn(sentence, FitWarning, stacklevel=3)


def _provenance(ratings: Ratings, formula: str, settings: dict[str, Any]) -> dict[str, Any]:
    versions = {package: version(package) for package in VERSIONS}
    return {"formula": formula, "settings": settings, "data_hash": ratings.data_hash, "versions": versions}
