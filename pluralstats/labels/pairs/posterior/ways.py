"""Pairs where noise, use of the scale or thresholds differ between raters or items (METHODS section 8).

Both responses are rated by the same rater, whose noise exp(v) and use of the scale exp(r) they share. On one dimension
the sum over raters runs over nodes of (v, r) too, as in ``results.averaging.manners``; on several the raters who are
drawn have a v and an r on each. Given a rater, response j is at or below k with the probability

    F((c_j + e^(a_j + r) (tau_jk - c_j) - t - o_j) / sqrt(s_j^2 e^(2v) + own)),

own what the response has by itself (probit).
"""

from collections.abc import Sequence

import numpy as np

from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.labels.pairs.posterior.kernels import (
    REACH,
    STEPS,
    add_dimension,
    add_gains,
    cumulate,
    look_up,
)
from pluralstats.labels.pairs.posterior.layout import DimensionLayout, blocks_of, shared_covariance, whole_rows
from pluralstats.model.thresholds import FAR
from pluralstats.results.averaging.averages import thresholds_of
from pluralstats.results.averaging.curves import curves_at
from pluralstats.results.averaging.manners import Manners, manners_of
from pluralstats.storage.compiled import kernel

MIDDLE = REACH * STEPS


@kernel
def _fill_below(table, tau, scale, way, latent, offsets, below):
    """Cumulative probabilities (J, K) of items by a rater who adds ``latent``; tau (U, K - 1), scale (U,)."""
    for j in range(way.size):
        per = STEPS / scale[way[j]]
        for k in range(tau.shape[1]):
            below[j, k] = look_up(table, (tau[way[j], k] - latent - offsets[j]) * per + MIDDLE)
        below[j, tau.shape[1]] = 1.0


@kernel
def add_pairs_in_ways(table, tau, scale, node_weight, way, offsets, nodes, weight, first, second, out):
    """As ``add_rating_pairs``, all latent numbers in their own units.

    Parameters
    ----------
    table : (M,) of the distribution of the residual
    tau, scale : (S, U, H, K - 1), (S, U, H) of each way to rate at each node
    node_weight : (H,)
    way : (J,) of each item
    offsets, nodes, weight : (S, J), (S, N), (S, G, N)
    """
    below, gain = np.ones((way.size, tau.shape[3] + 1)), np.empty(first.size)
    for s in range(offsets.shape[0]):
        for h in range(node_weight.size):
            for i in range(nodes.shape[1]):
                if not weight[s, :, i].any():
                    continue
                _fill_below(table, tau[s, :, h], scale[s, :, h], way, nodes[s, i], offsets[s], below)
                gain[:] = 0.0
                add_gains(below, first, second, node_weight[h], gain)
                for g in range(weight.shape[1]):
                    if weight[s, g, i] != 0.0:
                        out[s, g] += weight[s, g, i] * gain


@kernel
def add_expected_in_ways(table, tau, scale, node_weight, way, gaps, worth, offsets, nodes, weight, out):
    """As ``add_expected``; arguments as above."""
    below = np.ones((way.size, tau.shape[3] + 1))
    for s in range(offsets.shape[0]):
        for h in range(node_weight.size):
            for i in range(nodes.shape[1]):
                if not weight[s, :, i].any():
                    continue
                _fill_below(table, tau[s, :, h], scale[s, :, h], way, nodes[s, i], offsets[s], below)
                for j in range(way.size):
                    above = 0.0
                    for k in range(gaps.size):
                        above += gaps[k] * (1.0 - below[j, k])
                    for g in range(weight.shape[1]):
                        out[s, g, j] += weight[s, g, i] * node_weight[h] * worth * above


@kernel
def add_utilities_in_ways(tables, tau, centre, rated, own, offsets, raters, weight, steps, pairs, out):
    """As ``add_utility_pairs`` for raters who differ in noise and use of the scale on each of D dimensions.

    Parameters
    ----------
    tables : (D, M)
    tau, centre : (S, J, D, K - 1), (S, J, D) thresholds of each item, as they are at a = 0
    rated : log s and a (S, J, D) of each item, without the rater's
    own : (S, D) variance of each response by itself
    offsets : (S, J, D)
    raters : (S, G, N, 3, D) what each adds to eta, to log s and to a
    weight : (S, G, N)
    """
    to, sizes = steps
    first, second = pairs
    sigma, a = rated
    n_items, D = offsets.shape[1], offsets.shape[2]
    below = np.empty((n_items, sizes[-1]))
    work, answers = np.zeros((2, sizes.max())), np.empty(tau.shape[3] + 1)
    for s in range(tau.shape[0]):
        for g in range(weight.shape[1]):
            for i in range(raters.shape[2]):
                if weight[s, g, i] == 0.0:  # of another kind
                    continue
                eta, v, r = raters[s, g, i]
                for j in range(n_items):
                    work[0, 0] = 1.0
                    for d in range(D):
                        scale = np.sqrt(np.exp(2.0 * (sigma[s, j, d] + v[d])) + own[s, d])
                        stretch, low = np.exp(a[s, j, d] + r[d]), 0.0
                        for k in range(tau.shape[3]):
                            cut = centre[s, j, d] + stretch * (tau[s, j, d, k] - centre[s, j, d])
                            high = look_up(tables[d], (cut - eta[d] - offsets[s, j, d]) * STEPS / scale + MIDDLE)
                            answers[k] = high - low
                            low = high
                        answers[tau.shape[3]] = 1.0 - low
                        add_dimension(d, answers, to, sizes, work)
                    cumulate(work[D % 2], below[j])
                add_gains(below, first, second, weight[s, g, i], out[s, g])


def item_manners(layout: DimensionLayout, profile: int) -> Manners | None:
    """How a rater with a profile rates each item; None where all ratings have the same noise and thresholds.

    Raises
    ------
    ConfigError
        Submodels with terms that cross raters and items, or another link than probit with such a term in eta;
        thresholds that differ between items in a family in which they are no places on one scale.
    """
    fit = layout.dimension.fit
    if fit.design.is_plain:
        return None
    family, crossed = fit.design.family, _crossed(layout)
    made = manners_of(fit, whole_rows(layout.profiles.iloc[[profile]], layout.items))
    if not thresholds_of(family).shifts:
        if made is not None and made.group.size > 1:
            raise ConfigError(
                f"Pairs of '{fit.formula}' do not go with thresholds that differ between responses "
                f"({', '.join(fit.design.threshold_columns)}) in the {family.name} family, whose steps are no places "
                "on one scale. Use family='cumulative', or leave out what the thresholds differ by."
            )
    elif crossed or (layout.blocks.own and family.averaged != "probit"):
        raise ConfigError(
            f"Pairs of '{fit.formula}' do not go with terms of raters crossed with items "
            f"{'in ' + ' and '.join(crossed) if crossed else f'and a {family.link} link'} where noise or thresholds "
            "differ. Leave that term out."
        )
    return made


def differ_by_item(fit: Fit, manners: Manners | None) -> bool:
    """Whether items may have noises and thresholds of their own; else ``common_thresholds`` are those of all."""
    return manners is not None and thresholds_of(fit.design.family).shifts


def common_thresholds(fit: Fit, manners: Manners | None, draws: slice) -> np.ndarray:
    """(S, K - 1) of all items, where they are rated alike."""
    return fit.samples.threshold[draws] if manners is None else manners.thresholds(fit, draws)[0][:, 0]


def _crossed(layout: DimensionLayout) -> list[str]:
    """Submodels that have terms which cross raters and items."""
    parts = layout.dimension.fit.part_fits.items()
    return [name for name, sub in parts if blocks_of(sub, list(layout.profiles)).own]


def residual_table(fit: Fit) -> np.ndarray:
    """(M,) table of the distribution of the residual, of a family in which thresholds are places on one scale."""
    x = np.arange(-MIDDLE, MIDDLE + 1) / STEPS
    return curves_at(fit.design.family, np.zeros((1, 1)), -x[None], np.zeros(1))[0, 0]


def scales_of(noise: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(S, ...) what latent distances are divided by, ``own`` (S,) variance of each response by itself."""
    return np.sqrt(noise**2 + own.reshape(-1, *[1] * (noise.ndim - 1)))


def rated_items(fit: Fit, manners: Manners | None, n: int, draws: slice) -> tuple[np.ndarray, ...]:
    """log s (S, J), a (S, J), thresholds (S, J, K - 1) at a = 0 and their mean (S, J), of n items on one dimension."""
    tau = fit.samples.threshold[draws]
    nothing = np.zeros((len(tau), n))
    if manners is None:
        return nothing, nothing, np.repeat(tau[:, None], n, axis=1), np.repeat(tau.mean(axis=1)[:, None], n, axis=1)
    sigma, a = (
        manners.submodels[name].linear(draws)[0][:, manners.way] if name in manners.submodels else nothing
        for name in ("disc", "stretch")
    )
    own, centre = manners.thresholds(fit, draws)
    return sigma, a, own[:, manners.way], centre[:, manners.way]


def items_as_rated(
    fits: Sequence[Fit], manners: Sequence[Manners | None], n: int, draws: slice
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """(log s, a) (S, n, D), thresholds (S, n, D, K - 1) and their means (S, n, D) of items on all dimensions."""
    made = [rated_items(fit, one, n, draws) for fit, one in zip(fits, manners, strict=True)]
    sigma, a, centre = (np.stack([one[i] for one in made], axis=2) for i in (0, 1, 3))
    tau = np.full((*sigma.shape, max(one[2].shape[2] for one in made)), FAR)
    for d, one in enumerate(made):
        tau[:, :, d, : one[2].shape[2]] = one[2]
    return (sigma, a), tau, centre


def rater_covariances(layouts: list[DimensionLayout], profile: int, draws: slice) -> np.ndarray:
    """(S, 2, D, D) covariances of what raters of a profile add to log s and to a on each dimension."""
    n_draws, D = len(layouts[0].dimension.fit.samples.sd[draws]), len(layouts)
    out = np.zeros((n_draws, 2, D, D))
    for i, name in enumerate(("disc", "stretch")):
        having = [d for d, layout in enumerate(layouts) if name in layout.dimension.fit.part_fits]
        subs = [_of_submodel(layouts[d], name) for d in having]
        if subs:
            out[:, i][:, np.array(having)[:, None], having] = shared_covariance(subs, profile, draws)
    return out


def _of_submodel(layout: DimensionLayout, name: str) -> DimensionLayout:
    """The layout of a submodel in the place of eta."""
    sub = layout.dimension.fit.part_fits[name]
    dimension = layout.dimension._replace(fit=sub)
    return layout._replace(dimension=dimension, blocks=blocks_of(sub, list(layout.profiles)))
