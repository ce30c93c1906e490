"""The variance of what is left of a rating on the latent scale: one number, or a mean where noise has a submodel."""

import numpy as np

from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.model.families.family import Family
from pluralstats.results.averaging.crossings import crossing_of
from pluralstats.results.averaging.manners import Manners
from pluralstats.results.averaging.populations import BLOCK_NUMBERS
from pluralstats.results.averaging.scenes import Scene, crowd_of


def residual_variance(fit: Fit, scene: Scene) -> np.ndarray:
    """(S,) variance of a rating given everything else, on the latent scale, averaged over people and what they meet.

    With a submodel ``disc`` of log s it is the mean of s^2 times the variance at s = 1: of a new rater, whose v is
    normal, E[exp(2 (w'z + v))] = exp(2 w'z + 2 Var v), and so for everything else in ``disc`` that is not looked up.
    Missing where the data leave a coefficient or an sd of ``disc`` open.
    """
    if fit.samples.residual_sd is not None:
        return fit.samples.residual_sd**2
    plain = np.full(len(fit.samples.sd), fit.design.family.noise**2)
    if "disc" not in fit.part_fits:
        return plain
    crossing = crossing_of(fit, crowd_of([scene]), scene.around)
    company, manners = crossing.company, crossing.manners
    assert manners is not None and company.way is not None
    of_kind = np.bincount(company.kind, weights=company.weight.toarray()[:, 0])
    of_cell = np.add.reduceat(company.share, company.cell_starts[:-1]) * of_kind[company.cell_kind]
    share = np.bincount(company.way, weights=of_cell, minlength=manners.group.size)
    return plain * (mean_squares(fit, manners) @ share)


def mean_squares(fit: Fit, manners: Manners) -> np.ndarray:
    """(S, U) mean of s^2 over new raters in each way to rate; 1 everywhere without a submodel of noise."""
    n_draws, rows = len(fit.samples.sd), manners.submodels.get("disc")
    if rows is None:
        return np.ones((n_draws, manners.group.size))
    if rows.fit.flat_coefficients.any() or rows.fit.flat_effects.any():
        return np.full((n_draws, manners.group.size), np.nan)
    size = max(1, BLOCK_NUMBERS // manners.group.size)
    blocks = [rows.linear(slice(start, start + size)) for start in range(0, n_draws, size)]
    with np.errstate(over="ignore"):  # a draw without meaning has an infinite one
        return np.concatenate([np.exp(2.0 * linear + 2.0 * sd**2) for linear, sd in blocks])


def refuse_no_noise(family: Family, what: str) -> None:
    """Refuse numbers between two ends, whose noise around eta is no single number.

    Answers at an end come from logistic noise, those between the ends from a beta distribution whose spread changes
    with eta and the precision.

    Raises
    ------
    ConfigError
    """
    if family.bounded is not None:
        raise ConfigError(
            f"{what} needs the noise of an answer on the latent scale, and the {family.name} family has no single one: "
            "the piles at the ends and the answers between them differ in it. Differences in points, expected ratings "
            "and predictive checks know the family; for this fit family='gaussian'."
        )
