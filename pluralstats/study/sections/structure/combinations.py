"""Combinations of demographics: how far they are more than the sum of their main effects."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.wording import count, digits_for, interval, listed, number
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables, on_scale
from pluralstats.study.steps.dimensions import of_willing_fits, rows_by_dimension, with_one_noise
from pluralstats.study.steps.models import INTERSECTIONS
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, folded, texts
from pluralstats.study.writing.verdicts import Row

UNKNOWN = 80.0  # width in percent of an interval that says nothing about a share
MOST_NAMED = 4


def intersection_sentences(shares: pd.DataFrame, cells: pd.DataFrame) -> list[str]:
    """What lies between intersections beyond their main effects, and which cells stand out."""
    own = dict(rows_by_dimension(cells))
    return [
        _beyond_main_effects(rows.loc["not_additive"], own.get(dimension, cells.iloc[:0]), dimension)
        for dimension, part in rows_by_dimension(shares)
        if "not_additive" in (rows := part.set_index("quantity")).index
    ]


def _beyond_main_effects(row: pd.Series, cells: pd.DataFrame, dimension: str) -> str:
    where = f" ({dimension})" if dimension else ""
    digits = digits_for(row["lower"], row["upper"])
    share = f"{number(row['percent'], 0)}% {interval(row['lower'], row['upper'], min(digits, 1))}"
    start = (
        f"Of the latent variance between combinations of demographics, {share} is not the sum of main effects{where}; "
        if row["upper"] - row["lower"] < UNKNOWN
        else "The ratings do not tell how much of the latent variance between combinations of demographics is "
        f"not the sum of main effects ({share}){where}; "
    )
    return f"{start}{_apart(cells)} Combinations of few raters are drawn towards the sum."


def _apart(cells: pd.DataFrame) -> str:
    """Which combinations differ clearly from the sum of their main effects."""
    apart = cells[(cells["difference_lower"] > 0) | (cells["difference_upper"] < 0)]
    if not len(apart):
        return f"none of {count(len(cells), 'combination')} differs clearly from that sum."
    named = listed([_cell(cell) for cell in apart.to_dict("records")[:MOST_NAMED]])
    standing = f"{count(len(apart), 'combination')} of {len(cells)}"
    return f"{standing} {'differs' if len(apart) == 1 else 'differ'} clearly from that sum: {named}."


def _cell(row: Row) -> str:
    at = interval(row["difference_lower"], row["difference_upper"])
    return f"{row['group']} by {number(row['difference'])} {at} rating points"


def intersections_table(frame: pd.DataFrame) -> col.PageTable:
    """Combinations of demographics: raw, pooled, and what main effects add up to."""
    columns = [
        col.text("Combination", "group"),
        col.figure("Raters", "n_raters"),
        col.figure("Raw mean", "raw", 2),
        col.estimate("Expected rating", "predicted"),
        col.bracket("95% interval"),
        col.figure("Sum of main effects", "additive", 2),
        col.figure("Difference", "difference", 2),
        col.interval_of("95% interval of it", "difference_lower", "difference_upper"),
    ]
    return col.page_table("intersections", "Combinations of demographics.", frame, columns)


def _compute(material: Material) -> Tables:
    crossed, parts = material.of(INTERSECTIONS), material.config.model.parts
    return {
        "intersections": of_willing_fits(crossed, ps.intersections),
        "intersection_shares": of_willing_fits(
            {} if "disc" in parts else with_one_noise(crossed), ps.intersection_shares
        ),
    }


def _show(study: Study) -> list[Block]:
    cells, shares = study.table("intersections"), study.table("intersection_shares")
    if not len(cells):
        return []
    lines = intersection_sentences(shares, cells) if len(shares) else []
    drawn = study.drawn("intersections", "intersection_differences")
    return [*texts(lines), *drawn, folded(intersections_table(cells))]


def _methods(config: StudyConfig) -> str:
    return (
        f"Combinations of {listed(config.structure.intersections)} entered as a random term beside their main effects "
        "(multilevel analysis of individual heterogeneity; Evans et al., 2018)."
    )


SECTION: Section = Section(
    show=_show,
    heading="Combinations of demographics",
    compute=_compute,
    step="Comparing intersections, items and populations",
    figures={
        "intersections": Plan(
            "Combinations of demographics: expected rating after partial pooling against the raw mean.",
            "intersections",
            figures.intersections,
            "predicted",
            on_scale,
        ),
        "intersection_differences": Plan(
            "Combinations of demographics: expected rating less the sum of main effects.",
            "intersections",
            figures.intersection_differences,
            "difference",
            lambda subject: {"rope": subject.config.effects.rope},
        ),
    },
    methods={"intersections": _methods},
)
