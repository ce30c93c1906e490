"""Cohesion of groups by a model, in sentences."""

import pandas as pd

from pluralstats.study.sentences import Row
from pluralstats.study.structure_sentences import MOST_NAMED, SMALL_P
from pluralstats.study.wording import count, interval, number, p_value

KEYS = ["dimension", "demographic", "level"]


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
