"""Which contrasts open the report, in sentences a reader can quote."""

import numpy as np
import pandas as pd

from pluralstats.printing.units import null_of, unit_of
from pluralstats.printing.wording import capital, count, interval, listed, number
from pluralstats.results.effects.level_pairs import common_level
from pluralstats.study.sections.effects.clear import CONTRAST, SIZES, clear_finding, raw_p
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing.blocks import Claim, Finding
from pluralstats.study.writing.verdicts import (
    CLEAR,
    INTO_BAND,
    Row,
    by_columns,
    digits_of,
    each_slope_once,
    gap,
    is_slope,
    places,
    rope_of,
    row_verdict,
)

NO_GROUPS = ("other", "undisclosed")


def contrast_sentence(row: Row, rope: float = 0.0) -> str:
    """One effect in words.

    >>> contrast_sentence({"demographic": "race", "level": "Black", "reference": "White",
    ...                    "estimand": "points", "estimate": 0.19, "lower": 0.02, "upper": 0.37})
    'Black raters rated 0.19 rating points higher than White raters (race; 95% interval [0.02, 0.37]).'
    """
    estimand, digits = str(row["estimand"]), digits_of(row)
    dimension = str(row.get("dimension", ""))
    where, on = "; ".join(places(row, dimension=False)), f" on {dimension}" if dimension else ""
    bracket = f"95% interval {interval(row['lower'], row['upper'], digits)}"
    said, size = row_verdict(row, rope), number(row["estimate"], digits)
    if said in INTO_BAND:
        bracket += f", which reaches into the band of ±{rope_of(estimand, rope):g} that counts as no difference"
        said = INTO_BAND[said]
    if is_slope(row):
        return _slope_sentence(row, said, size, f"{'; '.join(places(row))}; {bracket}")
    level, reference = str(row["level"]), str(row["reference"])
    who, others, both = raters_of(level), raters_of(reference), raters_of(level, reference)
    if said == "equivalent":
        bound = f"lies within ±{rope:g} rating points"
        return f"{capital(both)} rate practically alike{on}: the difference {bound} ({where}; {bracket})."
    if said == "unclear":
        return f"No clear difference between {both}{on} ({where}): {size} {unit_of(estimand)}, {bracket}."
    if estimand == "latent_d" or null_of(estimand):
        start = f"{capital(who)} rated {said} than {others}{on}"
        return f"{start}: {unit_of(estimand)} {size} ({where}; {bracket})."
    if estimand.startswith("P("):
        more = (
            f"{number(abs(row['estimate']), digits)} percentage points {'more' if said == 'higher' else 'less'} often"
        )
        return f"{capital(who)} chose {_chosen(estimand)} {more} than {others}{on} ({where}; {bracket})."
    start = f"{capital(who)} rated {number(abs(row['estimate']), digits)} {unit_of(estimand)}"
    return f"{start} {said} than {others}{on} ({where}; {bracket})."


def raters_of(*levels: str) -> str:
    """The raters of a group, or of two.

    >>> raters_of("male"), raters_of("male", "female"), raters_of("60-64", "54-59")
    ('male raters', 'male and female raters', 'raters of 60-64 and 54-59')
    """
    groups = listed(levels)
    return f"raters of {groups}" if any(level[:1].isdigit() for level in levels) else f"{groups} raters"


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
    said = row_verdict(row, rope)
    if said in CLEAR:
        border = f"the band of ±{band:g}" if band else f"{null_of(str(row['estimand'])):.0f}"
        parts = [f"a bias of {number(gap(row) - band, digits)} {unit} or more would take the interval to {border}"]
    else:
        low, high = number(row["lower"], digits), number(row["upper"], digits)
        parts = [f"more raters, for these leave room for {low} to {high} {unit}"]
        if said in INTO_BAND:
            parts.insert(0, f"a bias of {number(gap(row), digits)}, the distance of the interval from 0")
    parts.append("" if is_slope(row) else _rests_on(row))
    parts.append(str(row.get("note") or ""))
    if other is not None:
        size = number(other["estimate"], digits)
        parts.append(f"under '{other_name}' it is {size} {interval(other['lower'], other['upper'], digits)}")
    return "What would change it: " + "; ".join(part for part in parts if part) + "."


def _rests_on(row: Row) -> str:
    if "n_raters" not in row or "n_raters_reference" not in row:
        return ""
    n, m = float(row["n_raters"]), float(row["n_raters_reference"])
    return f"it rests on {count(n, 'rater')} ({row['level']}) and {m:,.0f} ({row['reference']})"


def told_contrasts(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float, adjust: str) -> list[Finding]:
    """The surest contrast and the largest (``_headlines``), or the nearest to it, and which of all are clear."""
    known = rows[np.isfinite(rows["lower"]) & np.isfinite(rows["upper"])]
    known = each_slope_once(known)
    records = sorted(known.to_dict("records"), key=_telling, reverse=True)
    if not records:
        return []
    clear = [row for row in records if row_verdict(row, rope) in CLEAR]
    told = [_finding(row, rows, by_model, rope) for row in _headlines(clear) or records[:1]]
    unknown = int(rows["estimate"].isna().sum())
    return [*told, clear_finding(known, by_model, rope, adjust, unknown)]


def _headlines(clear: list[Row]) -> list[Row]:
    """Of clear contrasts, the most telling first: the one with the smallest p, then the first of the others.

    Groups of people come before what was lumped or not disclosed in both.
    """
    if len(clear) < 2:
        return clear
    p = raw_p(pd.DataFrame(clear))
    surest = min(range(len(clear)), key=lambda i: (not is_group(clear[i]), p[i]))
    return [clear[surest], clear[0 if surest else 1]]


def _finding(row: Row, rows: pd.DataFrame, by_model: pd.DataFrame, rope: float) -> Finding:
    """One contrast, with the other levels of its demographic in its table and figure."""
    name, other = next(iter(twins(row, by_model).items()), ("", None))
    same = rows["demographic"] == row["demographic"]
    for column in by_columns(row):
        same &= rows[column] == row[column]
    if dimension := str(row.get("dimension", "")):
        same &= rows["dimension"].astype(str) == dimension
    part = rows[same].drop(columns="dimension", errors="ignore")
    unit, on = unit_of(str(row["estimand"])), f" on {dimension}" if dimension else ""
    caption = f"Differences by {row['demographic']}{on}, {unit}: posterior means with 95% intervals."
    files = " ".join([str(row["demographic"]), dimension])
    claim = Claim(files, caption, rows[same], part, (*CONTRAST, "p_direction", "raw", *SIZES), "effects", rows[same])
    return Finding(contrast_sentence(row, rope), what_would_change(row, other, name, rope), claim=claim)


def _telling(row: Row) -> tuple[bool, float, float]:
    # The near end of the interval, not the estimate: a large estimate of a small group tells little.
    return is_group(row), gap(row), abs(row["estimate"] - null_of(str(row["estimand"])))


def is_group(row: Row) -> bool:
    """Whether the level is a group of people: not one person, nor what was lumped or not disclosed."""
    return row["level"] not in NO_GROUPS and row.get("n_raters") != 1


def twins(row: Row, by_model: pd.DataFrame) -> dict[str, Row]:
    """The same contrast under each of the other models, by the model's name."""
    return all_twins(by_model).get(contrast_key(row), {})


def all_twins(by_model: pd.DataFrame) -> dict[tuple[str, ...], dict[str, Row]]:
    """The rows of all models but the main one: contrast (``contrast_key``) -> model -> row."""
    found: dict[tuple[str, ...], dict[str, Row]] = {}
    for other in by_model[by_model["model"] != MAIN].to_dict("records"):
        found.setdefault(contrast_key(other), {})[str(other["model"])] = other
    return found


def contrast_key(row: Row) -> tuple[str, ...]:
    """What tells a contrast from others of the same model."""
    names = ("dimension", "demographic", "reference", "estimand", *by_columns(row))
    return (common_level(str(row["level"]), str(row["reference"])), *(str(row.get(name, "")) for name in names))
