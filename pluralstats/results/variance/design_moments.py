"""Means and covariances of design rows over people and what they meet, without a table of both.

With x(c, i) = own(c) + met(k(c), i), shares s_c of people and q_i of circumstances, S_k the share of kind k,

    E[x x'] = sum_c s_c own own' + sum_k (sum_{c in k} s_c own) m_k' + its transpose + sum_k S_k sum_i q_i met met',

where m_k = sum_i q_i met(k, i).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.crossings import Crossing, crossing_of
from pluralstats.results.averaging.scenes import Scene, crowd_of


def design_covariance(fit: Fit, scene: Scene, between: Sequence[str] = ()) -> np.ndarray:
    """(p, p) covariance of the columns of coefficients over people and circumstances; an offset is one more column.

    Parameters
    ----------
    between : columns, all about raters or all about circumstances
        Only what differs between their values, averaged over everything else.
    """
    crossing = crossing_of(fit, crowd_of([scene]), scene.around)
    if between:
        rows, share = _group_means(crossing, scene, list(between))
        rows = rows - share @ rows
        return rows.T @ (share[:, None] * rows)
    own, met, of_person, of_pair = _parts(crossing)
    kind = crossing.company.kind
    own_of_kind, met_of_kind, share = _of_kinds(crossing)
    weighted = np.zeros_like(own_of_kind)
    np.add.at(weighted, kind, of_person[:, None] * own)
    cross = weighted.T @ met_of_kind
    second = own.T @ (of_person[:, None] * own) + cross + cross.T + met.T @ (of_pair[:, None] * met)
    mean = of_person @ own + share @ met_of_kind
    return second - np.outer(mean, mean)


def _parts(crossing: Crossing) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Own rows (R, p), met rows (M, p), shares of people (R,) and of kinds meeting facts (M,)."""
    own, met = (np.column_stack([s.X, s.offset]) if crossing.has_offset else s.X for s in (crossing.own, crossing.met))
    return own, met, crossing.company.weight.toarray()[:, 0], crossing.multipliers_met()[1]


def _of_kinds(crossing: Crossing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(G, p) mean own row and (G, p) mean met row of each kind, and the kinds' shares (G,)."""
    own, met, of_person, of_pair = _parts(crossing)
    kind, n_kinds = crossing.company.kind, int(crossing.company.kind.max()) + 1
    share = np.bincount(kind, weights=of_person, minlength=n_kinds)
    own_mean = np.zeros((n_kinds, own.shape[1]))
    np.add.at(own_mean, kind, of_person[:, None] * own)
    facts = (of_pair[:, None] * met).reshape(n_kinds, len(met) // n_kinds, met.shape[1]).sum(axis=1)
    return own_mean / share[:, None], facts / share[:, None], share


def _group_means(crossing: Crossing, scene: Scene, between: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean design row of each group (H, p), and the groups' shares (H,)."""
    own, met, of_person, of_pair = _parts(crossing)
    own_mean, met_mean, share = _of_kinds(crossing)
    if set(between) <= set(scene.around.facts.columns):
        group = _groups(scene.around.facts, between)  # of circumstances
        of_fact = np.zeros(len(met) // len(share), int)
        of_fact[crossing.pair[: group.size] % of_fact.size] = group[crossing.item[: group.size]]
        rows, total = _weighted_means(met, of_pair, np.tile(of_fact, len(share)))
        return rows + share @ own_mean, total
    people = crowd_of([scene]).profiles
    return _weighted_means(own + met_mean[crossing.company.kind], of_person, _groups(people, between))


def _groups(table: pd.DataFrame, columns: list[str]) -> np.ndarray:
    return table.groupby(columns, observed=True, sort=False).ngroup().to_numpy()


def _weighted_means(rows: np.ndarray, weight: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = np.bincount(group, weight)
    sums = np.zeros((total.size, rows.shape[1]))
    np.add.at(sums, group, weight[:, None] * rows)
    return sums / total[:, None], total
