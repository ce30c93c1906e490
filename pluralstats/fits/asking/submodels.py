"""What ``fit`` is asked for beside a formula: submodels of noise and of use of the scale, groups of thresholds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.scales.linking import unlinked, unlinked_problem
from pluralstats.errors import ConfigError, DataError, listed, nearest, problems_error
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.building import Formulas
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.formula.parsing import ModelFormula, expansion, parse_formula, quoted
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
    problems = [*_of_family(ratings, family, link, texts), *_of_groups(ratings, thresholds)]
    if thresholds is not None and FAMILIES[family][link].bounded is not None:
        problems.append(f"`thresholds` goes with ordered categories; found the {family} family. Leave it out.")
    if problems:
        raise problems_error(ConfigError, problems)
    if thresholds != ratings.scale_by:
        _ = ratings.scale  # refused where there are several
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
    most = max(scale.K for scale in ratings.scales.values())
    if "stretch" in texts and most < 3:
        problems.append(
            f"`stretch` is how far apart raters put their thresholds, and a scale of {most} categories has "
            "one threshold only. It needs three categories or more; `disc` can tell groups of raters apart here."
        )
    return problems


def _of_groups(ratings: Ratings, column: str | None) -> list[str]:
    if column is None:
        return []
    known = available_columns(ratings)
    if column not in known:
        return [
            f"`thresholds` names a column of the ratings ({', '.join(known)}); found {column!r}."
            f"{nearest(str(column), known)}"
        ]
    levels = ratings.frame[column]
    if not isinstance(levels.dtype, pd.CategoricalDtype):
        return [f"`thresholds` names a column of categories; '{column}' is a number. Pass it as text."]
    problems = []
    if levels.nunique() < FEWEST_LEVELS:
        problems.append(
            f"`thresholds='{column}'` needs several levels; all ratings are {levels.iloc[0]!s}. Leave it out."
        )
    return problems


def _submodel(ratings: Ratings, name: str, text: str) -> ModelFormula:
    if not isinstance(text, str) or not text.strip().startswith("~"):
        raise ConfigError(
            f"`{name}` is a formula that begins with ~, such as '~ gender + (1 | rater)'; found {text!r}."
        )
    if re.search(r"\bcs\s*\(", text):
        raise ConfigError(
            f"`{name}` has cs(), a coefficient at every threshold, and {WHAT[name]} is one number for all thresholds: "
            f"{text!r}. Write the column without cs()."
        )
    try:
        parsed = parse_formula(f"rating {text.strip()}", available_columns(ratings))
    except ConfigError as error:
        raise problems_error(ConfigError, [f"In `{name}`, {text!r}: {problem}" for problem in error.problems]) from None
    if not parsed.intercept:
        raise ConfigError(
            f"`{name}` has no intercept of its own: {'s = 1' if name == 'disc' else 'a = 0'} at the reference levels, "
            f"which the thresholds need. Write it without '0 +' or '- 1'; found {text!r}."
        )
    if not (parsed.columns or parsed.random):
        raise ConfigError(f"`{name}` says nothing: {text!r} names no column and no random term. Leave it out.")
    for factor in (factor for term in expansion(parsed.fixed).terms for factor in term):
        if factor.offset or factor.call in ("mo", "s"):
            column = quoted(factor.column)
            curve = f"Write 'bs({column}, df=4)', a spline of fixed columns"
            instead = curve if factor.call == "s" else f"Write '{column}' without mo()"
            instead = "Leave it out" if factor.offset else instead
            raise ConfigError(
                f"`{name}` has '{factor.text}', which is known for `formula` only: {text!r}. {instead}, or name it "
                "there."
            )
    _refuse_single_raters(ratings, name, parsed)
    return parsed


def _refuse_single_raters(ratings: Ratings, name: str, formula: ModelFormula) -> None:
    """A level of one rater: its noise would be the noise of one person."""
    for column in formula.columns:
        if column not in ratings.demographics:
            continue
        raters = ratings.frame.groupby(column, observed=True)["rater"].nunique()
        raters = raters.drop(ratings.to_impute.get(column, []))
        alone = [f"{column}[{level}]" for level, count in raters.items() if count == 1]
        if alone:
            only = len(alone) == len(raters)
            instead = "Write (1 | rater) for the differences of single raters" if only else "Lump rare levels (`lump=`)"
            raise DataError(
                f"`{name}` cannot tell the {WHAT[name]} of {listed(alone)} from that of one person: a single rater has "
                f"the level. {instead}, or leave the column out."
            )


def refuse_unlinked(ratings: Ratings, column: str) -> None:
    """Refuse groups of ratings that share neither raters nor items with the others: they are not on one scale."""
    level, rater, item = (ratings.frame[name].array for name in (column, "rater", "item"))
    sets = unlinked(level.codes, rater.codes, item.codes, list(map(str, level.categories)))
    if sets:
        raise DataError(unlinked_problem(column, sets))


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
