"""Rows of a cumulative family with parts, put together for one noise."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pluralstats.model.families.family import PartRows
from pluralstats.model.families.parts.derivatives import PartDerivatives, fill_of, pull_of
from pluralstats.model.families.parts.draws import bends_of, simulate_of
from pluralstats.model.families.parts.scores import between_of, chunk_of, scores_of
from pluralstats.storage.compiled import kernel_for


def part_rows(link: str, interval: Any, between: Any, noise: Callable[..., np.ndarray]) -> PartRows:
    """The rows of a cumulative family with this noise; ``between`` None for one made of ``interval``."""
    scores, fill, pull = (kernel_for(link, of(interval)) for of in (scores_of, fill_of, pull_of))
    inner = kernel_for(link, between_of(interval)) if between is None else between

    def derivatives(y: np.ndarray, weight: np.ndarray, predictors: np.ndarray, tau: np.ndarray) -> PartDerivatives:
        return PartDerivatives(y, weight, predictors, tau, fill, pull)

    chunk = kernel_for(link, chunk_of(inner))
    return PartRows(chunk, scores, derivatives, bends_of(link, interval), simulate_of(noise))
