"""``reduction_ratios``: how much larger one arm's reduction is than another's, with all that a ratio may hide.

A "53% greater reduction" divides two uncertain differences. Where the one below may be nothing, its ratio may be
anything, and an interval with two ends would pretend otherwise. Where one arm reduces and the other increases there is
no percentage; where both increase, the increase is what is greater or smaller.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

from ..tables.scores import refuse_missing_columns
from .resampling import check_numbers, ends, refuse

DRAW_COLUMNS = ("arm", "draw", "effect")
BETWEEN, OUTSIDE, EVERYTHING, NONE = "between", "outside", "everything", "none"
REDUCTION, INCREASE, UNCLEAR = "reduction", "increase", "unclear"
SIGNS = {"down": -1.0, "up": 1.0}  # of an effect that is a reduction of what is not wanted
NEAR = 0.1  # a denominator that may be less than a tenth of its estimate makes ratios of any size
FEWEST = 20


class RatioSet(NamedTuple):
    """Values of a ratio that go with two estimates: between two ends, outside of them, everything, or none."""

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
    - r * denominator does not differ from 0 at level ``prob``, that is, has 0 in the central interval of its draws.
    It lies between two ends when the denominator clearly differs from 0. Else it is unbounded: all numbers but those
    between the two ends ("outside"), or every number ("everything").

    Two arms that both change scores in the unwanted direction have a ratio, too, of their increases. There is no
    ratio ("none") where one arm clearly reduces what the other clearly increases; it is left empty where the
    denominator may be near 0, less than a tenth of its estimate; and no percentage where the sign of the numerator is
    not clear. ``reason`` says so.

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
        arm, against, estimate (ratio of median reductions), percent_greater (100 (ratio - 1)), set ("between",
        "outside", "everything", "none"), lower, upper (of the set; missing for "everything" and "none"), lower_draws,
        upper_draws (quantiles of the ratio over draws, which always exist and say less), p_denominator_positive (share
        of draws in which the reduction below is one), p_greater (share in which the arm's reduction is the larger),
        reduction, reduction_lower, reduction_upper, reduction_against, reduction_against_lower,
        reduction_against_upper (score points, medians), direction, change, change_against ("reduction" of scores,
        "increase" or, where the interval has 0, "unclear"), p_denominator_sign (share of draws in which the denominator
        has the sign of its estimate), reason (why estimate or percent_greater is empty, else "").

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
    if direction not in SIGNS:
        raise ps.ConfigError(f"`direction` is 'down' or 'up': which change is wanted; found {direction!r}.")
    table = _wide(draws) * SIGNS[direction]
    wanted = [arm for arm in table.columns if arm != against] if arms is None else list(arms)
    unknown = [arm for arm in [against, *wanted] if arm not in table.columns]
    if unknown or not wanted:
        raise ps.ConfigError(
            f"The draws have the arms {', '.join(table.columns)}; found {', '.join(unknown) or 'none to compare'}."
        )
    below = table[against].to_numpy()
    return pd.DataFrame([_row((arm, against), table[arm].to_numpy(), below, direction, prob) for arm in wanted])


def ratio_set(above: np.ndarray, below: np.ndarray, prob: float = 0.95) -> RatioSet:
    """Fieller's set for the ratio of two effects with joint draws (S,).

    The share p(r) of draws with n < r d begins, at r = -infinity, with the draws of d < 0; a draw's own n / d adds it
    where d > 0 and takes it away where d < 0. The set is where p(r) lies between both tails.

    >>> noise = np.random.default_rng(1).normal(0.0, 1.0, (2, 1000))
    >>> ratio_set(noise[0] + 1.0, noise[1]).kind, ratio_set(noise[0] + 9.0, noise[1] + 0.1).kind
    ('everything', 'outside')
    """
    kept = below != 0.0
    ratio, sign = above[kept] / below[kept], np.sign(below[kept])
    order = np.argsort(ratio, kind="stable")
    share = ((below < 0.0).sum() + np.concatenate([[0.0], np.cumsum(sign[order])])) / len(below)
    tail = (1.0 - prob) / 2.0
    inside = (share >= tail) & (share <= 1.0 - tail)
    if inside.all():
        return RatioSet(EVERYTHING, np.nan, np.nan)
    at, bounded = ratio[order], not inside[0]
    of_interest = np.flatnonzero(inside == bounded)  # of the steps between ratios
    if not of_interest.size:  # draws so few that the share jumps over the interval
        return RatioSet(BETWEEN, float(np.median(at)), float(np.median(at)))
    lower, upper = at[of_interest[0] - 1], at[min(of_interest[-1], at.size - 1)]
    return RatioSet(BETWEEN if bounded else OUTSIDE, float(lower), float(upper))


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


def _row(
    names: tuple[str, str], above: np.ndarray, below: np.ndarray, direction: str, prob: float
) -> dict[str, object]:
    sizes = _absolute("reduction", above, prob) | _absolute("reduction_against", below, prob)
    words = _change(sizes, "reduction", direction), _change(sizes, "reduction_against", direction)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / below
    kept = ratio[np.isfinite(ratio)]
    lower_draws, upper_draws = ends(kept, prob) if kept.size else (np.nan, np.nan)
    found = ratio_set(above, below, prob)
    estimate, percent, reason = _told(names, words, sizes, found.kind)
    if UNCLEAR not in words and words[0] != words[1]:
        found = RatioSet(NONE, np.nan, np.nan)
    own = {"arm": names[0], "against": names[1], "estimate": estimate, "percent_greater": percent, "set": found.kind}
    own |= {"lower": found.lower, "upper": found.upper, "lower_draws": lower_draws, "upper_draws": upper_draws}
    sure = {"p_denominator_positive": float((below > 0).mean()), "p_greater": float((above > below).mean())}
    said = {"direction": direction, "change": words[0], "change_against": words[1]}
    sign = float((below * sizes["reduction_against"] > 0).mean())
    return own | sure | sizes | said | {"p_denominator_sign": sign, "reason": reason}


def _told(
    names: tuple[str, str], words: tuple[str, str], sizes: dict[str, float], kind: str
) -> tuple[float, float, str]:
    """The ratio, in percent greater than 1 too, and why it or the percentage is empty."""
    at, ends_of = sizes["reduction_against"], [sizes["reduction_against_lower"], sizes["reduction_against_upper"]]
    if UNCLEAR not in words and words[0] != words[1]:
        return np.nan, np.nan, f"{names[0]} and {names[1]} change scores in opposite directions"
    if kind != BETWEEN or (np.sign(at) * np.array(ends_of)).min() < NEAR * abs(at):
        return np.nan, np.nan, f"the change by {names[1]} may be near 0"
    ratio = sizes["reduction"] / at
    if words[0] == UNCLEAR:
        return ratio, np.nan, f"the sign of the change by {names[0]} is not clear"
    return ratio, 100.0 * (ratio - 1.0), ""


def _change(sizes: dict[str, float], name: str, direction: str) -> str:
    """What an arm clearly does to scores."""
    lower, upper = sizes[f"{name}_lower"], sizes[f"{name}_upper"]
    if lower <= 0.0 <= upper:
        return UNCLEAR
    return INCREASE if (lower > 0.0) == (direction == "up") else REDUCTION


def _absolute(name: str, draws: np.ndarray, prob: float) -> dict[str, float]:
    lower, upper = ends(draws, prob)
    return {name: float(np.median(draws)), f"{name}_lower": lower, f"{name}_upper": upper}
