"""P(y <= k) by a new rater as functions of one number, on regular grids: what items, labels and pairs look up.

Let c = cut_k - e, e the linear predictor without the new rater's effect. Where thresholds and eta enter only as
tau_k - eta, the cut is the threshold and one function serves all k, the distribution of the residual plus a new rater;
any other family has a function for each k, and its cuts are 0.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.rows import LINKS, PROBIT
from pluralstats.model.families.family import Family
from pluralstats.results.averaging.averages import one_by_one, thresholds_of
from pluralstats.results.averaging.mixtures import DECIDED, MOST_NODES, TAIL
from pluralstats.results.averaging.smooth_tables import SATURATED

STEPS = 8  # nodes to a unit of scale
REACH = int(SATURATED) * STEPS  # nodes on either side beyond which the distribution is 0 or 1 to the last digit


class Curves(NamedTuple):
    """``values`` (S, C, M) of C curves at multiples of ``step`` (S,), 0 in the middle; ``cut`` (S, K - 1)."""

    values: np.ndarray
    step: np.ndarray
    cut: np.ndarray

    def of(self, k: int) -> np.ndarray:
        """(S, M) of the threshold at position k."""
        return np.ascontiguousarray(self.values[:, min(k, self.values.shape[1] - 1)])


def cuts_of(family: Family, tau: np.ndarray) -> np.ndarray:
    """(S, K - 1) what distances are measured from."""
    return tau if thresholds_of(family).shifts else np.zeros_like(tau)


def curves_at(family: Family, tau: np.ndarray, linear: np.ndarray, sd_new: np.ndarray) -> np.ndarray:
    """(S, C, R) the curves at distances -linear (S, R)."""
    if thresholds_of(family).shifts:
        tau = np.zeros((len(tau), 1))
    return np.moveaxis(one_by_one(family, tau, linear, sd_new), 2, 1)


def grid_steps(family: Family, tau: np.ndarray, sd_new: np.ndarray, span: np.ndarray) -> np.ndarray:
    """(S,) steps of the grid.

    Parameters
    ----------
    tau : (S, K - 1)
    sd_new : (S,) of new raters
    span : (S,) the latent distance that it has to cover
    """
    if LINKS.get(family.averaged or "") == PROBIT:
        scale = np.sqrt(1.0 + sd_new**2)
    else:
        scale = np.maximum(thresholds_of(family).strip(tau), sd_new)
    return np.maximum(scale / STEPS, span / MOST_NODES)


def new_rater_curves(family: Family, tau: np.ndarray, sd_new: np.ndarray, step: np.ndarray) -> Curves:
    """The curves at multiples of the step, in closed form (probit) or by quadrature over new raters."""
    cut = cuts_of(family, tau)
    if family.averaged in LINKS:  # symmetric
        above = curves_at(family, tau, -step[:, None] * np.arange(REACH + 1), sd_new)
        return Curves(np.concatenate([1.0 - above[:, :, :0:-1], above], axis=2), step, cut)
    farthest = np.where(np.isfinite(tau - cut), np.abs(tau - cut), 0.0).max(axis=1) + DECIDED + TAIL * sd_new
    reach = int(np.ceil(min((farthest / step).max(), MOST_NODES)))
    return Curves(curves_at(family, tau, -step[:, None] * np.arange(-reach, reach + 1), sd_new), step, cut)
