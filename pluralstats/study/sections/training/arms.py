"""What each training condition changed against the base, by dimension and in two dimensions at once."""

from typing import Any

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.wording import count, digits_for, interval, listed, number
from pluralstats.study.sections.parts import Plan, Section, Study, Subject
from pluralstats.study.sections.training.summary import told
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, folded
from pluralstats.study.writing.verdicts import CLEAR, INTO_BAND, Row, verdict


def arm_sentence(row: Row, rope: float = 0.0) -> str:
    """One arm against the base on one dimension.

    >>> arm_sentence({"arm": "dpo", "baseline": "base", "dimension": "toxicity", "unit": "score points",
    ...               "estimate": -0.4, "lower": -0.7, "upper": -0.1, "n_seeds": 3, "n_prompts": 40})
    'dpo scores 0.40 score points lower than base on toxicity (95% interval [−0.70, −0.10]; 3 seeds, 40 prompts).'
    """
    on = "" if row["dimension"] == "score" else f" on {row['dimension']}"
    sizes = f"{count(row['n_seeds'], 'seed')}, {count(row['n_prompts'], 'prompt')}"
    if not np.isfinite(row["lower"]):
        return f"The scores do not determine the difference between {row['arm']} and {row['baseline']}{on} ({sizes})."
    digits = digits_for(row["lower"], row["upper"])
    found = verdict(row["lower"], row["upper"], rope=rope)
    into = f", reaching into the band of ±{rope:g} that counts as no difference" if found in INTO_BAND else ""
    bracket = f"(95% interval {interval(row['lower'], row['upper'], digits)}{into}; {sizes})"
    if word := INTO_BAND.get(found, found if found in CLEAR else ""):
        size = number(abs(row["estimate"]), digits)
        return f"{row['arm']} scores {size} {row['unit']} {word} than {row['baseline']}{on} {bracket}."
    size = number(row["estimate"], digits)
    if found == "equivalent":
        return f"{row['arm']} and {row['baseline']} differ by {size} {row['unit']}{on}, practically nothing {bracket}."
    return f"No clear difference between {row['arm']} and {row['baseline']}{on}: {size} {row['unit']} {bracket}."


def bootstrap_sentence(effects: pd.DataFrame, bootstrap: pd.DataFrame, rope: float = 0.0) -> str:
    """For how many comparisons the paired bootstrap comes to the verdict of the model; "" without it."""
    if not len(bootstrap):
        return ""
    both = effects.merge(bootstrap, on=["arm", "dimension"], suffixes=("", "_check")).dropna(subset="lower_check")
    if not len(both):
        return ""
    same = sum(
        verdict(row["lower"], row["upper"], rope=rope) == verdict(row["lower_check"], row["upper_check"], rope=rope)
        for row in both.to_dict("records")
    )
    return (
        f"A bootstrap over prompts, paired, and over training seeds comes to the same verdict in {same} of "
        f"{count(len(both), 'comparison')}."
    )


def seed_sentence(effects: pd.DataFrame) -> str:
    """A warning where an arm has fewer than three training seeds."""
    few = effects[effects["n_seeds"] < 3].drop_duplicates("arm")
    if not len(few):
        return ""
    names = listed([f"{row['arm']} ({count(row['n_seeds'], 'seed')})" for row in few.to_dict("records")])
    return f"One seed says nothing about the method: fewer than three training seeds for {names}."


def arms_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each condition and dimension."""
    columns = [
        col.text("Arm", "arm"),
        col.text("Dimension", "dimension"),
        col.estimate("Score points against the base"),
        col.bracket("95% interval"),
        col.figure("Seeds", "n_seeds"),
        col.figure("Prompts", "n_prompts"),
        col.figure("Judges", "n_judges"),
    ]
    return col.page_table("arm_effects", "Training conditions against the base.", frame, columns, dimension=False)


def _options(subject: Subject) -> dict[str, Any]:
    return {"seeds": subject.tables.get("arm_seeds"), "rope": subject.config.effects.rope}


def _one(table: pd.DataFrame) -> pd.DataFrame:
    """A single dimension needs no title of its panel."""
    return table if len(set(table["dimension"].astype(str))) > 1 else table.drop(columns="dimension")


def _show(study: Study) -> list[Block]:
    effects, rope = study.table("arm_effects"), study.config.effects.rope
    if not len(effects):
        return []
    warned = [seed_sentence(effects)] if not len(study.table("training_problems")) else []
    sentences = [arm_sentence(row, rope) for row in effects.to_dict("records")]
    sentences.append(bootstrap_sentence(effects, study.table("arm_bootstrap"), rope))
    lines = [line for line in [*warned, *sentences] if line]
    return [*told(lines), *study.drawn("training_arms", "training_trade_off"), folded(arms_table(effects))]


SECTION: Section = Section(
    show=_show,
    heading="What training changed",
    figures={
        "training_arms": Plan(
            "Each training condition against the base; open dots are training seeds.",
            "arm_effects",
            lambda table, **options: figures.arms(_one(table), **options),
            options=_options,
            reads=("arm_seeds",),
        ),
        "training_trade_off": Plan(
            "Two dimensions at once; better is up and right.", "trade_off", figures.trade_off, "x"
        ),
    },
)
