"""The section on training: headings, sentences, figures and tables by the names that the template uses."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd
from pandas.api.types import is_float_dtype

from pluralstats.study import training_sentences as said
from pluralstats.study.page_columns import Cell, Column, PageTable, bracket, estimate, figure, page_table, text
from pluralstats.study.structure_page import interval_of
from pluralstats.study.wording import capital

NONE = pd.DataFrame()

type Tables = Mapping[str, pd.DataFrame]


class Part(NamedTuple):
    """One heading of the section and what stands under it."""

    heading: str
    sentences: list[str]
    figures: tuple[str, ...]
    table: PageTable | None


def training_context(tables: Tables, rope: float = 0.0) -> dict[str, object]:
    """``training`` (the parts there is something for), ``training_problems``, ``training_simulated``."""
    parts = [make(tables, rope) for name, make in PARTS.items() if len(tables.get(name, NONE))]
    card = tables.get("training_card", NONE)
    about = dict(zip(card["key"], card["value"], strict=True)) if len(card) else {}
    problems = tables.get("training_problems", NONE)
    return {
        "training": parts,
        "training_problems": list(problems["problem"]) if len(problems) else [],
        "training_simulated": about.get("simulated") == "True",
    }


def _arms(tables: Tables, rope: float) -> Part:
    effects = tables["arm_effects"]
    sentences = [said.arm_sentence(row, rope) for row in effects.to_dict("records")]
    sentences.append(said.bootstrap_sentence(effects, tables.get("arm_bootstrap", NONE), rope))
    columns = [
        text("Arm", "arm"),
        text("Dimension", "dimension"),
        estimate("Score points against the base"),
        bracket("95% interval"),
        figure("Seeds", "n_seeds"),
        figure("Prompts", "n_prompts"),
        figure("Judges", "n_judges"),
    ]
    table = page_table("arm_effects", "Training conditions against the base.", effects, columns)
    warned = [said.seed_sentence(effects)] if not len(tables.get("training_problems", NONE)) else []
    lines = [line for line in [*warned, *sentences] if line]
    return Part("What training changed", lines, ("training_arms", "training_trade_off"), table)


def _conditions(tables: Tables, rope: float) -> Part:
    frame = tables["training_conditions"]
    columns = []
    for name in frame.columns:
        header = capital(str(name).replace("_", " "))
        columns.append(figure(header, name, 3) if is_float_dtype(frame[name]) else text(header, name))
    table = page_table("training_conditions", "Training conditions.", frame, columns)
    return Part("Conditions", [], (), table)


def _wins(tables: Tables, rope: float) -> Part:
    frame = tables["win_rates"]
    columns = [
        text("Arm", "arm"),
        text("Against", "against"),
        text("Judged by", "group"),
        estimate("Wins, percent", digits=1),
        bracket("95% interval", 1),
        figure("Ties, percent", "tie_percent", 1),
        figure("Gain of the first place, points", "position_bias", 1),
        figure("Judgements", "n_judgements"),
    ]
    table = page_table("win_rates", "Win rates, ties half, both orders weighed equally.", frame, columns)
    return Part("Which answers are preferred", said.win_sentences(frame), ("training_wins",), table)


def _pairs(tables: Tables, rope: float) -> Part:
    frame = tables["pair_accuracy"]
    columns = [
        text("Labels", "policy"),
        text("Group", "group"),
        Column("Measure", lambda row: Cell(said.LOSSES.get(str(row["metric"]), str(row["metric"])))),
        text("Less", "against"),
        text("Unit", "unit"),
        estimate("Estimate"),
        bracket("95% interval"),
        figure("Comparisons", "n"),
    ]
    table = page_table("pair_accuracy", "Pair probabilities against held-out ratings.", frame, columns)
    return Part("Are the pair probabilities right?", said.accuracy_sentences(frame), ("training_pairs",), table)


def _distances(tables: Tables, rope: float) -> Part:
    frame = tables["distances"]
    columns = [
        text("Model", "arm"),
        text("Group", "target"),
        Column("Distance", lambda row: Cell(said.DISTANCES.get(str(row["metric"]), str(row["metric"])))),
        text("Unit", "unit"),
        estimate("Estimate"),
        bracket("95% interval"),
        figure("Two halves of the group", "floor", 2),
        interval_of("95% of splits", "floor_lower", "floor_upper"),
        figure("Items", "n_items"),
    ]
    table = page_table("distances", "Distance between the model's ratings and each group's.", frame, columns)
    return Part("Whose ratings do the models give?", said.distance_sentences(frame), ("training_distances",), table)


def _steering(tables: Tables, rope: float) -> Part:
    frame = tables.get("steering_advantage", NONE)
    columns = [
        text("Judged by", "group"),
        text("Kind", "kind"),
        estimate("Own less others, score points"),
        bracket("95% interval"),
    ]
    caption = "Advantage of the model trained for the group that judges."
    table = page_table("steering_advantage", caption, frame, columns) if len(frame) else None
    line = said.steering_sentence(frame) if len(frame) else ""
    return Part("Does training for a group please that group?", [line] if line else [], ("training_steering",), table)


def _reductions(tables: Tables, rope: float) -> Part:
    frame = tables["reductions"]
    columns = [
        text("Arm", "arm"),
        text("Against", "against"),
        figure("Ratio of reductions", "estimate", 2),
        Column("95% set", _ratio_set, numeric=True),
        figure("Wanted change, score points", "reduction", 2),
        figure("Wanted change it is compared with", "reduction_against", 2),
        figure("P(the latter > 0)", "p_denominator_positive", 3),
    ]
    table = page_table("reductions", "Ratios of reductions, with the reductions themselves.", frame, columns)
    return Part("How much larger is a reduction?", said.reduction_sentences(frame), ("training_reductions",), table)


def _ratio_set(row: Mapping) -> Cell:
    if row["set"] == "none":
        return Cell("none: opposite signs")
    return bracket("", 2).cell(row) if row["set"] == "between" else Cell("unbounded")


def _scales(tables: Tables, rope: float) -> Part:
    frame = tables["scale_effects"]
    columns = [
        figure("Answers", "answers"),
        text("Demographic", "demographic"),
        Column("Comparison", lambda row: Cell(f"{row['level']} − {row['reference']}")),
        text("Estimand", "estimand"),
        estimate("Estimate"),
        bracket("95% interval"),
    ]
    table = page_table("scale_effects", "The same effects on scales with fewer answers.", frame, columns)
    return Part("Do fewer answers change the effects?", said.scale_sentences(frame), ("training_scales",), table)


PARTS: Mapping[str, Callable[[Tables, float], Part]] = {
    "training_conditions": _conditions,
    "arm_effects": _arms,
    "reductions": _reductions,
    "win_rates": _wins,
    "steering": _steering,
    "distances": _distances,
    "pair_accuracy": _pairs,
    "scale_effects": _scales,
}
