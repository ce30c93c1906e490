"""Whose ratings the models give: the distance between their ratings and those of each group."""

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.wording import interval, number
from pluralstats.study.sections.parts import Plan, Section
from pluralstats.study.sections.training.summary import result
from pluralstats.study.writing import columns as col

DISTANCES = {
    "wasserstein": "Wasserstein distance",
    "jensen_shannon": "Jensen–Shannon divergence",
    "jensen_shannon_distance": "Jensen–Shannon distance",
}


def distance_sentences(table: pd.DataFrame) -> list[str]:
    """The nearest arm to each group, and whether noise alone would be as far."""
    out = []
    for (metric, target), part in table.groupby(["metric", "target"], sort=False):
        near = part.loc[part["estimate"].idxmin()]
        name = DISTANCES.get(str(metric), str(metric))
        bracket = interval(near["lower"], near["upper"])
        text = f"{name} from {target}: least for {near['arm']}, {number(near['estimate'])} {bracket} {near['unit']}"
        if np.isfinite(near["floor"]):
            beyond = near["lower"] > near["floor_upper"]
            text += (
                f"; two halves of the same raters are {number(near['floor'])} apart"
                + ("" if beyond else ", so that this cannot be told from noise")
            )  # fmt: skip
        out.append(text + ".")
    return out


def distances_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each model, group and distance."""
    columns = [
        col.text("Model", "arm"),
        col.text("Group", "target"),
        col.Column("Distance", lambda row: col.Cell(DISTANCES.get(str(row["metric"]), str(row["metric"])))),
        col.text("Unit", "unit"),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
        col.figure("Two halves of the group", "floor", 2),
        col.interval_of("95% of splits", "floor_lower", "floor_upper"),
        col.figure("Items", "n_items"),
    ]
    return col.page_table(
        "distances", "Distance between the model's ratings and each group's.", frame, columns, dimension=False
    )


SECTION: Section = result(
    "Whose ratings do the models give?",
    "distances",
    distance_sentences,
    distances_table,
    {
        "training_distances": Plan(
            "How far each model's ratings are from each group's; grey: two halves of the group.",
            "distances",
            figures.distances,
        )
    },
)
