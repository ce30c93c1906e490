"""How far the raters of one item agree, and how many raters a reliable mean takes."""

from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.data.ratings import Ratings
from pluralstats.printing.wording import capital, count, interval, number
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Finding, Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_ratings, of_willing_fits, rows_by_dimension
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown, texts
from pluralstats.study.writing.verdicts import Row

_SPREADS = {"distance": "a mean distance of", "entropy": "a mean entropy of", "polarisation": "a mean polarisation of"}
_OTHERS = {"ac1": "Gwet's AC1", "ac2": "Gwet's AC2", "fleiss": "Fleiss' kappa", **_SPREADS}
_RESAMPLED = {"raters": "raters resampled", "items": "items resampled", "both": "raters and items resampled"}
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
    if len(rows) == 1:
        return [Finding(agreement_sentence(rows[0]), "")]
    return [Finding(agreement_range_sentence(rows[0], rows[-1]), "")]


def reliability_sentences(reliability: pd.DataFrame, needed: pd.DataFrame) -> list[str]:
    """How well one rater's rating tells items apart, and how many raters a reliable mean takes."""
    out = []
    for dimension, part in rows_by_dimension(reliability):
        one = part[part["raters"] == 1].iloc[0]
        if pd.isna(one["icc"]):
            continue
        where = f" on {dimension}" if dimension else ""
        text = (
            f"One rating tells items apart{where} with reliability {number(one['icc'])} "
            f"{interval(one['lower'], one['upper'])} (ICC(1), latent)"
        )
        own = dict(rows_by_dimension(needed)).get(dimension, needed.iloc[:0])
        if len(own):
            row = own.iloc[-1]
            text += (
                f"; a mean of reliability {number(row['target'])} takes {count(row['raters'], 'rater')} an item "
                f"{interval(row['lower'], row['upper'], 0)}"
            )
        out.append(text + ".")
    return out


def agreement_table(frame: pd.DataFrame) -> col.PageTable:
    """Agreement coefficients of everybody and of each group; the download also has the other bootstraps."""
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
    part = frame[frame["bootstrap"] == shown]
    return col.page_table("agreement", caption, part, columns, whole=frame)


def _counted(ratings: Ratings, config: StudyConfig) -> Tables:
    settings = config.agreement
    by = ratings.demographics if settings.by is None else settings.by
    options: dict[str, Any] = {"coefficients": settings.coefficients, "replicates": settings.replicates}
    options |= {"by": by or None, "seed": config.seed}
    return {"agreement": of_ratings(ratings, lambda part: ps.agreement(part, **options))}


def _compute(material: Material) -> Tables:
    main = material.of(MAIN)
    return {
        "reliability": of_willing_fits(main, ps.reliability),
        "raters_needed": of_willing_fits(main, ps.raters_needed),
    }


def _draw(table: pd.DataFrame) -> object:
    if "dimension" in table:  # a panel for every dimension and coefficient would fill pages
        table = table[table["coefficient"] == main_coefficient(table)]
    return figures.agreement(table)


def _show(study: Study) -> list[Block]:
    frame, reliability = study.tables["agreement"], study.table("reliability")
    if not len(frame):
        return []
    lines = reliability_sentences(reliability, study.table("raters_needed")) if len(reliability) else []
    return [*texts(lines), *study.drawn("agreement"), Shown(agreement_table(frame))]


SECTION: Section = Section(
    show=_show,
    heading="Agreement",
    apart=_counted,
    compute=_compute,
    step="Measuring agreement",
    figures={"agreement": Plan("Agreement within each group.", "agreement", _draw)},
)
