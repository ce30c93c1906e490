"""What draws of an estimand say: middle, interval, probability of direction and of practical equivalence."""

from collections.abc import Mapping, Sequence

import numpy as np

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.results.effects.estimands import Estimand

ENDLESS = 1e300  # an odds ratio beyond is infinite


def rope_widths(rope: float | Mapping[str, float], measures: Sequence[Estimand]) -> dict[str, float]:
    """Half width of practical equivalence for each estimand; 0 means none.

    Raises
    ------
    ConfigError
        A negative width, or one for an estimand that was not asked for.
    """
    widths = dict(rope) if isinstance(rope, Mapping) else {"points": rope}
    known = {name for measure in measures for name in (measure.name, measure.family)}
    problems = [
        f"`rope` is a half width, 0 or more; found {w} for '{name}'." for name, w in widths.items() if not w >= 0.0
    ]
    if isinstance(rope, Mapping):
        problems += [
            f"`rope` has '{name}', which is not among the estimands asked for ({', '.join(sorted(known))})."
            + nearest(name, known)
            for name in widths
            if name not in known
        ]
    if problems:
        raise problems_error(ConfigError, problems)
    return {m.name: widths.get(m.name, widths.get(m.family, 0.0)) for m in measures}


def summaries(draws: np.ndarray, null: float, prob: float, rope: float) -> dict[str, np.ndarray]:
    """Mean, intervals, probability of direction and share inside the region of practical equivalence.

    The mean of a ratio (``null`` 1) is that of its logarithm. Numbers of rows with a missing draw are missing.

    Parameters
    ----------
    draws : (C, S)
    prob : float
        Of the outer interval.
    rope : float
        Half width, 0 for none.
    """
    tail = 0.5 - prob / 2.0
    known = ~np.isnan(draws).any(axis=1)
    finite = np.clip(draws, -ENDLESS, ENDLESS)  # no quantile lies between two infinite draws
    found = np.quantile(finite, [tail, 0.25, 0.75, 1.0 - tail], axis=1)
    ends = np.where(np.abs(found) >= ENDLESS, np.copysign(np.inf, found), found)
    above = (draws > null).mean(axis=1) + 0.5 * (draws == null).mean(axis=1)  # no effect is on neither side
    with np.errstate(divide="ignore", invalid="ignore"):  # a ratio of 0 is infinitely far
        distance = np.abs(np.log(draws)) if null == 1.0 else np.abs(draws - null)
    inside = (distance < rope).mean(axis=1) if rope else np.full(len(draws), np.nan)
    return {
        "estimate": centres(draws, null),
        **dict(zip(("lower", "lower_50", "upper_50", "upper"), ends, strict=True)),
        "p_direction": np.where(known, np.maximum(above, 1.0 - above), np.nan),
        "p_rope": np.where(known, inside, np.nan),
    }


def centres(draws: np.ndarray, null: float) -> np.ndarray:
    """(C,) posterior means of (C, S) draws; of ratios, exponentials of the means of logarithms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(np.log(draws).mean(axis=1)) if null == 1.0 else draws.mean(axis=1)
