"""Along which axis raters differ most in whom they agree with."""

import pandas as pd

from pluralstats.disagreement.cohesion.rows import ASSOCIATION, PAIRS
from pluralstats.errors import DataError, expect

_NEEDED = ("demographic", "level", "pair", "kind", "estimate", "p_bh")


def diversity_sensitivity(table: pd.DataFrame) -> pd.DataFrame:
    """Which demographics matter most for who agrees with whom: the largest GAI of each axis.

    The diversity sensitivity index of a demographic is the largest group association index among its groups
    (Prabhakaran et al. 2024, NAACL, section 3.2). It is as significant as that group's GAI. A maximum over more
    groups, or smaller ones, is larger by chance alone: look at p_bh before comparing demographics.

    Parameters
    ----------
    table : DataFrame
        What ``cohesion`` returned.

    Returns
    -------
    DataFrame
        One row per demographic and pair of metrics: demographic, pair, dsi, level (of the largest GAI; the first of
        several), p_bh (of that group's GAI), note (empty, or how many groups have no GAI).

    Raises
    ------
    DataError
        When the table lacks a column or has no rows of kind "association".

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["female", "male"], "pair": "voting",
    ...     "kind": "association", "estimate": [1.1, 1.4], "p_bh": [0.5, 0.02]})
    >>> diversity_sensitivity(table)[["demographic", "dsi", "level", "p_bh"]]
      demographic  dsi level  p_bh
    0      gender  1.4  male  0.02
    """
    expect(table, pd.DataFrame, "`table` is what ps.cohesion() returned")
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        raise DataError(f"`table` has no column {', '.join(missing)}; pass what ps.cohesion() returned.")
    ratios = table[table["kind"] == ASSOCIATION]
    if ratios.empty:
        raise DataError('`table` has no rows of kind "association"; pass what ps.cohesion() returned, all of it.')
    found = [_largest(part) for _, part in ratios.groupby(["demographic", "pair"], sort=False)]
    return pd.DataFrame(found, columns=["demographic", "pair", "dsi", "level", "p_bh", "note"])


def _largest(part: pd.DataFrame) -> dict:
    """The row of the group with the largest GAI of one demographic and pair."""
    first, undefined = part.iloc[0], int(part["estimate"].isna().sum())
    found = {"demographic": first["demographic"], "pair": first["pair"]}
    inside, across, _ = PAIRS[first["pair"]]
    note = f"{undefined} of {len(part)} groups have no GAI ({inside} / {across})." if undefined else ""
    if undefined == len(part):
        return found | {"dsi": float("nan"), "level": "", "p_bh": float("nan"), "note": note}
    top = part.loc[part["estimate"].idxmax()]
    return found | {"dsi": float(top["estimate"]), "level": top["level"], "p_bh": top["p_bh"], "note": note}
