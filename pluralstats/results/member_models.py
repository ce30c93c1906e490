"""One model for each group: its members against all other raters, with item effects of their own."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.fits.fitted import Fit
from pluralstats.fits.fitting import fit
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, default_formula, parse_formula, quoted

MEMBER, REST = "member", "rest"  # the column that says who belongs to the group, and its second level


class Model(NamedTuple):
    """How each group is fitted: the formula of the ratings (None: the default one), family, link and seed."""

    formula: str | None
    family: str
    link: str
    seed: int


def common_formula(ratings: Ratings, model: Model) -> ModelFormula:
    """The formula in which an item is the same for everybody: the one given, with (1 | item) in the place of slopes."""
    text = model.formula or default_formula(ratings.demographics)
    return _with_item_term(parse_formula(text, available_columns(ratings)), RandomTerm(("item",)))


def common_fit(ratings: Ratings, model: Model) -> Fit:
    """Maximum likelihood of the model in which groups share their opinions about items."""
    text = str(common_formula(ratings, model))
    return _fitted(ratings, text, model)


def member_fit(ratings: Ratings, by: str, level: str, model: Model) -> tuple[Fit, str]:
    """The model in which members of a group and the others have item effects of their own, by maximum likelihood.

    No prior: where groups share all opinions the correlation of the two kinds of item effects is 1, on the edge of what
    can be, and any prior draws it away from there, towards the association that is asked about. The sd of raters is one
    for all: with one for members and one for others their correlation, which no rating knows, has no maximum.

    Returns
    -------
    Fit
    str
        The name of the column of members, whose levels are "member" and "rest".
    """
    name = MEMBER
    while name in ratings.frame:
        name += "_"
    column = pd.Categorical(np.where(ratings.frame[by] == level, MEMBER, REST), categories=[MEMBER, REST])
    marked = ratings._changed(frame=ratings.frame.assign(**{name: column}), covariates=(*ratings.covariates, name))
    slopes = f"0 + {quoted(name)}"
    formula = _with_item_term(common_formula(ratings, model), RandomTerm(("item",), slopes, (name,)))
    return _fitted(marked, str(formula), model), name


def _fitted(ratings: Ratings, formula: str, model: Model) -> Fit:
    """Maximum likelihood."""
    family, link = model.family, model.link
    return fit(ratings, formula, family=family, link=link, method="laplace", seed=model.seed, on_problem="ignore")


def _with_item_term(formula: ModelFormula, item: RandomTerm) -> ModelFormula:
    """The formula with another term of items."""
    return replace(formula, random=(item, *(term for term in formula.random if term.name != "item")))
