"""What leave-one-out leaves out, and with which draws."""

import numpy as np

from pluralstats.errors import ConfigError, FitError, nearest
from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.integrals.several_effects import effects_together, is_one_effect, level_codes
from pluralstats.inference.posterior.pointwise import Units
from pluralstats.inference.posterior.samples import Samples, evenly_spaced
from pluralstats.model.design import codes_of, is_nested
from pluralstats.results.checks.pareto import LEAST_DRAWS

UNITS = ("rating", "rater", "item")
MOST_EFFECTS = 150  # integrated at once


def check_unit(by: str) -> None:
    """Raises ConfigError unless ``by`` is a unit that can be left out."""
    if not isinstance(by, str):
        raise ConfigError(f"`by` is one of {', '.join(UNITS)}; found a {type(by).__name__}.")
    if by not in UNITS:
        raise ConfigError(f"`by` is one of {', '.join(UNITS)}; found {by!r}.{nearest(by, UNITS)}")


def units_of(fit: Fit, by: str) -> Units:
    """The units of a fit, with the random terms whose every level lies within one unit.

    Raises
    ------
    FitError
        Units with more effects than can be integrated at once.
    """
    design = fit.design.whole
    code, names = _codes(fit, by)
    within = [t for t, grouping in enumerate(design.groupings) if is_nested(grouping.index, code)]
    level = design.groupings[within[0]].index if within else code
    several = not is_one_effect(design, within)
    if several:
        level = level_codes(design, within)
    order = np.lexsort((level, code))
    sorted_code, sorted_level = code[order], level[order]
    new_unit = np.diff(sorted_code, prepend=-1) != 0
    level_start = np.flatnonzero(new_unit | (np.diff(sorted_level, prepend=-1) != 0))
    unit_start = np.flatnonzero(new_unit[level_start])
    name = names[sorted_code[level_start[unit_start]]]
    level_start, unit_start = np.append(level_start, design.n), np.append(unit_start, level_start.size)
    together = effects_together(design, within, order, level_start) if several else None
    if together is not None:
        _refuse_many(int(together.size.max()), by)
    return Units(name, order, level_start, unit_start, tuple(within), together)


def _refuse_many(effects: int, by: str) -> None:
    if effects > MOST_EFFECTS:
        raise FitError(
            f"Leaving out a whole {by} integrates over the effects within it, here up to {effects:,} at once, and the "
            f"integral is known to be good up to {MOST_EFFECTS}. Fit without a term within {by}s, or use another of "
            f"by={', '.join(repr(unit) for unit in UNITS if unit != by)}."
        )


def _codes(fit: Fit, by: str) -> tuple[np.ndarray, np.ndarray]:
    if by == "rating":
        return fit.design.whole.rows, np.arange(fit.design.n)
    return codes_of(fit.ratings, fit.design.whole, by), fit.ratings.frame[by].cat.categories.to_numpy()


def chain_count(fit: Fit) -> int:
    """Chains stacked in the draws, 0 if the draws are independent of each other (Laplace)."""
    return 0 if fit.method == "laplace" else fit.chains


def chosen_samples(fit: Fit, draws: int | None) -> Samples:
    """The draws of a fit, or about ``draws`` of them, evenly spaced and equally many of each chain: of eta and of all
    submodels together, in the order of ``Design.whole``.

    Raises
    ------
    ConfigError
        ``draws`` that is no number of at least 100.
    FitError
        A fit with fewer draws, or without estimates.
    """
    if draws is not None and (not isinstance(draws, int) or isinstance(draws, bool) or draws < LEAST_DRAWS):
        raise ConfigError(f"`draws` is a whole number of at least {LEAST_DRAWS}, or None for all; found {draws!r}.")
    samples = fit.whole_samples
    total = len(samples.sd)
    if total < LEAST_DRAWS:
        raise FitError(
            f"Leaving out needs at least {LEAST_DRAWS} draws, and the fit has {total}. Fit again with more `draws`."
        )
    if not all(np.isfinite(part).all() for part in samples[:3]):
        raise FitError("The fit has draws without a value, so that nothing can be left out. See `fit.problems`.")
    if draws is None or draws >= total:
        return samples
    return samples.at(evenly_spaced(total, max(chain_count(fit), 1), draws))
