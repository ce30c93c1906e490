"""What a comparison of arms cannot say, in finished sentences."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .arm_means import Cells

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
