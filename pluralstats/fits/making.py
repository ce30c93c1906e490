"""A fit with its tables and where it comes from."""

import math
from functools import cache
from importlib.metadata import version
from typing import Any

from pluralstats.data.ratings import Ratings
from pluralstats.fits.estimates import parameter_table, random_effect_table
from pluralstats.fits.fitted import Fit
from pluralstats.inference.laplace.stochastic import Stochastic
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors

VERSIONS = ("pluralstats", "numpy", "scipy", "pandas", "numba", "formulaic", "arviz-base")


def make_fit(
    ratings: Ratings,
    design: Design,
    posterior: LaplacePosterior | DrawnPosterior,
    *,
    method: str,
    estimator: str,
    problems: tuple[str, ...],
    settings: dict[str, Any],
    priors: Priors | None = None,
    loglik: float = math.nan,
    stochastic: Stochastic | None = None,
) -> Fit:
    """A Fit with its tables and provenance; ``settings`` are the options that made it, as plain values.

    ``stochastic``: the errors of a likelihood that was estimated, which go into the provenance.
    """
    formula = str(design.formula)
    estimated = {} if stochastic is None else {"solver": stochastic.as_dict()}
    return Fit(
        ratings=ratings,
        formula=formula,
        family=design.family.name,
        link=design.link,
        method=method,
        estimator=estimator,
        loglik=loglik,
        parameters=parameter_table(design, posterior),
        random_effects=random_effect_table(design, posterior),
        problems=problems,
        provenance=provenance(ratings, formula, settings) | estimated,
        design=design,
        posterior=posterior,
        priors=priors,
    )


def provenance(ratings: Ratings, formula: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What is needed to repeat a fit: formula, settings, data hash and package versions."""
    return {"formula": formula, "settings": settings, "data_hash": ratings.data_hash, "versions": dict(_versions())}


@cache
def _versions() -> dict[str, str]:
    return {package: version(package) for package in VERSIONS}  # each reads a file: a study has a hundred fits
