"""Settings of a study file that do not go together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pluralstats.data.scale import CONTINUOUS
from pluralstats.errors import nearest
from pluralstats.fits.asking.joint import has_curves
from pluralstats.model.families.known import FAMILIES, is_ordered
from pluralstats.model.priors import OF_PARTS
from pluralstats.study.configuration.settings import PARTS, ModelConfig

SUBMODELS = (*PARTS, "thresholds")
LINEAR = ("points", "percent", "percent_of_range", "latent_d")  # estimands of families without categories
ONE_NOISE = ("latent_d",)  # those of them that need one noise for all ratings, which sliders do not have

REML_OF_A_POSTERIOR = (
    '`model.reml` needs method = "laplace" under [model]: a posterior needs no such correction. Add that, or remove it.'
)


def contradictions(document: Mapping[str, Any]) -> list[str]:
    """Settings of a parsed study file that are right alone and wrong together, as finished sentences."""
    model = document.get("model", {})
    return [
        *_of_groups(document),
        *_of_structure(document.get("structure", {})),
        *_of_population(document),
        *_of_model(model),
        *_of_another_method(model),
        *_of_parts(model),
        *_of_dimensions(model),
        *_impossible_estimands(document.get("effects", {}).get("estimands", []), model),
        *_of_tests(document.get("effects", {}), model),
        *_of_scale(document.get("data", {}), model),
        *_of_bins(document.get("labels", {}), model),
    ]


def _of_groups(document: Mapping[str, Any]) -> list[str]:
    """Demographics that other sections name and [data] does not."""
    names = ("data", "effects", "structure", "population")
    data, effects, structure, population = (document.get(name, {}) for name in names)
    demographics = list(data.get("demographics", []))
    factors = [*demographics, *data.get("covariates", [])]
    within, contested, equal = effects.get("by"), structure.get("contested"), population.get("equal")
    return [
        *_strangers("data.reference", data.get("reference", {}), factors),
        *_strangers("data.order", data.get("order", {}), factors),
        *_strangers("data.multi_select", data.get("multi_select", {}), factors),
        *_strangers("effects.by", [within] if within else [], demographics),
        *_strangers("effects.pairwise", effects.get("pairwise", []), demographics),
        *_strangers("agreement.by", document.get("agreement", {}).get("by", []), demographics),
        *_strangers("cohesion.by", document.get("cohesion", {}).get("by", []), demographics),
        *_strangers("structure.intersections", structure.get("intersections", []), demographics),
        *_strangers("structure.contested", [contested] if contested else [], demographics),
        *_strangers("population.equal", [equal] if equal else [], demographics),
        *_strangers("population.margins", population.get("margins", {}), demographics),
    ]


def _of_structure(structure: Mapping[str, Any]) -> list[str]:
    problems = []
    if len(structure.get("intersections", [1, 2])) < 2:
        problems.append("`structure.intersections` crosses demographics and needs two of them or more.")
    if "margin" in structure and "contested" not in structure:
        problems.append("`structure.margin` belongs to `structure.contested`, which is missing. Add it or remove this.")
    return problems


def _of_population(document: Mapping[str, Any]) -> list[str]:
    if "population" not in document:
        return []
    given = [name for name in ("margins", "cells", "equal") if name in document["population"]]
    if len(given) == 1:
        return []
    found = " and ".join(f"`{name}`" for name in given) or "none of them"
    return [f"[population] says who the target is by one of `margins`, `cells` or `equal`; found {found}."]


def _of_model(model: Mapping[str, Any]) -> list[str]:
    problems = []
    if "main" in model.get("alternatives", {}):
        problems.append("`model.alternatives` has one named 'main', the name of the main model. Rename it.")
    family = model.get("family", ModelConfig.family)
    if not is_ordered(family) and "link" in model:
        problems.append(f'`model.link` has no meaning with family = "{family}". Remove it.')
    if model.get("reml") and model.get("family") != "gaussian":
        problems.append('`model.reml` needs family = "gaussian". Remove it or change the family.')
    return problems


def _of_another_method(model: Mapping[str, Any]) -> list[str]:
    """Settings that only other methods of fitting have."""
    if model.get("method", ModelConfig.method) != "laplace":
        return [REML_OF_A_POSTERIOR] if model.get("reml") and model.get("family") == "gaussian" else []
    found = [
        f'`model.{name}` has no meaning with method = "laplace", which runs no chains. Remove it.'
        for name in ("chains", "warmup")
        if name in model
    ]
    if model.get("reml") and "priors" in model:
        found.append("`model.reml` and [model.priors] exclude each other. Remove one of them.")
    return found


def _of_parts(model: Mapping[str, Any]) -> list[str]:
    """Submodels of noise and of use of the scale that the family cannot have, and their priors without them."""
    family, parts = model.get("family", ModelConfig.family), [name for name in PARTS if name in model]
    problems = []
    if any(of_link.thresholds is None or of_link.thresholds.parts is None for of_link in FAMILIES[family].values()):
        problems += [
            f"`model.{name}` goes with cumulative models, whose answers are places on one latent scale; the family is "
            f"'{family}'. Remove one of them."
            for name in parts
        ]
    problems += [
        f"`model.priors.{name}` is about `model.disc` and `model.stretch`, and both are missing. Add one of them, or "
        "remove it."
        for name in OF_PARTS
        if name in model.get("priors", {}) and not parts
    ]
    return problems


def _of_dimensions(model: Mapping[str, Any]) -> list[str]:
    """Thresholds by a column, and one model of all dimensions, which has thresholds by dimension."""
    family, column = model.get("family", ModelConfig.family), model.get("thresholds")
    joint = model.get("dimensions") == "joint"
    problems = []
    if joint and not is_ordered(family):
        shared = "precision" if estimands_of_numbers(family) != LINEAR else "residual standard deviation"
        problems.append(
            f'`model.dimensions` is "joint", and a {family} model has one {shared} for all dimensions. Write '
            '"separate", or leave it out.'
        )
    if joint and has_curves(model.get("formula")):
        problems.append(
            '`model.dimensions` is "joint", and `model.formula` has s(x), whose curve would be one for all dimensions. '
            'Write "separate", leave it out, or write bs(x, df=4).'
        )
    if column is not None and not is_ordered(family):
        problems.append(f'`model.thresholds` has no meaning with family = "{family}", which has none. Remove it.')
    elif column == "dimension":
        problems.append(
            "`model.thresholds` is 'dimension', and a study has thresholds of each dimension anyway. Remove it."
        )
    elif column is not None and joint:
        problems.append(
            f"`model.thresholds` is '{column}', and one model of all dimensions has thresholds by dimension. Write "
            'dimensions = "separate" under [model], or remove one of them.'
        )
    return problems


def estimands_of_numbers(family: str) -> tuple[str, ...]:
    """Estimands of a family whose answers are numbers.

    >>> estimands_of_numbers("ordered_beta")
    ('points', 'percent', 'percent_of_range')
    """
    bounded = any(of_link.bounded is not None for of_link in FAMILIES[family].values())
    return tuple(name for name in LINEAR if not (bounded and name in ONE_NOISE))


def impossible_with(parts: Sequence[str]) -> list[str]:
    """Estimands that need one noise and one use of the scale for all ratings.

    >>> impossible_with(["stretch"]), impossible_with([])
    (['odds_ratio'], [])
    """
    return ["odds_ratio"] if parts else []


def has_odds_ratio(family: str, link: str) -> bool:
    """Whether coefficients are logarithms of odds of answers at or above a category.

    >>> has_odds_ratio("cumulative", "logit"), has_odds_ratio("acat", "logit"), has_odds_ratio("cumulative", "probit")
    (True, False, False)
    """
    found = FAMILIES[family].get(link)
    return found is not None and found.averaged == "logit"


def _impossible_estimands(estimands: Sequence[str], model: Mapping[str, Any]) -> list[str]:
    family, link = model.get("family", ModelConfig.family), model.get("link", ModelConfig.link)
    if not is_ordered(family):
        known = estimands_of_numbers(family)
        return [
            f"`effects.estimands` has '{name}', but the {family} family has no "
            f"{'latent scale with one noise' if name in LINEAR else 'categories'}. Use {', '.join(known)}."
            for name in estimands
            if name not in known
        ]
    parts = [name for name in PARTS if name in model]
    if found := [name for name in impossible_with(parts) if name in estimands]:
        return [
            f"`effects.estimands` has '{name}', which has a meaning where all ratings have the same noise and the same "
            f"use of the scale, and [model] has {' and '.join(parts)}. Use 'points', 'probability' or "
            "'marginal_odds_ratio', which average over both."
            for name in found
        ]
    if "odds_ratio" in estimands and not has_odds_ratio(family, link):
        if not any(has_odds_ratio(family, one) for one in FAMILIES[family]):
            return [
                f"`effects.estimands` has 'odds_ratio', and coefficients of the {family} family are no logarithms of "
                "cumulative odds. Use 'marginal_odds_ratio'."
            ]
        return [
            "`effects.estimands` has 'odds_ratio', which needs link = \"logit\" under [model]. Add that, or use "
            "'marginal_odds_ratio'."
        ]
    return []


def _of_tests(effects: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    """Tests of a plain model of ordered answers, where the main model is another."""
    if not effects.get("proportional_odds"):
        return []
    family, parts = model.get("family", ModelConfig.family), [name for name in SUBMODELS if name in model]
    if not is_ordered(family):
        return [f"`effects.proportional_odds` asks about thresholds, and the {family} family has none. Remove it."]
    return (
        [
            f"`effects.proportional_odds` tests the model without `disc`, `stretch` and `thresholds`, and [model] has "
            f"{' and '.join(parts)}. Remove one of them."
        ]
        if parts
        else []
    )


def _of_scale(data: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    scale, family = data.get("scale"), model.get("family", ModelConfig.family)
    if scale == CONTINUOUS and family != "gaussian":
        ends = f', or ends, as scale = ["{CONTINUOUS}", 0, 100]' if not is_ordered(family) else ""
        return [f'`data.scale` is "{CONTINUOUS}", which needs family = "gaussian" under [model]{ends}.']
    if not isinstance(scale, list):
        return []
    if scale[:1] == [CONTINUOUS] and is_ordered(family):
        return [
            '`data.scale` is continuous, and the family has categories. Write family = "ordered_beta" under [model], '
            'for answers that pile up at the ends, or "gaussian".'
        ]
    if scale[:1] != [CONTINUOUS] and family == "ordered_beta":
        return [
            '`model.family` is "ordered_beta", which is for sliders, and `data.scale` lists answers. Write scale = '
            f'["{CONTINUOUS}", 0, 100] with the ends of the slider, or another family.'
        ]
    return []


def _of_bins(labels: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    if "bins" in labels and model.get("family", ModelConfig.family) != "ordered_beta":
        return ['`labels.bins` cut a slider, of family = "ordered_beta" under [model], into answers. Remove it.']
    return []


def _strangers(key: str, names: Iterable[str], known: Sequence[str]) -> list[str]:
    listing = ", ".join(known) or "none are given"
    return [
        f"`{key}` names '{name}', which is not among the demographics ({listing}).{nearest(name, known)}"
        for name in names
        if name not in known
    ]
