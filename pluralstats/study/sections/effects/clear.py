"""Which contrasts are clear when their number is allowed for: one finding that lists them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.printing.units import null_of, unit_of
from pluralstats.printing.wording import ADJUSTED_BY, count, interval, number
from pluralstats.results.effects.multiplicity import adjusted, two_sided_p
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing.blocks import Claim, Finding
from pluralstats.study.writing.verdicts import (
    CLEAR,
    INTO_BAND,
    Row,
    contrast_name,
    digits_of,
    each_slope_once,
    headline,
    rope_of,
    row_verdict,
)

FEW = 0.75  # contrasts expected to be clear by chance, below which "about 1" would be too many
LEVEL = 0.05  # of adjusted p below which a contrast is called clear
MOST_LISTED = 12  # of them on the page
CONTRAST = ("demographic", "level", "reference", "estimate")  # columns of a printed table of effects
SIZES = ("n_raters", "n_raters_reference")


def clear_finding(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float, adjust: str, n_unknown: int = 0) -> Finding:
    """How many contrasts of one estimand are clear, which, and how many look clear one by one.

    ``n_unknown`` contrasts besides ``rows`` have no estimate.
    """
    p = adjusted_p(rows, adjust)
    clear = p < LEVEL
    listed = [_listed(row) for row in rows[clear].to_dict("records")]
    more = len(listed) - MOST_LISTED
    if more > 0:
        listed = [*listed[:MOST_LISTED], f"and {more} more"]
    without = f"The ratings do not determine {count(n_unknown, 'more contrast')}." if n_unknown else ""
    notes = [clarity_sentence(rows, rope), _other_model(rows, by_model, rope), without]
    note = " ".join(note for note in notes if note)
    return Finding(clear_sentence(clear, rows, adjust), note, listed, _claim(rows.assign(p_adjusted=p), clear, adjust))


def adjusted_p(rows: pd.DataFrame, adjust: str = "holm") -> np.ndarray:
    """p as ``ps.contrasts`` has it, adjusted for the number of rows.

    Parameters
    ----------
    rows : data frame
        Of one estimand, with ``estimate, lower, upper`` (95%) and ``p_direction``.
    adjust : str
        As for ``ps.contrasts``, without "max_t".
    """
    p = raw_p(rows)
    return adjusted(p, np.empty((len(p), 0)), 0.0, adjust)


def raw_p(rows: pd.DataFrame) -> np.ndarray:
    """The p of ``ps.contrasts`` for each row of one estimand, before their number is allowed for."""
    at = rows[["estimate", "lower", "upper"]].to_numpy(float).T
    at = np.log(at) if null_of(str(rows["estimand"].iloc[0])) else at
    return two_sided_p(rows["p_direction"].to_numpy(float), *at)


def clear_sentence(clear: Sequence[bool] | np.ndarray, rows: pd.DataFrame, adjust: str = "holm") -> str:
    """How many contrasts are clear when their number is allowed for.

    >>> clear_sentence([True, False], pd.DataFrame({"estimand": ["points", "points"]}))
    "1 of 2 contrasts in rating points is clear when their number is allowed for (Holm's method)."
    """
    n, unit = int(np.sum(clear)), unit_of(str(rows["estimand"].iloc[0]))
    are = "are" if n > 1 else "is"
    start = f"{n or 'None'} of {count(len(rows), 'contrast')} in {unit} {are} clear"
    return f"{start} when their number is allowed for ({ADJUSTED_BY[adjust]})."


def clarity_sentence(table: pd.DataFrame, rope: float = 0.0) -> str:
    """How many contrasts are clear one by one, and how many would be if there were no differences at all."""
    rows, estimand = table.to_dict("records"), str(table["estimand"].iloc[0])
    into = sum(row_verdict(row, rope) in INTO_BAND for row in rows)
    reaching = f", {into} more without 0 that {'reaches' if into == 1 else 'reach'} into this band" if into else ""
    expected = 0.05 * len(rows)
    chance = f"about {expected:.0f}" if expected >= FEW else "fewer than 1"
    would = f"{chance} would leave out {null_of(estimand):.0f} on average" if into else f"{chance} would on average"
    return f"{_beyond(rows, estimand, rope)}{reaching}; if no groups differed, {would}."


def _beyond(rows: Sequence[Row], estimand: str, rope: float) -> str:
    """How many intervals lie beyond no difference, or beyond the band that counts as none.

    >>> _beyond([{"estimand": "points", "lower": 0.2, "upper": 0.3}], "points", 0.1)
    '1 has a 95% interval wholly beyond ±0.1'
    """
    clear = sum(row_verdict(row, rope) in CLEAR for row in rows)
    if band := rope_of(estimand, rope):
        beyond = f"wholly beyond ±{band:g}"
    else:
        beyond = f"that {'leaves' if clear < 2 else 'leave'} out {null_of(estimand):.0f}"
    return f"{clear or 'None'} {'has a 95% interval' if clear < 2 else 'have 95% intervals'} {beyond}"


def _listed(row: Row) -> str:
    digits = digits_of(row)
    return f"{contrast_name(row)}: {number(row['estimate'], digits)} {interval(row['lower'], row['upper'], digits)}"


def _other_model(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float) -> str:
    names = [name for name in by_model["model"].unique() if name != MAIN]
    if not names:
        return ""
    same = (by_model["model"] == names[0]) & (by_model["estimand"] == headline(rows)) & by_model["estimate"].notna()
    other = each_slope_once(by_model[same]).to_dict("records")
    beyond = _beyond(other, str(rows["estimand"].iloc[0]), rope)
    return f"Under '{names[0]}', {beyond.replace(' ', f' of {count(len(other), "contrast")} ', 1).lower()}."


def _claim(rows: pd.DataFrame, clear: np.ndarray, adjust: str) -> Claim:
    """All contrasts with their p in the table; printed and drawn the clear ones, each on its dimension."""
    unit = unit_of(str(rows["estimand"].iloc[0]))
    what = f"clear when {len(rows):,} are allowed for ({ADJUSTED_BY[adjust]}), " if clear.any() else ""
    caption = f"Contrasts {what}{unit}: posterior means with 95% intervals."
    dimension = ["dimension"] * ("dimension" in rows)
    printed = rows[clear] if clear.any() else rows
    columns = (*dimension, *CONTRAST, "p_adjusted", *SIZES)
    return Claim("clear contrasts", caption, rows, printed, columns, "effects", printed)
