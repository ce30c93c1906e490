"""Pair probabilities from posterior draws, streaming: nothing larger than a block of draws is held."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from pluralstats.inference.kernels.rows import LINKS
from pluralstats.labels.pairs.posterior import sliders
from pluralstats.labels.pairs.posterior.kernels import (
    REACH,
    STEPS,
    add_expected,
    add_rating_pairs,
    add_utility_pairs,
    cumulative_tables,
    in_entries,
    stacked,
)
from pluralstats.labels.pairs.posterior.kinds import Kind, PairModel, kind_of, n_draws_of, root_of
from pluralstats.labels.pairs.posterior.raters import rater_nodes, rater_sample, raters_per_draw
from pluralstats.labels.pairs.posterior.sums_in_ways import add_sampled_utilities, nodes_in_ways
from pluralstats.labels.pairs.posterior.ways import (
    add_expected_in_ways,
    add_pairs_in_ways,
    common_thresholds,
    differ_by_item,
)
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.utilities import utility_steps

BLOCK_NUMBERS = 4_000_000  # held at once in each of the arrays with draws: 32 MB


class Probabilities(NamedTuple):
    """(G, R) posterior mean of p and its posterior sd; the sd is missing for the rule "mean"."""

    mean: np.ndarray
    sd: np.ndarray


def pair_probabilities(model: PairModel, candidates: Candidates, rule: str, seed: int) -> Probabilities:
    """Posterior of p for all pairs in all targets.

    Parameters
    ----------
    rule : {"rater", "mean"}
    seed : int
        Of the raters that are drawn where there are several dimensions.
    """
    rng = np.random.default_rng(seed)
    n_halves = 2 if rule == "rater" and _is_sampled(model) else 1  # of independent raters
    total, products = np.zeros((n_halves, *_shape(model, candidates))), np.zeros(_shape(model, candidates))
    for draws in _blocks(model, candidates):
        kinds = [kind_of(model, k, draws) for k in range(len(model.first))]
        halves = [RULES[rule](model, kinds, candidates, draws, rng) for _ in range(n_halves)]
        products += ((halves[0] - 0.5) * (halves[-1] - 0.5)).sum(axis=0)
        total += np.stack([half.sum(axis=0) for half in halves])
    n_draws = n_draws_of(model)
    mean = total / n_draws
    if rule == "mean":  # a posterior probability; it has no posterior of its own
        return Probabilities(mean[0], np.full(mean[0].shape, np.nan))
    # the covariance of two halves has the variance between draws and not that of the raters who were drawn
    variance = np.maximum(products / n_draws - (mean[0] - 0.5) * (mean[-1] - 0.5), 0.0)
    return Probabilities(mean.mean(axis=0), np.sqrt(variance * n_draws / max(n_draws - 1, 1)))


def _is_sampled(model: PairModel) -> bool:
    return len(model.layouts) > 1 and not model.layouts[0].dimension.fit.design.family.has_residual


def _shape(model: PairModel, candidates: Candidates) -> tuple[int, int]:
    return len(model.share), candidates.first.size


def _blocks(model: PairModel, candidates: Candidates) -> Iterator[slice]:
    """The draws in blocks."""
    (n_targets, n_profiles), n_dimensions, n_draws = model.share.shape, len(model.layouts), n_draws_of(model)
    raters = n_targets * raters_per_draw(n_draws) * (n_dimensions + 1) * 2 if n_dimensions > 1 else 0
    per_draw = n_targets * candidates.first.size + n_dimensions * (
        len(model.first) * len(candidates.responses) + n_profiles
    )
    size = max(1, BLOCK_NUMBERS // max(per_draw, raters, _tables_per_draw(model)))
    return (slice(start, min(start + size, n_draws)) for start in range(0, n_draws, size))


def _tables_per_draw(model: PairModel) -> int:
    """Numbers in the tables of a draw, of families that have tables of their own for each."""
    designs = [layout.dimension.fit.design for layout in model.layouts]
    return sum(
        2 * REACH * STEPS * design.n_thresholds
        for design in designs
        if design.family.ordered and design.family.averaged not in LINKS
    )


def _rater_rule(
    model: PairModel, kinds: list[Kind], candidates: Candidates, draws: slice, rng: np.random.Generator
) -> np.ndarray:
    """(S, G, R) P(a random rater rates a above b) + 1/2 P(tie)."""
    out = np.full((len(kinds[0].linear), len(model.share), candidates.first.size), 0.5)
    family = model.layouts[0].dimension.fit.design.family
    if family.has_residual:
        _add_differences(model, kinds, candidates, draws, out)
    elif sliders.is_slider(family) and len(model.layouts) == 1:
        sliders.add_ratings(model, kinds, candidates, draws, out)
    elif sliders.is_slider(family):
        sliders.add_utilities(model, kinds, candidates, draws, rng, out)
    elif len(model.layouts) == 1:
        _add_ratings(model, kinds, candidates, draws, out)
    else:
        _add_utilities(model, kinds, candidates, draws, rng, out)
    return np.clip(out, 0.0, 1.0)


def _add_ratings(model: PairModel, kinds: list[Kind], pairs: Candidates, draws: slice, out: np.ndarray) -> None:
    """Cumulative, one dimension: only the sign of its weight matters."""
    first, second = pairs.first, pairs.second
    if model.layouts[0].dimension.worth < 0:
        first, second = second, first
    for kind in kinds:
        if differ_by_item(model.layouts[0].dimension.fit, kind.manners[0]):
            table, *arrays = nodes_in_ways(model, kind, 0, draws)
            add_pairs_in_ways(table, *arrays, first, second, out)
            continue
        table, tau, offsets, nodes, weight = _in_entries(model, kind, 0, draws)
        add_rating_pairs(table, tau, offsets, nodes, weight, first, second, out)


def _in_entries(model: PairModel, kind: Kind, d: int, draws: slice) -> tuple[np.ndarray, ...]:
    """Table, thresholds, items, nodes of raters and their weights on one dimension, in entries of the table."""
    fit = model.layouts[d].dimension.fit
    nodes, weight = rater_nodes(kind.linear[:, :, d], kind.share, np.sqrt(kind.covariance[:, d, d]))
    made = cumulative_tables(fit.design.family, common_thresholds(fit, kind.manners[d], draws), kind.own[:, d])
    offsets = in_entries(made.scale, kind.offsets[:, :, d])
    return made.values, made.positions, offsets, in_entries(made.scale, nodes), weight


def _add_utilities(
    model: PairModel, kinds: list[Kind], pairs: Candidates, draws: slice, rng: np.random.Generator, out: np.ndarray
) -> None:
    """Cumulative, several dimensions."""
    fits = [layout.dimension.fit for layout in model.layouts]
    if any(differ_by_item(fit, one) for kind in kinds for fit, one in zip(fits, kind.manners, strict=True)):
        add_sampled_utilities(model, kinds, pairs, draws, rng, out)
        return
    worth = [layout.dimension.worth for layout in model.layouts]
    steps = utility_steps([w * fit.design.categories for w, fit in zip(worth, fits, strict=True)])
    linear, share = (np.concatenate([kind[i] for kind in kinds], axis=1) for i in (0, 1))
    of_profile = np.repeat(np.arange(len(kinds)), [kind.share.shape[1] for kind in kinds])
    root = np.stack([root_of(kind.covariance) for kind in kinds], axis=1)
    nodes, profile = rater_sample(linear, share, root, of_profile, raters_per_draw(n_draws_of(model)), rng)
    most = max(fit.design.n_boundaries for fit in fits)
    for k, kind in enumerate(kinds):
        weight = (of_profile[profile] == k) / float(profile.shape[2])
        made = [
            cumulative_tables(fit.design.family, common_thresholds(fit, kind.manners[d], draws), kind.own[:, d])
            for d, fit in enumerate(fits)
        ]
        tables = stacked(made)
        tau = np.full((len(linear), len(fits), most), np.inf)
        for d, one in enumerate(made):
            tau[:, d, : one.cut.shape[1]] = in_entries(one.scale, one.cut) + tables.shape[3] // 2
        of_items, of_raters = (
            np.stack([in_entries(one.scale, latent[..., d]) for d, one in enumerate(made)], axis=-1)
            for latent in (kind.offsets, nodes)
        )
        add_utility_pairs(
            tables, tau, of_items, of_raters, weight, steps.to, steps.sizes, pairs.first, pairs.second, out
        )


def _add_differences(model: PairModel, kinds: list[Kind], pairs: Candidates, draws: slice, out: np.ndarray) -> None:
    """Gaussian: what a rater adds to both responses cancels, and the difference of their utilities is normal."""
    worth = np.array([layout.dimension.worth for layout in model.layouts])
    samples = [layout.dimension.fit.samples for layout in model.layouts]
    residual = np.stack([part.residual_sd[draws] for part in samples if part.residual_sd is not None], axis=1)
    for kind in kinds:
        value = kind.offsets @ worth
        sd = np.sqrt(2.0 * ((residual**2 + kind.own) @ worth**2))
        p = ndtr((value[:, pairs.first] - value[:, pairs.second]) / sd[:, None])
        out += kind.share.sum(axis=1)[:, None] * (p - 0.5)[:, None, :]


def _mean_rule(
    model: PairModel, kinds: list[Kind], candidates: Candidates, draws: slice, rng: np.random.Generator
) -> np.ndarray:
    """(S, G, R) whether a has the higher expected utility in the target: 1, 0, or 1/2 where they are equal."""
    expected = np.zeros((len(kinds[0].linear), len(model.share), len(candidates.responses)))
    for i, layout in enumerate(model.layouts):
        d = layout.dimension
        for kind in kinds:
            if sliders.is_slider(d.fit.design.family):
                sliders.add_expected(model, kind, i, draws, expected)
                continue
            if d.fit.design.family.has_residual:  # profiles add the same to every item
                expected += d.worth * kind.share.sum(axis=1)[:, None] * kind.offsets[:, None, :, i]
                continue
            if differ_by_item(d.fit, kind.manners[i]):
                table, tau, scale, of_node, way, *at = nodes_in_ways(model, kind, i, draws)
                gaps = np.diff(d.fit.design.categories)
                add_expected_in_ways(table, tau, scale, of_node, way, gaps, d.worth, *at, expected)
                continue
            table, tau, offsets, nodes, weight = _in_entries(model, kind, i, draws)
            add_expected(table, tau, np.diff(d.fit.design.categories), d.worth, offsets, nodes, weight, expected)
    gap = expected[:, :, candidates.first] - expected[:, :, candidates.second]
    return 0.5 + 0.5 * np.sign(np.where(np.abs(gap) < 1e-12, 0.0, gap))


RULES = {"rater": _rater_rule, "mean": _mean_rule}
