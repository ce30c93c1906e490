"""Which answers are preferred: how often each condition wins, and in which group least."""

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.wording import count, interval, number
from pluralstats.study.sections.parts import Plan, Section
from pluralstats.study.sections.training.summary import result
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.verdicts import verdict

ALL, WORST = "all", "worst group"


def win_sentences(table: pd.DataFrame) -> list[str]:
    """Who wins how often, in which group least, and what the order of showing does."""
    out = []
    for (arm, against), part in table.groupby(["arm", "against"], sort=False):
        rows = part.set_index("group")
        row = rows.loc[ALL]
        found = verdict(row["lower"], row["upper"], 50.0)
        bracket = f"95% interval {interval(row['lower'], row['upper'], 0)}"
        size = f"{number(row['estimate'], 0)}%"
        words = {"higher": "more often than not", "lower": "less often than not"}.get(
            found, "no clear difference from 50%"
        )
        text = f"{arm} is preferred to {against} in {size} of judgements, ties half: {words} ({bracket}"
        text += f"; {count(row['n_judgements'], 'judgement')}, {number(row['tie_percent'], 0)}% ties)."
        if WORST in rows.index:
            worst = rows.loc[WORST]
            text += f" In the group where it wins least: {number(worst['estimate'], 0)}% "
            text += f"{interval(worst['lower'], worst['upper'], 0)}."
        if np.isfinite(row["position_bias"]):
            text += f" Being shown first is worth {number(row['position_bias'], 1)} percentage points."
        else:
            text += " Only one order was judged, so that the advantage of its place is in the rate."
        out.append(text)
    return out


def wins_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each pair of conditions and group of judges."""
    columns = [
        col.text("Arm", "arm"),
        col.text("Against", "against"),
        col.text("Judged by", "group"),
        col.estimate("Wins, percent", digits=1),
        col.bracket("95% interval", 1),
        col.figure("Ties, percent", "tie_percent", 1),
        col.figure("Gain of the first place, points", "position_bias", 1),
        col.figure("Judgements", "n_judgements"),
    ]
    return col.page_table(
        "win_rates", "Win rates, ties half, both orders weighed equally.", frame, columns, dimension=False
    )


SECTION: Section = result(
    "Which answers are preferred",
    "win_rates",
    win_sentences,
    wins_table,
    {"training_wins": Plan("How often each condition is preferred to the base.", "win_rates", figures.win_rates)},
)
