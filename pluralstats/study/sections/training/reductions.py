"""How much larger a reduction, or an increase, is under one condition than under another."""

from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.wording import interval, number
from pluralstats.study.sections.parts import Plan, Section
from pluralstats.study.sections.training.summary import result
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.verdicts import Row, verdict


def reduction_sentences(table: pd.DataFrame) -> list[str]:
    """Ratios of reductions, or of increases, with both of them; plain words where there is no ratio."""
    return [_reduction_sentence(row) for row in table.to_dict("records")]


def _reduction_sentence(row: Row) -> str:
    """By the signs of both changes, which are read off the numbers: a ratio of two that go the same way, else none."""
    own, other = _change(row, "reduction"), _change(row, "reduction_against")
    arm, against = row["arm"], row["against"]
    both = f"{own.noun} {own.size}, {other.noun} {other.size} score points"
    if {own.sign, other.sign} == {1, -1}:
        verbs = {"reduction": "reduces", "increase": "increases"}
        start = f"{arm} {verbs[own.noun]} scores where {against} {verbs[other.noun]} them"
        return f"{start}: no percentage compares the two ({both})."
    if row["set"] != "between" or not np.isfinite(row["estimate"]):
        return (
            f"How many times larger the {own.noun} by {arm} is than the {other.noun} by {against} cannot be said: the "
            f"latter may be near 0 and is one with a probability of {other.sure}% ({both})."
        )
    found, ends = verdict(row["lower"], row["upper"], 1.0), interval(row["lower"], row["upper"])
    if own.sign == 0:
        smaller = f"is smaller than the {other.noun} by {against} and " if found == "lower" else ""
        times = f"{number(row['estimate'])} times the {other.noun} by {against} (95% interval {ends}; {both})"
        return f"The change by {arm} {smaller}has no clear sign: {times}."
    percent, beside = 100.0 * (row["estimate"] - 1.0), f"{own.size} against {other.size} score points"
    ends = interval(100.0 * (row["lower"] - 1.0), 100.0 * (row["upper"] - 1.0), 0)
    if found in ("higher", "lower"):
        size = f"{number(abs(percent), 0)}% {'greater' if found == 'higher' else 'smaller'} than that by {against}"
        return f"The {own.noun} by {arm} is {size} (95% interval {ends}%; {beside})."
    return (
        f"No clear difference between the {own.noun}s by {arm} and {against}: a difference of {number(percent, 0)}% "
        f"(95% interval {ends}%; {beside})."
    )


class _Change(NamedTuple):
    """What an arm does to scores: a noun and a positive size, a clear sign or 0, the percentage sure of the noun."""

    noun: str
    sign: int
    size: str
    sure: str


def _change(row: Row, name: str) -> _Change:
    at, lower, upper = (row[f"{name}{end}"] for end in ("", "_lower", "_upper"))
    wanted = ("reduction", "increase") if row.get("direction", "down") == "down" else ("increase", "reduction")
    turn, positive = (1.0, row["p_denominator_positive"]) if at >= 0 else (-1.0, 1.0 - row["p_denominator_positive"])
    size = f"{number(turn * at)} {interval(*sorted((turn * lower, turn * upper)))}"
    return _Change(wanted[at < 0], int(lower > 0) - int(upper < 0), size, number(100.0 * positive, 0))


def reductions_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each ratio, with both reductions."""
    columns = [
        col.text("Arm", "arm"),
        col.text("Against", "against"),
        col.figure("Ratio of reductions", "estimate", 2),
        col.Column("95% set", _ratio_set, numeric=True),
        col.figure("Wanted change, score points", "reduction", 2),
        col.figure("Wanted change it is compared with", "reduction_against", 2),
        col.figure("P(the latter > 0)", "p_denominator_positive", 3),
    ]
    return col.page_table(
        "reductions", "Ratios of reductions, with the reductions themselves.", frame, columns, dimension=False
    )


def _ratio_set(row: Row) -> col.Cell:
    if row["set"] == "none":
        return col.Cell("none: opposite signs")
    return col.bracket("", 2).cell(row) if row["set"] == "between" else col.Cell("unbounded")


SECTION: Section = result(
    "How much larger is a reduction?",
    "reductions",
    reduction_sentences,
    reductions_table,
    {
        "training_reductions": Plan(
            "Ratios of reductions, and the reductions themselves.", "reductions", figures.reduction_ratios, "reduction"
        )
    },
)
