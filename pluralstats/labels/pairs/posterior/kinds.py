"""The raters of targets, sorted into kinds that meet items alike, in blocks of draws."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.labels.pairs.posterior.layout import (
    DimensionLayout,
    item_offsets,
    kind_keys,
    own_variance,
    profile_predictors,
    shared_covariance,
)
from pluralstats.labels.pairs.posterior.ways import item_manners
from pluralstats.results.averaging.manners import Manners


class PairModel(NamedTuple):
    """``layouts`` of D dimensions, ``share`` (G, P) of profiles in targets, ``kind`` (P,), ``first`` one of each."""

    layouts: list[DimensionLayout]
    share: np.ndarray
    kind: np.ndarray
    first: np.ndarray


class Kind(NamedTuple):
    """Profiles of one kind in a block of draws.

    ``linear`` (S, P', D), ``share`` (G, P'), ``offsets`` (S, J, D), ``covariance`` (S, D, D) of raters, ``own`` (S, D);
    ``manners`` how items are rated on each dimension, where that differs.
    """

    linear: np.ndarray
    share: np.ndarray
    offsets: np.ndarray
    covariance: np.ndarray
    own: np.ndarray
    manners: tuple[Manners | None, ...]


def pair_model(layouts: Sequence[DimensionLayout], share: np.ndarray) -> PairModel:
    """Profiles sorted into kinds that are the same on every dimension."""
    keys = pd.concat([kind_keys(layout).add_prefix(f"{d}_") for d, layout in enumerate(layouts)], axis=1)
    kind = keys.assign(_all=0).groupby([*keys.columns, "_all"], observed=True, sort=False).ngroup().to_numpy()
    return PairModel(list(layouts), share, kind, np.unique(kind, return_index=True)[1])


def n_draws_of(model: PairModel) -> int:
    """Draws that every fit has."""
    return min(len(layout.dimension.fit.samples.sd) for layout in model.layouts)


def kind_of(model: PairModel, k: int, draws: slice) -> Kind:
    layouts, profile, at = model.layouts, int(model.first[k]), model.kind == k
    return Kind(
        np.stack([profile_predictors(layout, draws)[:, at] for layout in layouts], axis=2),
        model.share[:, at],
        np.stack([item_offsets(layout, profile, draws) for layout in layouts], axis=2),
        shared_covariance(layouts, profile, draws),
        np.stack([own_variance(layout, profile, draws) for layout in layouts], axis=1),
        tuple(item_manners(layout, profile) for layout in layouts),
    )


def root_of(covariance: np.ndarray) -> np.ndarray:
    """(S, D, D) symmetric square roots of covariances, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]) @ np.swapaxes(vectors, 1, 2)
