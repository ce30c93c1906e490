"""Who disagrees with whom, about what, in which population: the tables in sentences.

Each says the finding, what is measured, the interval, and what to beware of.
"""

import pandas as pd

from pluralstats.study.sentences import Row, row_verdict, unit_of
from pluralstats.study.trust_sentences import by_dimension
from pluralstats.study.wording import capital, count, digits_for, interval, listed, number, p_value

CERTAIN = 0.95  # posterior probability from which an item's gap is told
SMALL_P = 0.05
UNKNOWN = 80.0  # width in percent of an interval that says nothing about a share
MOST_NAMED = 4


def pairwise_sentence(table: pd.DataFrame) -> str:
    """How many pairs of levels differ once all of them are looked at together.

    >>> row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points", "estimate": 0.2,
    ...        "lower_simultaneous": 0.05, "upper_simultaneous": 0.35, "p_adjusted": 0.01}
    >>> pairwise_sentence(pd.DataFrame([row]))
    'Of 1 comparison of two levels, 1 has a simultaneous 95% interval without 0 (race: Black − White, adjusted p 0.010).'
    """  # noqa: E501
    known = table[table["lower_simultaneous"].notna()]
    null = 1.0 if str(known["estimand"].iloc[0]).endswith("ratio") else 0.0
    clear = known[(known["lower_simultaneous"] > null) | (known["upper_simultaneous"] < null)]
    names = [
        f"{row['demographic']}: {row['level']} − {row['reference']}, adjusted p {p_value(row['p_adjusted'])}"
        for row in clear.sort_values("p_adjusted").to_dict("records")[:MOST_NAMED]
    ]
    names += [f"and {len(clear) - MOST_NAMED} more"] if len(clear) > MOST_NAMED else []
    have = "has a simultaneous 95% interval" if len(clear) == 1 else "have simultaneous 95% intervals"
    start = f"Of {count(len(known), 'comparison')} of two levels, {len(clear)} {have} without {null:.0f}"
    return f"{start} ({'; '.join(names)})." if names else f"{start}."


def robustness_sentence(table: pd.DataFrame, rope: float = 0.0) -> str:
    """For how many contrasts the other methods come to the same verdict as the model."""
    points = table[table["estimand"] == table["estimand"].iloc[0]]
    verdicts: dict[tuple[str, ...], dict[str, str]] = {}
    for row in points.to_dict("records"):
        name = (str(row.get("dimension", "")), row["demographic"], row["level"])
        verdicts.setdefault(name, {})[row["method"]] = row_verdict(row, rope) if pd.notna(row["lower"]) else ""
    told = []
    for method in [name for name in points["method"].unique() if name != "exact"]:
        both = [(v["exact"], v[method]) for v in verdicts.values() if v.get("exact") and v.get(method)]
        if both:
            told.append(f"{_METHODS.get(method, method)} in {sum(a == b for a, b in both)} of {len(both)}")
    if not told:
        return ""
    return (
        f"The same verdict as the model (higher, lower or unclear, in {unit_of(str(points['estimand'].iloc[0]))}) is "
        f"reached by {listed(told)} contrasts. The model without rater effects and the raw means look surer than they "
        "are where a rater gave many ratings."
    )


_METHODS = {
    "item_only": "the model without rater effects",
    "gee": "generalised estimating equations",
    "ordinal_gee": "ordinal estimating equations",
    "raw": "raw means",
}


def intersection_sentences(shares: pd.DataFrame, cells: pd.DataFrame) -> list[str]:
    """What lies between intersections beyond their main effects, and which cells stand out."""
    out = []
    for dimension, part in by_dimension(shares):
        rows = part.set_index("quantity")
        if "not_additive" not in rows.index:
            continue
        row = rows.loc["not_additive"]
        own = dict(by_dimension(cells)).get(dimension, cells.iloc[:0])
        apart = own[(own["difference_lower"] > 0) | (own["difference_upper"] < 0)]
        named = listed([_cell(cell) for cell in apart.to_dict("records")[:MOST_NAMED]])
        where = f" ({dimension})" if dimension else ""
        digits = digits_for(row["lower"], row["upper"])
        standing = f"{count(len(apart), 'combination')} of {len(own)}"
        share = f"{number(row['percent'], 0)}% {interval(row['lower'], row['upper'], min(digits, 1))}"
        out.append(
            (
                f"Of the latent variance between combinations of demographics, {share} is not the sum of main "
                f"effects{where}; "
                if row["upper"] - row["lower"] < UNKNOWN
                else "The ratings do not tell how much of the latent variance between combinations of demographics is "
                f"not the sum of main effects ({share}){where}; "
            )
            + (
                f"{standing} {'differs' if len(apart) == 1 else 'differ'} clearly from that sum: {named}."
                if len(apart)
                else f"none of {count(len(own), 'combination')} differs clearly from that sum."
            )
            + " Combinations of few raters are drawn towards the sum."
        )
    return out


def _cell(row: Row) -> str:
    at = interval(row["difference_lower"], row["difference_upper"])
    return f"{row['group']} by {number(row['difference'])} {at} rating points"


def contested_sentences(table: pd.DataFrame) -> list[str]:
    """How many items split the groups, how many signs may be wrong, and how many items do not."""
    out = []
    for dimension, part in by_dimension(table):
        for (demographic, level, reference), rows in part.groupby(["demographic", "level", "reference"], sort=False):
            told = rows[rows["p_exceeds"] > CERTAIN].sort_values("rank")
            agreed = int((rows["p_within"] > CERTAIN).sum()) if "p_within" in rows else 0
            start = (
                f"{capital(str(level))} and {reference} raters ({demographic}{'; ' + dimension if dimension else ''})"
            )
            if not len(told):
                out.append(
                    f"{start}: no item of {len(rows):,} splits them by more than the margin with 95% probability"
                    f"{_agreed(agreed)}."
                )
                continue
            wrong = 100.0 * told["expected_false_sign"].iloc[-1]
            out.append(
                f"{start}: {count(len(told), 'item')} of {len(rows):,} {'splits' if len(told) == 1 else 'split'} them "
                f"by more than the margin with 95% probability, {number(wrong, 1)}% of these signs to be expected wrong"
                f"{_agreed(agreed)}."
            )
    return out


def _agreed(n: int) -> str:
    return f"; on {count(n, 'item')} the gap is within the margin with 95% probability" if n else ""


def cohesion_sentences(table: pd.DataFrame) -> list[str]:
    """Groups whose in-group agreement exceeds, or falls below, what shuffled raters show."""
    out = []
    for dimension, part in by_dimension(table):
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


def reliability_sentences(reliability: pd.DataFrame, needed: pd.DataFrame) -> list[str]:
    """How well one rater's rating tells items apart, and how many raters a reliable mean takes."""
    out = []
    for dimension, part in by_dimension(reliability):
        one = part[part["raters"] == 1].iloc[0]
        if pd.isna(one["icc"]):
            continue
        where = f" on {dimension}" if dimension else ""
        text = (
            f"One rating tells items apart{where} with reliability {number(one['icc'])} "
            f"{interval(one['lower'], one['upper'])} (ICC(1), latent)"
        )
        own = dict(by_dimension(needed)).get(dimension, needed.iloc[:0])
        if len(own):
            row = own.iloc[-1]
            text += (
                f"; a mean of reliability {number(row['target'])} takes {count(row['raters'], 'rater')} an item "
                f"{interval(row['lower'], row['upper'], 0)}"
            )
        out.append(text + ".")
    return out


def population_sentence(had: pd.DataFrame, target: pd.DataFrame, name: str, rope: float = 0.0) -> str:
    """How many verdicts change between the raters as they were and the target population."""
    keys = [column for column in ("dimension", "demographic", "level", "reference") if column in target]
    both = had[had["estimand"] == target["estimand"].iloc[0]].merge(target, on=keys, suffixes=("_had", "_target"))
    rows = [
        tuple(
            row_verdict(
                {
                    "estimand": record["estimand_had"],
                    "lower": record[f"lower_{side}"],
                    "upper": record[f"upper_{side}"],
                },
                rope,
            )
            for side in ("had", "target")
        )
        for record in both.dropna(subset=["lower_had", "lower_target"]).to_dict("records")
    ]
    changed = sum(before != after for before, after in rows)
    moved = (both["estimate_target"] - both["estimate_had"]).abs().max()
    return (
        f"Averaged over {name} instead of the raters, {changed} of {count(len(rows), 'contrast')} "
        f"{'gets' if changed == 1 else 'get'} another verdict; the largest change of an estimate is {number(moved)} "
        f"{unit_of(str(target['estimand'].iloc[0]))}. Only demographics that both have are balanced."
    )
