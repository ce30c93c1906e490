"""Which contrasts stay clear when their number is allowed for."""

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from pluralstats.results.effects.multiplicity import adjusted
from pluralstats.study.sentences import Row, contrast_name, digits_of, null_of
from pluralstats.study.wording import ADJUSTED_BY, count, number

NORMAL_95 = float(ndtri(0.975))
LEVEL = 0.05  # of adjusted p below which a contrast is called clear
MOST_NAMED = 8  # of them that are named


def clear_sentence(table: pd.DataFrame, adjust: str = "holm") -> str:
    """The contrasts that stay clear when their number is allowed for, by name.

    p of each is that of a normal posterior with its estimate and interval: draws do not show how small it is.

    Parameters
    ----------
    table : data frame
        Rows of one estimand with ``estimate, lower, upper`` (95%).
    adjust : str
        As for ``ps.contrasts``, without "max_t".
    """
    rows = table.to_dict("records")
    p = np.array([_tail(row) for row in rows])
    at = np.flatnonzero(adjusted(p, np.empty((len(p), 0)), 0.0, adjust) < LEVEL)
    if not at.size:
        return f"Adjusted for {count(len(rows), 'contrast')} by {ADJUSTED_BY[adjust]}, none is clear."
    order = at[np.argsort(p[at], kind="stable")]
    named = [f"{contrast_name(rows[i])} {number(rows[i]['estimate'], digits_of(rows[i]))}" for i in order[:MOST_NAMED]]
    more = f", and {len(order) - MOST_NAMED} more" if len(order) > MOST_NAMED else ""
    are = "is" if len(order) == 1 else "are"
    start = f"Adjusted for {count(len(rows), 'contrast')} by {ADJUSTED_BY[adjust]}, {len(order)} {are} clear"
    return f"{start}: {'; '.join(named)}{more}."


def _tail(row: Row) -> float:
    """Two-sided p of a normal posterior; of ratios on the scale of their logarithm."""
    at = np.array([row["estimate"], row["lower"], row["upper"]], float)
    at = np.log(at) if null_of(str(row["estimand"])) else at
    sd = (at[2] - at[1]) / (2.0 * NORMAL_95)
    return float(2.0 * ndtr(-abs(at[0]) / sd)) if sd > 0.0 else float(at[0] == 0.0)
