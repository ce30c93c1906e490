"""Small designs of every family with what the exact sampler makes of them."""

from typing import NamedTuple

import numpy as np

import pluralstats as ps
from pluralstats.inference.laplace.empirical import Empirical, find_empirical
from pluralstats.inference.marginal.priors import PriorNumbers, prior_numbers
from pluralstats.inference.sampling.affine_map import Whitening
from pluralstats.inference.sampling.density import Rows
from pluralstats.inference.sampling.whitening import kernel_rows, whitening
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors, resolve_priors

FAMILIES = [
    ("cumulative", "probit"),
    ("cumulative", "logit"),
    ("bernoulli", "probit"),
    ("bernoulli", "logit"),
    ("gaussian", "identity"),
]
FORMULA = "rating ~ gender + age + (1 | item) + (1 | rater)"


class Case(NamedTuple):
    """A design, its standardised rows, priors, mode and map."""

    design: Design
    rows: Rows
    priors: PriorNumbers
    at: Empirical
    map_: Whitening


def case_ratings(family: str, weighted: bool = False, seed: int = 1) -> ps.Ratings:
    """12 raters who rate 8 of 10 items, with a measured covariate (years) and, if asked for, weights 1 to 3."""
    made = ps.simulate(n_raters=12, n_items=10, ratings_per_rater=8, seed=seed)
    rng = np.random.default_rng(seed)
    frame = made.frame.assign(rating=made.values)
    years = dict(zip(frame["rater"].unique(), rng.integers(18, 80, 12), strict=True))
    frame["age"] = frame["rater"].map(years).astype(float)
    if weighted:
        frame["weight"] = rng.integers(1, 4, len(frame)).astype(float)
    if family == "bernoulli":
        frame["rating"] = (frame["rating"] > 3).astype(int)
    scale = (0, 1) if family == "bernoulli" else (1, 5)
    return ps.Ratings(frame, scale=scale, demographics=["gender"], covariates=["age"])


def exact_case(
    family: str, link: str, *, weighted: bool = False, centring: dict[str, float] | None = None, formula: str = FORMULA
) -> Case:
    """Everything about one small design."""
    return case_of(case_ratings(family, weighted), formula, family, link, centring or {})


def case_of(ratings: ps.Ratings, formula: str, family: str, link: str, centring: dict[str, float]) -> Case:
    """Everything about the design of some ratings."""
    design = build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link)
    made = standardise(design).design
    numbers = prior_numbers(resolve_priors(Priors(), design), design)
    at = find_empirical(made, numbers)
    return Case(design, kernel_rows(made), numbers, at, whitening(at, made, centring))


def random_point(case: Case, seed: int = 3) -> np.ndarray:
    """A point z of the sampler's coordinates."""
    return np.random.default_rng(seed).standard_normal(case.at.x.size + case.at.v.size)
