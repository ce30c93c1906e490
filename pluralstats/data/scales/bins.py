"""Bins of a scale between two ends: the piles at both ends, and intervals between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np

from pluralstats.data.scale import Scale
from pluralstats.data.tables.texts import number_text
from pluralstats.errors import ConfigError

DEFAULT_BINS, MOST_BINS, MOST_DIGITS = 5, 100, 7
EXAMPLE = "Pass a number of bins, such as bins=5, or where the scale is cut, such as bins=[25, 50, 75]."


@dataclass(frozen=True)
class Bins:
    """Answers that stand for parts of a scale with ends.

    Attributes
    ----------
    scale : Scale
        Its labels are the ends ("0", "100") and the intervals between them, "(0, 20]" for above 0 and at most 20;
        their values are the ends and the middles of the intervals.
    ends : (lowest, highest)
    cuts : tuple of float, (M,)
        Between the ends, increasing.
    """

    scale: Scale
    ends: tuple[float, float]
    cuts: tuple[float, ...]

    @property
    def unit_cuts(self) -> np.ndarray:
        """(M,) the cuts as shares of the way from the lowest to the highest rating."""
        low, high = self.ends
        return (np.array(self.cuts) - low) / (high - low)

    @property
    def rule(self) -> str:
        """What became what, in words."""
        return f"{number_text(self.ends[0])} to {number_text(self.ends[1])} in {' | '.join(self.scale.labels)}"

    def codes(self, rating: np.ndarray) -> np.ndarray:
        """(n,) positions 0..K-1 of ratings in points.

        >>> bins_of(Scale.parse(("continuous", 0, 100)), [50]).codes(np.array([0.0, 50.0, 51.0, 100.0])).tolist()
        [0, 1, 2, 3]
        """
        inside = 1 + np.searchsorted(np.array(self.cuts), rating, side="left")
        return np.where(rating <= self.ends[0], 0, np.where(rating >= self.ends[1], self.scale.K - 1, inside))


def bins_of(scale: Scale, bins: int | Sequence[float] | None) -> Bins:
    """The bins that a user asks for.

    Parameters
    ----------
    scale : Scale
        Continuous, with ends.
    bins : int or list of numbers, optional
        Bins of equal width between the ends, or the cuts between them. Default: 5. The ends are answers of their own.

    Raises
    ------
    ConfigError
        A scale without ends, or bins that cannot be meant.

    Examples
    --------
    >>> bins_of(Scale.parse(("continuous", 0, 100)), 2).scale.labels
    ('0', '(0, 50]', '(50, 100)', '100')
    """
    if scale.ends is None:
        raise ConfigError(
            f"`bins` cut a scale between two ends, such as scale=('continuous', 0, 100); found {scale.describe()}."
        )
    low, high = scale.ends
    cuts = _cuts(low, high, DEFAULT_BINS if bins is None else bins)
    edges = [low, *cuts, high]
    texts = [_text(edge, high - low) for edge in edges]
    between = [f"({a}, {b}{')' if j == len(cuts) else ']'}" for j, (a, b) in enumerate(pairwise(texts))]
    middles = [0.5 * (a + b) for a, b in pairwise(edges)]
    made = Scale((texts[0], *between, texts[-1]), (low, *middles, high))
    return Bins(made, (low, high), cuts)


def _text(edge: float, width: float) -> str:
    """An edge in few digits: a third of 100 is 33.33."""
    text = number_text(round(edge, 10))
    return text if len(text) <= MOST_DIGITS else number_text(round(edge, 4 - math.ceil(math.log10(width))))


def _cuts(low: float, high: float, bins: Any) -> tuple[float, ...]:
    if isinstance(bins, int | np.integer) and not isinstance(bins, bool):
        if not 1 <= bins <= MOST_BINS:
            raise ConfigError(f"`bins` is a number from 1 to {MOST_BINS}; found {bins}. {EXAMPLE}")
        return tuple(float(cut) for cut in np.linspace(low, high, bins + 1)[1:-1])
    given: list[Any] = list(bins) if isinstance(bins, Sequence | np.ndarray) and not isinstance(bins, str) else []
    if not given or not all(isinstance(cut, Real) and not isinstance(cut, bool) for cut in given):
        raise ConfigError(f"`bins` cannot be {bins!r}. {EXAMPLE}")
    cuts = tuple(float(cut) for cut in given if float(cut) not in (low, high))  # ends may be named: they are there
    if len(cuts) >= MOST_BINS or not all(low < cut < high for cut in cuts) or (np.diff(cuts) <= 0).any():
        raise ConfigError(
            f"`bins` are increasing numbers between the ends {number_text(low)} and {number_text(high)}, fewer than "
            f"{MOST_BINS}; found {bins!r}. {EXAMPLE}"
        )
    return cuts
