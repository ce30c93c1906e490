"""The models of a study: the main one, what it is compared with, and those of demographic structure."""

from collections.abc import Mapping
from dataclasses import replace

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, default_formula, parse_formula, quoted
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import StructureConfig

MAIN = "main"
ITEMS_ONLY = "items only"
INTERSECTIONS, CONTESTED = "intersections", "gaps by item"  # models of demographic structure
EVERYBODY = "nothing excluded"  # the main model on all rows, also those that the study excludes
RATER = "rater"  # the random term of raters

type Fits = Mapping[tuple[str, str], ps.Fit]


def formulas(ratings: Ratings, config: StudyConfig) -> dict[str, str]:
    """Model name -> formula, the main model first.

    Without ``alternatives`` in the study file the main formula without its rater effect is added, because that
    is the model which takes the ratings of one person for those of many.

    Raises
    ------
    ConfigError
        When that formula names what the ratings do not have.
    """
    main = config.model.formula or default_formula(ratings.demographics)
    alternatives, structure = config.model.alternatives, config.structure
    if alternatives is not None and structure == StructureConfig():
        return {MAIN: main, **alternatives}
    parsed = parse_formula(main, available_columns(ratings))
    if alternatives is None:
        shorter = parsed.without(RATER)
        alternatives = {ITEMS_ONLY: str(shorter)} if shorter != parsed else {}
    return {MAIN: main, **alternatives, **structure_formulas(parsed, structure)}


def structure_formulas(main: ModelFormula, structure: StructureConfig) -> dict[str, str]:
    """The main formula with intersections pooled, and with the gap of a demographic differing by item."""
    out = {}
    if structure.intersections:
        crossed = RandomTerm(structure.intersections)
        out[INTERSECTIONS] = str(main if crossed in main.random else replace(main, random=(*main.random, crossed)))
    if structure.contested:
        slopes = RandomTerm(("item",), f"1 + {quoted(structure.contested)}", (structure.contested,))
        others = tuple(term for term in main.random if term.name != "item")
        out[CONTESTED] = str(replace(main, random=(slopes, *others)))
    return out


def adds_rater(formulas: Mapping[str, str], columns: tuple[str, ...]) -> dict[str, bool]:
    """For each model whether the main model, the first, is the same with the rater effect added.

    Parameters
    ----------
    formulas : mapping from model to formula
    columns : tuple of str
        Columns that the formulas may name.

    Examples
    --------
    >>> both = {"main": "rating ~ g + (1 | item) + (1 | rater)", "items only": "rating ~ g + (1|item)"}
    >>> adds_rater(both, ("g", "item", "rater"))
    {'main': False, 'items only': True}
    """
    parsed = {name: parse_formula(formula, columns) for name, formula in formulas.items()}
    main = next(iter(parsed.values()))
    shorter = main.without(RATER)
    return {name: formula != main and formula == shorter for name, formula in parsed.items()}
