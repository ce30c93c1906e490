"""The rows of effects that ``compare_arms`` gives, from posterior draws or from t distributions."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

import pluralstats as ps

from .arm_intervals import ArmEffects

NUMBERS = ("estimate", "lower", "upper", "lower_50", "upper_50", "p_direction", "raw")
EFFECT_COLUMNS = (
    "arm",
    "baseline",
    "dimension",
    "unit",
    *NUMBERS,
    "n_seeds",
    "n_prompts",
    "n_judges",
    "n_scores",
    "df",
)


def posterior_rows(fit: ps.Fit, scores: pd.DataFrame, baseline: str, prob: float) -> list[dict[str, object]]:
    """One row for each arm, from the draws of a fit; there are no degrees of freedom."""
    found = ps.effects(fit, "arm", estimands="points", prob=prob).to_dict("records")
    numbers = {str(row["level"]): {name: row[name] for name in NUMBERS} | {"df": np.nan} for row in found}
    return _with_sizes(numbers, scores, baseline)


def t_rows(found: ArmEffects, scores: pd.DataFrame, arms: Sequence[str], prob: float) -> list[dict[str, object]]:
    """One row for each arm of ``arms`` but the first, the base."""
    at, half, half_50 = found.estimate, found.half_width(prob), found.half_width(0.5)
    means = scores.groupby("arm")["score"].mean()
    columns = {
        "estimate": at, "lower": at - half, "upper": at + half, "lower_50": at - half_50, "upper_50": at + half_50,
        "p_direction": found.p_direction(), "raw": (means[list(arms[1:])] - means[arms[0]]).to_numpy(),
        "df": found.freedom,
    }  # fmt: skip
    rows = pd.DataFrame(columns, index=list(arms[1:])).to_dict("index")
    return _with_sizes({str(arm): row for arm, row in rows.items()}, scores, arms[0])


def _with_sizes(
    numbers: Mapping[str, Mapping[str, object]], scores: pd.DataFrame, baseline: str
) -> list[dict[str, object]]:
    sizes = scores.groupby("arm").agg(
        n_seeds=("seed", "nunique"), n_prompts=("prompt_id", "nunique"), n_judges=("judge", "nunique"),
        n_scores=("score", "size"),
    )  # fmt: skip
    of = {"baseline": baseline, "unit": "score points"}
    return [{"arm": arm, **of, **row, **sizes.loc[arm].to_dict()} for arm, row in numbers.items()]
