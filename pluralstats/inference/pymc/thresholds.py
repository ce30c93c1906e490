"""Thresholds and ordered answers in a PyMC graph, with groups of thresholds, noise and use of the scale."""

from typing import Any

import numpy as np

from pluralstats.inference.standard.designs import Standardised
from pluralstats.model.design import DISC, LOCATION, STRETCH, Design
from pluralstats.model.families.cumulative import BEYOND
from pluralstats.model.priors import ResolvedPriors
from pluralstats.model.thresholds import ThresholdGroups

ROWS, BOUNDARIES, INNER, OF_GROUPS = "rating_row", "boundary", "inner_category", "threshold_group"


def threshold_coords(groups: ThresholdGroups) -> dict[str, list[str]]:
    """Names of the thresholds of all groups, of the categories between two of them, and of the groups."""
    each = list(zip(groups.names, groups.labels, strict=True))[: 1 if groups.category else None]
    inner = [f"{name}: {label}" if groups.column else label for name, labels in each for label in labels[1:-1]]
    coords = {BOUNDARIES: groups.boundaries, INNER: inner}
    return coords | ({OF_GROUPS: list(groups.names)} if groups.column else {})


def ordered_ratings(made: Standardised, priors: ResolvedPriors, b: Any, m: list[Any], order: np.ndarray) -> None:
    """Categories between ordered thresholds on the latent scale; a weight of 2 counts a rating twice.

    ``b`` are the coefficients of the standardised columns or None, ``m`` eta, or eta, log s and a, of the rows.
    """
    import pymc as pm  # seconds to load: only where a graph is wanted
    import pytensor.tensor as pt

    design, tau = made.design, _thresholds(made.design.thresholds, priors)
    stacked = pt.concatenate(tau)
    pm.Deterministic("threshold", stacked if b is None else stacked + pt.dot(made.units.threshold, b), dims=BOUNDARIES)
    tau = tau if design.thresholds.category is None else _by_category(design.thresholds, stacked, b)
    plain = len(m) == 1 and len(tau) == 1
    pm.CustomDist(
        "rating",
        m[LOCATION] if plain else np.zeros(design.n),
        tau[0] if plain else _of_rows(design, tau, m, order),
        design.weight[order],
        logp=design.family.log_density,
        dist=design.family.draw,
        signature="(),(k),()->()",
        observed=design.y[order],
        dims=ROWS,
    )


def bounded_ratings(design: Design, priors: ResolvedPriors, eta: Any, order: np.ndarray) -> None:
    """Numbers between two ends; ``threshold`` are both cutpoints and the logarithm of the precision."""
    import pymc as pm  # seconds to load: only where a graph is wanted
    import pytensor.tensor as pt

    precision = pm.HalfStudentT("precision", nu=priors.df, sigma=priors.precision)
    (cuts,) = _thresholds(design.thresholds, priors)
    own = pt.concatenate([cuts, pt.atleast_1d(pt.log(precision))])
    pm.Deterministic("threshold", own, dims=BOUNDARIES)
    pm.CustomDist(
        "rating",
        eta,
        own,
        design.weight[order],
        logp=design.family.log_density,
        dist=design.family.draw,
        signature="(),(k),()->()",
        observed=design.y[order],
        dims=ROWS,
    )


def _thresholds(groups: ThresholdGroups, priors: ResolvedPriors) -> list[Any]:
    """(K_g - 1,) thresholds of each group from their free variables."""
    import pymc as pm  # seconds to load: only where a graph is wanted
    import pytensor.tensor as pt

    if not groups.ordered:
        free = pm.Normal("threshold_first", *priors.threshold, dims=BOUNDARIES)
        if groups.category is not None:
            return [free]
        return [free[groups.of_group(g)] for g in range(groups.n_groups)]
    one = groups.n_groups == 1
    first = pm.Normal("threshold_first", *priors.threshold, dims=None if one else OF_GROUPS)
    gap = pm.Normal("log_gap", *priors.log_gap, dims=INNER) if groups.is_gap.any() else None
    out, taken = [], 0
    for g, used in enumerate(groups.categories):
        start = pt.atleast_1d(first if one else first[g])
        steps = used.size - 2
        if steps > 0 and gap is not None:
            start = start + pt.concatenate([[0.0], pt.cumsum(pt.exp(gap[taken : taken + steps]))])
            taken += steps
        out.append(start)
    return out


def _by_category(groups: ThresholdGroups, tau: Any, b: Any) -> list[Any]:
    """(K - 1,) thresholds of each row of ``cs()``, in standard units; see ``CategoryRows``."""
    at, n = groups.category, groups.n_free
    assert at is not None
    m = at.Z.shape[1]
    c = b[at.first : at.first + n * m].reshape((n, m))
    away = c - c.mean(axis=0)
    return [tau - (away * row).sum(axis=1) for row in at.Z]


def _of_rows(design: Design, tau: list[Any], m: list[Any], order: np.ndarray) -> Any:
    """(n, K - 1) thresholds less eta over the noise, of every row; where its group has fewer, others far above."""
    import pytensor.tensor as pt  # seconds to load: only where a graph is wanted

    groups = design.thresholds
    group, widest = groups.group[order], max(used.size for used in groups.categories) - 1
    size = np.array([used.size - 1 for used in groups.categories])
    padded = [pt.concatenate([one, pt.repeat(one[-1:], widest - n)]) for one, n in zip(tau, size.tolist(), strict=True)]
    own, centre = pt.stack(padded)[group], pt.stack([one.mean() for one in tau])[group][:, None]
    eta = m[LOCATION][:, None]
    if len(m) == 1:
        z = own - eta
    else:
        z = (centre + pt.exp(m[STRETCH])[:, None] * (own - centre) - eta) * pt.exp(-m[DISC])[:, None]
    beyond = np.maximum(np.arange(widest) - size[group][:, None] + 1, 0)
    return z + BEYOND * beyond
