"""Cohesion of groups by a model: agreement of two new raters of an item, where raters share few items."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.data.ratings import Ratings
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.printing.wording import count, interval, number, p_value
from pluralstats.results.cohesion.of_groups import adjusted_p
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.disagreement.counted_cohesion import (
    HEADING,
    MOST_NAMED,
    SMALL_P,
    counts_cohesion,
    groups_of,
)
from pluralstats.study.sections.parts import Plan, Section, Study
from pluralstats.study.steps.dimensions import by_dimension, joined
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, folded, texts
from pluralstats.study.writing.verdicts import Row

KEYS = ["dimension", "demographic", "level"]
METHODS = (
    "Raters share few items, so cohesion of groups was not counted but modelled: for each group, item effects of its "
    "members and of all other raters were allowed to differ (maximum likelihood), which gives the correlation of what "
    "two new raters of the group, or one of it and another, think of an item on the latent scale. Ratios are formed "
    "where the central 95% of the correlation with others lie above 0.05, and tested by permuting raters between "
    "groups (working residuals, as in the score test of a variance component; Lin, 1997), adjusted over all groups and "
    "dimensions by the method of Benjamini and Hochberg."
)
SLIDER = "ordered_beta"
OF_SLIDERS = (
    " Answers of a slider have no single noise on the latent scale: this model was a linear one of the ratings, and "
    "the correlations are those of ratings."
)


def modelled_cohesion(ratings: Ratings, config: StudyConfig) -> pd.DataFrame:
    """``ps.model_cohesion`` of every dimension; no rows where agreement is counted."""
    by = groups_of(ratings, config)
    if not by or counts_cohesion(ratings, config):
        return pd.DataFrame()
    table = joined({name: _by_model(part, by, config) for name, part in by_dimension(ratings).items()})
    return table.assign(p_two_sided_bh=adjusted_p(table["p_two_sided"]))  # one family over dimensions


def _by_model(ratings: Ratings, by: list[str], config: StudyConfig) -> pd.DataFrame:
    """By the study's own formula where it is about raters alone, else by the default one."""
    model, formula = config.model, config.model.formula
    if formula and set(parse_formula(formula, available_columns(ratings)).described) - set(ratings.demographics):
        formula = None
    family = "gaussian" if model.family == SLIDER else model.family
    return ps.model_cohesion(ratings, by, formula=formula, family=family, link=model.link, seed=config.seed)


def _methods(config: StudyConfig) -> str:
    return f"{METHODS}{OF_SLIDERS}" if config.model.family == SLIDER else METHODS


def groups_by_model(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each group of ``ps.model_cohesion`` against the rest: its numbers within, across and of the ratio.

    On the latent scale, or on that of ratings where there is no other.

    Returns
    -------
    DataFrame
        dimension (where there are several), demographic, level, n_raters, n_pairs (within), p_two_sided_bh, note
        (of the ratio), and estimate, lower, upper after "in_group_", "cross_group_", "association_".
    """
    rows = table[table["scale"] == table["scale"].iloc[0]]
    rows = rows[(rows["other"] == "rest") | (rows["kind"] == "in_group")]
    keys = [name for name in KEYS if name in table]
    parts = []
    for kind in ("in_group", "cross_group", "association"):
        part = rows[rows["kind"] == kind].set_index(keys)
        extra = {"in_group": ["n_raters", "n_pairs"], "cross_group": [], "association": ["p_two_sided_bh", "note"]}[
            kind
        ]
        numbers = part[["estimate", "lower", "upper"]].add_prefix(f"{kind}_")
        parts.append(pd.concat([numbers, part[extra]], axis=1))
    return pd.concat(parts, axis=1).reset_index()


def is_cohesive(groups: pd.DataFrame) -> pd.Series:
    """Which groups agree more, or less, among themselves than with others: a small adjusted p and a ratio beside 1."""
    beside = (groups["association_lower"] > 1.0) | (groups["association_upper"] < 1.0)
    return (groups["p_two_sided_bh"] <= SMALL_P) & beside


def model_cohesion_sentences(table: pd.DataFrame) -> list[str]:
    """Groups that agree more, or less, among themselves than with others, and how many have no ratio."""
    groups = groups_by_model(table)
    known = groups[groups["in_group_estimate"].notna()]
    if not len(known):
        return ["No group has pairs of ratings enough to tell how far its raters agree among themselves."]
    told = known[is_cohesive(known)].sort_values("p_two_sided_bh").to_dict("records")
    lines = [_told(row) for row in told[:MOST_NAMED]]
    if len(told) > MOST_NAMED:
        lines.append(f"{count(len(told) - MOST_NAMED, 'more group')}: see the table.")
    if not told:
        tested = int(known["p_two_sided_bh"].notna().sum())
        lines.append(
            f"No group of {tested} agrees more or less among its own raters than with all others beyond what shuffled "
            "raters show."
            if tested
            else "No group has a ratio of agreement that could be tested."
        )
    return [*lines, *_without(groups, known)]


def _told(row: Row) -> str:
    where = "; ".join(str(row[name]) for name in ("demographic", "dimension") if name in row)
    more = "more" if row["association_lower"] > 1.0 else "less"
    inside, across, ratio = (
        f"{number(row[f'{kind}_estimate'])} {interval(row[f'{kind}_lower'], row[f'{kind}_upper'])}"
        for kind in ("in_group", "cross_group", "association")
    )
    return (
        f"Raters of {row['level']} ({where}) agree {more} among themselves than with others: two new ones of them by "
        f"{inside}, one of them and another by {across}, {ratio} times as much (correlation of what two raters think "
        f"of an item; adjusted p {p_value(row['p_two_sided_bh'])})."
    )


def _without(groups: pd.DataFrame, known: pd.DataFrame) -> list[str]:
    """How many groups have two numbers and no ratio, or no number."""
    bare, lines = int(known["association_estimate"].isna().sum()), []
    if bare:
        verb = "agrees" if bare == 1 else "agree"
        lines.append(
            f"{count(bare, 'group')} of {len(groups)} {verb} so little, or so uncertainly, with others that a ratio "
            "would speak of noise: two numbers are shown and no ratio."
        )
    few = len(groups) - len(known)
    if few:
        lines.append(f"{count(few, 'group')} of {len(groups)} gave too few ratings of the same items to say anything.")
    return lines


def model_cohesion_table(frame: pd.DataFrame) -> col.PageTable:
    """Agreement of two new raters within each group and across, by the model."""
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Group", "level"),
        *_with_interval("Two of the group", "in_group"),
        *_with_interval("One of it, one other", "cross_group"),
        *_with_interval("Ratio", "association"),
        col.p_adjusted("p_two_sided_bh"),
        col.figure("Raters", "n_raters"),
        col.figure("Pairs of ratings within", "n_pairs"),
    ]
    caption = (
        "Agreement of two new raters of an item by the model: correlation of what they think of it, 95% intervals."
    )
    shown = groups_by_model(frame)
    return col.page_table("model_cohesion", caption, shown, columns, choose=("dimension", "demographic"))


def _with_interval(header: str, kind: str) -> tuple[col.Column, col.Column]:
    """The estimate of one kind of agreement and its interval."""
    low, high = f"{kind}_lower", f"{kind}_upper"
    return col.figure(header, f"{kind}_estimate", 2), col.interval_of("95% interval", low, high)


def _one_scale(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["scale"] == table["scale"].iloc[0]]


def _show(study: Study) -> list[Block]:
    frame = study.table("model_cohesion")
    if not len(frame):
        return []
    drawn = study.drawn("model_cohesion", "model_association")
    return [*texts(model_cohesion_sentences(frame)), *drawn, folded(model_cohesion_table(frame))]


SECTION: Section = Section(
    show=_show,
    heading=HEADING,
    apart=lambda ratings, config: {"model_cohesion": modelled_cohesion(ratings, config)},
    figures={
        "model_cohesion": Plan(
            "Agreement of two new raters of an item, by the model: two of the group, and one of it with another.",
            "model_cohesion",
            lambda table: figures.cohesion(_one_scale(table)),
        ),
        "model_association": Plan(
            "In-group over cross-group agreement, by the model.",
            "model_cohesion",
            lambda table: figures.association(_one_scale(table)),
        ),
    },
    methods={"model_cohesion": _methods},
)
