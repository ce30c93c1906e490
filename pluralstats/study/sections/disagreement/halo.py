"""Whether dimensions go together: among raters, which is halo, and among items."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.printing.wording import count, interval, listed, number
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Text, folded
from pluralstats.study.writing.verdicts import Row, verdict

TABLE = "dimension_correlations"
MOST = 6  # pairs named in a sentence
INTRODUCTION = (
    "These are correlations of what raters, and items, differ by on each dimension, as the model of all dimensions "
    "estimates them. They are not those of mean ratings, which the noise of single answers draws towards 0."
)
HIGHER = {
    "rater": "Raters who rate high on one dimension rate high on the other, whatever the item (halo)",
    "item": "Items that are rated high on one dimension are rated high on the other",
}
LOWER = {
    "rater": "Raters who rate high on one dimension rate low on the other, whatever the item",
    "item": "Items that are rated high on one dimension are rated low on the other",
}


def correlations(fit: Fit) -> pd.DataFrame:
    """The table of ``ps.dimension_correlations``; no rows where the formula has no effects of raters or items."""
    try:
        return ps.dimension_correlations(fit)
    except ConfigError:  # of a formula without random terms
        return pd.DataFrame()


def correlation_sentences(table: pd.DataFrame) -> list[str]:
    """Which dimensions go together and which against each other, of raters and of items, and of how many none is clear.

    >>> row = {"of": "rater", "dimension": "hate", "with_dimension": "harm", "estimate": 0.6, "lower": 0.4, "upper": 0.8}
    >>> print(*correlation_sentences(pd.DataFrame([row])))
    Raters who rate high on one dimension rate high on the other, whatever the item (halo): hate and harm 0.60 [0.40, 0.80].
    """  # noqa: E501
    known = table[table["estimate"].notna()]
    sentences = []
    for of, part in known.groupby("of", sort=False):
        rows = sorted(part.to_dict("records"), key=lambda row: -abs(row["estimate"]))
        said = [verdict(row["lower"], row["upper"]) for row in rows]
        for word, starts in (("higher", HIGHER), ("lower", LOWER)):
            clear = [row for row, one in zip(rows, said, strict=True) if one == word]
            if clear:
                start = starts.get(str(of), f"Effects of {of} go {'together' if word == 'higher' else 'apart'}")
                sentences.append(f"{start}: {_listed(clear)}.")
        if unclear := [row for row, one in zip(rows, said, strict=True) if one == "unclear"]:
            sentences.append(f"No clear correlation among {_of(str(of))} between {_listed(unclear)}.")
    return sentences


def _of(term: str) -> str:
    return f"{term}s" if term in HIGHER else f"effects of {term}"


def _listed(rows: list[Row]) -> str:
    named = [
        f"{row['dimension']} and {row['with_dimension']} {number(row['estimate'], 2)} "
        f"{interval(row['lower'], row['upper'], 2)}"
        for row in rows[:MOST]
    ]
    more = len(rows) - MOST
    return listed([*named, *([count(more, "more pair")] if more > 0 else [])])


def correlations_table(frame: pd.DataFrame) -> col.PageTable:
    """Every pair of dimensions, of raters and of items."""
    columns = [
        col.text("Of", "of"),
        col.text("Dimension", "dimension"),
        col.text("With", "with_dimension"),
        col.estimate("Correlation"),
        col.bracket("95% interval"),
        col.figure("P(positive)", "p_positive", 3),
    ]
    caption = "Correlations of raters and of items across dimensions."
    return col.page_table(TABLE, caption, frame, columns, choose=("of",), dimension=False)


def _compute(material: Material) -> Tables:
    return {TABLE: correlations(material.joint[MAIN]) if MAIN in material.joint else pd.DataFrame()}


def _show(study: Study) -> list[Block]:
    frame = study.table(TABLE)
    if not len(frame):
        return []
    lines = correlation_sentences(frame)
    told = [Lines(lines)] if lines else []
    return [Text(INTRODUCTION), *told, *study.drawn(TABLE), folded(correlations_table(frame))]


SECTION: Section = Section(
    show=_show,
    heading="Do the dimensions go together?",
    compute=_compute,
    figures={
        TABLE: Plan(
            "Correlations across dimensions, of raters (halo) and of items.", TABLE, figures.dimension_correlations
        )
    },
    methods={
        TABLE: lambda config: (
            "Halo (Thorndike, 1920) is the correlation of the effects of raters across dimensions in this model."
        )
    },
)
