"""The labels of a study: of everybody and of the groups that are asked for."""

from collections.abc import Mapping
from pathlib import Path

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.labels.caveats import has_item_effects
from pluralstats.labels.label_sets import Labels, stacked_labels
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.storage.shown_text import write_csv
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.dimensions import by_dimension
from pluralstats.study.steps.models import MAIN, Fits, models
from pluralstats.study.steps.running import Steps

LABELS = "labels"


def check_label_groups(ratings: Ratings, config: StudyConfig) -> None:
    """Refuse groups for which no model of the study has labels, before anything is fitted.

    Raises
    ------
    ConfigError
        A group that is no demographic of the ratings, or that no formula names.
    """
    columns, problems = available_columns(ratings), []
    asked = models(ratings, config).values()
    texts = [text for model in asked for text in (model.formula, *map(_whole, model.parts.values()))]
    named = {column for text in texts for column in parse_formula(text, columns).described}
    for name in config.labels.by:
        if name not in ratings.demographics:
            known = ", ".join(ratings.demographics) or "none"
            problems.append(
                f"`labels.by` has '{name}', which is no demographic; there are {known}."
                f"{nearest(name, ratings.demographics)}"
            )
        elif name not in named:
            problems.append(
                f"`labels.by` has '{name}', which no formula of the study names, so that its groups would have the "
                "same labels. Add it to `model.formula`."
            )
    if problems:
        raise problems_error(ConfigError, problems)


def _whole(submodel: str) -> str:
    """A submodel as a formula."""
    return f"rating {submodel.strip()}"


def study_labels(
    ratings: Ratings, fits: Fits, config: StudyConfig, target: ps.Population | None, step: Steps
) -> Labels | None:
    """Labels of the raters (or the target population) and of the groups of every demographic of ``labels.by``.

    Groups come from the first model in which they differ by item, else from the main model; everybody from the main
    model; of a slider in the bins of the study file. None for a gaussian model, which has no probabilities of answers.
    """
    if config.model.family == "gaussian":
        return None
    step("Making labels")
    parts = []
    for dimension in by_dimension(ratings):
        own = {model: fit for (model, d), fit in fits.items() if d == dimension}
        asked: list[str | None] = [None, *config.labels.by]
        parts += [_labels(own, by, dimension, config, target) for by in asked]
    return stacked_labels(parts)


def _labels(
    fits: Mapping[str, ps.Fit], by: str | None, dimension: str, config: StudyConfig, target: ps.Population | None
) -> Labels:
    fit = fits[MAIN]
    if by is not None:
        fit = next((fit for fit in fits.values() if has_item_effects(fit.design.formula, by)), fit)
    name = config.population.name if config.population and by is None else None
    asked = config.labels
    made = ps.label_distributions(fit, by=by, population=target, target=name, bins=asked.bins, licence=asked.licence)
    if by is not None:
        made = Labels(made.table.drop(columns=by), made.card)  # `target` names the group; demographics do not stack
    if dimension and "dimension" not in made.table:
        made = Labels(made.table.assign(dimension=dimension), made.card)
    return made


def write_labels(labels: Labels | None, folder: Path) -> None:
    """``labels.parquet`` with its card, and ``labels.csv``, beside the other tables."""
    if labels is not None:
        labels.save(folder / f"{LABELS}.parquet")
        write_csv(labels.table, folder / f"{LABELS}.csv")
