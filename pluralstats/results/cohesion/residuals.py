"""Whether raters of a group agree about items more than with others: a permutation test on the latent scale.

In a model in which an item is the same for everybody let u_j be the fitted effect of item j and e_i the derivative of
the log-likelihood of rating i in its linear predictor, at the fitted effects of its rater and item. Then
r_i = u_j + e_i / h, h the mean information of a rating, is the rating on the latent scale without its rater's severity
(the working residual of iterated least squares). Over two raters of a level the mean of r_i r_j estimates what the
level shares, over a rater of the level and another one what it shares with others. Their difference, item by item so
that how items differ for everybody cancels, holds both ways in which a group can agree more: opinions of its own
(the score of a variance component; Lin 1997, Biometrika 84:309) and the common ones held more strongly. It is 0 on
average where raters are exchangeable, and permuting them shows how far it strays then.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.fits.fitted import Fit
from pluralstats.model.design import codes_of
from pluralstats.results.cohesion.covariances import Estimated
from pluralstats.storage.compiled import strict

STAGES, OPEN = 10, 0.05  # a tenth of the permutations first, and the others where some p may be small


class Cells(NamedTuple):
    """Ratings summed over each rater and item, sorted by item: rows of item i are ``first[i] : first[i + 1]``.

    ``rater`` (C,), ``score`` (C,) sums of r, ``n`` (C,) ratings.
    """

    first: np.ndarray
    rater: np.ndarray
    score: np.ndarray
    n: np.ndarray


def score_cells(fit: Fit | Estimated) -> Cells:
    """The ratings on the latent scale without severity (r above), summed over rater and item.

    ``fit`` has effects of items that are the same for everybody.
    """
    design = fit.design
    rater, item = (codes_of(fit.ratings, design, name).astype(np.int64) for name in ("rater", "item"))
    at, cell = np.unique(item * (int(rater.max()) + 1) + rater, return_inverse=True)
    score = np.bincount(cell, weights=design.weight * _latent(fit))
    count = np.bincount(cell, weights=design.weight)
    item, rater = np.divmod(at, int(rater.max()) + 1)
    first = np.searchsorted(item, np.arange(int(item.max()) + 2))
    return Cells(first, rater, score, count)


def _latent(fit: Fit | Estimated) -> np.ndarray:
    """(n,) effect of the item and working residual of each rating, at the posterior means."""
    design, samples, of_items = fit.design, fit.samples, fit.roles.item
    u = np.zeros(design.n)
    eta = design.fixed.linear(samples.coefficient.mean(axis=0))[design.fixed.cell]
    for t, grouping in enumerate(design.groupings):
        effect = grouping.multiplier[design.fixed.cell] * samples.effects[t].mean(axis=0)[grouping.index]
        eta, u = eta + effect, u + effect * (t in of_items)
    e = _scores(fit, eta)
    return u + e / np.average(e**2, weights=design.weight)  # E[e^2] is the information


def _scores(fit: Fit | Estimated, eta: np.ndarray) -> np.ndarray:
    """(n,) d log P(rating) / d linear predictor."""
    if fit.samples.residual_sd is not None:
        return (fit.design.y - eta) / np.mean(fit.samples.residual_sd**2)
    thresholds, score = fit.design.family.thresholds, np.empty(fit.design.n)
    assert thresholds is not None
    tau, once = fit.samples.threshold.mean(axis=0), np.ones(fit.design.n)
    thresholds.scores(fit.design.y, once, eta, tau, score, np.empty(fit.design.n))
    return np.where(np.isnan(eta), np.nan, score)  # where all ratings are the same nothing is known


@strict
def _excess(first, rater, score, count, level, n_levels):
    """Mean product of pairs within each level less that across, in the same items, (L,); NaN without such an item.

    An item weighs as the precision of its difference, 1 / (1 / pairs within + 1 / pairs across).
    """
    total, weights = np.zeros(n_levels), np.zeros(n_levels)
    r, n, own, squares = np.empty(n_levels), np.empty(n_levels), np.empty(n_levels), np.empty(n_levels)
    for i in range(len(first) - 1):
        r[:], n[:], own[:], squares[:] = 0.0, 0.0, 0.0, 0.0
        for row in range(first[i], first[i + 1]):
            g = level[rater[row]]
            r[g] += score[row]
            n[g] += count[row]
            own[g] += score[row] ** 2
            squares[g] += count[row] ** 2
        everything, ratings = r.sum(), n.sum()
        for g in range(n_levels):
            within, across = 0.5 * (n[g] * n[g] - squares[g]), n[g] * (ratings - n[g])
            if within > 0.0 and across > 0.0:
                weight = within * across / (within + across)
                inside = 0.5 * (r[g] * r[g] - own[g]) / within
                total[g] += weight * (inside - r[g] * (everything - r[g]) / across)
                weights[g] += weight
    return np.where(weights > 0.0, total / np.where(weights > 0.0, weights, 1.0), np.nan)


@strict
def _permuted(first, rater, score, count, level, n_levels, orders):
    out = np.empty((len(orders), n_levels))
    for k in range(len(orders)):
        out[k] = _excess(first, rater, score, count, level[orders[k]], n_levels)
    return out


def permutation_p(
    cells: Cells, level: np.ndarray, n_levels: int, permutations: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether the ratings of each level go together more, or less, than those of as many raters drawn at random.

    Parameters
    ----------
    level : (n_raters,) int
        In the order of the raters' codes.

    Returns
    -------
    excess : (L,)
        Shared variance within less across, latent scale; above 0 where the group agrees more within itself.
    p : (L,)
        Two-sided, 2 min(1 + #{<=}, 1 + #{>=}) / (N + 1) over the N permutations with a value, at most 1.
    n : (L,) int
        N. A tenth of ``permutations`` where no level has a p of 0.05 by then: nothing small could come of more.
    """
    observed = _excess(*cells, level, n_levels + 1)[:n_levels]  # the last are raters without a level
    generator = np.random.default_rng([seed, 11])
    null = _null(cells, level, n_levels, math.ceil(permutations / STAGES), generator)
    if (_two_sided(observed, null) <= OPEN).any():
        null = np.concatenate([null, _null(cells, level, n_levels, permutations - len(null), generator)])
    return observed, _two_sided(observed, null), np.isfinite(null).sum(axis=0)


def _null(cells: Cells, level: np.ndarray, n_levels: int, n: int, generator: np.random.Generator) -> np.ndarray:
    """(n, L) the same with raters permuted."""
    orders = np.argsort(generator.random((n, len(level))), axis=1)
    return _permuted(*cells, level, n_levels + 1, orders)[:, :n_levels]


def _two_sided(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    n = np.isfinite(null).sum(axis=0)
    tails = np.minimum((null <= observed).sum(axis=0), (null >= observed).sum(axis=0)) + 1
    return np.where(np.isfinite(observed) & (n > 0), np.minimum(1.0, 2.0 * tails / (n + 1.0)), np.nan)


def rater_levels(ratings: Ratings, by: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """(n_raters,) level of each rater in the order of the raters' codes, and the levels that have raters.

    A rater without a level has the number of levels.
    """
    raters = ratings.frame.drop_duplicates("rater")
    names = [name for name in raters[by].cat.categories if (raters[by] == name).any()]
    out = np.full(ratings.n_raters, len(names))
    for k, name in enumerate(names):
        out[raters["rater"].cat.codes.to_numpy()[(raters[by] == name).to_numpy()]] = k
    return out, tuple(map(str, names))


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
