"""What a comparison of arms refuses, the one gap that it fills, and what it cannot say, in finished sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.errors import listed, nearest

from ..resampling import Cells

UNTRAINED = "none"


def with_base_seed(scores: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """The base was trained with no seed: a missing one is no mistake there."""
    if not isinstance(scores, pd.DataFrame) or not {"arm", "seed"} <= set(scores.columns):
        return scores  # refused with the other columns
    untrained = (scores["arm"].astype(str) == baseline) & scores["seed"].isna()
    return scores.assign(seed=scores["seed"].astype(object).where(~untrained, UNTRAINED))


def check_baseline(scores: pd.DataFrame, baseline: str) -> None:
    """Refuse a baseline that the table does not have, before its seeds are asked for: a base needs none."""
    if not isinstance(scores, pd.DataFrame) or "arm" not in scores or not len(scores):
        return  # refused with the other columns
    arms = list(dict.fromkeys(scores["arm"].dropna().astype(str)))
    if baseline not in arms:
        raise ps.ConfigError(
            f"`baseline` is an arm of the score table; found '{baseline}', and the table has {', '.join(arms)}. Score "
            f"the untrained model as an arm, or name another.{nearest(str(baseline), arms)}"
        )


def check_comparable(table: pd.DataFrame, baseline: str) -> None:
    """Refuse a table without the baseline, without another arm, or with several groups of judges."""
    check_baseline(table, baseline)
    arms = list(dict.fromkeys(table["arm"]))
    if len(arms) < 2:
        raise ps.DataError(f"A comparison needs two arms or more; the score table has only '{baseline}'.")
    groups = list(dict.fromkeys(table["group"].astype(str))) if "group" in table else []
    if len(groups) > 1:
        raise ps.ConfigError(
            f"The score table has judgements by several groups ({', '.join(groups)}). Compare one at a time, as in "
            "scores[scores['group'] == ...]; `steering_matrix` compares them all."
        )


def chosen_dimensions(table: pd.DataFrame, asked: str | Sequence[str] | None) -> list[str]:
    """The dimensions to compare, all of the table by default."""
    found = list(dict.fromkeys(table["dimension"]))
    wanted = found if asked is None else [asked] if isinstance(asked, str) else list(asked)
    if not wanted or not set(wanted) <= set(found):
        unknown = ", ".join(f"'{name}'" for name in wanted if name not in found) or "nothing"
        raise ps.ConfigError(f"`dimension` is among {', '.join(found)}; found {unknown}.")
    return wanted


ENOUGH_SEEDS = 3


def seed_sentences(table: pd.DataFrame, baseline: str) -> list[str]:
    """Arms with fewer than three training seeds."""
    counts = table[table["arm"] != baseline].groupby("arm", sort=False)["seed"].nunique()
    sentences = []
    for n, arms in counts[counts < ENOUGH_SEEDS].groupby(counts, sort=True):
        names = ", ".join(f"'{arm}'" for arm in arms.index)
        have = f"Arm {names} has" if len(arms) == 1 else f"Arms {names} have"
        said = "one seed says nothing about the method" if n == 1 else "two seeds say next to nothing about the method"
        seeds = f"{n} training seed{'' if n == 1 else 's'}{'' if len(arms) == 1 else ' each'}"
        sentences.append(
            f"{have} {seeds}: {said}, only about the model that was trained. Train at least {ENOUGH_SEEDS}."
        )
    return sentences


def unpaired_sentences(cells: Mapping[str, Cells], baseline: str) -> list[str]:
    """Arms that were scored on other prompts than the base."""
    answered = {arm: np.isfinite(cell.mean).any(axis=0) for arm, cell in cells.items()}
    sentences = []
    for arm, has in answered.items():
        both, either = int((has & answered[baseline]).sum()), int((has | answered[baseline]).sum())
        if both < either:
            sentences.append(
                f"Arm '{arm}' and '{baseline}' share {both} of {either} prompts: the bootstrap compares these only. "
                "Score both on the same prompts."
            )
    return sentences


ZERO = {  # of ``Fit.parameters`` -> what people call it, and what the engine calls it
    "sd(item)": ("prompts", "(1 | item)"),
    "sd(judge)": ("judges", "(1 | judge)"),
    "sd(judge_arm)": ("judges by arms", "(1 | judge_arm)"),
    "sd(trained | run)": ("training runs", "trained | run"),
    "sd(cell)": ("prompts by arms", "(1 | cell)"),
    "sd(response)": ("responses", "(1 | response)"),
}


def fit_sentences(fit: ps.Fit) -> list[str]:
    """What a fit complains of, the terms estimated as zero in one sentence and in the words of arms."""
    told = {name: f"The standard deviation of {engine} is estimated as zero" for name, (_, engine) in ZERO.items()}
    zero = [name for name, start in told.items() if any(text.startswith(start) for text in fit.problems)]
    rest = [text for text in fit.problems if not text.startswith(tuple(told.values()))]
    sentences = [f"The rater model (item: prompt; cell: arm and prompt) says: {text}" for text in rest]
    if not zero:
        return sentences
    alike = (
        f"The rater model finds no differences beyond chance between {listed([ZERO[name][0] for name in zero])}: their "
        "standard deviations are estimated as zero."
    )
    if "sd(trained | run)" in zero:
        alike += (
            " Intervals then take the training runs of an arm for alike, and `df` is large because it counts scores "
            "and not runs; a few seeds cannot show that runs are alike."
        )
    return [*sentences, alike]
