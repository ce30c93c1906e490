"""What the rows of a design contribute to likelihood and gradient, group of thresholds by group.

A row has eta alone, or the three predictors (eta, log s, a). One interface for both: numbers of a row are (n,) of the
former and have an axis for predictors of the latter.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pluralstats.model.design import Design
from pluralstats.model.families.family import Bounded, Thresholds


class RowLaw(NamedTuple):
    """The rows of a design."""

    design: Design
    of_family: Thresholds | Bounded

    def scores(self, m: np.ndarray, tau: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, score and curvature at predictors m, (n,) or (n, 3), and stacked thresholds tau."""
        design, at = self.design, self.design.thresholds
        of_rows = self.of_family.scores if m.ndim == 1 else self._parts.scores
        score, curvature = np.empty(m.shape), np.empty((*m.shape, *m.shape[1:]))
        if at.n_groups == 1:
            return of_rows(design.y, design.weight, m, tau, score, curvature), score, curvature
        total = 0.0
        for g, rows in enumerate(at.rows_by_group()):
            own, bend = np.empty((rows.size, *m.shape[1:])), np.empty((rows.size, *curvature.shape[1:]))
            total += of_rows(design.y[rows], design.weight[rows], m[rows], tau[at.of_group(g)], own, bend)
            score[rows], curvature[rows] = own, bend
        return total, score, curvature

    def derivatives(self, m: np.ndarray, tau: np.ndarray) -> "Rows":
        """Everything that gradients and curvatures need beside."""
        design, at = self.design, self.design.thresholds
        of_rows = self.of_family.derivatives if m.ndim == 1 else self._parts.derivatives
        each = at.rows_by_group() if at.n_groups > 1 else [np.arange(design.n)]
        parts = [
            of_rows(design.y[rows], design.weight[rows], m[rows], tau[at.of_group(g)]) for g, rows in enumerate(each)
        ]
        return Rows(design, m.shape, each, parts)

    @property
    def _parts(self) -> Any:
        # refused before a design is made
        assert isinstance(self.of_family, Thresholds) and self.of_family.parts is not None
        return self.of_family.parts


@dataclass(frozen=True)
class Rows:
    """Derivatives of the rows of every group, ``parts``, with the ``rows`` of each; ``shape`` of their predictors."""

    design: Design
    shape: tuple[int, ...]
    rows: list[np.ndarray]
    parts: list[Any]

    @property
    def of_eta(self) -> bool:
        return len(self.shape) == 1

    def against(self, Q: np.ndarray) -> "Against":
        """What Laplace's determinant adds: Q (n,) or (n, 3, 3) is the posterior covariance of the predictors."""
        if self.of_eta:
            pulls = [part.skew * Q[rows] for rows, part in zip(self.rows, self.parts, strict=True)]
            whole: list[np.ndarray] = [Q[rows] for rows in self.rows]
        else:
            whole = [part.pull(Q[rows]) for rows, part in zip(self.rows, self.parts, strict=True)]
            pulls = [own[:, :3] for own in whole]
        pull = np.empty(self.shape)
        for rows, own in zip(self.rows, pulls, strict=True):
            pull[rows] = own
        return Against(self, pull, whole)

    def cross(self, j: int) -> np.ndarray:
        """(n,) or (n, 3), d2 log p in predictors and in threshold j of the stack; zero outside its group."""
        g = int(np.searchsorted(self.design.thresholds.starts, j, side="right")) - 1
        out = np.zeros(self.shape)
        out[self.rows[g]] = self.parts[g].cross(j - int(self.design.thresholds.starts[g]))
        return out

    def information(self) -> np.ndarray:
        """(m, m) minus the sums of the second derivatives in the stacked thresholds."""
        at = self.design.thresholds
        out = np.zeros((at.size, at.size))
        for g, part in enumerate(self.parts):
            out[at.of_group(g), at.of_group(g)] = part.information()
        return out


class Against(NamedTuple):
    """``pull`` of log det H in the predictors, and what the groups keep for thresholds."""

    of: Rows
    pull: np.ndarray
    whole: list[np.ndarray]

    def by_thresholds(self, shift: np.ndarray) -> np.ndarray:
        """(m,) sums of d log p - (d pull + shift d2 log p / dm) / 2, all in a threshold of the stack."""
        of = self.of
        each = zip(of.rows, of.parts, self.whole, strict=True)
        return np.concatenate([part.gradient(own, shift[rows]) for rows, part, own in each])

    def by_row(self, shift: np.ndarray) -> np.ndarray:
        """(n, m) what each row adds to ``by_thresholds``."""
        of, at = self.of, self.of.design.thresholds
        out = np.zeros((of.design.n, at.size))
        for g, (rows, part, own) in enumerate(zip(of.rows, of.parts, self.whole, strict=True)):
            out[rows, at.of_group(g)] = part.by_row(own, shift[rows])
        return out


class Slopes(NamedTuple):
    """Row by row, how f moves: ``total`` (n,) or (n, 3) in the predictors, v^ moving along; what that is made of.

    ``touched`` (n, T) or (n, T, 3) entries of H^-1 l; ``solved`` (q,) and ``shift`` the way of v^ and of l'v^ in log
    det H; ``against`` what it adds in thresholds.
    """

    total: np.ndarray
    touched: np.ndarray
    solved: np.ndarray
    shift: np.ndarray
    against: Against


def times(curvature: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """The curvature of each row times a shift of its predictors."""
    return curvature * shift if curvature.ndim == 1 else np.einsum("nij,nj->ni", curvature, shift)


def cumulative_shares(design: Design) -> list[np.ndarray]:
    """For each group of thresholds the (K - 1,) weighted shares of ratings at or below each category but the last.

    Where thresholds differ by coefficients all rows are one group.
    """
    out = []
    at = design.thresholds
    groups = at.rows_by_group() if at.category is None else [np.arange(design.n)]
    for rows, used in zip(groups, at.categories, strict=False):
        counts = np.bincount(design.y[rows], weights=design.weight[rows], minlength=used.size)
        out.append((np.cumsum(counts)[:-1] + 0.5) / (counts.sum() + 1.0))
    return out
