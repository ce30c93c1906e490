"""The tables of who disagrees with whom, about what, and in which population."""

from collections.abc import Callable

import pandas as pd

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.formats.text import EMPTY_ONLY
from pluralstats.data.reading.tables import read_table
from pluralstats.errors import ConfigError, FitError
from pluralstats.study.cohesion_tables import cohesion_tables
from pluralstats.study.config import StudyConfig
from pluralstats.study.findings import MAIN, headline
from pluralstats.study.fitting import CONTESTED, INTERSECTIONS, Fits
from pluralstats.study.progress import Steps
from pluralstats.study.study_tables import by_dimension, stacked, told_elsewhere

type Parts = dict[str, pd.DataFrame]


def structure_tables(
    ratings: Ratings, fits: Fits, config: StudyConfig, target: ps.Population | None, step: Steps
) -> dict[str, pd.DataFrame]:
    """``pairwise``, ``robustness``, ``r2``, ``reliability``, ``raters_needed``, ``cohesion`` or ``model_cohesion``,
    ``diversity``, ``item_disagreement``, ``intersections``, ``intersection_shares``, ``contested_items``,
    ``population`` and ``effects_population`` by the name of their files; no rows where the study does not ask for them
    or nothing applies.
    """
    main = {dimension: fit for (model, dimension), fit in fits.items() if model == MAIN}
    crossed = {dimension: fit for (model, dimension), fit in fits.items() if model == INTERSECTIONS}
    contested = {dimension: fit for (model, dimension), fit in fits.items() if model == CONTESTED}
    step("Measuring cohesion within and across groups")
    cohesion = cohesion_tables(ratings, config)
    tables = cohesion | {
        "diversity": _by_dimension(cohesion["cohesion"], ps.diversity_sensitivity),
        "item_disagreement": _of_ratings(ratings, ps.item_disagreement),
        "r2": _of_fits(main, ps.r2),
        "reliability": _of_fits(main, ps.reliability),
        "raters_needed": _of_fits(main, ps.raters_needed),
    }
    step("Comparing intersections, items and populations")
    return tables | {
        "pairwise": _of_fits(main, lambda fit: _pairwise(fit, config)),
        "robustness": _of_fits(main if config.effects.robustness else {}, ps.robustness),
        "intersections": _of_fits(crossed, ps.intersections),
        "intersection_shares": _of_fits(crossed, ps.intersection_shares),
        "contested_items": _of_fits(contested, lambda fit: _contested(fit, config)),
        **_populations(ratings, main, config, target),
    }


def _of_fits(fits: dict[str, ps.Fit], table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    """The tables of all dimensions; a fit for which there is none, because it could not be made, has no rows."""
    return _joined({dimension: _or_nothing(table, fit) for dimension, fit in fits.items()})


def _of_ratings(ratings: Ratings, table: Callable[[Ratings], pd.DataFrame]) -> pd.DataFrame:
    with told_elsewhere():
        return _joined({dimension: table(part) for dimension, part in by_dimension(ratings).items()})


def _joined(parts: Parts) -> pd.DataFrame:
    return stacked(parts, "dimension") if parts else pd.DataFrame()


def _or_nothing(table: Callable[[ps.Fit], pd.DataFrame], fit: ps.Fit) -> pd.DataFrame:
    """A table, or no rows where the fit has no numbers for it: its problems say why in the section on trust."""
    try:
        return table(fit)
    except FitError:
        return pd.DataFrame()


def _by_dimension(table: pd.DataFrame, make: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    if not len(table):
        return pd.DataFrame()
    if "dimension" not in table:
        return make(table)
    groups = table.groupby("dimension", sort=False, observed=True)
    return _joined({str(name): make(part.drop(columns="dimension")) for name, part in groups})


def _pairwise(fit: ps.Fit, config: StudyConfig) -> pd.DataFrame:
    wanted = config.effects
    estimand = config.estimands[0]
    parts = [
        ps.contrasts(fit, name, estimands=estimand, rope=wanted.rope, adjust=wanted.adjust) for name in wanted.pairwise
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _contested(fit: ps.Fit, config: StudyConfig) -> pd.DataFrame:
    return ps.contested_items(fit, str(config.structure.contested), margin=config.structure.margin)


def _populations(
    ratings: Ratings, fits: dict[str, ps.Fit], config: StudyConfig, target: ps.Population | None
) -> dict[str, pd.DataFrame]:
    """Sample against target, and the effects of the first estimand in the target."""
    if target is None:
        return {"population": pd.DataFrame(), "effects_population": pd.DataFrame()}
    effects = _of_fits(
        fits, lambda fit: ps.effects(fit, estimands=config.estimands[:1], rope=config.effects.rope, population=target)
    )
    if len(effects):
        effects = effects[effects["estimand"] == headline(effects)]
    return {"population": target.compare(ratings), "effects_population": effects.reset_index(drop=True)}


def target_population(ratings: Ratings, config: StudyConfig) -> ps.Population | None:
    """The population of a study file, None where it has none.

    Raises
    ------
    ConfigError, DataError
        Levels that the ratings do not have, margins that cannot be met, a file of cells that cannot be read.
    """
    wanted = config.population
    if wanted is None:
        return None
    if wanted.equal is not None:
        return ps.Population.equal_shares(ratings, wanted.equal)
    if wanted.margins is not None:
        return ps.Population.from_margins(dict(wanted.margins), ratings)
    path = config.folder / str(wanted.cells)
    if not path.is_file():
        raise ConfigError(
            f"The cells of the population should be in {path}, and there is no such file. Write a CSV file with a "
            "column for each demographic and `share`, or change `population.cells`."
        )
    return ps.Population.from_cells(read_table(path, missing=EMPTY_ONLY), ratings=ratings)
