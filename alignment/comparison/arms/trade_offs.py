"""``joint_effects``: the effects of each arm on two dimensions at once, for the plane of trade-offs."""

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.errors import expect

from .comparing import ArmComparison

DIRECTIONS = ("down", "up")


def joint_effects(
    comparison: ArmComparison, x: str, y: str, *, better_x: str = "up", better_y: str = "up"
) -> pd.DataFrame:
    """Effects on two dimensions with their joint uncertainty.

    The dimensions are fitted apart; what they have in common, the same prompts and the same training runs, is in the
    paired bootstrap, whose covariance is used.

    Parameters
    ----------
    comparison : ArmComparison
    x, y : str
        Two of its dimensions.
    better_x, better_y : {"up", "down"}
        Which direction is wanted.

    Returns
    -------
    data frame
        arm, x, y (score points against the base), sd_x, sd_y, correlation, dimension_x, dimension_y,
        better_x, better_y.

    Raises
    ------
    ConfigError
        A dimension that was not compared, the same one twice, or an unknown direction.
    """
    expect(
        comparison,
        ArmComparison,
        "`alignment.joint_effects` needs an ArmComparison",
        "Make it with alignment.compare_arms(scores).",
    )
    _check(list(comparison.fits), {"x": x, "y": y}, {"better_x": better_x, "better_y": better_y})
    draws = comparison.draws[comparison.draws["source"] == "bootstrap"]
    effects = comparison.effects.set_index(["dimension", "arm"])["estimate"]
    rows = []
    for arm, part in draws[draws["dimension"].isin([x, y])].groupby("arm", sort=False):
        wide = part.pivot_table("effect", index="draw", columns="dimension")
        if not {x, y} <= set(wide.columns):
            continue
        sd = wide.std()
        correlation = float(np.nan_to_num(wide[x].corr(wide[y])))
        row = {"arm": arm, "x": effects[x, arm], "y": effects[y, arm], "sd_x": sd[x], "sd_y": sd[y]}
        rows.append(row | {"correlation": correlation})
    return pd.DataFrame(rows).assign(dimension_x=x, dimension_y=y, better_x=better_x, better_y=better_y)


def _check(known: list[str], dimensions: dict[str, str], directions: dict[str, str]) -> None:
    problems = [
        f"`{name}` is one of the dimensions {', '.join(known)}; found '{value}'."
        for name, value in dimensions.items()
        if value not in known
    ]
    problems += [
        f"`{name}` is 'up' or 'down'; found {value!r}." for name, value in directions.items() if value not in DIRECTIONS
    ]
    if dimensions["x"] == dimensions["y"]:
        problems.append(f"A trade-off is between two dimensions; `x` and `y` are both '{dimensions['x']}'.")
    if problems:
        raise ps.ConfigError("\n".join(problems))
