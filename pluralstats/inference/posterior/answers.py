"""Answers drawn for rows whose predictors are known, whatever their group of thresholds, noise and use of the scale."""

import numpy as np

from pluralstats.model.families.family import Family
from pluralstats.model.thresholds import ThresholdGroups


def drawn_answers(
    family: Family,
    groups: ThresholdGroups,
    m: np.ndarray,
    own: np.ndarray,
    weight: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """(n,) answers: codes among the categories of the row's group, or numbers.

    Parameters
    ----------
    groups : of the n rows
    m : (n, 1) eta or (n, 3) eta, log s and a
    own : (size,) stacked thresholds, or the residual sd (1,)
    weight : (n,) what the variance of a number is divided by
    """
    if m.shape[1] == 1 and groups.n_groups == 1:
        return family.simulate(m[:, 0], own, weight, rng)
    assert family.thresholds is not None
    out = np.empty(len(m), np.int32)
    for g, rows in enumerate(groups.rows_by_group()):
        tau = own[groups.of_group(g)]
        if m.shape[1] == 1:
            out[rows] = family.simulate(m[rows, 0], tau, weight[rows], rng)
        else:
            assert family.thresholds.parts is not None
            out[rows] = family.thresholds.parts.simulate(m[rows], tau, rng)
    return out


def among_all(groups: ThresholdGroups, categories: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n,) codes among ``categories``, those of all groups, of codes among the categories of a row's group."""
    if groups.n_groups == 1:
        return y
    widest = max(one.size for one in groups.categories)
    of_group = [np.searchsorted(categories, one) for one in groups.categories]
    table = np.stack([np.pad(codes, (0, widest - codes.size)) for codes in of_group])
    return table[groups.group, y].astype(np.int32)
