"""Items that split groups: how far groups lie apart on each single item."""

from typing import Any

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.wording import capital, count, number
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Subject, Tables
from pluralstats.study.steps.dimensions import of_willing_fits, rows_by_dimension
from pluralstats.study.steps.models import CONTESTED
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Text, folded
from pluralstats.study.writing.verdicts import Row

CERTAIN = 0.95  # posterior probability from which an item's gap is told
MOST_ITEMS = 10  # of contested items on the page; the file has all
DRAWN_IN = (
    "Each item has a gap of its own, drawn towards the average gap where it has few ratings. Items are named by their "
    "ids."
)


def contested_sentences(table: pd.DataFrame) -> list[str]:
    """How many items split the groups, how many signs may be wrong, and how many items do not."""
    return [
        _split(rows, f"{capital(str(level))} and {reference} raters ({'; '.join(filter(None, (name, dimension)))})")
        for dimension, part in rows_by_dimension(table)
        for (name, level, reference), rows in part.groupby(["demographic", "level", "reference"], sort=False)
    ]


def _split(rows: pd.DataFrame, groups: str) -> str:
    told = rows[rows["p_exceeds"] > CERTAIN].sort_values("rank")
    agreed = int((rows["p_within"] > CERTAIN).sum()) if "p_within" in rows else 0
    if not len(told):
        return (
            f"{groups}: no item of {len(rows):,} splits them by more than the margin with 95% probability"
            f"{_agreed(agreed)}."
        )
    wrong = 100.0 * told["expected_false_sign"].iloc[-1]
    return (
        f"{groups}: {count(len(told), 'item')} of {len(rows):,} {'splits' if len(told) == 1 else 'split'} them "
        f"by more than the margin with 95% probability, {number(wrong, 1)}% of these signs to be expected wrong"
        f"{_agreed(agreed)}."
    )


def _agreed(n: int) -> str:
    return f"; on {count(n, 'item')} the gap is within the margin with 95% probability" if n else ""


def contested_table(frame: pd.DataFrame) -> col.PageTable:
    """The most contested items."""
    columns = [
        col.figure("Rank", "rank"),
        col.text("Item", "item"),
        col.comparison(),
        col.estimate("Gap, rating points", "gap"),
        col.bracket("95% interval"),
        col.figure("P(beyond the margin)", "p_exceeds", 3),
        col.Column("False signs expected", _false_signs, numeric=True),
        col.figure("Ratings", "n_ratings"),
    ]
    shown = frame[frame["rank"] <= MOST_ITEMS]
    return col.page_table("contested_items", f"The {MOST_ITEMS} most contested items.", shown, columns)


def _false_signs(row: Row) -> col.Cell:
    return col.Cell(f"{number(100.0 * row['expected_false_sign'], 1)}%", col.sort_key(row["expected_false_sign"]))


def _contested(fit: ps.Fit, config: StudyConfig) -> pd.DataFrame:
    return ps.contested_items(fit, str(config.structure.contested), margin=config.structure.margin)


def _compute(material: Material) -> Tables:
    fits = material.of(CONTESTED)
    return {"contested_items": of_willing_fits(fits, lambda fit: _contested(fit, material.config))}


def _options(subject: Subject) -> dict[str, Any]:
    return {"margin": subject.config.structure.margin or 0.0, "scale": subject.scale}


def _show(study: Study) -> list[Block]:
    frame = study.table("contested_items")
    if not len(frame):
        return []
    lines = Lines(contested_sentences(frame))
    return [lines, Text(DRAWN_IN), *study.drawn("contested"), folded(contested_table(frame))]


def _methods(config: StudyConfig) -> str:
    mode = " This model was fitted at the mode of its posterior by the Laplace approximation."
    return (
        f"The gap between the levels of {config.structure.contested} was allowed to differ by item through correlated "
        "random slopes; items were ranked by the posterior probability of a gap beyond the margin, with the expected "
        f"rate of false signs (Stephens, 2017).{mode if config.structure.approximate else ''}"
    )


SECTION: Section = Section(
    show=_show,
    heading="Items that split groups",
    compute=_compute,
    figures={
        "contested": Plan(
            "The gap between groups on single items.", "contested_items", figures.contested, "gap", _options
        )
    },
    methods={"contested_items": _methods},
)
