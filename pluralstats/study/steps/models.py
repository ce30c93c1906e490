"""The models of a study: the main one, what it is compared with, and those of demographic structure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, default_formula, parse_formula, quoted
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import PARTS, StructureConfig

MAIN = "main"
ITEMS_ONLY = "items only"
INTERSECTIONS, CONTESTED = "intersections", "gaps by item"  # models of demographic structure
EVERYBODY = "nothing excluded"  # the main model on all rows, also those that the study excludes
WITHOUT: Mapping[tuple[str, ...], str] = {
    ("disc",): "without disc",
    ("stretch",): "without stretch",
    PARTS: "without disc and stretch",
}
RATER = "rater"  # the random term of raters

type Fits = Mapping[tuple[str, str], ps.Fit]


class Model(NamedTuple):
    """One model of a study, in the texts that ``ps.fit`` takes."""

    formula: str
    disc: str | None = None
    stretch: str | None = None
    thresholds: str | None = None

    @property
    def submodels(self) -> dict[str, str]:
        """What it has beside a formula."""
        return {name: text for name, text in zip(self._fields[1:], self[1:], strict=True) if text is not None}

    @property
    def parts(self) -> dict[str, str]:
        """Its submodels of noise and of use of the scale."""
        return {name: text for name, text in self.submodels.items() if name in PARTS}

    @property
    def written(self) -> str:
        """All of it on one line.

        >>> Model("rating ~ gender + (1 | item)", disc="~ gender").written
        "rating ~ gender + (1 | item), disc = '~ gender'"
        """
        return ", ".join([self.formula, *(f"{name} = '{text.strip()}'" for name, text in self.submodels.items())])


def models(ratings: Ratings, config: StudyConfig) -> dict[str, Model]:
    """The models by name, the main one first; all have the submodels of the study file.

    Without ``alternatives`` in the study file the main model without its rater effects is added, because that is the
    model which takes the ratings of one person for those of many. Unless ``alternatives`` is empty, a main model with
    ``disc`` or ``stretch`` is also compared with the one that has neither.

    Raises
    ------
    ConfigError
        When a formula of the main model names what the ratings do not have.
    """
    asked, structure = config.model, config.structure
    main = Model(asked.formula or default_formula(ratings.demographics), asked.disc, asked.stretch, asked.thresholds)
    plain = {} if asked.alternatives == {} else _plain(main)
    if asked.alternatives is not None:
        others = {name: main._replace(formula=formula) for name, formula in asked.alternatives.items()}
    else:
        others = _items_only(main, available_columns(ratings))
    out = {MAIN: main, **plain, **others}
    if structure == StructureConfig():
        return out
    more = structure_formulas(parse_formula(main.formula, available_columns(ratings)), structure)
    return {**out, **{name: main._replace(formula=formula) for name, formula in more.items()}}


def formulas(ratings: Ratings, config: StudyConfig) -> dict[str, str]:
    """Model name -> formula, see ``models``."""
    return {name: model.formula for name, model in models(ratings, config).items()}


def _plain(main: Model) -> dict[str, Model]:
    """The model in which nobody is noisier and nobody uses the scale otherwise; none where that is the main one."""
    return {WITHOUT[tuple(main.parts)]: main._replace(disc=None, stretch=None)} if main.parts else {}


def _items_only(main: Model, columns: tuple[str, ...]) -> dict[str, Model]:
    """The model without effects of raters, on their place, their noise or their use of the scale."""
    parsed = parse_formula(main.formula, columns)
    disc, stretch = (_without_rater(text, columns) for text in (main.disc, main.stretch))
    shorter = Model(str(parsed.without(RATER)), disc, stretch, main.thresholds)
    same = parsed.without(RATER) == parsed and list(shorter.submodels) == list(main.submodels)
    return {} if same else {ITEMS_ONLY: shorter}


def _without_rater(text: str | None, columns: tuple[str, ...]) -> str | None:
    """A submodel without its rater effect; nothing where nothing is left of it."""
    if text is None:
        return None
    left = parse_formula(f"rating {text.strip()}", columns).without(RATER)
    return str(left).removeprefix("rating ") if left.columns or left.random else None


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
