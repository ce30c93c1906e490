"""The figures of a study: which are drawn from which table, and the words below them."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

import pluralstats.figures as figures
from pluralstats.data.scale import Scale
from pluralstats.figures.parts.fonts import TOLD
from pluralstats.figures.parts.tables import NothingToDraw
from pluralstats.study.config import StudyConfig
from pluralstats.study.findings import headline, main_coefficient
from pluralstats.study.plans import Picture, Plan, Tables
from pluralstats.study.sentences import rope_of
from pluralstats.study.training_pictures import TRAINING_PLANS

NONE = pd.DataFrame()


def _rating_shares(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.likert(tables["rating_shares"], ramp=config.figures.ramp)


def _effects(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.forest(tables["effects"], **_effect_options(tables, config, scale))


def _comparison(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.comparison(tables["effects_by_model"], **_effect_options(tables, config, scale))


def _effect_options(tables: Tables, config: StudyConfig, scale: Scale) -> dict[str, object]:
    estimand = headline(tables["effects"])
    return {"estimand": estimand, "scale": scale, "rope": rope_of(estimand, config.effects.rope)}


def _effects_within(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.forest(tables["effects_within"], **_effect_options(tables, config, scale))


def _variance_shares(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.variance_shares(tables["variance_shares"])


def _agreement(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    table = tables["agreement"]
    if "dimension" in table:  # a panel for every dimension and coefficient would fill pages
        table = table[table["coefficient"] == main_coefficient(table)]
    return figures.agreement(table)


def _severity(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.caterpillar(tables["random_effects"])


def _thresholds(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.wright(tables["parameters"], tables["random_effects"])


def _checks_shares(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    table = tables["predictive_checks"]
    if "dimension" in table:  # a panel for every dimension and group would fill pages
        table = table[table["level"] == "overall"]
    return figures.predicted_shares(table)


def _checks_groups(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    table = tables["predictive_checks"]
    if "dimension" in table:  # the spread, which also shows a missing random term
        table = table[table["statistic"].isin(["sd", "sd of rater means", "sd of item means"])]
    return figures.predicted_moments(table)


def _checks_units(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    table = tables["predictive_checks"]
    if "dimension" in table:  # means are reproduced by the effects of raters and items; these need not be
        means, sds = table["statistic"] == "mean", table["statistic"] == "sd"
        table = table[~means & ~(sds & (table["level"] == "item"))]
    return figures.predicted_units(table)


def _pairwise(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.forest(tables["pairwise"], **_effect_options(tables, config, scale))


def _robustness(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.robustness(tables["robustness"], scale=scale)


def _cohesion(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.cohesion(_one_pair(tables["cohesion"]))


def _association(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.association(_one_pair(tables["cohesion"]))


def _model_cohesion(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.cohesion(_one_scale(tables["model_cohesion"]))


def _model_association(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.association(_one_scale(tables["model_cohesion"]))


def _one_scale(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["scale"] == table["scale"].iloc[0]]


def _one_pair(table: pd.DataFrame) -> pd.DataFrame:
    """Reliability only where dimensions would give a panel for every pair of metrics and dimension."""
    return table[table["pair"] == "reliability"] if "dimension" in table else table


def _items(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.item_disagreement(tables["item_disagreement"], scale=scale)


def _intersections(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.intersections(tables["intersections"], scale=scale)


def _intersection_differences(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.intersection_differences(tables["intersections"], rope=config.effects.rope)


def _contested(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.contested(tables["contested_items"], margin=config.structure.margin or 0.0, scale=scale)


def _label_entropy(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.label_entropy(tables["labels"], scale=scale)


def _population(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    target = tables.get("effects_population", NONE)
    if not len(target) or "dimension" in target:
        return figures.population(tables["population"])
    estimand, name = headline(target), config.population.name if config.population else ""
    effects = {"the raters we had": tables["effects"], name: target}
    options = {"estimand": estimand, "scale": scale, "rope": rope_of(estimand, config.effects.rope)}
    return figures.population(tables["population"], effects=effects, **options)


def _left_out(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.elpd(tables["model_comparison"])


def _traces(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    table = tables["traces"]
    places = [table[name].astype(str) for name in ("model", "dimension") if name in table]
    prefix = sum((place + ": " for place in places[1:]), places[0] + ": ")
    return figures.trace_and_rank(table.assign(parameter=prefix + table["parameter"]))


PLANS: Mapping[str, Plan] = {
    "rating_shares": Plan("How often each group chose each category.", "rating_shares", _rating_shares, "percent"),
    "effects": Plan("Differences between groups, each from its reference group.", "effects", _effects),
    "effects_within": Plan("The same differences within groups.", "effects_within", _effects_within),
    "comparison": Plan("The same differences under each model.", "effects_by_model", _comparison),
    "variance_shares": Plan(
        "Shares of the latent variance of the ratings.", "variance_shares", _variance_shares, "percent"
    ),
    "agreement": Plan("Agreement within each group.", "agreement", _agreement),
    "severity": Plan("How high or low raters rate, and items are rated.", "random_effects", _severity),
    "thresholds": Plan("Raters, thresholds and items on one latent scale.", "random_effects", _thresholds),
    "pairwise": Plan("All pairs of levels, with simultaneous intervals.", "pairwise", _pairwise),
    "robustness": Plan("The same differences by other methods.", "robustness", _robustness),
    "cohesion": Plan(
        "Agreement within each group and with all other raters; grey: groups shuffled among raters.",
        "cohesion",
        _cohesion,
    ),
    "association": Plan(
        "In-group over cross-group agreement; grey: groups shuffled among raters.", "cohesion", _association
    ),
    "model_cohesion": Plan(
        "Agreement of two new raters of an item, by the model: two of the group, and one of it with another.",
        "model_cohesion",
        _model_cohesion,
        "estimate",
    ),
    "model_association": Plan(
        "In-group over cross-group agreement, by the model.", "model_cohesion", _model_association, "estimate"
    ),
    "items": Plan("Disagreement on each item against its mean rating.", "item_disagreement", _items, "entropy"),
    "intersections": Plan(
        "Combinations of demographics: expected rating after partial pooling against the raw mean.",
        "intersections",
        _intersections,
        "predicted",
    ),
    "intersection_differences": Plan(
        "Combinations of demographics: expected rating less the sum of main effects.",
        "intersections",
        _intersection_differences,
        "difference",
    ),
    "contested": Plan("The gap between groups on single items.", "contested_items", _contested, "gap"),
    "label_entropy": Plan("What the labels are made of.", "labels", _label_entropy, "disagreement"),
    "population": Plan(
        "The raters and the target population, and the differences in each.",
        "population",
        _population,
        "percent_target",
    ),
    "checks_shares": Plan(
        "Share of each category: observed, and in ratings replicated from the main model.",
        "predictive_checks",
        _checks_shares,
    ),
    "checks_groups": Plan(
        "Groups of raters: what was observed, and replicated from the main model.",
        "predictive_checks",
        _checks_groups,
    ),
    "checks_units": Plan(
        "Single raters and items: observed against expected by the main model.", "predictive_checks", _checks_units
    ),
    "left_out": Plan(
        "How well the models predict what was left out.", "model_comparison", _left_out, "elpd_difference"
    ),
    "traces": Plan("Chains that do not agree yet: traces and ranks of their draws.", "traces", _traces, "value"),
}


def planned(tables: Tables) -> dict[str, Plan]:
    """The figures for which these tables have something to show."""
    every = {**PLANS, **TRAINING_PLANS}
    models = tables["effects_by_model"].get("model", pd.Series(dtype="str")).nunique()
    kinds = set(tables["parameters"].get("kind", ()))
    empty = {name for name, plan in every.items() if not _drawable(tables.get(plan.needs, NONE), plan.number)}
    empty |= {"comparison"} if models < 2 else set()
    empty |= {"left_out"} if tables["model_comparison"]["elpd"].notna().sum() < 2 else set()
    empty |= set() if "threshold" in kinds else {"thresholds"}
    return {name: plan for name, plan in every.items() if name not in empty}


def _drawable(table: pd.DataFrame, number: str) -> bool:
    """Whether any row has a number: a study of one separated demographic has none in its effects."""
    return bool(len(table) and table[number].notna().any())


def picture(name: str, plan: Plan, tables: Tables, config: StudyConfig, scale: Scale, folder: Path) -> Picture | None:
    """Draw one figure into ``folder`` as SVG and PNG; None where its table has nothing to draw after all."""
    with warnings.catch_warnings(), figures.style.paper(width="two"):
        warnings.filterwarnings("ignore", TOLD)  # the SVG has every character as text
        try:
            axes = plan.draw(tables, config, scale)
        except NothingToDraw:  # estimates without intervals, as of agreement when all ratings are equal
            return None
        svg, png = figures.style.save(axes, folder / name)
    return Picture(name, plan.caption, figures.alt_text(axes), svg, png)
