"""``reduction_ratios``: how much larger one arm's reduction is than another's, with all that a ratio may hide.

A "53% greater reduction" divides two uncertain differences. Where the one below may be nothing, its ratio may be
anything, and an interval with two ends would pretend otherwise.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

import pluralstats as ps

from .resampling import check_numbers, ends, refuse
from .score_tables import refuse_missing_columns

DRAW_COLUMNS = ("arm", "draw", "effect")
BETWEEN, OUTSIDE, EVERYTHING = "between", "outside", "everything"
FEWEST = 20


class RatioSet(NamedTuple):
    """Values of a ratio that go with two estimates: between two ends, outside of them, or everything."""

    kind: str
    lower: float
    upper: float


def reduction_ratios(
    draws: pd.DataFrame,
    *,
    against: str,
    direction: str = "down",
    arms: Sequence[str] | None = None,
    prob: float = 0.95,
) -> pd.DataFrame:
    """Ratio of each arm's reduction to that of another arm, from joint draws of their effects.

    A reduction is minus the effect against the base where less is better (``direction="down"``), the effect itself
    where more is better ("up"). The set of ratios r that go with the draws is Fieller's: those for which numerator
    - r * denominator does not differ from 0 at level ``prob``, with the covariance of the draws. It lies between two
    ends when the denominator clearly differs from 0. Else it is unbounded: all numbers but those between the two
    ends ("outside"), or every number ("everything").

    Parameters
    ----------
    draws : data frame
        ``arm``, ``draw``, ``effect`` (score points against the base): one dimension and one source of
        ``compare_arms(...).draws``. Draws of one number belong together.
    against : str
        The arm below the fraction line.
    direction : {"down", "up"}
        Which change is wanted.
    arms : list of str, optional
        Default: all others.
    prob : float

    Returns
    -------
    data frame
        arm, against, estimate (ratio of mean reductions), percent_greater (100 (ratio - 1)), set ("between", "outside",
        "everything"), lower, upper (of the set; missing for "everything"), lower_draws, upper_draws (quantiles of the
        ratio over draws, which always exist and say less), p_denominator_positive (share of draws in which
        the reduction below is one), p_greater (share in which the arm's reduction is the larger), reduction,
        reduction_lower, reduction_upper, reduction_against, reduction_against_lower, reduction_against_upper (score
        points).

    Raises
    ------
    DataError
        Missing columns, a repeated draw, draws that differ between arms, fewer than 20.
    ConfigError
        Unknown arms or direction.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185 (the set of a ratio of two normal means).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).normal(0, 0.1, (2, 500))
    >>> draws = pd.concat([pd.DataFrame({"arm": arm, "draw": range(500), "effect": at + e})
    ...                    for arm, at, e in zip(("dpo", "grpo"), (-1.5, -1.0), noise)])
    >>> row = reduction_ratios(draws, against="grpo").iloc[0]
    >>> round(float(row["estimate"]), 1), row["set"]
    (1.5, 'between')
    """
    refuse(check_numbers(prob, FEWEST, 0))
    if direction not in ("down", "up"):
        raise ps.ConfigError(f"`direction` is 'down' or 'up': which change is wanted; found {direction!r}.")
    table = _wide(draws) * (-1.0 if direction == "down" else 1.0)
    wanted = [arm for arm in table.columns if arm != against] if arms is None else list(arms)
    unknown = [arm for arm in [against, *wanted] if arm not in table.columns]
    if unknown or not wanted:
        raise ps.ConfigError(
            f"The draws have the arms {', '.join(table.columns)}; found {', '.join(unknown) or 'none to compare'}."
        )
    below = table[against].to_numpy()
    return pd.DataFrame([_row(arm, table[arm].to_numpy(), against, below, prob) for arm in wanted])


def ratio_set(numerator: float, denominator: float, covariance: np.ndarray, prob: float = 0.95) -> RatioSet:
    """Fieller's set for the ratio of two normal estimates with covariance (2, 2), numerator first.

    With z the normal quantile: all r with (n - r d)^2 <= z^2 (V_nn - 2 r V_nd + r^2 V_dd).

    >>> ratio_set(1.0, 0.0, np.eye(2)).kind, ratio_set(9.0, 0.1, np.eye(2)).kind
    ('everything', 'outside')
    """
    z2 = norm.ppf((1.0 + prob) / 2.0) ** 2
    a = denominator**2 - z2 * covariance[1, 1]
    b = numerator * denominator - z2 * covariance[0, 1]
    c = numerator**2 - z2 * covariance[0, 0]
    inside = b**2 - a * c
    if inside < 0.0 or a == 0.0:
        return RatioSet(EVERYTHING, np.nan, np.nan)
    lower, upper = sorted(((b - np.sqrt(inside)) / a, (b + np.sqrt(inside)) / a))
    return RatioSet(BETWEEN if a > 0.0 else OUTSIDE, float(lower), float(upper))


def _wide(draws: pd.DataFrame) -> pd.DataFrame:
    """(S, arms) effects, one column for each arm."""
    refuse_missing_columns(draws, DRAW_COLUMNS, "A table of draws")
    repeated = int(draws.duplicated(["arm", "draw"]).sum())
    if repeated:
        raise ps.DataError(
            f"Each arm has a draw once; {repeated} rows repeat one. Select one dimension and one source: "
            "draws.query(\"dimension == 'toxicity' and source == 'model'\")."
        )
    table = draws.pivot_table("effect", index="draw", columns="arm", sort=False, dropna=False)
    incomplete = int((~np.isfinite(table.to_numpy(float))).any(axis=1).sum())
    if incomplete or len(table) < FEWEST:
        raise ps.DataError(
            f"A ratio needs {FEWEST} draws or more that all arms have; found {len(table) - incomplete} complete of "
            f"{len(table)}. Draws of different fits do not belong together."
        )
    return table.rename(columns=str)


def _row(arm: str, above: np.ndarray, against: str, below: np.ndarray, prob: float) -> dict[str, object]:
    found = ratio_set(float(above.mean()), float(below.mean()), np.cov(above, below), prob)
    estimate = float(above.mean() / below.mean()) if below.mean() else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / below
    lower_draws, upper_draws = ends(ratio[np.isfinite(ratio)], prob) if np.isfinite(ratio).any() else (np.nan, np.nan)
    sets = {"set": found.kind, "lower": found.lower, "upper": found.upper}
    sets |= {"lower_draws": lower_draws, "upper_draws": upper_draws}
    sure = {"p_denominator_positive": float((below > 0).mean()), "p_greater": float((above > below).mean())}
    own = {"arm": arm, "against": against, "estimate": estimate, "percent_greater": 100.0 * (estimate - 1.0)}
    return own | sets | sure | _absolute("reduction", above, prob) | _absolute("reduction_against", below, prob)


def _absolute(name: str, draws: np.ndarray, prob: float) -> dict[str, float]:
    lower, upper = ends(draws, prob)
    return {name: float(draws.mean()), f"{name}_lower": lower, f"{name}_upper": upper}
