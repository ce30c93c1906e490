"""All tables of a study from its ratings and fits."""

from collections.abc import Callable
from typing import Any

import pandas as pd

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.results.effects.level_pairs import described_raters
from pluralstats.study.config import StudyConfig
from pluralstats.study.findings import MAIN, headline
from pluralstats.study.fitting import ITEMS_ONLY, Fits
from pluralstats.study.progress import Steps
from pluralstats.study.source import StudyData
from pluralstats.study.study_tables import by_dimension, problem_rows, rating_shares, sample, stacked, told_elsewhere

WITHOUT_RATERS = "but no (1 | rater)"  # of the model without raters: that it has none is the point of it
EFFECT_COLUMNS = ("demographic", "level", "reference", "estimand", "estimate", "lower", "upper")


def outcome_tables(data: StudyData, fits: Fits, config: StudyConfig, step: Steps) -> dict[str, pd.DataFrame]:
    """Every table of the study by the name of its file; ``StudyResult`` lists them.

    Tables of fits start with a column ``dimension`` where the ratings have dimensions; ``effects_by_model``
    starts with ``model`` and holds the first estimand only.
    """
    ratings = data.ratings
    step("Comparing the groups")
    main = {dimension: fit for (model, dimension), fit in fits.items() if model == MAIN}
    effects = _of_fits(main, lambda fit: _effects(fit, config, config.estimands))
    tables = {
        "sample": sample(ratings),
        "policies": ratings.policies,
        "missing_ratings": data.missing,
        "check": pd.DataFrame({"problem": list(data.found)}, dtype="str"),
        "rating_shares": rating_shares(ratings),
        "effects": effects,
        "effects_within": _of_fits(main, lambda fit: _effects_within(fit, config)),
        "effects_by_model": effects_by_model(fits, effects, config),
    }
    step("Measuring agreement")
    return tables | {
        "agreement": _agreement(ratings, config),
        "variance_shares": _of_fits(main, ps.variance_shares),
        "parameters": _of_fits(main, lambda fit: fit.parameters),
        "random_effects": _of_fits(main, lambda fit: fit.random_effects),
        "problems": problem_rows(
            (model, dimension, problem)
            for (model, dimension), fit in fits.items()
            for problem in fit.problems
            if not (model == ITEMS_ONLY and WITHOUT_RATERS in problem)
        ),
    }


def effects_by_model(fits: Fits, effects: pd.DataFrame, config: StudyConfig) -> pd.DataFrame:
    """The first estimand under every model: the columns of ``effects`` (the main model's) after a column ``model``."""
    parts = {MAIN: effects}
    for model in dict.fromkeys(model for model, _ in fits if model != MAIN):
        own = {dimension: fit for (name, dimension), fit in fits.items() if name == model}
        parts[model] = _of_fits(own, lambda fit: _effects(fit, config, config.estimands[:1]))
    first = headline(effects)  # "probability" stands for several
    return stacked({model: table[table["estimand"] == first] for model, table in parts.items()}, "model")


def _of_fits(fits: dict[str, ps.Fit], table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    return stacked({dimension: table(fit) for dimension, fit in fits.items()}, "dimension")


def _effects(fit: ps.Fit, config: StudyConfig, estimands: tuple[str, ...], by: str | None = None) -> pd.DataFrame:
    if not described_raters(fit):  # a formula without demographics has no effects
        return pd.DataFrame(columns=list(EFFECT_COLUMNS))
    return ps.effects(fit, estimands=estimands, by=by, rope=config.effects.rope)


def _effects_within(fit: ps.Fit, config: StudyConfig) -> pd.DataFrame:
    """Effects within the levels of the demographic that the study names; no rows when it names none."""
    if config.effects.by is None:
        return pd.DataFrame(columns=list(EFFECT_COLUMNS))
    return _effects(fit, config, config.estimands, config.effects.by)


def _agreement(ratings: Ratings, config: StudyConfig) -> pd.DataFrame:
    settings = config.agreement
    by = ratings.demographics if settings.by is None else settings.by
    options: dict[str, Any] = {"coefficients": settings.coefficients, "replicates": settings.replicates}
    with told_elsewhere():
        parts = {
            dimension: ps.agreement(part, by=by or None, seed=config.seed, **options)
            for dimension, part in by_dimension(ratings).items()
        }
    return stacked(parts, "dimension")
