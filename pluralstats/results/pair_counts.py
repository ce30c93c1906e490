"""How many raters, ratings and pairs of ratings of one item lie behind an agreement of groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pluralstats.results.cohesion.residuals import Cells


class PairCounts:
    """Raters, ratings and pairs of ratings of one item, by level."""

    def __init__(self, cells: Cells, level: np.ndarray, levels: Sequence[str]) -> None:
        L = len(levels)
        item = np.repeat(np.arange(len(cells.first) - 1), np.diff(cells.first))
        n = np.zeros((len(cells.first) - 1, L + 1))
        of = level[cells.rater]
        np.add.at(n, (item, of), cells.n)
        own = np.bincount(of, weights=cells.n**2, minlength=L + 1)
        self.levels, self.raters, self.ratings = list(levels), np.bincount(level, minlength=L + 1), n.sum(axis=0)
        self.pairs = n.T @ n
        self.pairs[np.diag_indices(L + 1)] = (self.pairs.diagonal() - own) / 2.0

    def of(self, row: dict[str, Any]) -> dict[str, int]:
        a = self.levels.index(row["level"])
        if row["kind"] != "in_group" and row["other"] == "rest":
            pairs = self.pairs[a].sum() - self.pairs[a, a]
        else:
            pairs = self.pairs[a, self.levels.index(row["other"])]
        return {"n_raters": int(self.raters[a]), "n_ratings": int(self.ratings[a]), "n_pairs": int(pairs)}
