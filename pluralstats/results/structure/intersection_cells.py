"""``intersections``: combinations of demographics by partial pooling (MAIHDA), against raw means and main effects."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.terms.random import Grouping
from pluralstats.population.targets import Population
from pluralstats.results.averaging.populations import is_determined, predict_scenes
from pluralstats.results.averaging.scenes import by_dimension
from pluralstats.results.effects.counterfactuals import Counterfactual, Study

HEAD = ("term", "group")
NUMBERS = (
    *("n_raters", "n_ratings", "raw", "predicted", "lower", "upper", "additive"),
    *("difference", "difference_lower", "difference_upper", "p_direction"),
)


def intersections(
    fit: Fit,
    term: str | None = None,
    *,
    empty: bool = False,
    prob: float = 0.95,
    population: Population | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Expected ratings of combinations of demographics: shrunken, raw and from main effects only.

    For a fit with a random term that crosses demographics, such as ``rating ~ gender + race + (1 | gender:race) +
    (1 | item) + (1 | rater)``: multilevel analysis of individual heterogeneity and discriminatory accuracy, MAIHDA
    (Evans, Williams, Onnela & Subramanian 2018, Social Science & Medicine 203:64-73, models 1 and 2; Merlo 2018, 202:
    74-80). A combination of few raters is drawn towards the sum of its levels' effects. With one observation a rater
    and the variances known, a cell of n has the weight n var / (n var + residual) of its own mean.

    Every rater is given the levels of the combination; other columns of the formula stay as observed; predictions
    are averaged over the items of the data and over new raters as in ``effects``, inside each draw. ``raw`` is not
    adjusted for other columns or for which items the group met.

    Parameters
    ----------
    fit : Fit
    term : str, optional
        "gender:race", where the formula has several such terms.
    empty : bool
        Also list combinations that nobody in the data has. Their deviation from main effects is drawn from its
        distribution over combinations.
    prob : float
        Probability of the intervals, quantiles over draws.
    population : Population, optional
        Whom columns that the term lacks are as in; default the raters, each once (by ``rater_weight``, where they
        have one).
    seed : int
        Of the deviations of empty combinations.

    Returns
    -------
    data frame
        One row a combination (on each dimension of a fit of several, ``dimension``), in the order of levels:
        ``term``, ``group`` ("male:Black"), one column for each demographic of the term, ``n_raters, n_ratings``,
        ``raw`` (mean rating, rating points), ``predicted`` (rating points, posterior mean), ``lower, upper``,
        ``additive`` (the same with the term's deviation at 0: the fixed part and other terms only), ``difference``
        (predicted - additive), ``difference_lower, difference_upper``,
        ``p_direction`` (share of draws on one side of 0, the larger). Numbers that the data do not determine are
        missing.

    Raises
    ------
    ConfigError
        The formula has no such term or several, or a ``prob`` that is no probability.

    Examples
    --------
    >>> import pluralstats as ps
    >>> groups = {"gender": {"female": 0.5, "male": 0.5}, "race": {"White": 0.6, "Black": 0.4}}
    >>> ratings = ps.simulate(demographics=groups, sd_intersection={"gender:race": 0.5}, seed=1)
    >>> formula = "rating ~ gender + race + (1 | gender:race) + (1 | item) + (1 | rater)"
    >>> fit = ps.fit(ratings, formula, method="laplace", on_problem="ignore")
    >>> ps.intersections(fit)["group"].tolist()
    ['female:White', 'female:Black', 'male:White', 'male:Black']
    """
    refuse_no_fit(fit, "intersections")
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    t = intersection_term(fit, term)
    grouping = fit.design.groupings[t]
    _refuse_taken_names(grouping.term.factors)
    study = Study(fit, population)
    return by_dimension(fit, lambda dimension: _table(study, t, empty, prob, seed, dimension))


def _table(study: Study, t: int, empty: bool, prob: float, seed: int, dimension: str | None) -> pd.DataFrame:
    """The combinations on one dimension."""
    fit, grouping = study.fit, study.fit.design.groupings[t]
    cells, level = _cells(grouping, empty)
    groups = [study.counterfactual(levels, dimension=dimension) for levels in cells.to_dict("records")]
    known = np.array([is_determined(fit, group.scene) for group in groups])
    deviations = _deviations(fit, t, level, seed)
    predicted, additive = (
        np.where(known, _expected(_with_deviations(fit, t, cells, values), groups), np.nan)
        for values in (deviations, np.zeros_like(deviations))
    )
    table = cells.assign(
        term=grouping.term.name,
        group=_group_names(cells),
        n_raters=[group.observed.n_raters for group in groups],
        n_ratings=[group.observed.n_ratings for group in groups],
        raw=[group.observed.mean for group in groups],
        **_numbers(predicted, additive, prob),
    )
    return table[[*HEAD, *cells, *NUMBERS]]


def intersection_term(fit: Fit, term: str | None) -> int:
    """Position of the random intercept of combinations of demographics.

    Raises
    ------
    ConfigError
        When there is none, several and none was named, or another was named.
    """
    found = dict(sorted((g.name, t) for t, g in enumerate(fit.design.groupings) if _crosses(fit, t)))
    if term is None and len(found) == 1:
        return next(iter(found.values()))
    if not found:
        names = ":".join(fit.ratings.demographics[:2]) or "gender:race"
        raise ConfigError(
            f"The formula '{fit.formula}' has no random term of demographics. Cross some of "
            f"{', '.join(fit.ratings.demographics) or 'yours'}, as in '... + (1 | {names})'."
        )
    same = [t for name, t in found.items() if term is not None and set(name.split(":")) == set(str(term).split(":"))]
    if same:
        return same[0]
    if term is None:
        raise ConfigError(
            f"The formula has {len(found)} terms of demographics: {', '.join(found)}. Pass one as `term=`."
        )
    raise ConfigError(f"'{term}' is no term of demographics; there are {', '.join(found)}.{nearest(term, found)}")


def _crosses(fit: Fit, t: int) -> bool:
    """Whether a grouping is the intercept of a term of demographics, without slopes."""
    term = fit.design.groupings[t].term
    return set(term.factors) <= set(fit.ratings.demographics) and not term.columns


def _refuse_taken_names(factors: Sequence[str]) -> None:
    taken = [name for name in factors if name in (*HEAD, *NUMBERS)]
    if taken:
        raise ConfigError(
            f"The table of intersections has a column of its own named {', '.join(map(repr, taken))}, which is "
            f'also the name of a demographic. Rename it, such as columns={{"{taken[0]}": "{taken[0]}_answer"}}.'
        )


def _cells(grouping: Grouping, empty: bool) -> tuple[pd.DataFrame, np.ndarray]:
    """Combinations of levels in the order of levels, and the level of the term for each; -1 where nobody has it."""
    keys = grouping.keys
    if not empty:
        return keys, np.arange(grouping.size)
    used = [column.cat.remove_unused_categories().cat.categories for _, column in keys.items()]
    columns = zip(*product(*used), strict=True)
    every = pd.DataFrame(
        {name: pd.Categorical(c, categories=keys[name].cat.categories) for name, c in zip(keys, columns, strict=True)}
    )
    known = keys.assign(_level=np.arange(grouping.size))
    return every, every.merge(known, on=list(keys), how="left")["_level"].fillna(-1).to_numpy(int)


def _group_names(cells: pd.DataFrame) -> np.ndarray:
    return np.array([":".join(map(str, row)) for row in cells.itertuples(index=False)], dtype=object)


def _deviations(fit: Fit, t: int, level: np.ndarray, seed: int) -> np.ndarray:
    """(S, cells) deviations from main effects; of combinations that nobody has from their distribution."""
    effects, sd = fit.samples.effects[t], fit.samples.sd[:, [t]]
    new = np.random.default_rng(seed).standard_normal((len(sd), level.size)) * sd
    return np.where(level >= 0, effects[:, level], new)


def _with_deviations(fit: Fit, t: int, cells: pd.DataFrame, deviations: np.ndarray) -> Fit:
    """The same fit with other draws (S, cells) of one term, whose levels are these combinations."""
    effects, groupings = list(fit.samples.effects), list(fit.design.groupings)
    effects[t] = deviations
    groupings[t] = replace(groupings[t], levels=_group_names(cells), keys=cells)
    samples = fit.samples._replace(effects=tuple(effects))
    flat, flat_terms = fit.whole_flat
    drawn = DrawnPosterior(samples, fit.chains, flat=flat, flat_terms=flat_terms)
    return replace(fit, design=replace(fit.design, groupings=tuple(groupings)), posterior=drawn)


def _expected(fit: Fit, groups: list[Counterfactual]) -> np.ndarray:
    """(S, cells) expected ratings in rating points."""
    predictions = predict_scenes(fit, [group.scene for group in groups])
    return np.stack([prediction.expected for prediction in predictions], axis=1)


def _numbers(predicted: np.ndarray, additive: np.ndarray, prob: float) -> dict[str, np.ndarray]:
    """Means, intervals and direction from (S, cells) draws of the two predictions."""
    difference = predicted - additive
    ends = [0.5 - prob / 2.0, 0.5 + prob / 2.0]
    lower, upper = np.quantile(predicted, ends, axis=0)
    difference_lower, difference_upper = np.quantile(difference, ends, axis=0)
    return {
        "predicted": predicted.mean(axis=0),
        "lower": lower,
        "upper": upper,
        "additive": additive.mean(axis=0),
        "difference": difference.mean(axis=0),
        "difference_lower": difference_lower,
        "difference_upper": difference_upper,
        "p_direction": probability_of_direction(difference),
    }


def probability_of_direction(draws: np.ndarray) -> np.ndarray:
    """(m,) share of (S, m) draws on the side that has more; a draw of exactly 0 counts half on either side.

    >>> probability_of_direction(np.array([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]])).tolist()
    [0.75, 0.5]
    """
    above = np.mean(draws > 0.0, axis=0) + 0.5 * np.mean(draws == 0.0, axis=0)
    return np.where(np.isnan(draws).any(axis=0), np.nan, np.maximum(above, 1.0 - above))
