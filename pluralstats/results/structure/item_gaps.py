"""``contested_items``: which items split the groups, and which do not (METHODS section 4, item level)."""

from collections.abc import Iterator
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.shares import levels_alone, shares_in
from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, quoted
from pluralstats.population.targets import Population
from pluralstats.results.averaging.populations import is_determined
from pluralstats.results.averaging.scenes import by_dimension
from pluralstats.results.effects.counterfactuals import Study
from pluralstats.results.structure.intersection_cells import probability_of_direction
from pluralstats.results.structure.item_predictions import ItemPrediction, item_names, predict_items

SHARE_OF_RANGE = 0.1  # the default margin: 0.4 points on a scale 1-5, a probability of 0.1 on a scale of two


def contested_items(
    fit: Fit,
    demographic: str,
    *,
    level: str | None = None,
    margin: float | None = None,
    prob: float = 0.95,
    population: Population | None = None,
) -> pd.DataFrame:
    """How far two groups are apart on every single item, the most contested items first.

    For a fit with slopes of a demographic by item, such as ``rating ~ gender + (1 + gender | item) + (1 | rater)``.
    The gap of item j is E[Y | level, j] - E[Y | reference, j]: the expected rating by a new rater of the level less
    that by a new rater of the reference, other demographics as observed, inside each draw. Partial pooling draws the
    gap of an item with few ratings towards the average gap.

    Items are ranked by the posterior probability that the gap exceeds the margin, on the side of its mean; ties by
    the size of the gap. ``false_sign`` is the local false sign rate (Stephens 2017, Biostatistics 18:275-294,
    equation 4): the posterior probability that the gap has the other sign. Its mean over the first r items is the
    share of them whose sign one has to expect to be wrong. With ``margin=0`` items are in the order of ``false_sign``.
    Most agreed items: ``table.sort_values("p_within", ascending=False)``.

    Parameters
    ----------
    fit : Fit
    demographic : str
    level : str, optional
        Against the reference; default: every other level, each with ranks of its own.
    margin : float, optional
        Rating points, 0 or more. Default: a tenth of the scale's range (a continuous scale
        without ends: of the observed range).
    prob : float
        Probability of the intervals, quantiles over draws.
    population : Population, optional
        Whom the other demographics are as in; default the raters, each once (by ``rater_weight``, where they have
        one).

    Returns
    -------
    data frame
        One row for each level and item (on each dimension of a fit of several, ``dimension``), by level, then rank:
        ``item``, ``demographic``, ``level``, ``reference``,
        ``gap`` (rating points, posterior mean; on a scale of two with values 0 and 1 a difference of
        probabilities), ``lower``, ``upper``, ``latent`` (mean of the latent gap), ``p_exceeds``, ``p_within``
        (probability that ``|gap|`` is less than the margin), ``p_direction``, ``false_sign`` (1 - p_direction),
        ``rank`` (from 1), ``expected_false_sign`` (mean ``false_sign`` up to this rank), ``n_ratings`` of the item,
        ``n_ratings_level``, ``n_ratings_reference``, ``margin``. Numbers that the data do not determine are missing,
        and so are the ranks.

    Raises
    ------
    ConfigError
        An unknown demographic or level, a model without such slopes (with the formula to use), or a margin or ``prob``
        that cannot be.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_items=20, item_slopes={"gender[male]": 1.0}, seed=1)
    >>> fit = ps.fit(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)", method="laplace")
    >>> table = ps.contested_items(fit, "gender")
    >>> table["rank"].tolist()[:3], bool(table["p_exceeds"][0] > 0.9)
    ([1, 2, 3], True)
    """
    refuse_no_fit(fit, "contested_items")
    _refuse(fit, demographic, level, margin, prob)
    width = _default_margin(fit) if margin is None else float(margin)
    study = Study(fit, population)
    return by_dimension(fit, lambda dimension: _table(study, demographic, level, width, prob, dimension))


def _table(
    study: Study, demographic: str, level: str | None, margin: float, prob: float, dimension: str | None
) -> pd.DataFrame:
    """The gaps on one dimension."""
    fit = study.fit
    reference, *levels = levels_alone(fit.ratings.frame[demographic], fit.ratings.shares.get(demographic, {}))
    against = study.counterfactual({demographic: reference}, dimension=dimension).scene
    of_reference, tables = predict_items(fit, against), []
    for name in levels if level is None else [level]:
        at = study.counterfactual({demographic: name}, dimension=dimension).scene
        numbers = _numbers(predict_items(fit, at), of_reference, margin, prob, is_determined(fit, at, against))
        names = {"demographic": demographic, "level": name, "reference": reference}
        table = pd.DataFrame({"item": item_names(fit, at.around)}).assign(**names, **numbers)
        counts = _counts(fit, demographic, name, reference, dimension)
        tables.append(_ranked(table.assign(**counts, margin=margin)))
    return pd.concat(tables, ignore_index=True)


def _numbers(
    at: ItemPrediction, against: ItemPrediction, margin: float, prob: float, known: bool
) -> dict[str, np.ndarray]:
    """One number an item: means, interval and probabilities of the gaps (S, J)."""
    gap = at.expected - against.expected if known else np.full(at.expected.shape, np.nan)
    middle = gap.mean(axis=0)
    lower, upper = np.quantile(gap, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=0)
    exceeds = np.where(middle >= 0.0, np.mean(gap > margin, axis=0), np.mean(gap < -margin, axis=0))
    within = np.mean(np.abs(gap) < margin, axis=0)
    direction = probability_of_direction(gap)
    missing = np.isnan(middle)
    return {
        "gap": middle,
        "lower": lower,
        "upper": upper,
        "latent": np.where(missing, np.nan, (at.latent - against.latent).mean(axis=0)),
        "p_exceeds": np.where(missing, np.nan, exceeds),
        "p_within": np.where(missing, np.nan, within),
        "p_direction": direction,
        "false_sign": 1.0 - direction,
    }


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of one level, the most contested item first."""
    order = np.lexsort([-table["gap"].abs(), -table["p_exceeds"]])
    table = table.iloc[order].reset_index(drop=True)
    rank = np.arange(1.0, len(table) + 1.0)
    expected = table["false_sign"].cumsum() / rank
    at = table.columns.get_loc("false_sign") + 1
    known = table["gap"].notna()
    table.insert(at, "rank", pd.Series(rank).where(known).astype("Int64"))
    table.insert(at + 1, "expected_false_sign", expected)
    return table


def _counts(fit: Fit, demographic: str, level: str, reference: str, dimension: str | None) -> dict[str, np.ndarray]:
    """Ratings of each item: all, by raters of the level, by raters of the reference."""
    frame = fit.ratings.frame
    frame = frame if dimension is None else frame[frame["dimension"] == dimension]
    _, item = np.unique(frame["item"].cat.codes.to_numpy(), return_inverse=True)
    n_items = int(item.max(initial=-1)) + 1
    sets, column = fit.ratings.shares.get(demographic, {}), frame[demographic]
    of: dict[str, Any] = {"n_ratings": slice(None), "n_ratings_level": shares_in(column, level, sets) > 0.0}
    of["n_ratings_reference"] = shares_in(column, reference, sets) > 0.0
    return {name: np.bincount(item[rows], minlength=n_items) for name, rows in of.items()}


def _default_margin(fit: Fit) -> float:
    width = fit.ratings.scale.width
    return SHARE_OF_RANGE * (float(np.ptp(fit.ratings.values)) if width is None else width)


def _refuse(fit: Fit, demographic: str, level: str | None, margin: float | None, prob: float) -> None:
    demographics = fit.ratings.demographics
    if demographic not in demographics:
        raise ConfigError(
            f"'{demographic}' is not a demographic of the ratings; there are {', '.join(demographics) or 'none'}."
            + nearest(demographic, demographics)
        )
    problems = [*probability_problem(prob), *_level_problem(fit, demographic, level)]
    if margin is not None and not (isinstance(margin, Real) and 0.0 <= margin < np.inf):
        problems.append(f"`margin` is a distance in rating points, 0 or more; found {margin!r}.")
    problems += _slope_problem(fit, demographic)
    if problems:
        raise problems_error(ConfigError, problems)


def _level_problem(fit: Fit, demographic: str, level: str | None) -> Iterator[str]:
    reference, *levels = levels_alone(fit.ratings.frame[demographic], fit.ratings.shares.get(demographic, {}))
    if not levels:
        yield f"'{demographic}' has one level, {reference}: nobody to compare it with."
    elif level is not None and level not in levels:
        yield (
            f"'{level}' is no level of '{demographic}' to hold against its reference '{reference}'; "
            f"there are {', '.join(levels)}.{nearest(level, levels)}"
        )


def _slope_problem(fit: Fit, demographic: str) -> Iterator[str]:
    """What the formula lacks for gaps that differ between items."""
    formula = fit.design.formula
    if demographic in formula.columns and _has_slopes(fit, demographic):
        return
    if _has_slopes(fit, demographic):
        yield (
            f"The formula '{fit.formula}' has slopes of {demographic} by item and no average effect of it, which they "
            f"are deviations from. Fit '{with_slopes(formula, demographic)}'."
        )
        return
    constant = "one latent gap for all items" if demographic in formula.columns else "no gap at all"
    yield (
        f"The formula '{fit.formula}' has no slopes of {demographic} by item, so the model has {constant} and items "
        f"cannot differ in it. Fit '{with_slopes(formula, demographic)}'."
    )


def _has_slopes(fit: Fit, demographic: str) -> bool:
    return any(demographic in fit.design.groupings[t].term.columns for t in fit.roles.item)


def with_slopes(formula: ModelFormula, demographic: str) -> ModelFormula:
    """The formula with slopes of a demographic by item, and with its average effect."""
    name, of_items = quoted(demographic), ("item",)
    old = next((term for term in formula.random if term.factors == of_items), RandomTerm(of_items))
    new = old
    if demographic not in old.columns:
        new = replace(old, slopes=f"{old.slopes} + {name}", columns=(*old.columns, demographic))
    random = tuple(new if term == old else term for term in formula.random)
    random = random if new in random else (*random, new)
    if demographic in formula.columns:
        return replace(formula, random=random)
    fixed = name if formula.fixed == "1" else f"{formula.fixed} + {name}"
    return replace(formula, fixed=fixed, columns=(*formula.columns, demographic), random=random)
