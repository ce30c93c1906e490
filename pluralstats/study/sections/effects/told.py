"""Which contrasts open the report, in sentences a reader can quote, and how many of them are clear."""

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from pluralstats.printing.units import null_of, unit_of
from pluralstats.printing.wording import ADJUSTED_BY, capital, count, interval, number
from pluralstats.results.effects.level_pairs import SLOPE
from pluralstats.results.effects.multiplicity import adjusted
from pluralstats.study.sections.parts import Finding
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing.verdicts import (
    CLEAR,
    Row,
    by_columns,
    contrast_name,
    digits_of,
    gap,
    headline,
    is_slope,
    places,
    rope_of,
    row_verdict,
)

FEW = 0.75  # contrasts expected to be clear by chance, below which "about 1" would be too many
NORMAL_95 = float(ndtri(0.975))
LEVEL = 0.05  # of adjusted p below which a contrast is called clear
MOST_NAMED = 8  # of them that are named
NO_GROUPS = ("other", "undisclosed")


def contrast_sentence(row: Row, rope: float = 0.0) -> str:
    """One effect in words.

    >>> contrast_sentence({"demographic": "race", "level": "Black", "reference": "White",
    ...                    "estimand": "points", "estimate": 0.19, "lower": 0.02, "upper": 0.37})
    'Black raters gave ratings 0.19 rating points higher than White raters (race; 95% interval [0.02, 0.37]).'
    """
    estimand, digits = str(row["estimand"]), digits_of(row)
    where = "; ".join(places(row))
    bracket = f"95% interval {interval(row['lower'], row['upper'], digits)}"
    said, size = row_verdict(row, rope), number(row["estimate"], digits)
    if is_slope(row):
        return _slope_sentence(row, said, size, f"{where}; {bracket}")
    groups = f"{row['level']} and {row['reference']} raters"
    if said == "equivalent":
        bound = f"lies within ±{rope:g} rating points"
        return f"{capital(groups)} rate practically alike: the difference {bound} ({where}; {bracket})."
    if said == "unclear":
        return f"No clear difference between {groups} ({where}): {size} {unit_of(estimand)}, {bracket}."
    if estimand == "latent_d" or null_of(estimand):
        start = f"{capital(str(row['level']))} raters gave {said} ratings than {row['reference']} raters"
        return f"{start}: {unit_of(estimand)} {size} ({where}; {bracket})."
    if estimand.startswith("P("):
        more = (
            f"{number(abs(row['estimate']), digits)} percentage points {'more' if said == 'higher' else 'less'} often"
        )
        start = f"{capital(str(row['level']))} raters chose {_chosen(estimand)}"
        return f"{start} {more} than {row['reference']} raters ({where}; {bracket})."
    start = f"{capital(str(row['level']))} raters gave ratings {number(abs(row['estimate']), digits)}"
    return f"{start} {unit_of(estimand)} {said} than {row['reference']} raters ({where}; {bracket})."


def _slope_sentence(row: Row, said: str, size: str, where: str) -> str:
    """One slope in words: what one unit, or one standard deviation, of a number goes with."""
    step = f"{row['level']} of {row['demographic']}"
    if said == "unclear":
        return f"No clear slope: {step} goes with {size} {unit_of(str(row['estimand']))} ({where})."
    if said == "equivalent":
        return f"{step} hardly matters: {size} {unit_of(str(row['estimand']))} ({where})."
    unit = unit_of(str(row["estimand"]))
    return f"Ratings are {said} with more {row['demographic']}: {step} goes with {size} {unit} ({where})."


def _chosen(estimand: str) -> str:
    """The answers an estimand counts: "4 or higher"; on a scale of two "'hateful'"."""
    inside = estimand.removesuffix(" ratio").removesuffix(")").removeprefix("P(rating ")
    sign, category = inside.split(" ", 1)
    return f"'{category}'" if sign == "=" else f"{category} or higher"


def what_would_change(row: Row, other: Row | None = None, other_name: str = "", rope: float = 0.0) -> str:
    """How near a finding is to another verdict, on how many raters it rests, and what another model says.

    Parameters
    ----------
    row : mapping
        One row of the main model's effects.
    other : mapping, optional
        The same contrast under another model, called ``other_name``.
    """
    digits, unit = digits_of(row), unit_of(str(row["estimand"]))
    band = rope_of(str(row["estimand"]), rope)
    if row_verdict(row, rope) in CLEAR:
        border = f"the band of ±{band:g}" if band else f"{null_of(str(row['estimand'])):.0f}"
        parts = [f"the near end of the interval is {number(gap(row) - band, digits)} from {border}"]
    else:
        low, high = number(row["lower"], digits), number(row["upper"], digits)
        parts = [f"more raters, for these leave room for {low} to {high} {unit}"]
    parts.append("" if is_slope(row) else _rests_on(row))
    parts.append(str(row.get("note") or ""))
    if other is not None:
        size = number(other["estimate"], digits)
        parts.append(f"under '{other_name}' it is {size} {interval(other['lower'], other['upper'], digits)}")
    return "What would change it: " + "; ".join(part for part in parts if part) + "."


def _rests_on(row: Row) -> str:
    if "n_raters" not in row or "n_raters_reference" not in row:
        return ""
    return (
        f"it rests on {count(float(row['n_raters']), f'{row["level"]} rater')} and "
        f"{float(row['n_raters_reference']):,.0f} {row['reference']}"
    )


def clarity_sentence(table: pd.DataFrame, rope: float = 0.0) -> str:
    """How many contrasts are clear, and how many would be if there were no differences at all."""
    rows = table.to_dict("records")
    clear = sum(row_verdict(row, rope) in CLEAR for row in rows)
    estimand = str(rows[0]["estimand"])
    if band := rope_of(estimand, rope):
        beyond = f"wholly beyond ±{band:g}"
    else:
        beyond = f"that {'leaves' if clear == 1 else 'leave'} out {null_of(estimand):.0f}"
    have = "has a 95% interval" if clear == 1 else "have 95% intervals"
    expected = 0.05 * len(rows)
    chance = f"about {expected:.0f}" if expected >= FEW else "fewer than 1"
    return (
        f"Of {count(len(rows), 'contrast')} in {unit_of(estimand)}, {clear} {have} {beyond}; if no groups "
        f"differed, {chance} would on average."
    )


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


def told_contrasts(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float, adjust: str) -> list[Finding]:
    """The clearest two contrasts, or the one that comes nearest to it, and how many are clear."""
    known = rows[np.isfinite(rows["lower"]) & np.isfinite(rows["upper"])]
    known = known[~((known["reference"] == SLOPE) & (known["level"] == "+1"))]  # per sd it is the same slope
    records = sorted(known.to_dict("records"), key=_telling, reverse=True)
    if not records:
        return []
    clear = [row for row in records if row_verdict(row, rope) in CLEAR]
    told = [Finding(contrast_sentence(row, rope), _note(row, by_model, rope)) for row in clear[:2] or records[:1]]
    clarity = f"{clarity_sentence(known, rope)} {clear_sentence(known, adjust)}"
    return [*told, Finding(clarity, _changes_note(known, by_model, rope))]


def _telling(row: Row) -> tuple[bool, float, float]:
    # The near end of the interval, not the estimate: a large estimate of a small group tells little.
    return is_group(row), gap(row), abs(row["estimate"] - null_of(str(row["estimand"])))


def is_group(row: Row) -> bool:
    """Whether the level is a group of people: not one person, nor what was lumped or not disclosed."""
    return row["level"] not in NO_GROUPS and row.get("n_raters") != 1


def _note(row: Row, by_model: pd.DataFrame, rope: float) -> str:
    name, other = next(iter(twins(row, by_model).items()), ("", None))
    return what_would_change(row, other, name, rope)


def _changes_note(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float) -> str:
    names = [name for name in by_model["model"].unique() if name != MAIN]
    if not names:
        return ""
    same = (by_model["model"] == names[0]) & (by_model["estimand"] == headline(rows))
    other = by_model[same].to_dict("records")
    clear = sum(row_verdict(row, rope) in CLEAR for row in other)
    return f"Under '{names[0]}', {clear} of {len(other)} would look clear."


def twins(row: Row, by_model: pd.DataFrame) -> dict[str, Row]:
    """The same contrast under each of the other models, by the model's name."""
    keys = ["demographic", "level", "reference", "estimand", *by_columns(row)]
    keys += ["dimension"] if "dimension" in row else []
    same = by_model["model"] != MAIN
    for key in keys:
        same &= by_model[key].astype(str) == str(row[key])
    return {str(other["model"]): other for other in by_model[same].to_dict("records")}
