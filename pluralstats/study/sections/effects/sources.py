"""What a difference in points comes from: where groups stand, their noise, or their use of the scale."""

import pandas as pd

import pluralstats as ps
from pluralstats.printing.wording import interval, listed, number
from pluralstats.results.effects.level_pairs import described_raters
from pluralstats.study.sections.parts import Material, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_willing_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Text, folded
from pluralstats.study.writing.verdicts import Row, contrast_name, digits_for

TABLE = "difference_sources"
WHOLE_AND_PLACE = 2  # rows of a contrast that has no other source
MOST = 5  # contrasts told in sentences
INTRODUCTION = (
    "Groups of the same opinions can differ in points: where answers are noisier, or keep from the ends of the scale, "
    "their mean is drawn to its middle. What a group differs by is divided here into where it stands (place), its "
    "noise, and its use of the scale: what each changes while the others stay, averaged over the orders in which they "
    "can be changed (Shapley, 1953). The parts add up to the difference."
)


def difference_sources(material: Material) -> pd.DataFrame:
    """The columns of ``ps.difference_sources``, of contrasts in a main model with ``disc`` or ``stretch``."""
    having = {name: fit for name, fit in material.of(MAIN).items() if fit.part_fits and described_raters(fit)}
    return of_willing_fits(having, ps.difference_sources)


def source_sentences(table: pd.DataFrame) -> list[str]:
    """Of the largest differences what they come from; sources that the model does not have are left out.

    >>> row = {"demographic": "gender", "level": "m", "reference": "f"}
    >>> parts = [("difference", 0.30, 0.1, 0.5), ("place", 0.02, -0.1, 0.2), ("noise", 0.28, 0.1, 0.4),
    ...          ("use of the scale", 0.0, 0.0, 0.0)]
    >>> rows = [{**row, **dict(zip(("source", "estimate", "lower", "upper"), part))} for part in parts]
    >>> print(*source_sentences(pd.DataFrame(rows)))
    m − f (gender): 0.30 rating points [0.10, 0.50], of which place 0.02 [−0.10, 0.20] and noise 0.28 [0.10, 0.40].
    """
    known = divided(table)
    contrasts = [part for _, part in known.groupby(_keys(known), sort=False, observed=True)] if len(known) else []
    contrasts.sort(key=lambda part: -abs(part["estimate"].iloc[0]))
    return [_sentence(part.to_dict("records")) for part in contrasts[:MOST]]


def divided(table: pd.DataFrame) -> pd.DataFrame:
    """The contrasts that have several sources, without the sources that the model does not have for them."""
    having = table[(table["lower"] != table["upper"]) & table["estimate"].notna()]  # those that are 0 in every draw
    return having[having.groupby(_keys(having), observed=True)["source"].transform("size") > WHOLE_AND_PLACE]


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in ("dimension", "demographic", "level", "reference") if name in table]


def _sentence(rows: list[Row]) -> str:
    whole, *parts = rows
    digits = digits_for(whole["lower"], whole["upper"])
    sizes = [number(row["estimate"], digits) for row in rows]
    intervals = [interval(row["lower"], row["upper"], digits) for row in rows]
    shares = zip((row["source"] for row in parts), sizes[1:], intervals[1:], strict=True)
    of_which = listed([" ".join(share) for share in shares])
    return f"{contrast_name(whole)}: {sizes[0]} rating points {intervals[0]}, of which {of_which}."


def sources_table(frame: pd.DataFrame) -> col.PageTable:
    """Every difference, and under it what each source adds."""
    columns = [
        col.text("Demographic", "demographic"),
        col.comparison(),
        col.text("Source", "source"),
        col.estimate("Rating points"),
        col.bracket("95% interval"),
        col.figure("P(direction)", "p_direction", 3),
    ]
    caption = "What differences in rating points come from."
    return col.page_table(TABLE, caption, frame, columns, choose=("dimension", "demographic"))


def _compute(material: Material) -> Tables:
    table = difference_sources(material)
    return {TABLE: table if len(table) and len(divided(table)) else pd.DataFrame()}  # nothing where raters differ only


def _show(study: Study) -> list[Block]:
    frame = study.table(TABLE)
    if not len(frame):
        return []
    return [Text(INTRODUCTION), Lines(source_sentences(frame)), folded(sources_table(divided(frame)))]


SECTION: Section = Section(
    show=_show,
    heading="What the differences come from",
    compute=_compute,
    methods={
        TABLE: lambda config: (
            "Differences in rating points were divided among where groups stand, their noise and their use of the "
            "scale by Shapley values (Shapley, 1953)."
        )
    },
)
