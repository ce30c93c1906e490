"""``difference_sources``: whether groups differ in where they stand, in their noise or in their use of the scale."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import factorial

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.populations import predict_scenes
from pluralstats.results.averaging.scenes import Scene, dimensions_of
from pluralstats.results.effects.counterfactuals import Contrast, Pair, Study, is_known, support
from pluralstats.results.effects.group_effects import UNKNOWN, asked_demographics, values_problems
from pluralstats.results.effects.level_pairs import DIMENSION, Question, contrasts_of_levels
from pluralstats.results.effects.summaries import summaries
from pluralstats.results.effects.utilities import utilities_of

SOURCES = {"place": "", "noise": "disc", "use of the scale": "stretch"}
NUMBERS = ("estimate", "lower", "upper", "lower_50", "upper_50", "p_direction")


def difference_sources(
    fit: Fit,
    demographics: Sequence[str] | str | None = None,
    *,
    by: str | None = None,
    at: Mapping[str, Sequence[float]] | None = None,
    utility: Mapping[str, float] | None = None,
    prob: float = 0.95,
    population: Population | None = None,
) -> pd.DataFrame:
    """How much of a difference in rating points comes from place, noise and use of the scale.

    The expected rating of a group rests on where it stands (eta), on its noise (log s, ``disc``) and on its use of the
    scale (a, ``stretch``; thresholds of its own): noise draws expected ratings to the middle of the scale, although
    opinions are the same. Everybody is given the level, then the reference, as in ``ps.effects``; between the two each
    source is moved by itself, in all orders, and what it adds is averaged over the orders (Shapley 1953): with E_S the
    expected rating where the sources S are those of the level and the others those of the reference,

        phi_i = sum over S without i of s! (n - s - 1)! / n! (E_{S + i} - E_S), s the size of S.

    The parts add up to the difference in every draw. A source that the model does not have for this column adds 0.

    Parameters
    ----------
    fit : Fit
    demographics : str or list of str, optional
        Columns about raters of any part of the model, numbers also (average slopes). Default: all of them.
    by : str, optional
        Another demographic: contrasts among the raters of each of its levels.
    at : dict of column to values, optional
        Values of numbers to compare, the first of which is the reference.
    utility : dict of dimension to number, optional
        As for ``ps.effects``: a mean over dimensions.
    prob : float
        Probability of the outer interval, quantiles over draws.
    population : Population, optional
        As for ``ps.effects``.

    Returns
    -------
    data frame
        Four rows for each contrast, ``source`` "difference", "place", "noise", "use of the scale":
        ``demographic, level, reference, [dimension], [by], source, unit`` ("rating points"), ``estimate`` (posterior
        mean; the last three sum to the first), ``lower, upper, lower_50, upper_50, p_direction, n_raters, n_ratings,
        n_raters_reference, note``. Contrasts that the data do not determine are empty.

    Raises
    ------
    ConfigError
        As ``ps.effects``; a column that is not about raters.

    References
    ----------
    Shapley (1953), A value for n-person games, in Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, effects={"gender[male]": 1.0}, seed=1)
    >>> fit = ps.fit(ratings, disc="~ gender", method="laplace")
    >>> table = ps.difference_sources(fit, "gender").set_index("source")["estimate"]
    >>> table.index.tolist()
    ['difference', 'place', 'noise', 'use of the scale']
    >>> bool(abs(table["difference"] - table.iloc[1:].sum()) < 1e-9), float(table["use of the scale"])
    (True, 0.0)
    """
    refuse_no_fit(fit, "difference_sources")
    chosen = asked_demographics(fit, demographics, by)
    problems = [*probability_problem(prob), *values_problems(fit, chosen, at)]
    problems += [
        f"`ps.difference_sources` is about people, and '{name}' is not about raters. See ps.effects."
        for name in chosen
        if name not in fit.roles.rater_columns
    ]
    if problems:
        raise problems_error(ConfigError, problems)
    utilities, study = utilities_of(fit, utility), Study(fit, population)
    within = (by,) if by else ()
    questions = [Question((name,), "reference", within, at or {}, utilities) for name in chosen]
    contrasts = [contrast for question in questions for contrast in contrasts_of_levels(study, question)]
    rows = [row for contrast in contrasts for row in _rows(fit, contrast, prob)]
    head = ["demographic", "level", "reference", *([DIMENSION] if dimensions_of(fit) else []), *within]
    sizes = ["n_raters", "n_ratings", "n_raters_reference", "note"]
    return pd.DataFrame(rows, columns=[*head, "source", "unit", *NUMBERS, *sizes])


def _rows(fit: Fit, contrast: Contrast, prob: float) -> Iterator[dict[str, object]]:
    known = is_known(fit, contrast)
    draws = np.sum([pair.factor * _of_pair(fit, contrast.demographic, pair) for pair in contrast.pairs], axis=0)
    found = summaries(draws if known else np.full_like(draws, np.nan), 0.0, prob, 0.0)
    first = contrast.pairs[0]
    for i, source in enumerate(("difference", *SOURCES)):
        yield {
            "demographic": contrast.demographic,
            "level": contrast.level,
            "reference": contrast.reference,
            **contrast.within,
            "source": source,
            "unit": "rating points",
            **{name: found[name][i] for name in NUMBERS},
            "n_raters": first.at.observed.n_raters,
            "n_ratings": first.at.observed.n_ratings,
            "n_raters_reference": first.against.observed.n_raters,
            "note": support(contrast) if known else UNKNOWN,
        }


def _of_pair(fit: Fit, demographic: str, pair: Pair) -> np.ndarray:
    """(4, S) draws of a difference, and of what each source adds to it."""
    movable = [source for source, part in SOURCES.items() if _has(fit, part, demographic)]
    levels = list(product((False, True), repeat=len(movable)))
    scenes = [_mixed(pair, dict(zip(movable, moved, strict=True))) for moved in levels]
    found = predict_scenes(fit, scenes)
    expected = {moved: one.expected for moved, one in zip(levels, found, strict=True)}
    out = np.zeros((1 + len(SOURCES), len(found[0].expected)))
    out[0] = expected[levels[-1]] - expected[levels[0]]
    for i, source in enumerate(movable):
        out[1 + list(SOURCES).index(source)] = shapley(expected, i)
    return out


def _has(fit: Fit, part: str, demographic: str) -> bool:
    """Whether the model has a source; own thresholds are a use of the scale."""
    by_thresholds = part == "stretch" and demographic in fit.design.threshold_columns
    return not part or part in fit.part_fits or by_thresholds


def _mixed(pair: Pair, moved: Mapping[str, bool]) -> Scene:
    """A scene in which some sources are those of the level and the others those of the reference."""
    changes = {name: (pair.at if at else pair.against).scene.changes for name, at in moved.items()}
    parts = {SOURCES[name]: own for name, own in changes.items() if SOURCES[name]}
    return pair.against.scene._replace(changes=changes["place"], parts=parts)


def shapley(values: Mapping[tuple[bool, ...], np.ndarray], i: int) -> np.ndarray:
    """What player ``i`` of n adds, averaged over all orders; ``values`` of every coalition.

    >>> worth = {(False, False): 0.0, (True, False): 1.0, (False, True): 2.0, (True, True): 5.0}
    >>> float(shapley(worth, 0)), float(shapley(worth, 1))
    (2.0, 3.0)
    """
    n = len(next(iter(values)))
    total = np.zeros_like(next(iter(values.values())), float)
    for coalition, value in values.items():
        if not coalition[i]:
            joined = (*coalition[:i], True, *coalition[i + 1 :])
            size = sum(coalition)
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            total = total + weight * (values[joined] - value)
    return total
