"""What a user of labels must know, as finished sentences for the card."""

from collections.abc import Iterator, Sequence

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, counted, listed, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import term_factors
from pluralstats.model.formula.parsing import ModelFormula
from pluralstats.population.targets import Population
from pluralstats.results.averaging.manners import columns_of_manners
from pluralstats.results.structure.item_gaps import with_slopes


def refuse_unknown_groups(fit: Fit, by: Sequence[str]) -> None:
    """Refuse groups that the model does not tell apart.

    Raises
    ------
    ConfigError
        With the formula to fit.
    """
    formula = fit.design.formula
    named = {*fit.described, *term_factors(fit.design)}
    problems = [
        f"The formula '{fit.formula}' does not name {name}, so that its levels have the same labels but for their mix "
        f"of other demographics. Fit '{with_slopes(formula, name)}'."
        for name in by
        if name not in named
    ]
    if problems:
        raise problems_error(ConfigError, problems)


def has_item_effects(formula: ModelFormula, demographic: str) -> bool:
    """Whether items may differ in how far the levels of a demographic are apart.

    So they do with slopes ``(1 + politics | item)`` and with effects of pairs ``(1 | item:politics)``.
    """
    return any("item" in term.factors and demographic in (*term.factors, *term.columns) for term in formula.random)


def caveats_of_fit(
    fit: Fit, by: Sequence[str], population: Population | None, pooled: np.ndarray, determined: np.ndarray
) -> list[str]:
    """Everything about labels from a fit.

    Parameters
    ----------
    pooled, determined : (n,) bool of the rows of the table
    """
    constant = [
        name for name in by if name not in columns_of_manners(fit) and not has_item_effects(fit.design.formula, name)
    ]
    sentences = [
        f"Groups by {name} differ by one constant shift on the latent scale: the formula '{fit.formula}' has no "
        f"effects of {name} by item. Fit '{with_slopes(fit.design.formula, name)}' for groups that differ more on "
        "some items than on others."
        for name in constant
    ]
    sentences += absent_levels(fit.ratings, by, population)
    if pooled.any():
        sentences.append(
            f"{counted(int(pooled.sum()), 'row')} of {pooled.size:,} (`pooled`) are partly about combinations of "
            "demographics that no rater has, which the model predicts from raters who share some of the levels."
        )
    if not determined.all():
        n = int((~determined).sum())
        sentences.append(f"{counted(n, 'row')} of {determined.size:,} have missing numbers: the data leave them open.")
    sentences += [f"The fit has a problem: {problem}" for problem in fit.problems]
    sentences += population.notes if population is not None else ()
    return [*sentences, *of_simulation(fit.ratings)]


def of_simulation(ratings: Ratings) -> list[str]:
    """A sentence where no person made the ratings."""
    return ["The ratings are simulated: no person made them."] if ratings.simulated else []


def absent_levels(ratings: Ratings, by: Sequence[str], population: Population | None) -> Iterator[str]:
    """A sentence for each demographic with levels that nobody in the population has."""
    if population is None:
        return
    for name in (name for name in by if name in population.cells):
        there = set(population.cells.loc[population.cells["share"] > 0.0, name].astype(str))
        absent = [level for level in ratings.frame[name].cat.categories if level not in there]
        if absent:
            yield f"The population has nobody with {name} {listed(absent)}, so there is nothing about that group."
