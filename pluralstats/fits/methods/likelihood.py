"""Maximum likelihood and its fits, and what ratings alone say of a rater."""

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.fits.asking.request import DRAWS, Request
from pluralstats.fits.estimates import random_effect_table
from pluralstats.fits.fitted import Fit
from pluralstats.fits.making import make_fit
from pluralstats.inference.diagnosis.sampling import few_draws
from pluralstats.inference.diagnosis.sentences import estimation_problems, find_problems, nothing_to_estimate
from pluralstats.inference.diagnosis.spread import MOST_DRAWS, spread_problems
from pluralstats.inference.diagnosis.submodels import submodel_problems
from pluralstats.inference.laplace.estimates import estimate, unknown
from pluralstats.inference.laplace.maximum import LaplaceResult
from pluralstats.inference.laplace.nearby import Nearby
from pluralstats.inference.large.solver import AUTO
from pluralstats.inference.posterior.split import known_curves
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns, codes_of
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import parse_formula


def laplace_request(ratings: Ratings, formula: str, family: str, link: str, seed: int) -> Request:
    """Maximum likelihood of ratings and options that a fit was made of before, so that they are not checked again.

    Raters whose demographics are to be imputed are a level of their own here.
    """
    ratings, parsed = ratings._changed(to_impute={}), parse_formula(formula, available_columns(ratings))
    design = build_design(ratings, parsed, family, check_family(family, link, ratings.scale))
    return Request(ratings, design, "laplace", False, None, DRAWS["laplace"], seed, Sampler(), AUTO)


def rater_severity(ratings: Ratings, family: str, link: str) -> pd.Series:
    """Estimated effect by rater in a model without demographics: what ratings say of a rater, whoever they are."""
    request = laplace_request(ratings, "rating ~ (1 | item) + (1 | rater)", family, link, 1)
    table = random_effect_table(request.design, maximum(request).posterior)
    return table[table["term"] == "rater"].set_index("group")["estimate"]


def maximum(request: Request, near: Nearby | None = None) -> LaplaceResult:
    """The estimates of ``method="laplace"``, without tables and problems; missing numbers where nothing is known.

    ``near``: a model of the same ratings that differs in a random term alone, to start from.
    """
    ratings, design = request.ratings, request.design
    if nothing_to_estimate(ratings, design):
        return unknown(design)
    return estimate(
        design,
        request.priors,
        reml=request.reml,
        weighted=request.raters,
        raters=codes_of(ratings, design.estimated, "rater"),
        near=near,
        solver=request.solver,
    )


def laplace_fit(request: Request) -> Fit:
    """A fit by Laplace's method, with its problems."""
    ratings, design, priors = request.ratings, request.design, request.priors
    result, nothing = maximum(request), nothing_to_estimate(ratings, design)
    found = find_problems(ratings, design, result, with_priors=priors is not None, reml=request.reml)
    if not nothing:
        some = known_curves(result.posterior.draw(MOST_DRAWS, request.seed), design)
        of_parts = submodel_problems(ratings, design, some, priors, sampled=False)
        estimated = estimation_problems(result.stochastic, request.solver.tolerance)
        found = (*found, *estimated, *spread_problems(ratings, design, some), *of_parts)
    return make_fit(
        ratings,
        design,
        result.posterior,
        method="laplace",
        estimator="MAP" if priors else "REML" if request.reml else "ML",
        problems=found if nothing else (*found, *few_draws(request.draws)),
        settings=request.settings(),
        priors=priors,
        loglik=result.loglik,
        stochastic=result.stochastic,
    )
