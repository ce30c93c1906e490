"""Coarser scales: the one that ratings are on, or each of several."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales, scale_parts
from pluralstats.errors import ConfigError


@dataclass(frozen=True)
class Collapsed:
    """Ratings on a coarser scale.

    Attributes
    ----------
    scale : Scale or Scales
    rating : ndarray of int16, (n,)
        The new codes.
    codes : dict, level -> ndarray of int, (K,)
        New code of each old code, of each scale; the only scale has the name "".
    rule : str
        The midpoint rule that was used.
    detail : str
        What became what.
    """

    scale: Scale | Scales
    rating: np.ndarray
    codes: dict[str, np.ndarray]
    rule: str
    detail: str


def collapsed(scale: Scale | Scales, frame: pd.DataFrame, n: int, midpoint: str | None) -> Collapsed:
    """Ratings of ``n`` answers, by the rules of ``Scale.merged``; one of several scales that has ``n`` stays.

    Raises
    ------
    ConfigError
        When a scale cannot be collapsed that way, or is continuous.
    """
    if not isinstance(scale, Scales) and scale.is_continuous:
        raise ConfigError("A continuous scale has no answers to collapse.")
    rating = frame["rating"].to_numpy().copy()
    scales: dict[str, Scale] = {}
    codes, rules, details = {}, {}, []
    for level, own, here in scale_parts(scale, frame):
        scales[level], codes[level], rules[level] = _merged(own, n, midpoint, kept=isinstance(scale, Scales))
        rating[here] = codes[level].astype(np.int16)[rating[here]]
        details.append(_named(scale, level, f"{own.describe()} to {' | '.join(scales[level].labels)}"))
    used = {_named(scale, level, rule) for level, rule in rules.items() if rule != "none"}
    new = Scales(scale.column, scales) if isinstance(scale, Scales) else scales[""]
    return Collapsed(new, rating, codes, ", ".join(sorted(used)) or "none", "; ".join(details))


def _merged(scale: Scale, n: int, midpoint: str | None, kept: bool) -> tuple[Scale, np.ndarray, str]:
    if kept and n == scale.K:
        return scale, np.arange(n), "none"
    return scale.merged(n, midpoint)


def _named(scale: Scale | Scales, level: str, text: str) -> str:
    return f"{text} ({scale.column} {level})" if isinstance(scale, Scales) else text
