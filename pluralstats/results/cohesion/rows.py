"""Agreement within a group, across groups and their ratio, from the covariances of a fit (METHODS section 11).

The fit of a group has two kinds of raters, its members and all others, with item effects of their own.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.fits.asking.request import Request, check_options
from pluralstats.fits.fitted import Fit
from pluralstats.fits.methods.likelihood import laplace_request, maximum
from pluralstats.fits.roles import Roles, roles_of
from pluralstats.inference.diagnosis.ratios import near_zero
from pluralstats.inference.laplace.maximum import LaplaceResult
from pluralstats.inference.laplace.nearby import Nearby, nearby
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, default_formula, parse_formula, quoted
from pluralstats.results.cohesion.covariances import Covariances, Estimated
from pluralstats.results.cohesion.of_ratings import rating_correlations

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


class Common(NamedTuple):
    """The model in which groups share their opinions about items, and what it says about those of groups."""

    model: Model
    estimated: Estimated
    near: Nearby | None


def common_fit(ratings: Ratings, model: Model) -> Common:
    """Maximum likelihood of the model in which groups share their opinions about items."""
    check_options(ratings, model.family, "laplace", False, None, 1, model.seed, None, "ignore")
    request = laplace_request(ratings, str(common_formula(ratings, model)), model.family, model.link, model.seed)
    result = maximum(request)
    made = _estimated(request, roles_of(ratings, request.design), result, effects=True)
    return Common(model, made, nearby(request.design, result.posterior.mode, result.information))


def member_fit(ratings: Ratings, by: str, level: str, common: Common) -> tuple[Estimated, str]:
    """The model in which members of a group and the others have item effects of their own, by maximum likelihood.

    No prior: where groups share all opinions the correlation of the two kinds of item effects is 1, on the edge of what
    can be, and any prior draws it away from there, towards the association that is asked about. The sd of raters is one
    for all: with one for members and one for others their correlation, which no rating knows, has no maximum.
    The search starts from the common model.

    Returns
    -------
    Estimated
    str
        The name of the column of members, whose levels are "member" and "rest".
    """
    name = MEMBER
    while name in ratings.frame:
        name += "_"
    column = pd.Categorical(np.where(ratings.frame[by] == level, MEMBER, REST), categories=[MEMBER, REST])
    marked = ratings._changed(frame=ratings.frame.assign(**{name: column}), covariates=(*ratings.covariates, name))
    slopes = f"0 + {quoted(name)}"
    model = common.model
    formula = _with_item_term(common_formula(ratings, model), RandomTerm(("item",), slopes, (name,)))
    request = laplace_request(marked, str(formula), model.family, model.link, model.seed)
    roles = roles_of(marked, request.design)
    return _estimated(request, roles, maximum(request, common.near), effects=bool(roles.profile)), name


def _estimated(request: Request, roles: Roles, result: LaplaceResult, *, effects: bool) -> Estimated:
    """The estimates of ``ps.fit`` without what else a fit has: a study has a hundred groups, and nobody reads it."""
    samples = result.posterior.draw(request.draws, request.seed, effects=effects)
    return Estimated(request.ratings, str(request.design.formula), request.design, roles, samples)


def _with_item_term(formula: ModelFormula, item: RandomTerm) -> ModelFormula:
    """The formula with another term of items."""
    return replace(formula, random=(item, *(term for term in formula.random if term.name != "item")))


IN_GROUP, CROSS_GROUP, ASSOCIATION = "in_group", "cross_group", "association"


class Agreement(NamedTuple):
    """Draws (S,) of two new raters of the level, and of one of the level and one of the other."""

    level: str
    other: str
    scale: str
    inside: np.ndarray
    across: np.ndarray


def agreements(fit: Fit | Estimated, found: Covariances) -> Iterator[Agreement]:
    """Every level against the rest, then against every other level, on each scale."""
    scales = {"latent": (found.shared, found.total)} if fit.design.family.ordered else {}
    scales["ratings"] = rating_correlations(fit, found) if fit.design.family.ordered else (found.shared, found.total)
    for scale, (shared, total) in scales.items():
        for a, level in enumerate(found.levels):
            inside = shared[:, a, a] / total[:, a]
            others = [b for b in range(len(found.levels)) if b != a]
            groups = [(REST, others)] if others else []
            groups += [(found.levels[b], [b]) for b in others] if len(others) > 1 else []
            for name, members in groups:
                share = found.share[members] / found.share[members].sum()
                across = shared[:, a, members] @ share / np.sqrt(total[:, a] * (total[:, members] @ share))
                yield Agreement(level, name, scale, inside, across)


def agreement_rows(pair: Agreement, prob: float) -> Iterator[dict[str, Any]]:
    """In-group (once, before the rest), cross-group and ratio of two groups on one scale."""
    names: dict[str, Any] = {"level": pair.level, "scale": pair.scale, "p_above": math.nan, "note": ""}
    if pair.other == REST:
        yield names | {"other": pair.level, "kind": IN_GROUP} | _numbers(pair.inside, prob)
    names |= {"other": pair.other}
    yield names | {"kind": CROSS_GROUP} | _numbers(pair.across, prob)
    note = near_zero("the cross-group agreement", float(np.median(pair.across)), posterior=pair.across)
    if note:
        yield names | {"kind": ASSOCIATION, "note": note} | dict.fromkeys(("estimate", "lower", "upper"), math.nan)
        return
    ratio = pair.inside / np.where(pair.across > 0.0, pair.across, np.nan)
    ratio = ratio[~(pair.across <= 0.0)]  # fewer than one in forty
    above = float(np.mean(ratio > 1.0)) if np.isfinite(ratio).all() else math.nan
    yield names | {"kind": ASSOCIATION, "p_above": above} | _numbers(ratio, prob)


def _numbers(draws: np.ndarray, prob: float) -> dict[str, float]:
    if not np.isfinite(draws).all():  # a fit without numbers, as of ratings that are all equal
        return dict.fromkeys(("estimate", "lower", "upper"), math.nan)
    lower, middle, upper = np.quantile(draws, [0.5 - prob / 2.0, 0.5, 0.5 + prob / 2.0])
    return {"estimate": float(middle), "lower": float(lower), "upper": float(upper)}
