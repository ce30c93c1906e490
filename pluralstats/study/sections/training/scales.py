"""Whether effects change on scales with fewer answers."""

from collections.abc import Mapping

import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.units import null_of, unit_of
from pluralstats.printing.wording import count, number
from pluralstats.study.sections.parts import Plan, Section
from pluralstats.study.sections.training.summary import result
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.verdicts import verdict


def scale_sentences(table: pd.DataFrame) -> list[str]:
    """How many clear effects of the finest scale stay clear on coarser ones, and how their intervals widen."""
    estimand = str(table["estimand"].iloc[0])
    rows = table[table["estimand"] == estimand].dropna(subset=["lower", "upper"])
    keys = [name for name in ("dimension", "demographic", "level", "reference") if name in rows]
    null = null_of(estimand)
    finest = rows["answers"].max()
    wide = {n: part.set_index(keys) for n, part in rows.groupby("answers")}
    said = _verdicts(wide[finest], null)
    clear = {key for key, found in said.items() if found in ("higher", "lower")}
    are = "is" if len(clear) == 1 else "are"
    out = [f"On {finest:g} answers {len(clear)} of {count(len(said), 'effect')} {are} clear ({unit_of(estimand)})."]
    for n in sorted(wide, reverse=True)[1:]:
        coarse = _verdicts(wide[n], null)
        kept = sum(coarse.get(key) == said[key] for key in clear)
        ratio = ((wide[n]["upper"] - wide[n]["lower"]) / (wide[finest]["upper"] - wide[finest]["lower"])).median()
        out.append(
            f"On {n:g} answers {kept} of these {'points' if kept == 1 else 'point'} the same way and clearly; "
            f"intervals are {number(ratio)} times as wide (median)."
        )
    return out


def _verdicts(rows: pd.DataFrame, null: float) -> Mapping:
    return {key: verdict(row["lower"], row["upper"], null) for key, row in rows.iterrows()}


def scales_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each effect and number of answers."""
    columns = [
        col.figure("Answers", "answers"),
        col.text("Demographic", "demographic"),
        col.comparison(),
        col.text("Estimand", "estimand"),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
    ]
    return col.page_table(
        "scale_effects",
        "The same effects on scales with fewer answers.",
        frame,
        columns,
        choose=("estimand", "demographic"),
        dimension=False,
    )


def _draw(table: pd.DataFrame) -> object:
    return figures.scale_collapse(table, estimand=str(table["estimand"].iloc[0]))


SECTION: Section = result(
    "Do fewer answers change the effects?",
    "scale_effects",
    scale_sentences,
    scales_table,
    {"training_scales": Plan("The same effects on scales with fewer answers.", "scale_effects", _draw)},
)
