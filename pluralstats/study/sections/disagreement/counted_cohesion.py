"""Cohesion of groups, counted: agreement of pairs of raters within groups and across, where raters share many items."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.data.ratings import Ratings
from pluralstats.printing.wording import count, interval, listed, number, p_value
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import by_dimension, of_ratings, of_rows, rows_by_dimension
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown, folded, texts

HEADING = "Do groups agree more among themselves?"
MANY_COMMON = 10  # items that two raters share, from which agreement is counted
MOST_RATERS = 1000  # of whom pairs are looked at
SMALL_P = 0.05
MOST_NAMED = 4
KINDS = {"in_group": "within the group", "cross_group": "with others", "association": "ratio of the two"}


def common_items(ratings: Ratings) -> float:
    """How many items two raters have both rated: the median over pairs of raters, of 1,000 raters evenly spaced.

    >>> common_items(ps.simulate(n_raters=9, n_items=12, ratings_per_rater=12, seed=1))
    12.0
    """
    pairs = ratings.frame[["rater", "item"]].drop_duplicates()
    rater, item = (pairs[name].cat.codes.to_numpy().astype(np.int64) for name in ("rater", "item"))
    met = csr_array((np.ones(len(pairs)), (rater, item)), shape=(ratings.n_raters, ratings.n_items))
    some = np.unique(np.linspace(0, ratings.n_raters - 1, min(ratings.n_raters, MOST_RATERS)).astype(int))
    common = (met[some] @ met[some].T).toarray()[np.triu_indices(len(some), 1)]
    return float(np.median(common)) if common.size else 0.0


def counts_cohesion(ratings: Ratings, config: StudyConfig) -> bool:
    """Whether the study counts: it says so, or leaves it open and two raters share 10 items or more (the median).

    Of several dimensions the first decides.
    """
    if config.cohesion.method != "auto":
        return config.cohesion.method == "counting"
    if ratings.scale.is_continuous:
        return False
    return common_items(next(iter(by_dimension(ratings).values()))) >= MANY_COMMON


def groups_of(ratings: Ratings, config: StudyConfig) -> list[str]:
    """The demographics whose groups' cohesion is measured."""
    return list(ratings.demographics if config.cohesion.by is None else config.cohesion.by)


def counted_cohesion(ratings: Ratings, config: StudyConfig) -> pd.DataFrame:
    """The counting indices; no rows where the model is asked, or the scale has no categories to count."""
    by, wanted = groups_of(ratings, config), config.cohesion
    if not by or ratings.scale.is_continuous or not counts_cohesion(ratings, config):
        return pd.DataFrame()
    options: dict[str, Any] = {"permutations": wanted.permutations, "replicates": wanted.replicates}
    return of_ratings(ratings, lambda part: ps.cohesion(part, by, seed=config.seed, **options))


def cohesion_sentences(table: pd.DataFrame) -> list[str]:
    """Groups whose in-group agreement exceeds, or falls below, what shuffled raters show."""
    out = []
    for dimension, part in rows_by_dimension(table):
        rows = part[(part["kind"] == "association") & (part["pair"] == "reliability") & part["estimate"].notna()]
        if not len(rows) or "p_two_sided_bh" not in rows or rows["p_two_sided_bh"].isna().all():
            continue
        told = rows[rows["p_two_sided_bh"] <= SMALL_P].sort_values("p_two_sided_bh")
        where = f" on {dimension}" if dimension else ""
        if not len(told):
            out.append(
                f"No group of {len(rows)} agrees within itself more or less than with others{where} beyond what "
                "shuffled raters show (group association index of reliability, p adjusted by Benjamini–Hochberg above "
                f"{SMALL_P:g})."
            )
            continue
        named = [
            f"{row['level']} ({row['demographic']}; {number(row['estimate'])} where shuffled raters have "
            f"{interval(row['null_lower'], row['null_upper'])}, adjusted p {p_value(row['p_two_sided_bh'])})"
            for row in told.to_dict("records")[:MOST_NAMED]
        ]
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        out.append(
            f"In-group over cross-group reliability{where} lies outside the null of shuffled raters for "
            f"{count(len(told), 'group')} of {len(rows)}: {listed(named)}{more}. Above the null: agreement is tied to "
            "the group."
        )
    return out


def cohesion_table(frame: pd.DataFrame) -> col.PageTable:
    """In-group and cross-group agreement of every group with the permutation null."""
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Group", "level"),
        col.Column("Metric", lambda row: col.Cell(str(row["metric"]).replace("_", " "))),
        col.Column("Agreement", lambda row: col.Cell(KINDS[str(row["kind"])])),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
        col.interval_of("Shuffled raters", "null_lower", "null_upper"),
        col.p_adjusted("p_two_sided_bh"),
        col.figure("Raters", "n_raters"),
        col.text("Note", "note"),
    ]
    caption = "Cohesion of groups; 'shuffled raters' holds 95% of what random groups of this size show."
    choose = ("metric", "dimension", "demographic")
    return col.page_table("cohesion", caption, frame, columns, choose=choose)


def diversity_table(frame: pd.DataFrame) -> col.PageTable:
    """The largest association index of each demographic."""
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Pair of metrics", "pair"),
        col.figure("Diversity sensitivity", "dsi", 2),
        col.text("Group", "level"),
        col.p_adjusted("p_bh"),
    ]
    caption = "Diversity sensitivity of each demographic: the largest association index of its groups."
    return col.page_table("diversity", caption, frame, columns)


def _compute(material: Material) -> Tables:
    return {"diversity": of_rows(material.tables["cohesion"], ps.diversity_sensitivity)}


def _one_pair(table: pd.DataFrame) -> pd.DataFrame:
    """Reliability only where dimensions would give a panel for every pair of metrics and dimension."""
    return table[table["pair"] == "reliability"] if "dimension" in table else table


def _show(study: Study) -> list[Block]:
    frame, diversity = study.table("cohesion"), study.table("diversity")
    if not len(frame):
        return []
    return [
        *texts(cohesion_sentences(frame)),
        *study.drawn("cohesion", "association"),
        *([Shown(diversity_table(diversity))] if len(diversity) else []),
        folded(cohesion_table(frame)),
    ]


def _methods(config: StudyConfig) -> str:
    return (
        "Cohesion of groups was measured by reliability, voting and negentropy within a group and with all other "
        "raters and by their ratios (Prabhakaran et al., 2024; cross-replication reliability: Wong et al., 2021), "
        f"tested by {config.cohesion.permutations:,} permutations of the raters' profiles and adjusted by the method "
        "of Benjamini and Hochberg."
    )


SECTION: Section = Section(
    show=_show,
    heading=HEADING,
    apart=lambda ratings, config: {"cohesion": counted_cohesion(ratings, config)},
    compute=_compute,
    step="Measuring cohesion within and across groups",
    figures={
        "cohesion": Plan(
            "Agreement within each group and with all other raters; grey: groups shuffled among raters.",
            "cohesion",
            lambda table: figures.cohesion(_one_pair(table)),
        ),
        "association": Plan(
            "In-group over cross-group agreement; grey: groups shuffled among raters.",
            "cohesion",
            lambda table: figures.association(_one_pair(table)),
        ),
    },
    methods={"cohesion": _methods},
)
