"""Raters of one kind who differ in noise and use of the scale: their nodes on one dimension, draws on several."""

import numpy as np

from pluralstats.labels.pairs.posterior.kinds import Kind, PairModel, n_draws_of, root_of
from pluralstats.labels.pairs.posterior.raters import rater_nodes, rater_sample, raters_per_draw
from pluralstats.labels.pairs.posterior.ways import (
    add_utilities_in_ways,
    items_as_rated,
    rater_covariances,
    residual_table,
    scales_of,
)
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.utilities import utility_steps


def nodes_in_ways(model: PairModel, kind: Kind, d: int, draws: slice) -> tuple[np.ndarray, ...]:
    """As entries of a table, in latent units: table, thresholds, scales and weights of each way, items, raters."""
    fit, manners = model.layouts[d].dimension.fit, kind.manners[d]
    assert manners is not None, "of models in which noise or thresholds differ"
    sd = np.sqrt(kind.covariance[:, d, d])
    ways = manners.at(fit, draws, float(np.sqrt(kind.own[:, d]).min()))
    scale = scales_of(ways.noise, kind.own[:, d])
    unit = np.minimum(scale.min(axis=(1, 2)), 1.0)  # nodes follow the least noise
    nodes, weight = rater_nodes(kind.linear[:, :, d] / unit[:, None], kind.share, sd / unit)
    at = np.ascontiguousarray(kind.offsets[:, :, d]), nodes * unit[:, None], weight
    return residual_table(fit), ways.tau, scale, ways.weight, manners.way, *at


def add_sampled_utilities(
    model: PairModel, kinds: list[Kind], pairs: Candidates, draws: slice, rng: np.random.Generator, out: np.ndarray
) -> None:
    """Cumulative, several dimensions, where noise or thresholds differ: a rater has a v and an r on each of them."""
    fits, D = [layout.dimension.fit for layout in model.layouts], len(model.layouts)
    worth = [layout.dimension.worth for layout in model.layouts]
    steps = utility_steps([w * fit.design.categories for w, fit in zip(worth, fits, strict=True)])
    linear, share = (np.concatenate([kind[i] for kind in kinds], axis=1) for i in (0, 1))
    of_profile = np.repeat(np.arange(len(kinds)), [kind.share.shape[1] for kind in kinds])
    root = np.zeros((len(linear), len(kinds), 3 * D, 3 * D))
    for k, kind in enumerate(kinds):
        others = rater_covariances(model.layouts, int(model.first[k]), draws)
        for i, covariance in enumerate((kind.covariance, others[:, 0], others[:, 1])):
            root[:, k, i * D : (i + 1) * D, i * D : (i + 1) * D] = root_of(covariance)
    nowhere = np.concatenate([linear, np.zeros((*linear.shape[:2], 2 * D))], axis=2)
    raters, profile = rater_sample(nowhere, share, root, of_profile, raters_per_draw(n_draws_of(model)), rng)
    raters = raters.reshape(*raters.shape[:3], 3, D)
    tables = np.stack([residual_table(fit) for fit in fits])
    for k, kind in enumerate(kinds):
        weight = (of_profile[profile] == k) / float(profile.shape[2])
        rated, tau, centre = items_as_rated(fits, kind.manners, kind.offsets.shape[1], draws)
        add_utilities_in_ways(
            tables, tau, centre, rated, kind.own, np.ascontiguousarray(kind.offsets), raters, weight,
            (steps.to, steps.sizes), (pairs.first, pairs.second), out,
        )  # fmt: skip
