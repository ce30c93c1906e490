"""What training did, in sentences: direction words follow the sign, intervals and seeds stand beside each number."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.study.sentences import Row, null_of, unit_of, verdict
from pluralstats.study.wording import count, digits_for, interval, listed, number

ALL, WORST = "all", "worst group"
DOUBLE_CENTRED = "double-centred"
DISTANCES = {
    "wasserstein": "Wasserstein distance",
    "jensen_shannon": "Jensen–Shannon divergence",
    "jensen_shannon_distance": "Jensen–Shannon distance",
}
LOSSES = {"log_loss": "log-loss", "brier": "Brier score", "accuracy": "accuracy"}


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
    bracket = f"(95% interval {interval(row['lower'], row['upper'], digits)}; {sizes})"
    if found in ("higher", "lower"):
        size = number(abs(row["estimate"]), digits)
        return f"{row['arm']} scores {size} {row['unit']} {found} than {row['baseline']}{on} {bracket}."
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


def accuracy_sentences(table: pd.DataFrame) -> list[str]:
    """Log-loss of each policy, and which is better than another where the table has differences."""
    out = []
    values = table[(table["kind"] == "value") & (table["metric"] == "log_loss") & (table["group"] == ALL)]
    told = [f"{row['policy']} {number(row['estimate'], 3)} {interval(row['lower'], row['upper'], 3)}"
            for row in values.to_dict("records")]  # fmt: skip
    if told:
        out.append(f"Log-loss of the pair probabilities in nats, less is better, with 95% intervals: {listed(told)}.")
    differences = table[(table["kind"] == "difference") & (table["group"] == ALL)]
    for row in differences.to_dict("records"):
        digits = digits_for(row["lower"], row["upper"])
        found, name = verdict(row["lower"], row["upper"]), LOSSES[row["metric"]]
        unit = "percentage points" if row["metric"] == "accuracy" else row["unit"]
        size = f"{number(abs(row['estimate']), digits)} {unit}"
        ends = f"(95% interval of the difference {interval(row['lower'], row['upper'], digits)})"
        if found == "unclear":
            out.append(f"No clear difference in {name} between {row['policy']} and {row['against']}: {size} {ends}.")
        else:
            out.append(f"The {name} of {row['policy']} is {size} {found} than that of {row['against']} {ends}.")
    return out


def distance_sentences(table: pd.DataFrame) -> list[str]:
    """The nearest arm to each group, and whether noise alone would be as far."""
    out = []
    for (metric, target), part in table.groupby(["metric", "target"], sort=False):
        near = part.loc[part["estimate"].idxmin()]
        name = DISTANCES.get(str(metric), str(metric))
        bracket = interval(near["lower"], near["upper"])
        text = f"{name} from {target}: least for {near['arm']}, {number(near['estimate'])} {bracket} {near['unit']}"
        if np.isfinite(near["floor"]):
            beyond = near["lower"] > near["floor_upper"]
            text += (
                f"; two halves of the same raters are {number(near['floor'])} apart"
                + ("" if beyond else ", so that this cannot be told from noise")
            )  # fmt: skip
        out.append(text + ".")
    return out


def steering_sentence(advantage: pd.DataFrame) -> str:
    """Whether training for a group pleases its own judges more than others.

    >>> rows = [{"group": "all", "kind": "double-centred", "estimate": 0.4, "lower": 0.1, "upper": 0.7}]
    >>> steering_sentence(pd.DataFrame(rows))[:72]
    'Judges give the model trained for their own group 0.40 score points more'
    """
    rows = advantage[(advantage["group"] == ALL) & (advantage["kind"] == DOUBLE_CENTRED)]
    if not len(rows):
        return ""
    row = rows.iloc[0]
    digits = digits_for(row["lower"], row["upper"])
    ends = (
        f"(95% interval {interval(row['lower'], row['upper'], digits)})"
        if np.isfinite(row["lower"])
        else "(no interval)"
    )
    found = verdict(row["lower"], row["upper"]) if np.isfinite(row["lower"]) else "unclear"
    size = number(abs(row["estimate"]), digits)
    tail = "than models trained for others, better models and milder judges taken out"
    if found == "unclear":
        return (
            "No clear difference between what judges give to the model trained for their own group and to the others: "
            f"{number(row['estimate'], digits)} score points {ends}."
        )
    more = "more" if found == "higher" else "less"
    return f"Judges give the model trained for their own group {size} score points {more} {ends} {tail}."


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
