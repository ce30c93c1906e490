"""What ``fit`` is asked for beside a formula: submodels of noise and of use of the scale, groups of thresholds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, DataError, listed, nearest, problems_error
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.building import Formulas
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.formula.parsing import ModelFormula, parse_formula
from pluralstats.model.merging import positions

WHAT = {"disc": "noise", "stretch": "use of the scale"}
FEWEST_LEVELS = 2


def asked_formulas(
    ratings: Ratings,
    formula: ModelFormula,
    family: str,
    link: str,
    *,
    disc: str | None = None,
    stretch: str | None = None,
    thresholds: str | None = None,
) -> Formulas:
    """The formulas of a model, checked against its family and the ratings.

    Raises
    ------
    ConfigError
        A submodel that cannot be read, that the family cannot have, or that nothing identifies; a column of threshold
        groups that there is not.
    DataError
        Groups of ratings that neither raters nor items link.
    """
    texts = {name: text for name, text in (("disc", disc), ("stretch", stretch)) if text is not None}
    problems = [*_of_family(ratings, family, link, texts), *_of_groups(ratings, formula, thresholds)]
    if problems:
        raise problems_error(ConfigError, problems)
    parts = {name: _submodel(ratings, name, text) for name, text in texts.items()}
    if thresholds is not None:
        refuse_unlinked(ratings, thresholds)
    return Formulas(formula, parts, thresholds)


def _of_family(ratings: Ratings, family: str, link: str, texts: Mapping[str, str]) -> list[str]:
    of_family = FAMILIES[family][link].thresholds
    if texts and (of_family is None or of_family.parts is None):
        return [
            f"`{name}` goes with cumulative models, whose answers are places on one latent scale; found the {family} "
            "family. Leave it out, or use family='cumulative'."
            for name in texts
        ]
    problems = []
    if "stretch" in texts and ratings.scale.K is not None and ratings.scale.K < 3:
        problems.append(
            f"`stretch` is how far apart raters put their thresholds, and a scale of {ratings.scale.K} categories has "
            "one threshold only. It needs three categories or more; `disc` can tell groups of raters apart here."
        )
    if texts and "rater_weight" in ratings.frame and np.ptp(ratings.frame["rater_weight"].to_numpy(float)) > 0.0:
        problems.append(
            "`disc` and `stretch` do not go together with unequal design weights (`rater_weight`) yet: intervals would "
            "not keep their promise. Fit without weights, and take the weights for the population of effects."
        )
    return problems


def _of_groups(ratings: Ratings, formula: ModelFormula, column: str | None) -> list[str]:
    if column is None:
        return []
    known = available_columns(ratings)
    if column not in known:
        return [f"`thresholds` names a column; found {column!r}.{nearest(str(column), known)}"]
    levels = ratings.frame[column]
    if not isinstance(levels.dtype, pd.CategoricalDtype):
        return [f"`thresholds` names a column of categories; '{column}' is a number. Pass it as text."]
    problems = []
    if levels.nunique() < FEWEST_LEVELS:
        problems.append(
            f"`thresholds='{column}'` needs several levels; all ratings are {levels.iloc[0]!s}. Leave it out."
        )
    if column in formula.columns:
        problems.append(
            f"The formula and `thresholds` both name '{column}': thresholds of each level take the place of its effect. "
            "Take it out of the fixed part; coefficients and effects of each level are what `dimensions='joint'` makes."
        )
    return problems


def _submodel(ratings: Ratings, name: str, text: str) -> ModelFormula:
    if not isinstance(text, str) or not text.strip().startswith("~"):
        raise ConfigError(
            f"`{name}` is a formula that begins with ~, such as '~ gender + (1 | rater)'; found {text!r}."
        )
    parsed = parse_formula(f"rating {text.strip()}", available_columns(ratings))
    if not parsed.intercept:
        raise ConfigError(
            f"`{name}` has no intercept of its own: {'s = 1' if name == 'disc' else 'a = 0'} at the reference levels, "
            f"which the thresholds need. Write it without '0 +' or '- 1'; found {text!r}."
        )
    if not (parsed.columns or parsed.random):
        raise ConfigError(f"`{name}` says nothing: {text!r} names no column and no random term. Leave it out.")
    _refuse_single_raters(ratings, name, parsed)
    return parsed


def _refuse_single_raters(ratings: Ratings, name: str, formula: ModelFormula) -> None:
    """A level of one rater: its noise would be the noise of one person."""
    for column in formula.columns:
        if column not in ratings.demographics:
            continue
        raters = ratings.frame.groupby(column, observed=True)["rater"].nunique()
        alone = [f"{column}[{level}]" for level, count in raters.items() if count == 1]
        if alone:
            raise DataError(
                f"`{name}` cannot tell the {WHAT[name]} of {listed(alone)} from that of one person: a single rater has "
                "the level. Lump rare levels (`lump=`), or leave the column out."
            )


def refuse_unlinked(ratings: Ratings, column: str) -> None:
    """Refuse groups of ratings that share neither raters nor items with the others: they are not on one scale."""
    levels = ratings.frame[column].cat.remove_unused_categories()
    islands = _islands(
        *(one.cat.codes.to_numpy().astype(int) for one in (levels, ratings.frame["rater"], ratings.frame["item"]))
    )
    if len(islands) > 1:
        named = "; ".join(", ".join(str(levels.cat.categories[g]) for g in island) for island in islands)
        raise DataError(
            f"The levels of `thresholds='{column}'` fall into {len(islands)} sets that share neither raters nor items "
            f"({named}): nothing puts their ratings on one scale. Fit them apart."
        )


def _islands(group: np.ndarray, rater: np.ndarray, item: np.ndarray) -> list[list[int]]:
    """Groups that raters or items link, set by set."""
    n_groups, n_raters = int(group.max()) + 1, int(rater.max()) + 1
    size = n_groups + n_raters + int(item.max()) + 1
    ends = np.concatenate([n_groups + rater, n_groups + n_raters + item])
    links = coo_array((np.ones(ends.size), (np.tile(group, 2), ends)), shape=(size, size))
    label = connected_components(links, directed=False)[1][:n_groups]
    return [np.flatnonzero(label == one).tolist() for one in np.unique(label)]


def part_posterior(
    design: Design, samples: Samples, flat: tuple[np.ndarray, np.ndarray], chains: int
) -> Iterator[tuple[Design, DrawnPosterior]]:
    """For every submodel its design, and the draws as if its linear predictor were eta.

    Parameters
    ----------
    samples : draws of eta, those of submodels apart
    flat : of all coefficients and groupings of the whole, whether the data leave them open
    """
    how = design.whole.together
    columns = np.cumsum([0, *(one.fixed.X.shape[1] for one in how.designs)])
    for s, part in enumerate(design.parts, start=1):
        own = samples.parts[part.name]
        apart = Samples(samples.threshold, own.coefficient, own.sd, None, own.effects, own.correlation)
        open_ones = {"flat": flat[0][columns[s] : columns[s + 1]], "flat_terms": flat[1][positions(how)[s]]}
        groupings = tuple(replace(grouping, part=part.name) for grouping in part.design.groupings)
        yield replace(part.design, groupings=groupings), DrawnPosterior(apart, chains, **open_ones)
