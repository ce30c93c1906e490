"""The page's tables of cohesion: agreement within groups and across them, counted and by the model."""

import pandas as pd

from pluralstats.study.cohesion_sentences import groups_by_model
from pluralstats.study.page_columns import (
    Cell,
    Column,
    PageTable,
    bracket,
    estimate,
    figure,
    interval_of,
    p_adjusted,
    page_table,
    text,
    with_dimension,
)

KINDS = {"in_group": "within the group", "cross_group": "with others", "association": "ratio of the two"}


def cohesion_table(frame: pd.DataFrame) -> PageTable:
    """In-group and cross-group agreement of every group with the permutation null."""
    columns = [
        text("Demographic", "demographic"),
        text("Group", "level"),
        Column("Metric", lambda row: Cell(str(row["metric"]).replace("_", " "))),
        Column("Agreement", lambda row: Cell(KINDS[str(row["kind"])])),
        estimate("Estimate"),
        bracket("95% interval"),
        interval_of("Shuffled raters", "null_lower", "null_upper"),
        p_adjusted("p_two_sided_bh"),
        figure("Raters", "n_raters"),
        text("Note", "note"),
    ]
    caption = "Cohesion of groups; 'shuffled raters' holds 95% of what random groups of this size show."
    return page_table("cohesion", caption, frame, with_dimension(frame, columns))


def model_cohesion_table(frame: pd.DataFrame) -> PageTable:
    """Agreement of two new raters within each group and across, by the model."""
    columns = [
        text("Demographic", "demographic"),
        text("Group", "level"),
        *_with_interval("Two of the group", "in_group"),
        *_with_interval("One of it, one other", "cross_group"),
        *_with_interval("Ratio", "association"),
        p_adjusted("p_two_sided_bh"),
        figure("Raters", "n_raters"),
        figure("Pairs of ratings within", "n_pairs"),
        text("Note", "note"),
    ]
    caption = (
        "Agreement of two new raters of an item by the model: correlation of what they think of it, 95% intervals."
    )
    shown = groups_by_model(frame)
    return page_table("model cohesion", caption, shown, with_dimension(shown, columns), whole=frame)


def _with_interval(header: str, kind: str) -> tuple[Column, Column]:
    """The estimate of one kind of agreement and its interval."""
    low, high = f"{kind}_lower", f"{kind}_upper"
    return figure(header, f"{kind}_estimate", 2), interval_of("95% interval", low, high)


def diversity_table(frame: pd.DataFrame) -> PageTable:
    """The largest association index of each demographic."""
    columns = [
        text("Demographic", "demographic"),
        text("Pair of metrics", "pair"),
        figure("Diversity sensitivity", "dsi", 2),
        text("Group", "level"),
        p_adjusted("p_bh"),
    ]
    caption = "Diversity sensitivity of each demographic: the largest association index of its groups."
    return page_table("diversity", caption, frame, with_dimension(frame, columns))
