"""Labels from the results of a study: which of its fits, which population, all dimensions in one table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.formats.text import EMPTY_ONLY
from pluralstats.data.reading.tables import read_table
from pluralstats.errors import ConfigError, nearest
from pluralstats.fits.folder import CARD
from pluralstats.labels.caveats import has_item_effects
from pluralstats.labels.distributions.of_items import POLICY
from pluralstats.labels.label_sets import Labels, stacked_labels
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import ModelFormula, parse_formula
from pluralstats.printing.wording import slugs
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.models import MAIN
from pluralstats.study.steps.output import PROVENANCE
from pluralstats.study.steps.ratings import target_population

STUDY = "study"  # the population of the study file


class LabelRequest(NamedTuple):
    """What is asked for, as on the command line: "" and None stand for the default."""

    by: tuple[str, ...] = ()
    population: str = ""
    target: str = ""
    policy: str = POLICY
    collapse: int | None = None
    midpoint: str | None = None
    model: str = ""
    licence: str = ""
    bins: int | tuple[float, ...] | None = None


class Target(NamedTuple):
    """A population and what it is called; None for the raters."""

    population: ps.Population | None
    name: str | None


class SavedFit(NamedTuple):
    """A fit in a results folder."""

    model: str
    formula: str
    folder: Path


def study_labels(results: Path, request: LabelRequest) -> Labels:
    """Labels from a study's results folder or from one saved fit.

    Raises
    ------
    ConfigError, DataError
        No such folder, model or population, and all that ``ps.label_distributions`` and ``ps.aggregate`` refuse.
    """
    chosen = chosen_fits(results, request.model, request.by if request.policy == POLICY else ())
    fits = [view for fit in chosen for view in fit.by_dimension.values()]
    if request.policy != POLICY:
        return stacked_labels([_baseline(fit.ratings, request) for fit in fits])
    made = []
    for fit in fits:
        population, name = _target(results, fit.ratings, request)
        made.append(
            ps.label_distributions(
                fit,
                by=list(request.by) or None,
                population=population,
                target=request.target or name,
                collapse=request.collapse,
                midpoint=request.midpoint,
                bins=request.bins,
                licence=request.licence,
            )
        )
    return stacked_labels(made)


def saved_fits(results: Path) -> list[SavedFit]:
    """The fits of a results folder, in the order of the study; or the one in the folder.

    Raises
    ------
    ConfigError
        The folder holds neither.
    """
    if (results / CARD).is_file():
        return [SavedFit(MAIN, "", results)]
    try:
        entries = json.loads((results / PROVENANCE).read_text(encoding="utf-8"))["fits"]
        keys = [[entry["model"], entry["dimension"]] for entry in entries]
        formulas = [str(entry["formula"]) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"'{results}' holds neither results of a study ({PROVENANCE}) nor a fit ({CARD}). Pass the folder that "
            "`pluralstats study --out` or `fit.save` wrote."
        ) from error
    names = slugs([" ".join(part for part in key if part) for key in keys])
    return [
        SavedFit(model, formula, results / "fits" / name)
        for (model, _), formula, name in zip(keys, formulas, names, strict=True)
    ]


def chosen_fits(results: Path, model: str, by: Sequence[str]) -> list[ps.Fit]:
    """The fits of one model: the one named, the first in which the groups differ by item, or the main one.

    Raises
    ------
    ConfigError
        The folder holds no fits, or none of that model.
    """
    fits = saved_fits(results)
    models = list(dict.fromkeys(saved.model for saved in fits))
    if model and model not in models:
        raise ConfigError(f"The study has no model '{model}'; it has {', '.join(models)}.{nearest(model, models)}")
    wanted = model or MAIN
    if not model and by and len(models) > 1:
        columns = available_columns(ps.load_fit(fits[0].folder).ratings)
        wanted = next((s.model for s in fits if _differ_by_item(parse_formula(s.formula, columns), by)), MAIN)
    return [ps.load_fit(saved.folder) for saved in fits if saved.model == wanted]


def _differ_by_item(formula: ModelFormula, by: Sequence[str]) -> bool:
    return all(has_item_effects(formula, name) for name in by)


def _target(results: Path, ratings: Ratings, request: LabelRequest) -> Target:
    if not request.population:
        return Target(None, None)
    if request.population != STUDY:
        path = Path(request.population)
        return Target(ps.Population.from_cells(read_table(path, missing=EMPTY_ONLY), ratings=ratings), path.stem)
    file = results / "study.toml"
    config = StudyConfig.read(file) if file.is_file() else None
    if config is None or config.population is None:
        raise ConfigError(f"'{results}' has no study file with a section [population]. Pass a file of cells instead.")
    return Target(target_population(ratings, config), config.population.name)


def _baseline(ratings: Ratings, request: LabelRequest) -> Labels:
    """Labels of a rule, which knows no population and no model."""
    asked = {"--population": request.population, "--model": request.model, "--target": request.target}
    if useless := [name for name, value in asked.items() if value]:
        raise ConfigError(
            f"{' and '.join(useless)} {'goes' if len(useless) == 1 else 'go'} with --policy posterior only; "
            f"'{request.policy}' uses no model."
        )
    ratings = ratings if request.collapse is None else ratings.collapse(request.collapse, request.midpoint)
    return ps.aggregate(ratings, request.policy, list(request.by) or None, bins=request.bins, licence=request.licence)
