"""Whether the data determine a prediction or a difference, and no coefficient behind it has run off to infinity."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.crossings import crossing_of
from pluralstats.results.averaging.roles import open_multipliers, term_roles
from pluralstats.results.averaging.scenes import ROWS_AT_ONCE, Scene, crowd_of, people_in


def is_determined(fit: Fit, at: Scene, against: Scene | None = None) -> bool:
    """Whether the data determine a scene's predictions, or those of two scenes with the same people.

    Of one scene no coefficient in it may be without a finite estimate, of two none that differs between them.
    """
    flat = fit.posterior.flat_coefficients
    if _rests_on_open_terms(fit, [at] if against is None else [at, against]):
        return False
    if not (fit.design.fixed.relations.left_out.size or flat.any()):
        return True
    if against is None:
        facts = at.around.facts
        return all(
            fit.design.fixed.estimable(rows).all() and not (fit.design.fixed.rows_for(rows)[:, flat] != 0.0).any()
            for rows in _rows(at, _different(facts))
        )
    keep = _different(pd.concat([at.around.facts, against.around.facts], axis=1))
    return all(_pair_is_known(fit, *rows) for rows in zip(_rows(at, keep), _rows(against, keep), strict=True))


def _rests_on_open_terms(fit: Fit, scenes: Sequence[Scene]) -> bool:
    """Whether predictions need the sd or correlation of a random term that the data leave open.

    Expected ratings of a gaussian model do not need the spread of new raters.
    """
    if not fit.posterior.flat_effects.any():
        return False
    roles = term_roles(fit)
    terms = [*roles.item, *roles.profile] if fit.family == "gaussian" else None
    return any(
        open_multipliers(fit, crossing_of(fit, crowd_of([one]), one.around).multipliers_met()[0], terms).any()
        for one in scenes
    )


def _different(facts: pd.DataFrame) -> np.ndarray:
    """(J,) bool, the first of equal rows."""
    return (
        ~facts.set_axis(range(facts.shape[1]), axis=1).duplicated().to_numpy()
        if facts.shape[1]
        else np.arange(len(facts)) == 0
    )


def _pair_is_known(fit: Fit, at: pd.DataFrame, against: pd.DataFrame) -> bool:
    fixed = fit.design.fixed
    if not (fixed.estimable(at).all() and fixed.estimable(against).all()):
        return False
    changed = (fixed.rows_for(at) != fixed.rows_for(against)).any(axis=0)
    return not (changed & fit.posterior.flat_coefficients).any()


def _rows(one: Scene, keep: np.ndarray) -> Iterator[pd.DataFrame]:
    """Every person with some facts of the scene, a number of people at a time, in the order of both."""
    people, facts = people_in(one), one.around.facts[keep]
    size = max(1, ROWS_AT_ONCE // len(facts))
    for start in range(0, len(people), size):
        part = people.iloc[start : start + size].reset_index(drop=True)
        yield part.merge(facts, how="cross") if len(facts.columns) else part
