"""How raters rate in each of many meetings: their noise s and their thresholds (METHODS section 8).

A meeting is a person with an item, a row of a table. With the submodels log s = w'z + v and a = q'g + r the thresholds
of its group are c + exp(a) (tau - c), c their mean. What the table knows of random effects in v and r is looked up; the
rest, of new raters, is integrated over its normal distribution at nodes that all ways to rate share.

Nodes follow from the spread of v, and of r in units of what thresholds move against, with the largest |tau - c|
sd e^(1.2 sd) |tau - c| / sqrt(s^2 + var): Gauss-Hermite where that is small, evenly spaced nodes as far as 5 sds where
it is not. Against a fine grid they are right to 1e-5 for v of sd up to 1 and r of sd up to 0.7.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import term_factors
from pluralstats.model.category_effects import CategoryEffects
from pluralstats.model.design import PARTS, Part
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.averages import Ways
from pluralstats.results.averaging.lookups import known_effects
from pluralstats.results.averaging.multipliers import variance_at
from pluralstats.results.averaging.people import named_for

NOISE_NODES = {0.0: 1, 0.1: 3, 0.2: 5, 0.3: 7, 0.4: 9, 0.5: -13, 0.7: -17, 1.0: -21, np.inf: -33}  # negative: even
SCALE_NODES = {0.0: 1, 0.4: 5, 0.6: 7, 0.85: 9, 1.2: 13, 1.7: -17, 2.4: -21, 3.2: -29, np.inf: -41}
MOST_NODES = 200  # of both together, for how much room draws need
REACH = 5.0  # sds that even nodes span on either side
MOST_DRAWS = 0.95  # share of draws that nodes are chosen for; a wild draw is not what all others pay for


class SubmodelRows(NamedTuple):
    """A submodel at U rows: ``X`` (U, p), the ``blocks`` whose effects are looked up."""

    part: Part
    fit: Fit
    X: np.ndarray
    rows: pd.DataFrame
    blocks: list[Block]

    def linear(self, draws: slice) -> tuple[np.ndarray, np.ndarray]:
        """(S, U) linear predictor, and the sd of what is integrated over."""
        known, Z = known_effects(self.fit, self.rows, self.blocks, draws)
        design, samples = self.fit.design, self.fit.samples
        variance = variance_at(design, samples, range(len(design.groupings)), Z, draws)
        return samples.coefficient[draws] @ self.X.T + known, np.sqrt(variance)


class Manners(NamedTuple):
    """Of M meetings: ``way`` (M,) to rate of each, one of U; the thresholds' ``group`` (U,) and submodels of each;
    ``Z`` (U, m) the columns within ``cs()``, whose rows need not be those of any group."""

    way: np.ndarray
    group: np.ndarray
    submodels: dict[str, SubmodelRows]
    Z: np.ndarray | None = None

    def at(self, fit: Fit, draws: slice, spread: float = 0.0) -> Ways:
        """The ways to rate in a block of draws, ``spread`` the least sd of what else is integrated over."""
        nothing = np.zeros((len(fit.samples.sd[draws]), self.group.size))
        (sigma, sd_v), (a, sd_r) = (
            self.submodels[name].linear(draws) if name in self.submodels else (nothing, nothing)
            for name in ("disc", "stretch")
        )
        v, of_v = nodes_for(sd_v, NOISE_NODES)
        noise = np.exp(sigma[:, :, None] + sd_v[:, :, None] * v)
        reach = _reach(fit, draws) / np.sqrt(np.exp(2.0 * np.minimum(sigma - sd_v, 0.0)) + spread**2)
        r, of_r = nodes_for(spread_in_units(sd_r, reach), SCALE_NODES)
        stretched = np.exp(a[:, :, None] + sd_r[:, :, None] * r)
        own, centre = (one[..., None] for one in self.thresholds(fit, draws))
        own, centre = np.swapaxes(own, 2, 3), centre[..., None]
        tau = centre + stretched[..., None] * (own - centre) if "stretch" in self.submodels else own
        shape = (*nothing.shape, v.size, r.size)
        every = np.broadcast_to(tau[:, :, None], (*shape, tau.shape[3])).reshape(*nothing.shape, -1, tau.shape[3])
        noise = np.broadcast_to(noise[..., None], shape).reshape(*nothing.shape, -1)
        return Ways(np.ascontiguousarray(noise), np.ascontiguousarray(every), np.outer(of_v, of_r).ravel())

    def thresholds(self, fit: Fit, draws: slice) -> tuple[np.ndarray, np.ndarray]:
        """(S, U, K - 1) at a = 0, between the categories of all groups, and (S, U) the mean of the group's own."""
        groups, scale, tau = fit.design.thresholds, fit.design.categories, fit.samples.threshold[draws]
        out = np.empty((len(tau), self.group.size, max(scale.size - 1, 0)))
        centre = np.zeros(out.shape[:2])
        if self.Z is not None and groups.category is not None:
            own = groups.category.thresholds(tau, fit.samples.coefficient[draws], self.Z)
            return groups.placed(own, 0, scale), own.mean(axis=2) if own.shape[2] else centre
        for g in np.unique(self.group):
            at, own = self.group == g, tau[:, None, groups.of_group(g)]
            out[:, at] = groups.placed(own, g, scale)
            if own.shape[2]:
                centre[:, at] = own.mean(axis=2)
        return out, centre


def thresholds_at(fit: Fit, manners: Manners | None, draws: slice, sd_new: np.ndarray) -> np.ndarray | Ways:
    """(S, K - 1) thresholds of some draws, or the ways to rate; ``sd_new`` of what else is integrated over."""
    if manners is None:
        return np.ascontiguousarray(fit.samples.threshold[draws])
    return manners.at(fit, draws, float(sd_new.min(initial=np.inf)) if sd_new.size else 0.0)


def numbers_of(fit: Fit, manners: Manners | None) -> int:
    """About how many numbers the ways to rate have in one draw."""
    return 0 if manners is None else manners.group.size * MOST_NODES * max(fit.design.categories.size, 1)


def _reach(fit: Fit, draws: slice) -> np.ndarray:
    """(S, 1) the largest distance of a threshold from the middle of its group."""
    groups = fit.design.thresholds
    tau = groups.stacked(fit.samples.threshold[draws], fit.samples.coefficient[draws])
    own = [tau[:, groups.of_group(g)] for g in range(groups.n_groups)]
    each = [np.abs(one - one.mean(axis=1, keepdims=True)).max(axis=1) for one in own if one.shape[1]]
    return np.max([np.zeros(len(tau)), *each], axis=0)[:, None]


def spread_in_units(sd: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """How far r moves thresholds ``reach`` units from their middle; e^r moves them farther outwards than inwards."""
    return sd * np.exp(np.minimum(1.2 * sd, 5.0)) * reach


def nodes_for(sd: np.ndarray, counts: dict[float, int]) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for a standard normal variable that moves something by ``sd`` (S, U) times it.

    >>> nodes, weights = nodes_for(np.array([[0.3]]), NOISE_NODES)
    >>> nodes.size, float((weights @ nodes**2).round(12))
    (7, 1.0)
    """
    large = float(np.quantile(sd.max(axis=1), MOST_DRAWS)) if sd.size and np.isfinite(sd).all() else 0.0
    n = next(count for most, count in counts.items() if large <= most)
    if n > 0:
        nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    else:
        nodes = np.linspace(-REACH, REACH, -n)
        weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def columns_of_manners(fit: Fit) -> list[str]:
    """What noise, use of the scale and thresholds depend on: columns of submodels, factors of their random terms."""
    named = [name for part in fit.design.parts for name in [*part.design.formula.described, *term_factors(part.design)]]
    return list(dict.fromkeys([*named, *fit.design.threshold_columns]))


def own_columns(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """A table in which columns that a submodel has in its own version are that."""
    prefix = named_for(part, "")
    own = {name.removeprefix(prefix): table[name] for name in table if str(name).startswith(prefix)}
    return table.assign(**own) if own else table


def manners_of(fit: Fit, table: pd.DataFrame, *, every_term: bool = True) -> Manners | None:
    """How each row of a table is rated; None where all ratings have the same noise and thresholds.

    Parameters
    ----------
    table : (M, columns)
        Columns of the model, and the factors of random terms that are to be looked up.
    every_term : bool
        False: those about profiles and items only, as averages over people and items have it.
    """
    if fit.design.is_plain:
        return None
    names = [name for column in columns_of_manners(fit) for name in (column, *(named_for(p, column) for p in PARTS))]
    key = [name for name in names if name in table]
    way = np.zeros(len(table), int)
    if key:
        way = table.groupby(key, observed=True, sort=False, dropna=False).ngroup().to_numpy()
    rows = table.iloc[np.unique(way, return_index=True)[1]].reset_index(drop=True)
    submodels = {part.name: _submodel(fit, part, rows, every_term) for part in fit.design.parts}
    fixed = fit.design.fixed
    Z = fixed.inner.rows_for(own_columns(rows, "stretch")) if isinstance(fixed, CategoryEffects) else None
    return Manners(way, _groups(fit, rows), submodels, Z)


def _submodel(fit: Fit, part: Part, rows: pd.DataFrame, every_term: bool) -> SubmodelRows:
    own, sub = own_columns(rows, part.name), fit.part_fits[part.name]
    looked_up = {*sub.roles.profile, *sub.roles.item}
    blocks = [block for block in sub.design.blocks if every_term or block.start in looked_up]
    return SubmodelRows(part, sub, part.rows_for(own), own, blocks)


def _groups(fit: Fit, rows: pd.DataFrame) -> np.ndarray:
    """(U,) group of thresholds of each row."""
    groups = fit.design.thresholds
    if groups.column is None:
        return np.zeros(len(rows), int)
    at = {name: g for g, name in enumerate(groups.names)}
    return np.array([at[str(level)] for level in own_columns(rows, "stretch")[groups.column]], int)
