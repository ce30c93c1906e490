"""Rows of ratings with the raters' own effects integrated out: what they say, and how that moves."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from pluralstats.inference.elimination.curvature import Curvature


class OwnEffects(NamedTuple):
    """Rows at the mode of the raters' own effects v (q_own,), whose curvature is ``factor``.

    ``score`` and ``curvature`` derivatives of log p in eta, (n,), or in eta, log s and a, (n, 3) and (n, 3, 3);
    ``total`` those with v integrated out, v moving along; ``touched`` and ``solved`` as in ``Slopes``; ``thresholds``
    (n, m) derivatives in the stacked thresholds; ``residual`` (n, 1) in the log residual sd, (n, 0) without one.
    """

    v: np.ndarray
    score: np.ndarray
    curvature: np.ndarray
    total: np.ndarray
    touched: np.ndarray
    solved: np.ndarray
    thresholds: np.ndarray
    residual: np.ndarray
    factor: Curvature

    @property
    def bend(self) -> sparse.csr_array:
        """The curvature between the predictors of all rows, those of a row side by side."""
        if self.curvature.ndim == 1:
            return sparse.diags_array(self.curvature).tocsr()
        n, size = len(self.curvature), self.curvature.shape[1]
        blocks = self.curvature, np.arange(n), np.arange(n + 1)
        return sparse.bsr_array(blocks, shape=(n * size, n * size)).tocsr()

    def moved_by_loading(self, t: int, part: int) -> np.ndarray:
        """(n,) what a loading of an own effect adds beside its effect: its share of H, and the slope in v."""
        score, curvature, touched = of_part(self.score, part), of_part(self.curvature, part), self.touched[:, t]
        shared = curvature * touched if curvature.ndim == 1 else np.einsum("im,im->i", curvature, touched)
        return -0.5 * score * self.solved[self.factor.pattern.index[:, t]] - shared


class RowScores(NamedTuple):
    """Derivatives of the raters' log-likelihood, row by row.

    ``by_parameter`` (n, P); ``by_predictor`` (n,), or (3 n,) of rows with eta, log s and a, a row at a time.
    """

    by_parameter: np.ndarray
    by_predictor: np.ndarray
    own: OwnEffects


def of_part(rows: np.ndarray, part: int) -> np.ndarray:
    """Numbers of rows about one of their predictors; as they are where eta is the only one."""
    return rows if rows.ndim == 1 else rows[:, part]
