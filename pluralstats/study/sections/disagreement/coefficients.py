"""How far the raters of one item agree, and how many raters a reliable mean takes."""

from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.data.ratings import Ratings
from pluralstats.printing.wording import capital, digits_for, interval, number
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_ratings, of_willing_fits, with_one_noise
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Claim, Finding, Shown, folded, texts
from pluralstats.study.writing.verdicts import Row

_SPREADS = {"distance": "a mean distance of", "entropy": "a mean entropy of", "polarisation": "a mean polarisation of"}
_OTHERS = {"ac1": "Gwet's AC1", "ac2": "Gwet's AC2", "fleiss": "Fleiss' kappa", **_SPREADS}
_RESAMPLED = {"raters": "raters resampled", "items": "items resampled", "both": "raters and items resampled"}
WOULD_CHANGE = (
    "What would change it: items that differ more from each other. Then two answers to different items, by which "
    "chance is measured, agree less often, and the same agreement on each item counts for more."
)
BOTH = "raters and items"
IN_TABLES = {
    "alpha_nominal": "alpha, nominal",
    "alpha_ordinal": "alpha, ordinal",
    "alpha_interval": "alpha, interval",
    "percent": "percent of pairs that agree",
    "ac1": "Gwet's AC1",
    "ac2": "Gwet's AC2",
    "fleiss": "Fleiss' kappa",
    "distance": "mean distance, rating points",
    "entropy": "mean entropy, nats",
    "polarisation": "mean polarisation, 0 to 1",
}


def main_coefficient(agreement: pd.DataFrame) -> str:
    """The agreement coefficient that findings speak of: ordinal alpha where there is one."""
    found = list(agreement["coefficient"].unique())
    order = ("alpha_ordinal", "alpha_interval", "alpha_nominal", *found)
    return next(name for name in order if name in found)


def main_bootstrap(agreement: pd.DataFrame) -> str:
    """The bootstrap whose intervals findings and page show: both raters and items, else the first of the table."""
    kinds = list(agreement["bootstrap"].unique())
    return "both" if "both" in kinds else str(kinds[0])


def agreement_sentence(row: Row) -> str:
    """How far the raters of one item agree.

    Parameters
    ----------
    row : mapping
        One row of an agreement table: coefficient, bootstrap, estimate, lower, upper.

    Examples
    --------
    >>> agreement_sentence({"coefficient": "percent", "bootstrap": "both", "estimate": 41.2, "lower": 39.0,
    ...                     "upper": 43.1})
    'Two raters of one item give the same rating in 41% of pairs (95% interval [39, 43], raters and items resampled).'
    """
    how = _RESAMPLED.get(str(row["bootstrap"]), f"{row['bootstrap']} resampled")
    if row["coefficient"] == "percent":
        value = number(row["estimate"], 0)
        start = f"Two raters of one item give the same rating in {value}% of pairs"
        return f"{start} ({_within(row, 0, how)})."
    value, within = number(row["estimate"], 2), _within(row, 2, how)
    if str(row["coefficient"]) in _SPREADS:
        return f"Raters of one item differ by {coefficient_name(row['coefficient'])} {value} ({within})."
    return (
        f"Raters of one item agree with {coefficient_name(row['coefficient'])} {value} ({within}); 1 is full "
        "agreement, 0 is chance."
    )


def coefficient_name(coefficient: object) -> str:
    """A coefficient of agreement in words.

    >>> coefficient_name("alpha_ordinal"), coefficient_name("ac2")
    ("Krippendorff's alpha (ordinal)", "Gwet's AC2")
    """
    name = str(coefficient)
    if name.startswith("alpha_"):
        return f"Krippendorff's alpha ({name.removeprefix('alpha_')})"
    return _OTHERS.get(name, name)


def _within(row: Row, digits: int, how: str) -> str:
    if not (isfinite(row["lower"]) and isfinite(row["upper"])):
        return "the ratings allow no interval"
    return f"95% interval {interval(row['lower'], row['upper'], digits)}, {how}"


def agreement_range_sentence(lowest: Row, highest: Row) -> str:
    """Agreement on the dimensions where it is lowest and highest.

    Parameters
    ----------
    lowest, highest : mapping
        Rows of an agreement table with ``dimension``, for everybody and one coefficient.
    """
    percent = lowest["coefficient"] == "percent"
    spread = str(lowest["coefficient"]) in _SPREADS
    name = "The share of equal pairs of ratings" if percent else capital(coefficient_name(lowest["coefficient"]))
    unit, digits = ("%", 0) if percent else ("", 2)
    ends = [
        f"{number(row['estimate'], digits)}{unit} {interval(row['lower'], row['upper'], digits)} on {row['dimension']}"
        for row in (lowest, highest)
    ]
    meaning = "" if percent or spread else "; 1 is full agreement, 0 is chance"
    how = _RESAMPLED.get(str(lowest["bootstrap"]), f"{lowest['bootstrap']} resampled")
    return f"{name} goes from {ends[0]} to {ends[1]} (95% intervals, {how}{meaning})."


def told_agreement(table: pd.DataFrame) -> list[Finding]:
    """One finding: agreement of everybody, or of several dimensions where it is lowest and highest."""
    everybody = table[(table["demographic"] == "all") & np.isfinite(table["estimate"])]
    if not len(everybody):
        return []
    boot = main_bootstrap(everybody)
    chosen = (everybody["coefficient"] == main_coefficient(everybody)) & (everybody["bootstrap"] == boot)
    rows = everybody[chosen].sort_values("estimate").to_dict("records")
    told = agreement_sentence(rows[0]) if len(rows) == 1 else agreement_range_sentence(rows[0], rows[-1])
    same = everybody[everybody["bootstrap"] == boot]
    columns = (*(["dimension"] * ("dimension" in same)), "coefficient", "estimate", "n_raters", "n_items")
    caption = f"Agreement of raters of one item, with 95% intervals ({_RESAMPLED.get(boot, f'{boot} resampled')})."
    printed = same.assign(coefficient=same["coefficient"].map(IN_TABLES))
    claim = Claim("agreement", caption, table, printed, columns, "agreement", same)
    return [Finding(told, WOULD_CHANGE, claim=claim)]


def reliability_sentences(reliability: pd.DataFrame, needed: pd.DataFrame) -> list[str]:
    """How well one rater's rating tells items apart, and how many raters a reliable mean takes; of dimensions the ends.

    >>> rows = pd.DataFrame({"raters": [1], "icc": [0.16], "lower": [0.13], "upper": [0.19]})
    >>> needed = pd.DataFrame({"target": [0.8], "raters": [22], "lower": [17], "upper": [28]})
    >>> print(*reliability_sentences(rows, needed))
    One rating tells items apart with reliability 0.160 [0.130, 0.190] (ICC(1), latent); a mean of reliability 0.80 \
takes 22 [17, 28] raters an item.
    """
    one = reliability[(reliability["raters"] == 1) & reliability["icc"].notna()]
    if not len(one):
        return []
    digits = max(digits_for(row["lower"], row["upper"]) for row in one.to_dict("records"))
    text = f"One rating tells items apart with reliability {_from_to(one, 'icc', digits)} (ICC(1), latent)"
    if len(needed):
        target = needed["target"].iloc[-1]
        takes = _from_to(needed[needed["target"] == target], "raters", 0)
        text += f"; a mean of reliability {number(target)} takes {takes} raters an item"
    return [f"{text}."]


def _from_to(rows: pd.DataFrame, name: str, digits: int) -> str:
    """The number with its interval, or of several dimensions the lowest and the highest."""
    ends = rows.sort_values(name, kind="stable").iloc[[0, -1]].to_dict("records")
    told = [
        f"{number(row[name], digits)} {interval(row['lower'], row['upper'], digits)}"
        + (f" ({row['dimension']})" if row.get("dimension") else "")
        for row in ends
    ]
    return told[0] if len(rows) == 1 else " to ".join(told)


def agreement_table(frame: pd.DataFrame) -> col.PageTable:
    """Agreement coefficients of everybody and of each group; the file also has the other bootstraps."""
    shown = main_bootstrap(frame)
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Level", "level"),
        col.Column("Coefficient", lambda row: col.Cell(IN_TABLES[str(row["coefficient"])])),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
        col.figure("Raters", "n_raters"),
        col.figure("Items", "n_items"),
        col.text("Note", "note"),
    ]
    caption = f"Agreement of raters of one item; resampled for the intervals: {BOTH if shown == 'both' else shown}."
    columns = columns if (frame["note"].fillna("") != "").any() else columns[:-1]
    return col.page_table(
        "agreement",
        caption,
        frame[frame["bootstrap"] == shown],
        columns,
        choose=("coefficient", "dimension", "demographic"),
        words={"coefficient": IN_TABLES.__getitem__},
        first={"coefficient": main_coefficient(frame)},
    )


def reliability_table(frame: pd.DataFrame) -> col.PageTable:
    """How well means of so many ratings tell items apart."""
    columns = [col.figure("Raters an item", "raters"), col.estimate("ICC", "icc"), col.bracket("95% interval")]
    return col.page_table("reliability", "Reliability of a mean of ratings (ICC, latent).", frame, columns)


def needed_table(frame: pd.DataFrame) -> col.PageTable:
    """How many raters a mean takes to tell items apart so well."""
    columns = [col.figure("Reliability", "target", 2), col.figure("Raters", "raters"), col.bracket("95% interval", 0)]
    return col.page_table("raters_needed", "Raters an item that a reliable mean takes.", frame, columns)


def _counted(ratings: Ratings, config: StudyConfig) -> Tables:
    settings = config.agreement
    by = ratings.demographics if settings.by is None else settings.by
    options: dict[str, Any] = {"coefficients": settings.coefficients, "replicates": settings.replicates}
    options |= {"by": by or None, "seed": config.seed}
    return {"agreement": of_ratings(ratings, lambda part: ps.agreement(part, **options))}


def _compute(material: Material) -> Tables:
    fits = with_one_noise(material.of(MAIN))
    return {
        "reliability": of_willing_fits(fits, ps.reliability),
        "raters_needed": of_willing_fits(fits, ps.raters_needed),
    }


def _draw(table: pd.DataFrame) -> object:
    if "dimension" in table:  # a panel for every dimension and coefficient would fill pages
        table = table[table["coefficient"] == main_coefficient(table)]
    return figures.agreement(table)


def _show(study: Study) -> list[Block]:
    frame, reliability, needed = study.tables["agreement"], study.table("reliability"), study.table("raters_needed")
    if not len(frame):
        return []
    lines = reliability_sentences(reliability, needed) if len(reliability) else []
    parts = [reliability_table(reliability)] if len(reliability) else []
    parts += [needed_table(needed)] if len(needed) > 1 else []
    told = texts(lines)
    return [*study.drawn("agreement"), Shown(agreement_table(frame)), *told, *map(folded, parts)]


SECTION: Section = Section(
    show=_show,
    heading="Agreement",
    apart=_counted,
    compute=_compute,
    step="Measuring agreement",
    figures={"agreement": Plan("Agreement within each group.", "agreement", _draw)},
)
