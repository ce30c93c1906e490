"""Whether training for a group pleases the judges of that group more than others."""

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.wording import digits_for, interval, number
from pluralstats.study.sections.parts import Plan, Section, Study
from pluralstats.study.sections.training.summary import told
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, folded
from pluralstats.study.writing.verdicts import verdict

ALL, DOUBLE_CENTRED = "all", "double-centred"


def steering_sentence(advantage: pd.DataFrame) -> str:
    """Whether training for a group pleases its own judges more than others.

    >>> rows = [{"group": "all", "kind": "double-centred", "estimate": 0.4, "lower": 0.1, "upper": 0.7}]
    >>> steering_sentence(pd.DataFrame(rows))[:72]
    'Judges give the model trained for their own group 0.40 score points more'
    """
    rows = advantage[(advantage["group"] == ALL) & (advantage["kind"] == DOUBLE_CENTRED)]
    if not len(rows):
        return ""
    row = rows.iloc[0]
    digits = digits_for(row["lower"], row["upper"])
    ends = (
        f"(95% interval {interval(row['lower'], row['upper'], digits)})"
        if np.isfinite(row["lower"])
        else "(no interval)"
    )
    found = verdict(row["lower"], row["upper"]) if np.isfinite(row["lower"]) else "unclear"
    size = number(abs(row["estimate"]), digits)
    tail = "than models trained for others, better models and milder judges taken out"
    if found == "unclear":
        return (
            "No clear difference between what judges give to the model trained for their own group and to the others: "
            f"{number(row['estimate'], digits)} score points {ends}."
        )
    more = "more" if found == "higher" else "less"
    return f"Judges give the model trained for their own group {size} score points {more} {ends} {tail}."


def advantage_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each group and kind of comparison."""
    columns = [
        col.text("Judged by", "group"),
        col.text("Kind", "kind"),
        col.estimate("Own less others, score points"),
        col.bracket("95% interval"),
    ]
    caption = "Advantage of the model trained for the group that judges."
    return col.page_table("steering_advantage", caption, frame, columns, dimension=False)


def _show(study: Study) -> list[Block]:
    advantage, drawn = study.table("steering_advantage"), study.drawn("training_steering")
    if not len(study.table("steering")):
        return []
    if not len(advantage):
        return drawn
    line = steering_sentence(advantage)
    return [*told([line] if line else []), *drawn, folded(advantage_table(advantage))]


SECTION: Section = Section(
    show=_show,
    heading="Does training for a group please that group?",
    figures={
        "training_steering": Plan(
            "Models trained for each group, judged by each group.",
            "steering",
            figures.steerability,
            options=lambda subject: {"advantage": subject.tables.get("steering_advantage")},
            reads=("steering_advantage",),
        )
    },
)
